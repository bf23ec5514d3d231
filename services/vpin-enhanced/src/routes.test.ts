import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { topics } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { eventually, openTestStore, startForTest, WebSocketClient, withoutSavedState, type TestEngine } from '@nautilus/testkit';
import type { Context } from './context.ts';
import { vpinEnhanced } from './engine.ts';
import { MEASURES } from './measures.ts';

const OPEN_MS = Date.UTC(2013, 9, 7, 13, 30);
const STEP_MS = 5_000;
const SETTINGS = { VPIN_BUCKET_VOLUME: '1000', VPIN_SAMPLE_LENGTH: '5', VPIN_QUOTE_FEED: 'venues' };

const ANALYSIS = ['counts', 'identity', 'measures', 'provenance', 'signing', 'symbol', 'timestamp', 'trades', 'venues'];
const ENHANCED = ['flash_crash_event', 'flash_crash_risk', 'ivpin_estimate', 'measures', 'percentile', 'provenance', 'run_id', 'source', 'symbol', 'timestamp', 'trigger', 'vpin_value'];

let store: Store;
let engine: TestEngine<Context>;

beforeAll(async () => void (store = await openTestStore()), 120_000);
afterAll(async () => store.close(30_000), 60_000);
afterEach(async () => engine.stop());

/** Each test begins anew: what an earlier one left in the store is not resumed. */
const start = async (settings: Readonly<Record<string, string>> = SETTINGS): Promise<void> => void (engine = await startForTest(vpinEnhanced, { store: withoutSavedState(store), settings }));

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;
const get = async (path: string, status = 200): Promise<Json> => (await engine.request.get(path).expect(status)).body;
const post = async (path: string, body: object, status = 200): Promise<Json> => (await engine.request.post(path).send(body).expect(status)).body;

const event = (symbol: string, timeMs: number): object => ({
  symbol, venue: 'XNYS', ts_event_ns: BigInt(timeMs) * 1_000_000n, ts_ingest_ns: BigInt(timeMs) * 1_000_000n, seq: 1, source: 'test', provenance: 'replay', run_id: 'run-1',
  exchange: 'N', condition: '', suspicious: false,
});
const sendTrade = (symbol: string, timeMs: number, price: number, size: number, more: object = {}): Promise<unknown> =>
  engine.bus.publish(topics.marketData.tick.of(symbol), { ...event(symbol, timeMs), price, size, ...more }, { provenance: 'replay' });
const sendQuote = (symbol: string, timeMs: number, mid: number, half: number, size = 100, more: object = {}): Promise<unknown> =>
  engine.bus.publish(
    topics.marketData.quote.of(symbol), { ...event(symbol, timeMs), bid: mid - half, ask: mid + half, bid_size: size, ask_size: size, ...more }, { provenance: 'replay' },
  );

/** Mid at a step: a slow wave that the same symbol always has. */
const midAt = (step: number): number => 100 + Math.sin(step / 40) + ((step * 7_919) % 13) / 500;
const bought = (step: number): boolean => (step * 31) % 7 < 4;
const sizeAt = (step: number): number => 100 * (1 + ((step * 17) % 3));

/** A quote each five seconds and a second later a trade at one of its sides. */
async function session(symbol: string, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const timeMs = OPEN_MS + step * STEP_MS;
    await sendQuote(symbol, timeMs, midAt(step), 0.05);
    await sendTrade(symbol, timeMs + 1_000, midAt(step) + (bought(step) ? 0.05 : -0.05), sizeAt(step));
  }
}
const seen = (symbol: string, trades: number): Promise<unknown> =>
  eventually(async () => expect((await get('/monitoring/active')).items.find((item: Json) => item.symbol === symbol)?.trades).toBe(trades), { deadlineMs: 30_000 });

describe('trades and quotes on the bus', () => {
  it('become measures with n, window and error: published each minute and bucket, and stored each minute', async () => {
    await start();
    const published = await engine.listen(topics.vpin.enhanced.all);
    const steps = 12 * 45;
    await session('LIVE', steps);
    await seen('LIVE', steps);
    const analysis = await get('/microstructure/LIVE/analysis?trades=1000');
    expect(Object.keys(analysis).sort()).toEqual(ANALYSIS);
    expect(Object.keys(analysis.measures).sort()).toEqual([...MEASURES].sort());
    for (const measure of Object.values<Json>(analysis.measures)) {
      expect(Object.keys(measure)).toEqual(expect.arrayContaining(['value', 'standard_error', 'n', 'window']));
      expect(measure.value === null).toBe(measure.reason !== undefined);
    }
    const { measures } = analysis;
    expect(measures.quoted_spread.value).toBeCloseTo(0.1, 9);
    expect(measures.effective_spread).toMatchObject({ n: steps, window: '60m' });
    expect(measures.effective_spread.value).toBeCloseTo(0.1, 9);
    expect(measures.kyle_lambda).toMatchObject({ n: 43, window: '390x1m' });
    expect(measures.hasbrouck_lambda).toMatchObject({ value: null, reason: 'insufficient_history', n: 7 });
    expect(measures.corwin_schultz_spread).toMatchObject({ value: null, n: 0 });

    // By hand: value-weighted impact over a minute of the trades whose minute has passed.
    const last = (steps - 1) * STEP_MS + 1_000;
    let [weights, impact, volume, signed] = [0, 0, 0, 0];
    for (let step = 0; step < steps; step++) {
      const [side, price, size, time] = [bought(step) ? 1 : -1, midAt(step) + (bought(step) ? 0.05 : -0.05), sizeAt(step), step * STEP_MS + 1_000];
      volume += size;
      signed += side * size;
      if (time + 60_000 >= last) continue;
      weights += price * size;
      // The quote that stands a minute after the trade is the one of twelve steps later.
      impact += price * size * 2 * side * (midAt(step + 12) - midAt(step));
    }
    expect(measures.impact_60s.value).toBeCloseTo(impact / weights, 9);
    expect(measures.trade_imbalance_lee_ready.value).toBeCloseTo(signed / volume, 12);
    expect(analysis.identity.largest_residual).toBeLessThan(1e-12);
    expect(analysis.trades).toHaveLength(analysis.identity.trades);
    for (const trade of analysis.trades) for (const horizon of ['5s', '60s', '300s']) expect(Math.abs(trade.effective - trade.realised[horizon] - trade.impact[horizon])).toBeLessThan(1e-12);

    await eventually(() => expect(published.filter((message) => (message.payload as Json).trigger === 'minute')).toHaveLength(44));
    const payloads = published.map((message) => message.payload as Json);
    expect(Object.keys(payloads[0]).sort()).toEqual(ENHANCED);
    const buckets = (await get('/realtime/LIVE')).volume_bucket.bucket_id;
    expect(payloads.filter(({ trigger }) => trigger === 'bucket')).toHaveLength(buckets);
    await eventually(async () => {
      const stored = await store.microstructure.results('LIVE', 'kyle_lambda', {}, { limit: 1000 });
      expect(stored.items.map(({ value }) => value)).toEqual(payloads.filter(({ trigger }) => trigger === 'minute').map(({ measures: each }) => each.kyle_lambda.value));
    }, { deadlineMs: 30_000 });
    const { items } = await get('/microstructure/LIVE/history?measure=kyle_lambda&limit=1000');
    expect(items.map(({ value, standard_error, n, window, reason }: Json) => ({ value, standard_error, n, window, ...(reason === undefined ? {} : { reason }) })))
      .toEqual(payloads.filter(({ trigger }) => trigger === 'minute').map(({ measures: each }) => each.kyle_lambda));
    expect(items.at(-1)).toMatchObject({ measure: 'kyle_lambda', source: 'test', provenance: 'replay', timestamp: expect.stringMatching(/^2013-10-07T14:/) });
    expect((await get(`/microstructure/LIVE/history?measure=kyle_lambda&from=${items[5].timestamp}&limit=2`)).items).toEqual(items.slice(5, 7));
    await get('/microstructure/LIVE/history?measure=nothing', 422);
    expect(await get('/microstructure/NOBODY/history?measure=ivpin')).toEqual({ items: [], next_cursor: null });
  }, 120_000);

  it('of wrong values go to the dead letters, suspicious and late ones are left out, and another run starts anew', async () => {
    await start();
    await sendQuote('ODD', OPEN_MS, 100, 0.05);
    await sendTrade('ODD', OPEN_MS + 1, NaN, 100);
    await sendTrade('ODD', OPEN_MS + 2, 100.05, 100, { suspicious: true });
    await sendTrade('ODD', OPEN_MS + 3, 100.05, 100);
    await seen('ODD', 1);
    await eventually(async () => expect((await get('/messagebus/status')).buses.marketdata_bus.dead_letters).toBe(1));
    expect((await get('/microstructure/ODD/analysis')).counts).toMatchObject({ trades: 1, quotes: 1, without_quote: 0 });
    await sendTrade('ODD', OPEN_MS + 4, 100.05, 100, { run_id: 'run-2' });
    await eventually(async () => expect((await get('/microstructure/ODD/analysis')).counts).toMatchObject({ trades: 1, quotes: 0, without_quote: 1 }));
    await get('/microstructure/NOBODY/analysis', 404);
  });
});

describe('an order book on the bus', () => {
  const book = (timeMs: number, id: number, fields: object): object => ({
    ...event('DEEP', timeMs), type: 'delta', bids: [], asks: [], last_update_id: id, previous_update_id: id - 1, reason: null, ...fields,
  });
  const sendBook = (update: object): Promise<unknown> => engine.bus.publish(topics.marketData.level2.of('DEEP'), update, { provenance: 'replay' });
  const depths = async (): Promise<Json> => {
    const { measures, counts } = await get('/microstructure/DEEP/analysis');
    return { counts: [counts.book_updates, counts.book_gaps], k: [1, 5, 10, 25].map((levels) => measures[`depth_imbalance_${levels}`]) };
  };
  const levels = (from: number, step: number, sizes: readonly number[]): [number, number][] => sizes.map((size, i) => [from + i * step, size]);

  it('gives the imbalance of depth over 1 to 25 levels, after a restart too, and none while updates are missing', async () => {
    const saved = withoutSavedState(store);
    engine = await startForTest(vpinEnhanced, { store: saved, settings: SETTINGS });
    await sendQuote('DEEP', OPEN_MS, 100, 0.5);
    await eventually(async () => expect(await depths()).toMatchObject({ k: [{ value: null, n: 0, window: 'level2', reason: 'no_data' }, {}, {}, {}] }));
    const whole = { type: 'snapshot', previous_update_id: null, bids: levels(99, -1, Array.from({ length: 12 }, () => 3)), asks: levels(101, 1, Array.from({ length: 30 }, () => 1)) };
    await sendBook(book(OPEN_MS + 100, 10, whole));
    await sendBook(book(OPEN_MS + 200, 11, { bids: [[99, 0]], asks: [[100.5, 9]] }));
    const expected = {
      counts: [2, 0],
      k: [{ value: (3 - 9) / 12, n: 2 }, { value: (15 - 13) / 28, n: 10 }, { value: (30 - 18) / 48, n: 20 }, { value: (33 - 33) / 66, n: 36 }].map((one) => ({ ...one, standard_error: null, window: 'level2' })),
    };
    await eventually(async () => expect(await depths()).toEqual(expected));
    await engine.stop();
    engine = await startForTest(vpinEnhanced, { store: saved, settings: SETTINGS, network: engine.network });
    expect(await depths()).toEqual(expected);
    // The same book, shown.
    expect(await get('/orderbook/DEEP/depth?levels=2')).toMatchObject({ source: 'level2', last_update_id: 11, bids: [{ price: 98, size: 3 }, { price: 97, size: 3 }], asks: [{ price: 100.5, size: 9 }, { price: 101, size: 1 }] });
    await sendBook(book(OPEN_MS + 1_200, 14, {}));
    await eventually(async () => expect(await depths()).toMatchObject({ counts: [2, 1], k: [{ value: null, reason: 'no_data' }, {}, {}, {}] }));
    expect(await get('/orderbook/DEEP/depth')).toMatchObject({ source: 'best_quotes_by_venue', last_update_id: null });
  });

  it('is pushed to the clients of /ws/orderbook/{symbol} as it changes', async () => {
    await start();
    const client = new WebSocketClient(`${engine.url}/ws/orderbook/DEEP`);
    try {
      await client.first('welcome');
      await sendBook(book(OPEN_MS, 10, { type: 'snapshot', previous_update_id: null, bids: [[99, 3]], asks: [[101, 1]] }));
      await eventually(() => expect(client.of('data').at(-1)).toMatchObject({ topic: 'market_data.level2.DEEP', data: { last_update_id: 10, asks: [{ price: 101, size: 1 }] } }));
      await sendBook(book(OPEN_MS + 1, 11, { asks: [[100, 2]] }));
      await eventually(() => expect(client.of('data').at(-1)?.data).toMatchObject({ last_update_id: 11, asks: [{ price: 100, size: 2 }, { price: 101, size: 1 }] }));
    } finally {
      client.socket.terminate();
    }
  });

  it('is enough for a symbol to be known', async () => {
    await start();
    await sendBook(book(OPEN_MS, 10, { type: 'snapshot', previous_update_id: null, bids: [[99, 3]], asks: [[101, 1]] }));
    await eventually(async () => expect(await depths()).toMatchObject({ counts: [1, 0], k: [{ value: 0.5, n: 2 }, {}, {}, {}] }));
    expect((await get('/monitoring/active')).items).toMatchObject([{ symbol: 'DEEP', timestamp: new Date(OPEN_MS).toISOString(), trades: 0, quotes: 0, flash_crash_score: null }]);
    expect((await get('/analysis/flash_crash_risk')).items).toMatchObject([{ symbol: 'DEEP', score: null, reason: 'warming_up' }]);
  });

  it('of wrong values goes to the dead letters', async () => {
    await start();
    await sendBook(book(OPEN_MS, 1, { bids: [[-1, 1]] }));
    await eventually(async () => expect((await get('/messagebus/status')).buses.marketdata_bus.dead_letters).toBe(1));
  });
});

describe('trades', () => {
  it.each([
    ['against the quote that stands', {}, { rule: 'lee_ready', quote_lag_ms: 0, compared_with: ['tick', 'bulk'] }, -1],
    ['against the quote of so long before', { VPIN_ENHANCED_QUOTE_LAG_MS: '2000' }, { rule: 'lee_ready', quote_lag_ms: 2_000, compared_with: ['tick', 'bulk'] }, 1],
    ['by the tick rule', { VPIN_ENHANCED_SIGN_RULE: 'tick' }, { rule: 'tick', quote_lag_ms: 0, compared_with: ['lee_ready', 'bulk'] }, 1],
  ])('are signed %s, where that is set', async (_how, settings, signing, sign) => {
    await start({ ...SETTINGS, ...settings });
    // The second trade is above the mid of before, below the one that stands, and above the first.
    await sendQuote('SIGNED', OPEN_MS, 99, 0.5);
    await sendTrade('SIGNED', OPEN_MS + 1, 98.9, 100);
    await sendQuote('SIGNED', OPEN_MS + 2_000, 100, 0.5);
    await sendTrade('SIGNED', OPEN_MS + 3_000, 99.8, 100);
    await sendTrade('SIGNED', OPEN_MS + 320_000, 99.7, 100);
    await seen('SIGNED', 3);
    const analysis = await get('/microstructure/SIGNED/analysis?trades=10');
    expect([analysis.signing, analysis.trades.at(-1)]).toMatchObject([signing, { price: 99.8, sign }]);
  });
});

describe('an engine that starts again', () => {
  it('goes on with the measures that it had', async () => {
    const saved = withoutSavedState(store);
    engine = await startForTest(vpinEnhanced, { store: saved, settings: SETTINGS });
    await session('AGAIN', 240);
    await seen('AGAIN', 240);
    const { measures, counts } = await get('/microstructure/AGAIN/analysis');
    await engine.stop();
    engine = await startForTest(vpinEnhanced, { store: saved, settings: SETTINGS, network: engine.network });
    expect(await get('/microstructure/AGAIN/analysis')).toMatchObject({ measures, counts });
    await sendTrade('AGAIN', OPEN_MS + 240 * STEP_MS, 100, 100);
    await seen('AGAIN', 241);
  });
});

describe('a crash', () => {
  it('raises an alert of the highest priority before its low, keeps the inputs, and is cleared', async () => {
    await start();
    const alerts = await engine.listen(topics.flashCrashAlert.all);
    const calm = 12 * 40;
    for (let step = 0; step < calm; step++) await sendQuote('CRASH', OPEN_MS + step * STEP_MS, midAt(step), 0.05, 1_000);
    const from = OPEN_MS + calm * STEP_MS;
    for (let second = 0; second < 60; second++) await sendQuote('CRASH', from + second * 1_000, midAt(calm) - 0.2 * second, 1, 10, { bid_size: 1, ask_size: 19 });
    await eventually(() => expect(alerts).not.toHaveLength(0));
    expect(alerts[0]).toMatchObject({ topic: 'flash_crash.alert.CRASH', priority: 'FLASH_CRASH' });
    const alert = alerts[0]?.payload as Json;
    expect(alert).toMatchObject({ symbol: 'CRASH', level: 'alert', cleared: false, missing: expect.arrayContaining(['toxicity']), message: expect.stringMatching(/^flash-crash risk 0\.[89]\d, mid \d+\.\d\d % below .*→ alert$/) });
    expect(alert.score).toBeGreaterThanOrEqual(0.8);
    expect(Date.parse(alert.timestamp)).toBeLessThan(from + 59_000);
    expect((await get('/analysis/flash_crash_risk')).highest).toBe('CRASH');
    for (let step = 0; step < 60; step++) await sendQuote('CRASH', from + 60_000 + step * STEP_MS, midAt(calm) - 12, 0.05, 1_000);
    await eventually(() => expect(alerts.map((message) => (message.payload as Json).cleared)).toEqual([false, true]), { deadlineMs: 20_000 });
    await eventually(async () => {
      const { items } = await get('/events/flash_crash/CRASH');
      expect(items.map((item: Json) => item.id)).toEqual(expect.arrayContaining(alerts.map((message) => (message.payload as Json).id)));
    }, { deadlineMs: 20_000 });
  }, 120_000);
});

describe('impact that is most of the spread', () => {
  it('raises a toxicity alert once and names the measure', async () => {
    await start();
    const alerts = await engine.listen(topics.toxicityAlert.all);
    // Buys while the mid rises for good: after five minutes all of the spread was impact.
    for (let step = 0; step < 12 * 15; step++) {
      const mid = 100 + 0.02 * step;
      await sendQuote('TOXIC', OPEN_MS + step * STEP_MS, mid, 0.05);
      await sendTrade('TOXIC', OPEN_MS + step * STEP_MS + 1_000, mid + 0.05, 100);
    }
    await eventually(() => expect(alerts).toHaveLength(1), { deadlineMs: 20_000 });
    expect(alerts[0]?.payload).toMatchObject({ symbol: 'TOXIC', measure: 'spread_toxicity', threshold: 0.7, cleared: false, severity: 'HIGH' });
    const found = await post('/toxicity/detect', { symbols: ['toxic', 'NONE'] });
    expect(found).toMatchObject({ threshold: 0.7, unknown: ['NONE'], items: [{ symbol: 'TOXIC', toxic: true, causes: ['spread_toxicity'], standing_alert: true }] });
    await post('/toxicity/detect', { threshold: 7 }, 422);
  }, 60_000);
});

describe('estimates', () => {
  /** Poisson counts are near their means; only their pattern matters here. */
  const days = Array.from({ length: 60 }, (_, day) => {
    const [good, bad] = [day % 5 === 0, day % 5 === 1];
    return { buys: 500 + ((day * 37) % 41) + (good ? 400 : 0), sells: 480 + ((day * 53) % 43) + (bad ? 400 : 0) };
  });

  it('find PIN in daily counts: two days of five with 400 informed trades', async () => {
    await start();
    const answer = await post('/pin/estimate', { days });
    expect(answer).toMatchObject({ n: 60, symbol: null, processing_method: 'cpu', estimate: { model: 'pin', converged: true, at_boundary: false, start: expect.any(Number), n: 60 } });
    expect(answer.estimate.parameters.alpha).toBeCloseTo(0.4, 2);
    expect(answer.estimate.parameters.delta).toBeCloseTo(0.5, 2);
    expect(answer.estimate.probability).toBeCloseTo(160 / (160 + 520 + 501), 2);
    expect(answer.estimate.standard_error).toBeGreaterThan(0);
    const few = await post('/pin/estimate', { days: days.slice(0, 19) });
    expect(few).toMatchObject({ estimate: null, n: 19, reason: 'insufficient_history' });
    await post('/pin/estimate', {}, 422);
    await post('/pin/estimate', { days: [{ buys: -1, sells: 0 }] }, 422);
    await post('/pin/estimate', { symbol: 'NOBODY' }, 404);
  }, 60_000);

  it('leave the process able to answer while they run', async () => {
    await start();
    const many = Array.from({ length: 2_000 }, (_, day) => days[day % days.length]);
    const order: string[] = [];
    const estimate = post('/pin/estimate', { days: many }).then(() => void order.push('estimate'));
    await get('/health/live');
    order.push('live');
    await estimate;
    expect(order).toEqual(['live', 'estimate']);
  }, 120_000);

  it('stand beside everything else of a symbol, IVPIN with its lot', async () => {
    await start({ ...SETTINGS, VPIN_BUCKET_VOLUME: '500' });
    await session('ALL', 12 * 20);
    await seen('ALL', 240);
    await eventually(async () => expect((await post('/analyze/comprehensive/ALL', {})).ivpin).toMatchObject({ model: 'ivpin', lot: 200, n: 50 }), { deadlineMs: 30_000 });
    const all = await post('/analyze/comprehensive/ALL', {});
    expect(all).toMatchObject({
      symbol: 'ALL', pin: { probability: null, reason: 'insufficient_history', n: 0 }, quote_fade: { window: '5m' }, fast_quoting: false, backend: 'cpu', accelerated: false,
      flash_crash_risk: { symbol: 'ALL', level: 'clear' },
    });
    expect(all.vpin.value).toBe((await get('/realtime/ALL')).vpin_value);
    expect(all.measures.ivpin.value).toBe(all.ivpin.probability);
    await eventually(async () => expect((await store.microstructure.pinEstimates('ALL', {})).items[0]).toMatchObject({ model: 'ivpin', observations: 50 }), { deadlineMs: 30_000 });
    expect((await get('/pin/ALL/history')).items).toContainEqual(expect.objectContaining({ model: 'ivpin', n: 50, provenance: 'replay' }));
    await post('/analyze/comprehensive/NOBODY', {}, 404);
  }, 60_000);

  it('of the finished days of a run are stored once, as they were answered', async () => {
    await start();
    const DAY_MS = 86_400_000;
    for (let day = 0; day < 25; day++) {
      const trades = [3 + ((day * 5) % 4) + (day % 5 === 0 ? 6 : 0), 3 + ((day * 3) % 4) + (day % 5 === 1 ? 6 : 0)] as const;
      for (const [side, count] of trades.entries()) {
        // A buy is above the price before, a sale below it.
        for (let i = 0; i < count; i++) await sendTrade('DAYS', OPEN_MS + day * DAY_MS + (side * 100 + i) * 1_000, side === 0 ? 100 + i : 100 - i, 100);
      }
    }
    await eventually(async () => expect((await post('/pin/estimate', { symbol: 'DAYS' })).n).toBe(24), { deadlineMs: 30_000 });
    const { estimate } = await post('/pin/estimate', { symbol: 'DAYS' });
    expect((await post('/analyze/comprehensive/DAYS', {})).pin).toEqual(estimate);
    await eventually(async () => expect((await get('/pin/DAYS/history?limit=1000')).items.filter(({ model, n }: Json) => model === 'pin' && n === 24)).toEqual([{
      model: 'pin', timestamp: '2013-10-31T00:00:00.000Z', probability: estimate.probability, standard_error: estimate.standard_error, log_likelihood: estimate.log_likelihood, n: 24, converged: estimate.converged,
      parameters: estimate.parameters, provenance: 'replay',
    }]), { deadlineMs: 30_000 });
  }, 60_000);
});

describe('symbols together', () => {
  it('are correlated over the minutes that they share, or the reason is given', async () => {
    await start({ ...SETTINGS, VPIN_BUCKET_VOLUME: '100' });
    expect(await get('/analysis/correlations')).toMatchObject({ vpin: { correlations: null, reason: 'insufficient_history' }, systemic: null });
    for (let minute = 0; minute < 40; minute++) {
      const timeMs = OPEN_MS + minute * 60_000;
      // The second follows the first, the third goes the other way.
      for (const [symbol, turn] of [['ONE', 1], ['TWO', 2], ['ANTI', -1]] as const) {
        await sendQuote(symbol, timeMs, 100 * Math.exp((turn * Math.sin(minute)) / 100), 0.01);
        await sendTrade(symbol, timeMs + 1_000, 100, 100);
      }
    }
    await seen('ANTI', 40);
    const { returns, vpin, unknown } = await get('/analysis/correlations?symbols=ONE,TWO,ANTI,NONE');
    expect(unknown).toEqual(['NONE']);
    expect(returns).toMatchObject({ symbols: ['ONE', 'TWO', 'ANTI'], n: 38, window: '60m' });
    expect(returns.correlations[0][1]).toBeCloseTo(1, 9);
    expect(returns.correlations[0][2]).toBeCloseTo(-1, 9);
    expect(returns.first_component_share).toBeCloseTo(1, 9);
    // Five buckets must be full before VPIN has a value, so that fewer minutes have one.
    expect(vpin.n).toBeGreaterThanOrEqual(30);
    await get('/analysis/correlations?symbols=a%20b', 422);
  }, 60_000);

  it('are all left alone once unsubscribed', async () => {
    await start();
    await session('GONE', 3);
    await seen('GONE', 3);
    await engine.request.delete('/symbols/GONE/unsubscribe').expect(200);
    await session('GONE', 3);
    await session('STAYS', 1);
    await seen('STAYS', 1);
    expect((await get('/monitoring/active')).items.map((item: Json) => item.symbol)).toEqual(['STAYS']);
  });
});
