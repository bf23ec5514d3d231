import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { nsFromMs, type Provenance, type Trade } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { openTestStore } from '@nautilus/testkit';
import type { Context } from './context.ts';
import { startUpkeep } from './upkeep.ts';

const NOW = Date.parse('2025-01-02T15:00:00Z');
const DAY_MS = 86_400_000;
let store: Store;
const told: unknown[] = [];
const work = new Map<number, () => Promise<void>>();

beforeAll(async () => {
  store = await openTestStore();
  const timers = { every: (intervalMs: number, run: () => Promise<void>) => void work.set(intervalMs, run) };
  startUpkeep({ timers, store, clock: { now: () => NOW }, log: { info: (fields: unknown) => void told.push(fields), debug: () => undefined } } as unknown as Context);
});
afterAll(() => store.close(5_000));

const trade = (ageDays: number, provenance: Provenance): Trade => ({
  symbol: 'ACME', venue: 'XNYS', ts_event_ns: nsFromMs(NOW - ageDays * DAY_MS), ts_ingest_ns: nsFromMs(NOW), seq: ageDays, source: 'desk', provenance, run_id: null,
  price: 1, size: 1, exchange: 'N', condition: '', suspicious: false,
});

it('builds longer bars every five seconds', async () => {
  const start = NOW - 60 * 60_000;
  await store.market.appendBars([{
    symbol: 'ACME', venue: 'XNYS', timeframe: '1m', start_ms: start, end_ms: start + 60_000, open: 1, high: 3, low: 1, close: 2, volume: 5, trade_count: null, vwap: null,
    is_final: true, revision: 0, source: 'desk', provenance: 'live', run_id: null,
  }]);
  await work.get(5_000)?.();
  expect((await store.market.bars('ACME', '1h', {}, { limit: 10 })).items).toMatchObject([{ start_ms: start, high: 3, volume: 5 }]);
});

it('removes every hour what is older than its table keeps, but never what was recorded', async () => {
  await store.market.appendTrades([trade(40, 'live'), trade(41, 'replay'), trade(42, 'simulated'), trade(20, 'live')]);
  await work.get(3_600_000)?.();
  expect((await store.market.trades('ACME', { from: 0 })).items.map(({ seq }) => seq)).toEqual([41, 20]);
  expect(told).toEqual([{ removed: { market_ticks: 2 } }]);
  await work.get(3_600_000)?.();
  expect(told).toHaveLength(1);
});
