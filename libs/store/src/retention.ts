import type { EpochMs } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { timeOf, toMicros } from './table.ts';

interface Kept {
  readonly table: string;
  readonly time: string;
  readonly days: number;
  /** Rows without provenance are of this installation's own running and go by age alone. */
  readonly provenance: boolean;
}

const YEAR = 365;

/** How long live and simulated rows are kept (contract.md, section 8). */
const KEPT: readonly Kept[] = [
  { table: 'market_ticks', time: 'time', days: 30, provenance: true },
  { table: 'market_quotes', time: 'time', days: 30, provenance: true },
  { table: 'order_book_snapshots', time: 'time', days: 30, provenance: true },
  { table: 'market_bars', time: 'time', days: 5 * YEAR, provenance: true },
  { table: 'feature_values', time: 'time', days: YEAR, provenance: true },
  { table: 'vpin_buckets', time: 'time', days: YEAR, provenance: true },
  { table: 'vpin_results', time: 'time', days: YEAR, provenance: true },
  { table: 'vpin_alerts', time: 'time', days: YEAR, provenance: true },
  { table: 'microstructure_results', time: 'time', days: YEAR, provenance: true },
  { table: 'pin_estimates', time: 'time', days: YEAR, provenance: true },
  { table: 'flash_crash_events', time: 'time', days: YEAR, provenance: true },
  { table: 'websocket_message_log', time: 'time', days: 30, provenance: false },
  { table: 'websocket_connections', time: 'coalesce(closed_at, opened_at)', days: 30, provenance: false },
  { table: 'processed_messages', time: 'expires_at', days: 0, provenance: false },
];

const MS_PER_DAY = 86_400_000;

/** Removes chunks of hypertables and rows of plain tables that are too old; gives how many per table. */
export async function applyRetention(driver: Driver, now: EpochMs, hypertables: boolean): Promise<Record<string, number>> {
  const hyper = new Set(hypertables ? await hypertableNames(driver) : []);
  const removed: Record<string, number> = {};
  for (const kept of KEPT) {
    const before = toMicros(now - kept.days * MS_PER_DAY);
    removed[kept.table] = hyper.has(kept.table) ? await dropChunks(driver, kept, before) : await deleteRows(driver, kept, before);
  }
  return removed;
}

async function hypertableNames(driver: Driver): Promise<string[]> {
  const rows = await driver.query<[string]>(
    'select hypertable_name::text from timescaledb_information.hypertables where hypertable_schema = current_schema()',
  );
  return rows.map(([name]) => name);
}

async function deleteRows(driver: Driver, { table, time, provenance }: Kept, before: number): Promise<number> {
  const stays = provenance ? "and provenance <> 'replay'" : '';
  const [row] = await driver.query<[number]>(
    `with gone as (delete from ${table} where ${time} < ${timeOf('$1::int8')} ${stays} returning 1) select count(*)::int4 from gone`,
    [before],
  );
  return row?.[0] ?? 0;
}

async function dropChunks(driver: Driver, kept: Kept, before: number): Promise<number> {
  const chunks = await driver.query<[name: string, start: string, end: string]>(
    `select format('%I.%I', chunk_schema, chunk_name), range_start::text, range_end::text from timescaledb_information.chunks
     where hypertable_schema = current_schema() and hypertable_name = $1 and range_end <= ${timeOf('$2::int8')}`,
    [kept.table, before],
  );
  let dropped = 0;
  for (const [name, start, end] of chunks) {
    dropped += await driver.transaction(async (sql) => {
      // Nobody may add a recorded row between the look and the drop.
      await sql.query(`lock table ${name} in access exclusive mode`);
      if (kept.provenance && (await sql.query(`select 1 from ${name} where provenance = 'replay' limit 1`)).length > 0) return 0;
      return (await sql.query('select drop_chunks($1::regclass, older_than => $2::timestamptz, newer_than => $3::timestamptz)', [kept.table, end, start])).length;
    });
  }
  return dropped;
}
