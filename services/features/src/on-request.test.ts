import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import { topics, type Bar } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import type { Context } from './context.ts';
import { features } from './engine.ts';
import { T0, bar, type Answer } from './fixtures/bars-and-answers.ts';
import { FEATURE_NAMES } from './registry.ts';

let store: Store;
let engine: TestEngine<Context>;
beforeAll(async () => {
  store = await openTestStore();
  engine = await startForTest(features, { store, settings: { FEATURES_UPDATE_MS: '20' } });
});
afterAll(async () => {
  await engine.stop();
  await store.close(10_000);
});

const publish = (payload: Bar): Promise<void> => engine.bus.publish(topics.marketData.bar.of(payload.symbol), payload);
const calculate = async (symbol: string, body: object = {}): Promise<Answer> =>
  (await engine.request.post(`/features/calculate/${symbol}`).send(body).expect(200)).body as Answer;

/** End of bar `i`. */
const at = (i: number): string => new Date(T0 + (i + 1) * 60_000).toISOString();
const risen = (length: number): object[] => Array.from({ length }, (_, i) => ({ timestamp: new Date(T0 + i * 60_000).toISOString(), open: 10 + i, high: 12 + i, low: 9 + i, close: 11 + i, volume: 1 + i }));

describe('features on request', () => {
  it('are computed where they are named, with other numbers, conventions and inputs', async () => {
    const bars = risen(30);
    const { features: found } = await calculate('ASKED', { bars, features: ['adx', 'sma_20', 'bop'], parameters: { ema: { period: [2] } }, convention: 'tulip' });
    expect(Object.keys(found)).toEqual(['sma_20', 'bop', 'adx', 'ema[period=2]']);
    expect(found['bop']?.value).toBeCloseTo(1 / 3, 12);
    expect(found['adx']?.value).toBeCloseTo(100, 9);
    expect(Object.keys((await calculate('ASKED', { bars })).features)).toHaveLength(25);
    const { features: inputs } = await calculate('ASKED', { bars, features: ['sma', 'beta', 'max'], inputs: ['volume', 'close'] });
    expect(inputs['sma']?.value).toBe(20.5);
    expect(inputs['max']?.value).toBe(30);
    const yearly = async (more: object): Promise<unknown> => (await calculate('ASKED', { bars, features: ['parkinson'], ...more })).features['parkinson']?.value;
    expect(Number(await yearly({ bars_per_year: 400 })) / Number(await yearly({ bars_per_year: 100 }))).toBeCloseTo(2, 12);
  });

  it('are computed from stored bars where none are given', async () => {
    await store.market.appendBars(Array.from({ length: 40 }, (_, i) => bar('SHELF', i, { run_id: null })));
    const { features: found, performance } = await calculate('SHELF', { features: ['adx', 'trix'] });
    expect(performance.bars).toBe(40);
    expect(Number(found['adx']?.value)).toBeGreaterThan(0);
    expect(found['trix']).toMatchObject({ value: null, reason: 'insufficient_history', needs: 44, has: 40 });
  });

  it.each([
    ['an unknown name', { features: ['adxx'] }, 400, 'adx'],
    ['numbers that the calculation refuses', { parameters: { stddev: { period: [1] } } }, 422, 'parameters.stddev'],
    ['one series for a function of two', { features: ['beta'], inputs: ['close'] }, 422, 'two series'],
  ])('refuse %s', async (_what, body, status, said) => {
    const answer = await engine.request.post('/features/calculate/ASKED').send({ bars: risen(3), ...body }).expect(status);
    expect(JSON.stringify(answer.body)).toContain(said);
  });
});

describe('/features/series', () => {
  interface Series { symbol: string; times: string[]; series: Record<string, { values: (number | string | null)[]; components: Record<string, (number | null)[]>; required_bars: number; convention: string; inputs: string[] }> }
  const ask = async (body: object): Promise<Series> => (await engine.request.post('/features/series/line').send(body).expect(200)).body as Series;

  it('gives every value, null while there is none, with the components beside', async () => {
    const { symbol, times, series } = await ask({ bars: risen(30), features: ['sma', 'ichimoku', 'aroon', 'acos'], parameters: { ema: { period: [3] } }, convention: 'tulip' });
    expect([symbol, times.length, times[0]]).toEqual(['LINE', 30, new Date(T0 + 60_000).toISOString()]);
    expect(series['sma']?.values).toEqual(Array.from({ length: 30 }, (_, i) => (i < 19 ? null : i + 1.5)));
    expect(series['ema[period=3]']).toMatchObject({ convention: 'tulip', required_bars: 1, inputs: ['close'] });
    expect(series['ema[period=3]']?.values.slice(0, 3)).toEqual([11, 11.5, 12.25]);
    expect(series['aroon']?.components['up']?.slice(24)).toEqual([null, 100, 100, 100, 100, 100]);
    expect(series['aroon']?.convention).toBe('talib');
    expect(series['ichimoku']?.components['base']?.findIndex((value) => value !== null)).toBe(25);
    expect(series['acos']?.values.every((value) => value === null)).toBe(true);
  });

  it('ends with what calculate answers', async () => {
    const bars = risen(70);
    const { series } = await ask({ bars });
    const { features: found } = await calculate('LINE', { bars });
    for (const name of FEATURE_NAMES) expect([name, series[name]?.values.at(-1)]).toEqual([name, found[name]?.value]);
  });

  it('reads as many stored bars as are asked for, the newest before as_of', async () => {
    await store.market.appendBars(Array.from({ length: 2_300 }, (_, i) => bar('LONG', i, { run_id: null })));
    const long = async (body: object): Promise<Series> => (await engine.request.post('/features/series/LONG').send({ features: ['typprice'], ...body }).expect(200)).body as Series;
    expect((await long({})).times).toHaveLength(1_000);
    const { times, series } = await long({ limit: 2_200 });
    expect(times).toEqual(Array.from({ length: 2_200 }, (_, i) => at(i + 100)));
    expect(series['typprice']?.values[0]).toBeCloseTo(bar('', 100).close, 10);
    expect((await long({ limit: 5_000 })).times).toHaveLength(2_300);
    expect((await long({ limit: 3, as_of: at(9) })).times).toEqual([at(7), at(8), at(9)]);
  });

  it('refuses bars that do not ascend, and more values than an answer holds', async () => {
    const [first, second] = risen(2);
    const back = await engine.request.post('/features/series/line').send({ bars: [second, first] }).expect(422);
    expect(back.body).toMatchObject({ errors: [{ path: 'bars.1', message: expect.stringContaining('later') }] });
    const much = await engine.request.post('/features/series/line').send({ bars: risen(20_001) }).expect(422);
    expect(much.body).toMatchObject({ errors: [{ path: 'bars', message: expect.stringContaining('20001 bars of 25 features') }] });
    await engine.request.post('/features/series/nobody').send({}).expect(404);
  });
});

describe('a subscription that names features', () => {
  const subscribe = async (symbol: string, body: object): Promise<{ subscription_id: string; features: string[] }> =>
    (await engine.request.post(`/features/subscribe/${symbol}`).send(body).expect(201)).body as { subscription_id: string; features: string[] };
  const heardOf = async (symbol: string): Promise<() => Answer | undefined> => {
    const heard = await engine.listen(topics.feature.update.of(symbol));
    return () => heard.at(-1)?.payload as Answer | undefined;
  };
  it('gets them in every update beside the 25, until it ends', async () => {
    const newest = await heardOf('SUB');
    const { subscription_id: id, features: names } = await subscribe('SUB', { features: ['adx', 'ema', 'vwap'], parameters: { sma: { period: [3] } }, convention: 'tulip' });
    expect(names).toEqual(['ema[convention=tulip]', 'adx[convention=tulip]', 'sma[period=3]']);
    for (let i = 0; i < 30; i++) await publish(bar('SUB', i));
    await eventually(() => expect(newest()?.as_of).toBe(at(29)));
    const found = newest()!.features;
    expect(Object.keys(found)).toHaveLength(25 + names.length);
    expect(found['sma[period=3]']?.value).toBeCloseTo((bar('', 27).close + bar('', 28).close + bar('', 29).close) / 3, 10);
    // The posted bars give the same.
    const bars = Array.from({ length: 30 }, (_, i) => ({ ...bar('', i), timestamp: new Date(T0 + i * 60_000).toISOString() })).map(({ timestamp, open, high, low, close, volume }) => ({ timestamp, open, high, low, close, volume }));
    const { features: posted } = await calculate('SUB', { bars, features: ['adx', 'ema'], convention: 'tulip' });
    for (const name of ['adx', 'ema']) expect(found[`${name}[convention=tulip]`]?.value).toBe(posted[name]?.value);
    await engine.request.delete(`/features/subscribe/${id}`).expect(200);
    await publish(bar('SUB', 30));
    await eventually(() => expect(newest()?.as_of).toBe(at(30)));
    expect(Object.keys(newest()!.features)).toHaveLength(25);
  });

  it('of a live symbol begins with what is stored of it, and with its newest bars', async () => {
    const live = (i: number): Bar => bar('WARM', i, { run_id: null, provenance: 'live' });
    await store.market.appendBars(Array.from({ length: 40 }, (_, i) => live(i)));
    for (let i = 20; i < 60; i++) await publish(live(i));
    await eventually(async () => expect((await calculate('WARM')).performance.bars).toBe(40));
    const newest = await heardOf('WARM');
    await subscribe('WARM', { features: ['obv'], parameters: { sma: { period: [60] } } });
    await eventually(() => expect(newest()?.features['sma[period=60]']?.value).toBeCloseTo(Array.from({ length: 60 }, (_, i) => live(i).close).reduce((a, b) => a + b, 0) / 60, 9));
  });

  it('begins anew with another replay run, and is refused what would cost too much', async () => {
    const newest = await heardOf('TWICE');
    await subscribe('TWICE', { features: ['obv'] });
    for (let i = 0; i < 5; i++) await publish(bar('TWICE', i));
    await publish(bar('TWICE', 2, { run_id: 'run-2', volume: 7 }));
    await eventually(() => expect(newest()).toMatchObject({ run_id: 'run-2', features: { obv: { value: 7 } } }));
    const many = { parameters: { sma: { period: Array.from({ length: 100 }, (_, i) => i + 2) }, ema: { period: Array.from({ length: 100 }, (_, i) => i + 2) } } };
    for (const _time of [1, 2]) await subscribe('TWICE', many);
    expect((await engine.request.post('/features/subscribe/TWICE').send(many).expect(422)).body).toMatchObject({ errors: [{ path: 'features', message: expect.stringContaining('601') }] });
    await engine.request.post('/features/subscribe/TWICE').send({ features: ['obvv'] }).expect(400);
  });
});
