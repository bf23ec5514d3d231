import { InvalidInputError } from '@nautilus/model';
import type { BookLevel } from '@nautilus/quant';
import type { RecordingContent } from '../recordings/recording-file.ts';
import { firstSequence, NUMBER_COLUMNS, type Recording } from '../recordings/recording.ts';
import type { BookChange, RecordedChange } from './book-change.ts';

/** Values of the column `change`, and of `side`; a message without levels has one row without a side. */
const DELTA = 0;
const SNAPSHOT = 1;
const DELTA_OVER_GAP = 2;
const BID = 0;
const ASK = 1;
const NO_SIDE = 2;

export interface BookOrigin {
  readonly venue: string;
  readonly source: string;
}

/** One recording per symbol and UTC day: a row per level. Throws InvalidInputError for messages whose times go backwards. */
export function bookRecordings(changes: readonly RecordedChange[], { venue, source }: BookOrigin): readonly RecordingContent[] {
  const bySession = Map.groupBy(changes, ({ symbol, timeMs }) => `${symbol} ${new Date(timeMs).toISOString().slice(0, 10)}`);
  return [...bySession].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, messages]) => {
    const [symbol = '', session = ''] = key.split(' ');
    const back = messages.findIndex(({ timeMs }, i) => i > 0 && timeMs < (messages[i - 1]?.timeMs ?? 0));
    if (back >= 0) throw new InvalidInputError([{ path: `${symbol} ${session}`, message: `message ${back + 1} is earlier than the one before` }]);
    const rows = messages.flatMap(rowsOf);
    return {
      kind: 'level2', symbol, venue, source, zone: 'UTC', session, rows: rows.length, events: messages.length,
      minTimeMs: messages[0]?.timeMs ?? 0, maxTimeMs: messages.at(-1)?.timeMs ?? 0, firstSeq: firstSequence(session),
      numbers: new Map(NUMBER_COLUMNS.level2.map((name, column) => [name, Float64Array.from(rows, (row) => row[column] ?? NaN)])), texts: new Map(),
    };
  });
}

/** In the order of the columns. */
function rowsOf(change: RecordedChange): readonly (readonly number[])[] {
  const kind = change.isSnapshot ? SNAPSHOT : change.allowGap ? DELTA_OVER_GAP : DELTA;
  const head = [change.timeMs, kind, change.first, change.last, change.previous ?? NaN] as const;
  const levels = [...change.bids.map(({ price, size }) => [BID, price, size] as const), ...change.asks.map(({ price, size }) => [ASK, price, size] as const)];
  return (levels.length === 0 ? [[NO_SIDE, NaN, NaN] as const] : levels).map((level, i) => [...head, i === 0 ? 1 : 0, ...level]);
}

/** The messages of a recording: `times` has one entry per message. */
export function recordedBook(recording: Recording): { readonly times: Float64Array; readonly changeAt: (message: number) => BookChange } {
  const column = (name: string): Float64Array => recording.numbers.get(name) ?? new Float64Array();
  const [time, kind, first, last, previous, starts, side, price, size] = NUMBER_COLUMNS.level2.map(column);
  const at = (values: Float64Array | undefined, row: number): number => values?.[row] ?? NaN;
  const begins: number[] = [];
  starts?.forEach((isStart, row) => {
    if (isStart === 1) begins.push(row);
  });
  return {
    times: Float64Array.from(begins, (row) => at(time, row)),
    changeAt(message) {
      const from = begins[message] ?? 0;
      const to = begins[message + 1] ?? recording.rows;
      const levelsOf = (which: number): BookLevel[] => {
        const levels: BookLevel[] = [];
        for (let row = from; row < to; row += 1) if (at(side, row) === which) levels.push({ price: at(price, row), size: at(size, row) });
        return levels;
      };
      const before = at(previous, from);
      return {
        isSnapshot: at(kind, from) === SNAPSHOT, allowGap: at(kind, from) === DELTA_OVER_GAP, first: at(first, from), last: at(last, from),
        previous: Number.isNaN(before) ? null : before, bids: levelsOf(BID), asks: levelsOf(ASK),
      };
    },
  };
}
