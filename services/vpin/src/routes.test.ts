import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { topics, type Trade } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { eventually, openTestStore, startForTest, withoutSavedState, type TestEngine } from '@nautilus/testkit';
import type { Context } from './context.ts';
import { vpin } from './engine.ts';

/** Half a minute into a bar, so that the next bar's trade is past the lateness window of the one before. */
const OPEN_MS = Date.UTC(2013, 9, 7, 13, 30, 30);
const MINUTE_MS = 60_000;
/** A bucket per minute bar of one hundred shares, and a VPIN over two of them. */
const SETTINGS = { VPIN_BUCKET_VOLUME: '100', VPIN_SAMPLE_LENGTH: '2', VPIN_QUOTE_FEED: 'venues' };

const READING = [
  'confidence', 'market_regime', 'neural_patterns', 'parameters', 'percentile', 'provenance', 'run_id', 'series', 'source', 'start_time', 'symbol', 'timestamp', 'toxicity_level',
  'volume_bucket', 'vpin_value', 'warming_up',
];
const ALERT = ['basis', 'cleared', 'id', 'percentile', 'provenance', 'severity', 'symbol', 'timestamp', 'vpin_value'];

let store: Store;
let engine: TestEngine<Context>;

beforeAll(async () => void (store = await openTestStore()), 60_000);
afterEach(() => engine.stop());
afterAll(() => store.close(10_000));

/** Each test begins anew: what an earlier one left in the store is not resumed. */
const start = async (settings: Readonly<Record<string, string>> = SETTINGS): Promise<void> => void (engine = await startForTest(vpin, { store: withoutSavedState(store), settings }));

function trade(symbol: string, minute: number, change: Partial<Trade> = {}): Trade {
  return {
    symbol, venue: 'XNYS', ts_event_ns: BigInt(OPEN_MS + minute * MINUTE_MS) * 1_000_000n, ts_ingest_ns: BigInt(OPEN_MS) * 1_000_000n, seq: Math.round(minute * 10),
    source: 'test', provenance: 'replay', run_id: 'run-1', price: 100, size: 100, exchange: 'N', condition: '', suspicious: false, ...change,
  } as Trade;
}

const send = async (...trades: readonly object[]): Promise<void> => {
  for (const one of trades) await engine.bus.publish(topics.marketData.tick.of('IBM'), one, { provenance: 'replay' });
};
const session = (symbol: string, bars: number, change: Partial<Trade> = {}): Trade[] => Array.from({ length: bars + 1 }, (_, minute) => trade(symbol, minute, change));

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;
const get = async (path: string, status = 200): Promise<Json> => (await engine.request.get(path).expect(status)).body;
const post = async (path: string, body: object, status = 200): Promise<Json> => (await engine.request.post(path).send(body).expect(status)).body;
const outcomes = async (symbol: string): Promise<Json> => (await get('/vpin/active')).items.find((item: Json) => item.symbol === symbol)?.trades;
const closed = (symbol: string, buckets: number): Promise<unknown> =>
  eventually(async () => expect((await get('/vpin/active')).items.find((item: Json) => item.symbol === symbol)?.closed_buckets).toBe(buckets));

describe('trades on the bus', () => {
  it('become one reading per full bucket: published, shown live and in history', async () => {
    await start();
    const published = await engine.listen(topics.vpin.calculation.all);
    await send(...session('LIVE', 3));
    await eventually(() => expect(published).toHaveLength(3));
    const readings = published.map((message) => message.payload as Json);
    expect(published.map((message) => message.topic)).toEqual(Array(3).fill('vpin.calculation.LIVE'));
    expect(readings.map((reading) => reading.volume_bucket.bucket_id)).toEqual([1, 2, 3]);
    // Golden: a renamed field breaks clients.
    expect(Object.keys(readings[2]).sort()).toEqual(READING);
    // The first has no two buckets to average.
    expect(readings[0]).toMatchObject({ vpin_value: null, reason: 'warming_up', warming_up: true, neural_patterns: null, market_regime: null, run_id: 'run-1', provenance: 'replay' });
    expect(readings[2].volume_bucket).toMatchObject({ target_volume: 100 });
    expect(readings[2].volume_bucket.buy_volume + readings[2].volume_bucket.sell_volume).toBeCloseTo(100, 9);
    expect(readings[2].vpin_value).toBeCloseTo((readings[1].volume_bucket.order_imbalance + readings[2].volume_bucket.order_imbalance) / 200, 12);

    expect(await get('/realtime/LIVE')).toEqual(readings[2]);
    expect(await get('/realtime/batch?symbols=LIVE,NONE')).toEqual({ items: [readings[2]], unknown: ['NONE'] });
    expect((await get('/realtime/batch')).items).toHaveLength(1);
    expect((await get('/history/LIVE')).items).toEqual(readings);
    expect((await get(`/history/LIVE?limit=1&from=${readings[1].timestamp}`)).items).toEqual([readings[1]]);
    expect(await get('/buckets/LIVE/current')).toMatchObject({ closed_buckets: 3, target_volume: 100, filled_ratio: 0 });
    expect(await get('/status')).toMatchObject({ symbols_active: 1, buckets_closed: 3, trades: 4, left_out: 0 });
  });

  it('below one bucket give no value but the reason, and an unknown symbol the active ones', async () => {
    await start();
    await send(trade('FEW', 0));
    await eventually(async () => expect(await get('/realtime/FEW')).toEqual({ symbol: 'FEW', vpin_value: null, reason: 'below_one_bucket', trades_seen: 1 }));
    const answer = await engine.request.get('/realtime/NOBODY').expect(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.text).toContain('FEW');
    await get('/realtime/batch?symbols=a%20b', 422);
  });

  it('that are suspicious, empty or late are counted and left out', async () => {
    await start();
    await send(trade('ODD', 0), trade('ODD', 1, { suspicious: true }), trade('ODD', 1, { size: 0 }), trade('ODD', 2), trade('ODD', 0.25));
    await eventually(async () => expect(await outcomes('ODD')).toEqual({ accepted: 2, late: 1, flagged: 1, zero_size: 1 }));
    expect(await get('/status')).toMatchObject({ trades: 2, left_out: 3 });
  });

  it.each([['a price that is no number', { price: NaN }], ['no price', { price: undefined }], ['a negative size', { size: -1 }]])('with %s go to the dead letters, and the next one counts', async (_, change) => {
    await start();
    await send({ ...trade('BAD', 0), ...change }, trade('BAD', 1));
    await eventually(async () => expect(await outcomes('BAD')).toMatchObject({ accepted: 1 }));
    await eventually(async () => expect((await get('/messagebus/status')).buses.marketdata_bus.dead_letters).toBe(1));
  });

  it('of another run start anew', async () => {
    await start();
    await send(...session('RUN', 3));
    await closed('RUN', 3);
    await send(...session('RUN', 1, { run_id: 'run-2' }));
    await closed('RUN', 1);
    expect((await get('/history/RUN')).items).toMatchObject([{ run_id: 'run-2', vpin_value: null }]);
  });

  it('replayed twice leave each bucket stored once', async () => {
    await start();
    await send(...session('TWICE', 4));
    await closed('TWICE', 4);
    await send(...session('TWICE', 4, { run_id: 'run-2' }));
    await eventually(async () => expect(await get('/realtime/TWICE')).toMatchObject({ run_id: 'run-2', volume_bucket: { bucket_id: 4 } }));
    await eventually(async () => {
      const { buses } = await get('/messagebus/status');
      expect(buses.engine_logic_bus).toMatchObject({ lag: 0, pending: 0, dead_letters: 0 });
      expect((await get('/history/TWICE?stored=true')).items.map((row: Json) => (row['volume_bucket'] as Json)['bucket_id'])).toEqual([1, 2, 3, 4]);
    });
  });
});

describe('an engine that starts again', () => {
  it('goes on in the bar and bucket where it was, and tells nothing twice', async () => {
    const saved = withoutSavedState(store);
    engine = await startForTest(vpin, { store: saved, settings: SETTINGS });
    await send(...session('AGAIN', 2));
    await closed('AGAIN', 2);
    const last = await get('/realtime/AGAIN');
    await engine.stop();
    engine = await startForTest(vpin, { store: saved, settings: SETTINGS, network: engine.network });
    const published = await engine.listen(topics.vpin.calculation.all);
    expect(await get('/realtime/AGAIN')).toEqual(last);
    await send(trade('AGAIN', 3));
    await closed('AGAIN', 3);
    expect(await outcomes('AGAIN')).toMatchObject({ accepted: 4, late: 0 });
    await eventually(() => expect(published.map((message) => (message.payload as Json).volume_bucket.bucket_id)).toEqual([3]));
  });
});

describe('stored buckets', () => {
  it('are exported as CSV, with the figures of the history', async () => {
    await start();
    await get('/buckets/EXPORT/export', 404);
    await send(...session('EXPORT', 3));
    await eventually(async () => expect((await get('/history/EXPORT?stored=true')).items).toHaveLength(3));
    const { items } = await get('/history/EXPORT?stored=true');
    const answer = await engine.request.get('/buckets/EXPORT/export').expect(200).expect('content-type', /text\/csv/).expect('x-more-rows', 'false');
    const [header, ...lines] = answer.text.trim().split('\r\n').map((line) => line.split(','));
    const column = (name: string): (string | undefined)[] => lines.map((line) => line[header?.indexOf(name) ?? -1]);
    expect(column('bucket')).toEqual(['1', '2', '3']);
    expect(column('vpin')).toEqual(items.map((item: Json) => (item.vpin_value === null ? '' : String(item.vpin_value))));
    expect(column('end_time')).toEqual(items.map((item: Json) => item.timestamp));
    expect(column('duration_seconds').map(Number)).toEqual(items.map((item: Json) => (Date.parse(item.timestamp) - Date.parse(item.start_time)) / 1000));
    const later = await engine.request.get(`/buckets/EXPORT/export?from=${items[1].timestamp}`).expect(200);
    expect(later.text.trim().split('\r\n')).toHaveLength(3);
  });
});

describe('operators', () => {
  it('see the parameters, and set them for one symbol, whose stream then starts anew', async () => {
    await start();
    expect(await get('/config')).toEqual({
      bar_rule: 'time', bar_size: 100, bar_seconds: 60, buckets_per_day: 50, sample_length: 2, target_volume: 100, enable_smart_sizing: true, sigma_bars: 1_000, sigma_half_life_bars: null,
      price_change: 'intrabar', distribution: 'normal', fixed_sigma: null, lateness_ms: 2_000,
    });
    await send(...session('SET', 2));
    await closed('SET', 2);
    const set = await post('/buckets/SET/configure', { target_volume: 50, bucket_count: 3, enable_smart_sizing: false });
    expect(set).toMatchObject({ symbol: 'SET', parameters: { target_volume: 50, sample_length: 3, enable_smart_sizing: false } });
    await get('/realtime/SET', 404);
    await send(...session('SET', 1));
    await closed('SET', 2);
    expect(await get('/realtime/SET')).toMatchObject({ volume_bucket: { target_volume: 50 }, parameters: { sampleLength: 3, smartSizing: false } });
    await post('/buckets/SET/configure', { target_volume: 0 }, 422);
  });

  it('have the bars of one symbol closed by trades or by volume', async () => {
    await start();
    expect(await post('/buckets/TICKS/configure', { bar_rule: 'ticks', bar_size: 2, lateness_ms: 0 })).toMatchObject({ parameters: { bar_rule: 'ticks', bar_size: 2 } });
    await send(trade('TICKS', 0), trade('TICKS', 0.1), trade('TICKS', 0.2));
    // Two trades of 100 are one bar, and fill two buckets of 100 within seconds of event time.
    await closed('TICKS', 2);
    expect((await get('/realtime/TICKS')).series).toMatch(/^ticks2-/);
    await post('/buckets/TICKS/configure', { bar_rule: 'volume', bar_size: 100 });
    await send(trade('TICKS', 1));
    await closed('TICKS', 1);
    expect((await get('/realtime/TICKS')).series).toMatch(/^volume100-/);
    await post('/buckets/TICKS/configure', { bar_rule: 'range' }, 422);
    await post('/buckets/TICKS/configure', { bar_size: 0 }, 422);
  });

  it('change the parameters of all symbols but those with their own, and read why a stream began anew', async () => {
    await start();
    await post('/buckets/OWN/configure', { target_volume: 50 });
    await send(...session('OWN', 2), ...session('PLAIN', 2));
    await closed('PLAIN', 2);
    expect(await post('/config/update', { target_volume: 25 })).toMatchObject({ parameters: { target_volume: 25, sample_length: 2 }, restarted: ['PLAIN'] });
    await get('/realtime/PLAIN', 404);
    await get('/realtime/OWN');
    expect(await get('/config')).toMatchObject({ target_volume: 25 });
    expect(await post('/config/update', {})).toMatchObject({ restarted: [] });
    await post('/config/update', { sigma_bars: 1 }, 422);
  });

  it('unsubscribe a symbol, whose trades are then left out, and subscribe it again', async () => {
    await start();
    await send(...session('STOP', 1));
    await closed('STOP', 1);
    const stopped = (await engine.request.delete('/symbols/STOP/unsubscribe').expect(200)).body;
    expect(stopped).toEqual({ symbol: 'STOP', subscribed: false, changed: true, topic: 'vpin.calculation.STOP' });
    await send(...session('STOP', 1), ...session('NEXT', 1));
    await closed('NEXT', 1);
    await get('/realtime/STOP', 404);
    expect(await get('/status')).toMatchObject({ unsubscribed: ['STOP'] });
    expect(await post('/symbols/STOP/subscribe', {})).toMatchObject({ subscribed: true, changed: true });
    expect(await post('/symbols/STOP/subscribe', {})).toMatchObject({ subscribed: true, changed: false });
    await send(...session('STOP', 1, { run_id: 'run-3' }));
    await closed('STOP', 1);
  });

  it('see measured durations, one symbol alone, and where its alerts arrive', async () => {
    await start();
    await send(...session('SPEED', 130));
    await closed('SPEED', 130);
    const performance = await get('/performance');
    expect(performance).toMatchObject({ trades: 131, buckets_closed: 130, stream_updates: { count: 2 }, batch_calculations: { count: 0, mean_ms: null } });
    expect(performance.stream_updates.longest_ms).toBeGreaterThanOrEqual(performance.stream_updates.mean_ms);
    expect(await get('/vpin/performance')).toEqual(performance);
    expect(await get('/metrics/SPEED')).toMatchObject({ symbol: 'SPEED', closed_buckets: 130 });
    await get('/metrics/NOBODY', 404);
    expect(await post('/alerts/SPEED/subscribe', {}, 201)).toMatchObject({ topic: 'toxicity.alert.SPEED', websocket_path: '/ws/vpin/SPEED', level_thresholds: [0.5, 0.7, 0.85] });
  });

  it('read patterns with their standard errors, and reasons below thirty buckets', async () => {
    await start();
    await send(...session('SHAPE', 5));
    await closed('SHAPE', 5);
    const few = await get('/patterns/SHAPE/analysis');
    expect(few.patterns.map((pattern: Json) => [pattern.name, pattern.value === null])).toEqual([['vpin_trend', true], ['imbalance_persistence', true], ['bucket_acceleration', true], ['one_sided_run', false]]);
    expect(few.patterns[0].reason).toBe('insufficient_history');
    const rising = Array.from({ length: 61 }, (_, minute) => trade('SHAPE', minute, { run_id: 'run-2', price: 100 + minute }));
    await send(...rising);
    await closed('SHAPE', 60);
    const many = await get('/patterns/SHAPE/neural-analysis?window=40');
    expect(many).toMatchObject({ method: 'statistics', buckets: 60, window: 40 });
    // Every bucket is minutes long, so none is faster than the others.
    expect(many.patterns.find((pattern: Json) => pattern.name === 'bucket_acceleration')).toMatchObject({ observations: 40, present: null });
    expect(many.patterns.find((pattern: Json) => pattern.name === 'bucket_acceleration').value).toBeCloseTo(1, 9);
    await get('/patterns/SHAPE/analysis?window=3', 422);
  });

  it('read VPIN against what is usual at its time of the day', async () => {
    await start();
    await post('/buckets/DAILY/configure', { enable_smart_sizing: false, fixed_sigma: 1, price_change: 'close_to_close' });
    // Price steps, and with them imbalances, grow from session to session; the last trade closes the bar before.
    const day = (d: number, price: number): Trade[] => Array.from({ length: 6 }, (_, minute) => trade('DAILY', d * 1_440 + minute, { price: minute % 2 === 0 ? 100 : price }));
    await send(...[0, 1, 2, 3, 4].flatMap((d) => day(d, 100 + d / 10)), ...day(5, 102));
    await closed('DAILY', 35);
    const { items, usual, slot_minutes: minutes } = await get('/patterns/DAILY/time-of-day?limit=3');
    expect(minutes).toBe(30);
    expect(usual).toHaveLength(1);
    expect(items.map((item: Json) => item.bucket_id)).toEqual([33, 34, 35]);
    const { usual: before, vpin_value: vpinValue, ratio, z_score: score } = items[2];
    expect(before).toMatchObject({ start: '13:30', sessions: 5 });
    expect(ratio).toBeCloseTo(vpinValue / before.mean, 12);
    expect(score).toBeGreaterThan(1);
    expect(score).toBeCloseTo((vpinValue - before.mean) / before.standard_deviation, 12);
    const first = (await get('/patterns/DAILY/time-of-day?limit=1000')).items[0];
    expect(first).toMatchObject({ ratio: null, z_score: null, reason: 'insufficient_history', usual: { sessions: 0, mean: null } });
    await get('/patterns/DAILY/time-of-day?slot_minutes=7', 422);
    await get('/patterns/NOBODY/time-of-day', 404);
  });

  it('find an alert on the bus, standing and stored, when VPIN leaves its usual range', async () => {
    await start();
    const alerts = await engine.listen(topics.toxicityAlert.all);
    // Two trades a minute: steps of alternating height, then one that nothing before comes near to.
    const bar = (minute: number, step: number): Trade[] => [trade('ALERT', minute, { size: 50 }), trade('ALERT', minute + 0.25, { size: 50, price: 100 + step })];
    await send(...Array.from({ length: 80 }, (_, minute) => bar(minute, minute % 2 === 0 ? 0.01 : 0.03)).flat(), ...bar(80, 20), ...bar(81, 20), ...bar(82, 20));
    await eventually(async () => expect(await outcomes('ALERT')).toMatchObject({ accepted: 166 }));
    await eventually(() => expect(alerts).not.toHaveLength(0));
    expect(Object.keys(alerts[0]?.payload as object).sort()).toEqual(ALERT);
    for (const { payload } of alerts) expect((payload as Json).percentile > 0.9).toBe(!(payload as Json).cleared);
    await eventually(async () => expect((await get('/alerts/ALERT')).items).toEqual(alerts.map((message) => message.payload)));
    const last = alerts.at(-1)?.payload as Json;
    expect(await get('/alerts/ALERT')).toMatchObject({ standing: last.cleared ? null : last.severity, thresholds: { HIGH: 0.9, URGENT: 0.99, cleared_below: 0.85 }, basis: 'trailing' });
  });

  it.each([
    ['is what alerts rank where that is set', 'time_of_day', [['time_of_day', 'URGENT']]],
    ['is nothing to alerts otherwise', 'trailing', []],
  ])('find that the usual at a time of the day %s', async (_what, basis, expected) => {
    // Alerts of both are stored.
    const symbol = `BY-${basis.toUpperCase()}`;
    await start({ VPIN_ALERT_BASIS: basis, VPIN_BUCKET_VOLUME: '100', VPIN_SAMPLE_LENGTH: '1', VPIN_SMART_SIZING: '0', VPIN_PRICE_CHANGE: 'close_to_close' });
    await post(`/buckets/${symbol}/configure`, { fixed_sigma: 1 });
    // Large steps of the price at the open of each day, small ones three hours later; the steps of the last day are in between.
    const slot = (day: number, minute: number, step: number): Trade[] => Array.from({ length: 7 }, (_, i) => trade(symbol, day * 1_440 + minute + i, { price: i % 2 === 0 ? 100 : 100 + step }));
    const days = Array.from({ length: 12 }, (_, day) => [...slot(day, 0, 2 + 0.1 * ((7 * day) % 5)), ...slot(day, 180, 0.2 + 0.02 * ((3 * day) % 5))]);
    await send(...days.flat(), ...slot(12, 0, 2.2), ...slot(12, 180, 1), trade(symbol, 13 * 1_440));
    await closed(symbol, 13 * 14);

    const readings = (await get(`/history/${symbol}?limit=1000`)).items;
    const last = readings.at(-1);
    expect(readings.map(({ vpin_value: value }: Json) => value).filter((value: number) => value > last.vpin_value).length).toBeGreaterThan(70);
    expect(last.percentile).toBeLessThan(0.7);
    if (basis === 'trailing') expect(last).not.toHaveProperty('seasonal_percentile');
    else expect([readings[0].seasonal_percentile, last.seasonal_percentile]).toEqual([null, expect.closeTo(1 - 3 / 112, 12)]);

    const noon = new Date(OPEN_MS + (12 * 1_440 + 180) * MINUTE_MS).toISOString();
    await eventually(async () => {
      expect((await get(`/alerts/${symbol}?from=${noon}`)).items.filter((alert: Json) => !alert.cleared).map((alert: Json) => [alert.basis, alert.severity])).toEqual(expected);
    });
    expect((await get(`/alerts/${symbol}`)).basis).toBe(basis);
    // Before five days are known only VPIN as it is can be ranked, and the alert says so.
    const early = (await get(`/alerts/${symbol}?limit=1000&from=${readings[0].timestamp}&to=${readings[5 * 14].start_time}`)).items;
    expect(new Set(early.map((alert: Json) => alert.basis))).toEqual(new Set(['trailing']));
  });
});

describe('quotes on the bus', () => {
  const quote = (change: object): object => ({
    ...trade('BOOK', 0), bid: null, bid_size: null, ask: null, ask_size: null, exchange: 'N', ...change,
  });
  const sendQuotes = async (...quotes: readonly object[]): Promise<void> => {
    for (const one of quotes) await engine.bus.publish(topics.marketData.quote.of('BOOK'), one, { provenance: 'replay' });
  };

  it('give the displayed depth over HTTP and to the clients of /ws/orderbook/{symbol}', async () => {
    await start();
    const problem = await engine.request.get('/orderbook/BOOK/depth').expect(404);
    expect(problem.headers['content-type']).toContain('problem+json');
    const frames: Json[] = [];
    const socket = new WebSocket(`${engine.url.replace('http', 'ws')}/ws/orderbook/BOOK`);
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())));
    try {
      await eventually(() => expect(frames.some((frame) => frame.message_type === 'welcome')).toBe(true));
      await sendQuotes(
        quote({ bid: 99, bid_size: 300 }), quote({ ask: 101, ask_size: 100 }), quote({ exchange: 'P', bid: 99, bid_size: 200 }), quote({ exchange: 'Q', bid: 98, bid_size: 1 }),
        quote({ exchange: 'Z', bid: 500, bid_size: 1, suspicious: true }),
      );
      await eventually(async () => expect(await get('/orderbook/BOOK/depth')).toMatchObject({ quotes_seen: 4 }));
      const depth = await get('/orderbook/BOOK/depth');
      expect(depth).toMatchObject({ bids: [{ price: 99, size: 500, venues: 2 }, { price: 98, size: 1, venues: 1 }], asks: [{ price: 101, size: 100, venues: 1 }], spread: 2, mid: 100, state: 'open' });
      expect(depth.imbalance['1']).toBeCloseTo(400 / 600, 12);
      expect(depth.imbalance['5']).toBeCloseTo(401 / 601, 12);
      expect((await get('/orderbook/BOOK/depth?levels=1')).bids).toHaveLength(1);
      await eventually(() => expect(frames.findLast((frame) => frame.topic === 'market_data.level2.BOOK')?.data).toEqual(depth));
    } finally {
      socket.terminate();
    }
    await sendQuotes(quote({ exchange: 'B', ask: 99, ask_size: 1 }));
    await eventually(async () => expect(await get('/orderbook/BOOK/depth')).toMatchObject({ state: 'locked', mid: null }));
  });
});

describe('a level-2 book on the bus', () => {
  const update = (change: object): object => ({ ...trade('BOOK', 0), type: 'delta', bids: [], asks: [], last_update_id: 0, previous_update_id: null, reason: null, ...change });
  const sendBook = async (...updates: readonly object[]): Promise<void> => {
    for (const one of updates) await engine.bus.publish(topics.marketData.level2.of('BOOK'), one, { provenance: 'replay' });
  };
  const snapshot = update({ type: 'snapshot', bids: [[99, 5], [98, 7]], asks: [[101, 3], [102, 1]], last_update_id: 10 });
  const quote = (runId: string): object => ({ ...trade('BOOK', 1, { run_id: runId }), bid: 90, bid_size: 1, ask: null, ask_size: null });
  const depth = (expected: object): Promise<unknown> => eventually(async () => expect(await get('/orderbook/BOOK/depth')).toMatchObject(expected));

  it('is the depth while it is whole; with updates missing the quotes are, and nothing where there are none', async () => {
    await start();
    await sendBook(snapshot, update({ bids: [[99, 0], [97, 4]], asks: [[101, 6]], previous_update_id: 10, last_update_id: 12 }));
    await depth({ source: 'level2', last_update_id: 12, bids: [{ price: 98, size: 7, venues: 1 }, { price: 97, size: 4 }], asks: [{ price: 101, size: 6 }, { price: 102, size: 1 }], spread: 3, mid: 99.5, state: 'open', quotes_seen: 0 });
    expect((await get('/orderbook/BOOK/depth')).imbalance['1']).toBeCloseTo(1 / 13, 12);
    await sendBook(update({ bids: [[99, 1]], previous_update_id: 13, last_update_id: 14 }));
    await depth({ source: 'level2', state: 'stale', bids: [], asks: [], mid: null, spread: null });
    await engine.bus.publish(topics.marketData.quote.of('BOOK'), quote('run-1'), { provenance: 'replay' });
    await depth({ source: 'best_quotes_by_venue', bids: [{ price: 90, size: 1 }], state: 'one_sided', quotes_seen: 1, last_update_id: null });
    await sendBook({ ...snapshot, last_update_id: 20 });
    await depth({ source: 'level2', last_update_id: 20, quotes_seen: 1 });
    // A quote of another run tells that the book is of the past.
    await engine.bus.publish(topics.marketData.quote.of('BOOK'), quote('run-2'), { provenance: 'replay' });
    await depth({ source: 'best_quotes_by_venue', quotes_seen: 1 });
  });

  it('that is no book goes to the dead letters', async () => {
    await start();
    await sendBook({ ...snapshot, bids: [[-1, 5]] }, snapshot);
    await depth({ last_update_id: 10 });
    await eventually(async () => expect((await get('/messagebus/status')).buses.marketdata_bus.dead_letters).toBe(1));
  });

  it('outlives the process', async () => {
    const saved = withoutSavedState(store);
    engine = await startForTest(vpin, { store: saved, settings: SETTINGS });
    await sendBook(snapshot);
    await depth({ last_update_id: 10 });
    const before = await get('/orderbook/BOOK/depth');
    await engine.stop();
    engine = await startForTest(vpin, { store: saved, settings: SETTINGS, network: engine.network });
    expect(await get('/orderbook/BOOK/depth')).toEqual(before);
    await sendBook(update({ asks: [[101, 0]], previous_update_id: 10, last_update_id: 11 }));
    await depth({ last_update_id: 11, asks: [{ price: 102, size: 1 }] });
  });
});

describe('a client of /ws/vpin/{symbol}', () => {
  it('gets each bucket of its symbol without subscribing, and no other', async () => {
    await start();
    const frames: Json[] = [];
    const socket = new WebSocket(`${engine.url.replace('http', 'ws')}/ws/vpin/PUSH`);
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())));
    try {
      await eventually(() => expect(frames.some((frame) => frame.message_type === 'welcome')).toBe(true));
      await send(...session('OTHER', 2), ...session('PUSH', 2));
      await eventually(() => expect(frames.filter((frame) => frame.topic !== null)).toHaveLength(2));
      const pushed = frames.filter((frame) => frame.topic !== null);
      expect(pushed.map((frame) => [frame.topic, frame.data.volume_bucket.bucket_id])).toEqual([['vpin.calculation.PUSH', 1], ['vpin.calculation.PUSH', 2]]);
      expect(await get('/status')).toMatchObject({ clients: 1 });
    } finally {
      socket.terminate();
    }
  });
});
