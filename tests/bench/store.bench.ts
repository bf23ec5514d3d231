import { startPostgres } from '@nautilus/testkit';
import { openStore, type Store } from '@nautilus/store';
import type { Trade } from '@nautilus/model';
import pg from 'pg';
import { atNs, OPEN_MS, systemAmbient, tradeAt } from '../../libs/testkit/src/conformance/store-builders.ts';

const RUNS = 5;
const SYMBOLS = ['AAPL', 'GOOGL', 'MSFT', 'TSLA', 'AMZN', 'NVDA', 'META', 'NFLX', 'AMD', 'CRM', 'SPY', 'QQQ', 'IWM'];
const ROWS_PER_APPEND = 500;

export interface StoreRun {
  readonly rowsPerSecond: number;
  /** CPU time of this process, client side only (the embedded database runs inside it). */
  readonly cpuMicrosPerRow: number;
}

export interface StoreBench {
  readonly serverVersion: string;
  /** Trades through the batching writer, appended 500 at a time, until committed. */
  readonly batched: readonly StoreRun[];
  /** Control: one statement and one commit per row, prepared, on one connection. */
  readonly single: readonly StoreRun[];
  /** Median of batched over single, pair by pair. */
  readonly ratio: number;
  /** Reading all trades of a symbol as columns. */
  readonly columns: readonly StoreRun[];
}

export interface StoreBenches {
  /** PostgreSQL with TimescaleDB, a commit waiting for the disk as deployed. */
  readonly server: StoreBench;
  /** PGlite in memory. */
  readonly embedded: StoreBench;
}

/** Throws when a row is missing afterwards: a run that loses rows measures nothing. */
export async function measureStore(): Promise<StoreBenches> {
  const postgres = await startPostgres({ durable: true });
  try {
    const url = await postgres.createDatabase();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const store = await openStore({ url, ambient: systemAmbient });
    const server = await measure(store, 200_000, 2000, async (id, trade) => void (await client.query({ name: 'single', text: SINGLE, values: singleValues(id, trade) })));
    await client.end();
    await store.close(10_000);
    const inMemory = await openStore({ ambient: systemAmbient });
    // The control is a batch of one: the embedded database has no other door.
    const embedded = await measure(inMemory, 50_000, 500, (_id, trade) => writeAlone(inMemory, trade));
    await inMemory.close(10_000);
    return { server, embedded };
  } finally {
    await postgres.stop();
  }
}

const SINGLE = `insert into market_ticks (instrument_id, time, time_ns, sequence, ingested_ns, suspicious, source, provenance, exchange,
    condition, price, size)
  values ($1, timestamptz 'epoch' + $2::int8 * interval '1 microsecond', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`;

function singleValues(instrumentId: number, trade: Trade): unknown[] {
  return [
    instrumentId, trade.ts_event_ns / 1000n, Number(trade.ts_event_ns % 1000n), trade.seq, trade.ts_ingest_ns, trade.suspicious,
    trade.source, trade.provenance, trade.exchange, trade.condition, trade.price, trade.size,
  ];
}

async function writeAlone(store: Store, trade: Trade): Promise<void> {
  await Promise.all([store.market.appendTrades([trade]), store.flush(10_000)]);
}

async function measure(
  store: Store, batchedRows: number, singleRows: number, writeSingle: (instrumentId: number, trade: Trade) => Promise<void>,
): Promise<StoreBench> {
  await store.migrate();
  const batched: StoreRun[] = [];
  const single: StoreRun[] = [];
  let expected = 0;
  // Run 0 warms up and is not kept.
  for (let run = 0; run <= RUNS; run += 1) {
    const many = tradesOf(run, 'batched', batchedRows);
    const few = tradesOf(run, 'single', singleRows);
    const [first, second] = [await timed(many, (trades) => appendAll(store, trades)), await timed(few, async (trades) => {
      for (const trade of trades) await writeSingle(1, trade);
    })];
    expected += batchedRows + singleRows;
    if (run > 0) {
      batched.push(first);
      single.push(second);
    }
  }
  const counted = (await store.market.counts()).reduce((sum, count) => sum + count.records, 0);
  if (counted !== expected) throw new Error(`${expected} rows were written and ${counted} are there, so nothing was measured`);
  const columns: StoreRun[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const started = begin();
    const { prices } = await store.market.tradeColumns('SPY', {});
    if (run > 0) columns.push(started(prices.length));
  }
  const ratio = median(batched.map(({ rowsPerSecond }, i) => rowsPerSecond / (single[i]?.rowsPerSecond ?? NaN)));
  return { serverVersion: store.offers.serverVersion, batched, single, ratio, columns };
}

function tradesOf(run: number, source: string, rows: number): Trade[] {
  return Array.from({ length: rows }, (_, i) => tradeAt(SYMBOLS[i % SYMBOLS.length] as string, i, {
    source, ts_event_ns: atNs(OPEN_MS + run * 1_000_000 + i, i % 1000), price: 100 + Math.sin(i), size: 1 + (i % 900),
  }));
}

async function appendAll(store: Store, trades: readonly Trade[]): Promise<void> {
  const appends: Promise<void>[] = [];
  for (let i = 0; i < trades.length; i += ROWS_PER_APPEND) appends.push(store.market.appendTrades(trades.slice(i, i + ROWS_PER_APPEND)));
  await Promise.all(appends);
}

async function timed(trades: readonly Trade[], write: (trades: readonly Trade[]) => Promise<void>): Promise<StoreRun> {
  const done = begin();
  await write(trades);
  return done(trades.length);
}

function begin(): (rows: number) => StoreRun {
  const cpu = process.cpuUsage();
  const started = performance.now();
  return (rows) => {
    const elapsed = performance.now() - started;
    const { user, system } = process.cpuUsage(cpu);
    return { rowsPerSecond: (rows / elapsed) * 1000, cpuMicrosPerRow: (user + system) / rows };
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
