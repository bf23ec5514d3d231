import { InvalidInputError } from '@nautilus/model';
import type { RecordingContent } from '../recordings/recording-file.ts';
import { firstSequence, NUMBER_COLUMNS, TEXT_COLUMNS, type RecordingKind } from '../recordings/recording.ts';
import type { Zone } from '../recordings/zone.ts';
import { SIDES, type CsvFormat } from './csv-format.ts';

export interface TableOptions {
  readonly symbol: string;
  readonly venue: string;
  readonly source: string;
  readonly zone: Zone;
  readonly from?: string;
}

interface Table {
  readonly numbers: Map<string, number[]>;
  readonly texts: Map<string, string[]>;
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const WALL_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Rows of one kind, gathered by session date on the wall of the source's zone; daily bars stay together. */
export class SessionTables {
  rows = 0;
  cut = 0;
  reordered = 0;
  readonly #kind: RecordingKind;
  readonly #options: TableOptions;
  readonly #tables = new Map<string | null, Table>();

  constructor(kind: RecordingKind, options: TableOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /** `where` names file and line in an error. */
  add(format: CsvFormat, record: readonly string[], where: string): void {
    if (record.length !== format.columns.length + 1) {
      throw new InvalidInputError([{ path: where, message: `${record.length} fields instead of ${format.columns.length + 1}` }]);
    }
    const time = record[0] ?? '';
    const session = time.slice(0, 10);
    const utcMs = this.#kind === 'daily' ? dateMs(time, where) : this.#utc(time, where);
    if (this.#options.from !== undefined && session < this.#options.from) {
      this.cut += 1;
      return;
    }
    const row = new Map(format.columns.map((name, index) => [name, record[index + 1] ?? '']));
    const table = this.#table(this.#kind === 'daily' ? null : session);
    const missing = this.#missing(row);
    table.numbers.get('time')?.push(utcMs);
    for (const [name, text] of row) {
      const texts = table.texts.get(name);
      if (texts !== undefined) texts.push(text);
      else table.numbers.get(name)?.push(missing.has(name) ? NaN : toNumber(text, name, where));
    }
    this.rows += 1;
  }

  /** Sessions in order of their dates. */
  recordings(): readonly RecordingContent[] {
    return [...this.#tables].sort(([a], [b]) => String(a).localeCompare(String(b))).map(([session, table]) => this.#recording(session, table));
  }

  #recording(session: string | null, table: Table): RecordingContent {
    const times = table.numbers.get('time') ?? [];
    const order = this.#order(times);
    const numbers = new Map([...table.numbers].map(([name, values]) => [name, Float64Array.from(order, (row) => values[row] ?? NaN)]));
    const texts = new Map([...table.texts].map(([name, values]) => [name, order.map((row) => values[row] ?? '')]));
    const { symbol, venue, source, zone } = this.#options;
    const sorted = numbers.get('time') ?? new Float64Array();
    return {
      kind: this.#kind, symbol, venue, source, zone: zone.name, session, rows: order.length, events: order.length,
      minTimeMs: sorted[0] ?? 0, maxTimeMs: sorted.at(-1) ?? 0, firstSeq: firstSequence(session), numbers, texts,
    };
  }

  #order(times: readonly number[]): readonly number[] {
    const rows = times.map((_, row) => row);
    this.reordered += rows.filter((row) => row > 0 && (times[row] ?? 0) < (times[row - 1] ?? 0)).length;
    return rows.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  }

  #utc(text: string, where: string): number {
    const wall = WALL_TIME.test(text) ? Date.parse(`${text.replace(' ', 'T')}Z`) : NaN;
    if (Number.isNaN(wall)) throw new InvalidInputError([{ path: where, message: `"${text}" is no wall time such as 2013-10-07T09:30:00.000` }]);
    const utc = this.#options.zone.toUtc(wall);
    if (utc === undefined) throw new InvalidInputError([{ path: where, message: `${text} does not occur in ${this.#options.zone.name}` }]);
    return utc;
  }

  #table(session: string | null): Table {
    let table = this.#tables.get(session);
    if (table === undefined) {
      table = {
        numbers: new Map(NUMBER_COLUMNS[this.#kind].map((name) => [name, []])),
        texts: new Map(TEXT_COLUMNS[this.#kind].map((name) => [name, []])),
      };
      this.#tables.set(session, table);
    }
    return table;
  }

  #missing(row: ReadonlyMap<string, string>): ReadonlySet<string> {
    const empty = (SIDES[this.#kind] ?? []).filter(([price = '']) => Number(row.get(price)) === 0);
    return new Set(empty.flat());
  }
}

function dateMs(text: string, where: string): number {
  const ms = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(ms)) throw new InvalidInputError([{ path: where, message: `"${text}" is no date such as 2013-10-07` }]);
  return ms;
}

function toNumber(text: string, name: string, where: string): number {
  if (!NUMBER.test(text)) throw new InvalidInputError([{ path: where, message: `${name}: "${text}" is not a number` }]);
  return Number(text);
}
