import type { Driver } from './driver.ts';
import type { InstrumentIds, InstrumentKey } from './instruments.ts';
import { columnLiteral, insertText, type Table } from './table.ts';
import { BatchLane, type WriterLimits } from './writer.ts';
import type { StoreAmbient } from './store.ts';

/** Builds the write lanes of all tables, so that status, flush and close can speak to all of them. */
export class Sinks {
  readonly lanes: BatchLane<never>[] = [];
  readonly #driver: Driver;
  readonly #instruments: InstrumentIds;
  readonly #limits: WriterLimits;
  readonly #ambient: StoreAmbient;
  readonly #onRetry: (table: string, error: unknown) => void;

  constructor(
    driver: Driver,
    instruments: InstrumentIds,
    limits: WriterLimits,
    ambient: StoreAmbient,
    onRetry: (table: string, error: unknown) => void,
  ) {
    this.#driver = driver;
    this.#instruments = instruments;
    this.#limits = limits;
    this.#ambient = ambient;
    this.#onRetry = onRetry;
  }

  /** Rows of an instrument go into one table, or into several in one transaction. */
  ofInstruments<Row extends InstrumentKey>(...tables: readonly Table<Row>[]): BatchLane<Row> {
    return this.#lane(tables, (rows) => this.#instruments.of(this.#driver, rows));
  }

  plain<Row>(table: Table<Row>): BatchLane<Row> {
    return this.#lane([table], () => Promise.resolve([]));
  }

  #lane<Row>(tables: readonly Table<Row>[], idsOf: (rows: readonly Row[]) => Promise<number[]>): BatchLane<Row> {
    const statements = tables.map((table) => ({ table, text: insertText(table) }));
    const name = tables.map((table) => table.name).join(', ');
    const write = async (rows: readonly Row[]): Promise<void> => {
      const ids = await idsOf(rows);
      const inserts = statements.map(({ table, text }) => ({ text, arrays: table.columns.map((column) => columnLiteral(column, rows, ids)) }));
      const [only] = inserts;
      if (inserts.length === 1 && only !== undefined) {
        await this.#driver.query(only.text, only.arrays);
        return;
      }
      await this.#driver.transaction(async (sql) => {
        for (const { text, arrays } of inserts) await sql.query(text, arrays);
      });
    };
    const lane = new BatchLane(write, this.#limits, this.#ambient, (error) => this.#onRetry(name, error));
    this.lanes.push(lane as unknown as BatchLane<never>);
    return lane;
  }
}
