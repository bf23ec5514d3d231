import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Bar } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { openTestStore } from '@nautilus/testkit';
import type { Day } from './plan.ts';
import { storedStarts } from './stored-starts.ts';

const DAY_MS = 86_400_000;
let store: Store;

beforeAll(async () => void (store = await openTestStore()));
afterAll(() => store.close(5_000));

const bar = (timeframe: '1m' | '1d', start: string, lengthMs: number): Bar => ({
  symbol: 'ACME', venue: 'XNYS', timeframe, start_ms: Date.parse(start), end_ms: Date.parse(start) + lengthMs, open: 1, high: 1, low: 1, close: 1, volume: 1, trade_count: null, vwap: null,
  is_final: true, revision: 0, source: 'desk', provenance: 'live', run_id: null,
});
const day = (date: string): Day => ({ date, opensAtMs: Date.parse(`${date}T14:30:00Z`), closesAtMs: Date.parse(`${date}T21:00:00Z`), isKnown: true });

it('does not take a day for stored whose bar was only built from some of its minutes', async () => {
  await store.market.appendBars([bar('1d', '2022-12-20T00:00:00Z', DAY_MS), bar('1m', '2022-12-21T15:00:00Z', 60_000)]);
  await store.maintenance.rollUpBars();
  expect((await store.market.bars('ACME', '1d', {}, { limit: 10 })).items).toHaveLength(2);
  const starts = await storedStarts(store.market, 'ACME', '1d', [day('2022-12-20'), day('2022-12-21')]);
  const on = (date: string): boolean => starts.any({ from: Date.parse(date), to: Date.parse(date) + DAY_MS });
  expect([on('2022-12-20'), on('2022-12-21')]).toEqual([true, false]);
});
