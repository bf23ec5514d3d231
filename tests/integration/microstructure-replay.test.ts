import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MemoryNetwork } from '@nautilus/bus';
import { isEngine, type AnyEngine } from '@nautilus/engine';
import { topics, type Message } from '@nautilus/model';
import { TickRule, vpinBatch } from '@nautilus/quant';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, sharedData, startForTest, type TestEngine } from '@nautilus/testkit';

/** Ten to half past eleven in New York on 2013-10-07. */
const RANGE = { from: '2013-10-07T14:00:00Z', to: '2013-10-07T15:30:00Z' };
/** The recordings are in New York time. */
const OFFSET_MS = 4 * 3_600_000;
const STALE_MS = 10_000;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;

async function declarationOf(service: string): Promise<AnyEngine> {
  const module = (await import(new URL(`../../services/${service}/src/engine.ts`, import.meta.url).href)) as Record<string, unknown>;
  const found = Object.values(module).find(isEngine);
  if (found === undefined) throw new Error(`${service} exports no declaration`);
  return found;
}

interface Row { readonly timeMs: number; readonly cells: readonly string[] }

function rowsOf(kind: 'trade' | 'quote'): Row[] {
  const lines = gunzipSync(readFileSync(sharedData(`market/tick/IBM_20131007_${kind}.csv.gz`))).toString().trim().split('\n').slice(1);
  return lines
    .map((line) => line.split(','))
    .map((cells) => ({ timeMs: Date.parse(`${cells[0]!}Z`) + OFFSET_MS, cells }))
    .filter(({ timeMs, cells }) => timeMs >= Date.parse(RANGE.from) && timeMs < Date.parse(RANGE.to) && cells.at(-1) === '0');
}

describeWithSharedData('trades and quotes of IBM, replayed at full speed into both VPIN engines', () => {
  const network = new MemoryNetwork(() => Date.now());
  const engines: TestEngine<unknown>[] = [];
  const trades = rowsOf('trade');
  const quotes = rowsOf('quote');
  // Bid and ask come in pairs of rows; a trade may see the state between them, and any order within its millisecond.
  let [bid, ask] = [0, 0];
  const mids = quotes.map(({ timeMs, cells }) => {
    if (Number(cells[1]) > 0) bid = Number(cells[1]);
    if (Number(cells[3]) > 0) ask = Number(cells[3]);
    return { timeMs, mid: bid > 0 && ask > bid ? (bid + ask) / 2 : NaN };
  });
  const firstAfter = (timeMs: number): number => {
    let [low, high] = [0, mids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (mids[middle]!.timeMs <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  /** The mids that stood within the millisecond, NaN for a locked or crossed quote. */
  const standing = (timeMs: number): number[] => mids.slice(Math.max(0, firstAfter(timeMs - 1) - 1), firstAfter(timeMs)).map(({ mid }) => mid);

  let store: Store;
  let plain: TestEngine<unknown>;
  let enhanced: TestEngine<unknown>;
  let crashes: readonly Message[];

  const start = async (service: string, settings: Record<string, string> = {}): Promise<TestEngine<unknown>> => {
    const engine = await startForTest(await declarationOf(service), { network, store, settings });
    engines.push(engine);
    return engine;
  };
  const get = async (engine: TestEngine<unknown>, path: string): Promise<Json> => (await engine.request.get(path).expect(200)).body;

  beforeAll(async () => {
    store = await openTestStore();
    plain = await start('vpin', { VPIN_BUCKET_VOLUME: '10000' });
    enhanced = await start('vpin-enhanced', { VPIN_BUCKET_VOLUME: '10000' });
    crashes = await enhanced.listen(topics.flashCrashAlert.all);
    const marketdata = await start('marketdata', { MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_REPLAY_PREROLL_SESSIONS: '0' });
    await marketdata.request.post('/replay').send({ ...RANGE, symbols: ['IBM'], speed: 0, loop: false, state: 'playing' }).expect(200);
    await eventually(async () => expect((await marketdata.request.get('/replay')).body).toMatchObject({ state: 'finished' }), { deadlineMs: 180_000, intervalMs: 200 });
    await eventually(
      async () => expect((await get(enhanced, '/monitoring/active')).items).toMatchObject([{ symbol: 'IBM', trades: trades.length, quotes: quotes.length }]),
      { deadlineMs: 180_000, intervalMs: 200 },
    );
  }, 400_000);

  afterAll(async () => {
    for (const engine of engines.reverse()) await engine.stop();
    await store.close(30_000);
  }, 60_000);

  it('are all handled, and none is dropped or refused', () => {
    for (const engine of engines) for (const bus of engine.runtime.context.bus.status()) expect(bus).toMatchObject({ dropped: 0, deadLetters: 0, expired: 0 });
  });

  it('give the VPIN of the library, from the store and as a stream, in both engines', async () => {
    const expected = vpinBatch(
      {
        timesMs: Float64Array.from(trades, ({ timeMs }) => timeMs),
        prices: Float64Array.from(trades, ({ cells }) => Number(cells[1])),
        sizes: Float64Array.from(trades, ({ cells }) => Number(cells[2])),
      },
      { sampleLength: 10 },
    );
    await eventually(async () => {
      const stored = (await store.market.counts()).find(({ kind }) => kind === 'trade');
      expect(stored?.records).toBe(trades.length);
    }, { deadlineMs: 60_000, intervalMs: 200 });
    for (const engine of [plain, enhanced]) {
      const { body } = await engine.request.post('/batch').send({ symbol: 'IBM', ...RANGE, sample_length: 10 }).expect(200);
      expect(body.buckets.map(({ vpin }: Json) => vpin)).toEqual(expected.buckets.vpin);
      expect(body.buckets.map(({ buy_volume }: Json) => buy_volume)).toEqual([...expected.buckets.buyVolume]);
    }
    const readings = async (engine: TestEngine<unknown>): Promise<Json[]> => (await get(engine, '/history/IBM?limit=1000')).items;
    const streamed = await readings(enhanced);
    expect(streamed.length).toBeGreaterThan(20);
    await eventually(async () => expect(await readings(plain)).toEqual(streamed), { deadlineMs: 60_000 });
  });

  it('cost what the recording says: effective = realised + impact for each trade, against a mid that stood', async () => {
    const analysis = await get(enhanced, '/microstructure/IBM/analysis?trades=1000');
    expect(analysis.identity.trades).toBeGreaterThan(2_000);
    expect(analysis.identity.largest_residual).toBeLessThan(1e-12);
    expect(analysis.trades).toHaveLength(1_000);

    const horizons = [['5s', 5_000], ['60s', 60_000], ['300s', 300_000]] as const;
    for (const trade of analysis.trades) {
      const timeMs = Date.parse(trade.timestamp);
      expect(standing(timeMs).some((mid) => Math.abs(mid - trade.mid) < 1e-9)).toBe(true);
      expect(trade.effective).toBeCloseTo(2 * trade.sign * (trade.price - trade.mid), 12);
      for (const [name, horizonMs] of horizons) {
        expect(Math.abs(trade.effective - trade.realised[name] - trade.impact[name])).toBeLessThan(1e-12);
        const later = trade.mid + (trade.sign * trade.impact[name]) / 2;
        expect(standing(timeMs + horizonMs).some((mid) => Math.abs(mid - later) < 1e-9)).toBe(true);
      }
    }
  });

  it('are signed as the rules say', async () => {
    const { measures, counts } = await get(enhanced, '/microstructure/IBM/analysis');
    const rule = new TickRule();
    let [tickDifference, tickVolume] = [0, 0];
    for (const { timeMs, cells } of trades) {
      const [price, size] = [Number(cells[1]), Number(cells[2])];
      const sign = rule.update(price);
      // The window is the last hour.
      if (Math.floor(timeMs / 60_000) <= Math.floor(Date.parse(RANGE.to) / 60_000) - 1 - 60) continue;
      tickDifference += sign * size;
      tickVolume += Math.abs(sign) * size;
    }
    expect(measures.trade_imbalance_tick.value).toBeCloseTo(tickDifference / tickVolume, 12);
    expect(measures.agreement_tick_lee_ready.value).toBeGreaterThan(0.7);
    expect(counts).toMatchObject({ trades: trades.length, quotes: quotes.length });
    // A quote of the same millisecond may have come before or after the trade.
    const without = (holds: (known: readonly boolean[]) => boolean): number =>
      trades.filter(({ timeMs }) => holds([...standing(timeMs).map((mid) => !Number.isNaN(mid)), ...((mids[firstAfter(timeMs) - 1]?.timeMs ?? -Infinity) < timeMs - STALE_MS ? [false] : [])])).length;
    expect(counts.without_quote).toBeGreaterThanOrEqual(without((known) => known.every((one) => !one)));
    expect(counts.without_quote).toBeLessThanOrEqual(without((known) => known.length === 0 || known.some((one) => !one)));
    expect(measures.kyle_lambda.n).toBe(88);
    expect(measures.kyle_lambda.value).toBeGreaterThan(0);
  });

  it('are no crash', async () => {
    expect(crashes).toEqual([]);
    const { items } = await get(enhanced, '/analysis/flash_crash_risk');
    expect(items).toMatchObject([{ symbol: 'IBM', level: expect.stringMatching(/^(clear|watch)$/) }]);
    expect(items[0].score).toBeGreaterThan(0);
  });
});
