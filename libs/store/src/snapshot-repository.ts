import type { EpochMs } from '@nautilus/model';
import type { Driver } from './driver.ts';
import type { SnapshotRepository } from './store.ts';
import { fromMicros, microsOf, timeOf, toMicros } from './table.ts';

export class SqlSnapshotRepository implements SnapshotRepository {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  async put(engine: string, key: string, state: Uint8Array, position: string | null, time: EpochMs): Promise<void> {
    await this.#driver.query(
      `insert into engine_snapshots (engine, key, state, position, taken_at) values ($1, $2, $3, $4, ${timeOf('$5::int8')})
       on conflict (engine, key) do update set state = excluded.state, position = excluded.position, taken_at = excluded.taken_at`,
      [engine, key, state, position, toMicros(time)],
    );
  }

  async get(engine: string, key: string): Promise<{ state: Uint8Array; position: string | null; time: EpochMs } | undefined> {
    const [row] = await this.#driver.query<[Buffer, string | null, bigint]>(
      `select state, position, ${microsOf('taken_at')} from engine_snapshots where engine = $1 and key = $2`,
      [engine, key],
    );
    return row === undefined ? undefined : { state: new Uint8Array(row[0]), position: row[1], time: fromMicros(row[2]) };
  }

  async keys(engine: string): Promise<readonly string[]> {
    const rows = await this.#driver.query<[string]>('select key from engine_snapshots where engine = $1 order by key', [engine]);
    return rows.map(([key]) => key);
  }
}
