import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWithSharedData, eventually, openTestStore, sharedData, startForTest, withoutSavedState, type TestEngine } from '@nautilus/testkit';
import { topics, type Bar } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import type { Context } from './context.ts';
import { features } from './engine.ts';
import { T0, bar, type Answer } from './fixtures/bars-and-answers.ts';

const NAMED = (
  'sma_20 ema_20 rsi_14 macd bollinger_bands atr_14 volume_sma momentum_10 roc_12 williams_r stochastic_k stochastic_d realized_vol garch_vol vol_regime ' +
  'vol_clustering volume_profile vwap volume_rsi accumulation_distribution pe_ratio pb_ratio roe debt_to_equity revenue_growth'
).split(' ');

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

describe('the registry', () => {
  interface Listed { name: string; formula: string; required_bars: number; always: boolean; category: string }
  interface Registry { total_features: number; always_present: number; categories: Record<string, number>; features: Listed[] }
  const registry = async (): Promise<Registry> => (await engine.request.get('/features/registry').expect(200)).body as Registry;

  it('has the 25 features by name, which are always present, each with formula and warm-up', async () => {
    const { always_present: count, features: listed } = await registry();
    expect(count).toBe(25);
    expect(listed.filter(({ always }) => always).map(({ name }) => name).sort()).toEqual([...NAMED].sort());
    expect(listed.every((f) => f.formula !== '' && f.required_bars >= 1)).toBe(true);
    expect(listed).toContainEqual(expect.objectContaining({ name: 'macd', parameters: { fast: 12, slow: 26, signal: 9 }, is_variable: true, required_bars: 34, unit: 'price', convention: 'talib' }));
  });

  it('lists the others beside them, counted by category as health counts all', async () => {
    const { total_features: total, categories, features: listed } = await registry();
    expect(listed).toHaveLength(total);
    expect(Object.values(categories).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(listed).toContainEqual(expect.objectContaining({ name: 'adx', always: false, conventions: ['talib', 'skender', 'tulip'], inputs: [], required_bars: 28 }));
    expect(listed).toContainEqual(expect.objectContaining({ name: 'beta', inputs: ['high', 'low'], parameters: { period: 5 } }));
    expect(((await engine.request.get('/health')).body as { features_registered: number }).features_registered).toBe(total);
  });
});

describe('live features', () => {
  it('follow final bars, are published and stored, and are null with a reason while they lack history', async () => {
    const heard = await engine.listen(topics.feature.all);
    for (let i = 0; i < 25; i++) await publish(bar('LIVE', i));
    await publish(bar('LIVE', 25, { is_final: false }));
    await eventually(async () => expect((await calculate('live')).performance.bars).toBe(25));
    const answer = await calculate('LIVE');
    expect(answer.as_of).toBe(new Date(T0 + 25 * 60_000).toISOString());
    expect(answer.features['sma_20']?.value).toBeCloseTo(Array.from({ length: 20 }, (_, i) => bar('x', i + 5).close).reduce((a, b) => a + b, 0) / 20, 9);
    expect(answer.features['macd']).toMatchObject({ value: null, reason: 'insufficient_history', needs: 34, has: 25 });
    expect(answer.features['pe_ratio']).toMatchObject({ value: null, reason: 'no_filings', confidence: 0 });
    await eventually(() => expect(heard.filter((m) => m.message_type === 'feature_calculation').length).toBe(25));
    await eventually(() => expect(heard.some((m) => m.topic === topics.feature.update.of('LIVE'))).toBe(true));
    await eventually(async () => expect((await store.features.history('LIVE', 'sma_20', {})).items.filter((row) => row.value !== null).length).toBe(6));
  });

  it('are told from the store bar by bar, with the reason where there was none', async () => {
    for (let i = 0; i < 22; i++) await publish(bar('STORED', i));
    interface History { feature: string; items: { timestamp: string; value: number | null; reason: string | null }[]; next_cursor: string | null }
    const history = async (query: string): Promise<History> => (await engine.request.get(`/features/history/stored?feature=sma_20${query}`).expect(200)).body as History;
    await eventually(async () => expect((await history('')).items).toHaveLength(22));
    const { items } = await history('');
    expect(items.map(({ timestamp }) => Date.parse(timestamp))).toEqual(Array.from({ length: 22 }, (_, i) => T0 + (i + 1) * 60_000));
    expect(items[18]).toMatchObject({ value: null, reason: 'insufficient_history' });
    expect(items[19]?.value).toBeCloseTo(Array.from({ length: 20 }, (_, i) => bar('x', i).close).reduce((a, b) => a + b, 0) / 20, 9);
    const newest = await history(`&limit=2&to=${new Date(T0 + 21 * 60_000).toISOString()}`);
    expect(newest.items.map(({ timestamp }) => Date.parse(timestamp))).toEqual([T0 + 19 * 60_000, T0 + 20 * 60_000]);
    const { body } = await engine.request.get('/features/history/STORED?feature=sma_21').expect(400);
    expect(body).toMatchObject({ type: '/problems/unknown-feature', errors: [{ message: expect.stringContaining('sma_20') }] });
    expect((await engine.request.get('/features/history/NEVER?feature=sma_20').expect(200)).body).toMatchObject({ items: [], next_cursor: null });
  });

  it('ignore repeated bars and start anew with another replay run', async () => {
    for (let i = 0; i < 22; i++) await publish(bar('RUN', i));
    await publish(bar('RUN', 21));
    await eventually(async () => expect((await calculate('RUN')).performance.bars).toBe(22));
    await publish(bar('RUN', 3, { run_id: 'run-2' }));
    await eventually(async () => expect(await calculate('RUN')).toMatchObject({ run_id: 'run-2', performance: { bars: 1 } }));
  });

  it('go on after a poison bar, which ends in the dead letters', async () => {
    await publish(bar('POISON', 0));
    await publish(bar('POISON', 1, { close: Number.NaN }));
    await publish(bar('POISON', 2));
    await publish(bar('POISON', 3, { close: 500 }));
    await publish(bar('POISON', 4));
    await eventually(async () => expect((await calculate('POISON')).performance.bars).toBe(3));
    // Three good bars of five: what was refused lowers the confidence and touches no feature.
    expect((await calculate('POISON')).features['vwap']?.confidence).toBeCloseTo(3 / 5, 12);
    await eventually(async () => expect((await engine.bus.deadLetters('marketdata')).some((l) => l.group === 'features' && l.reason.includes('payload.close'))).toBe(true));
  });

  it('can be told as of an earlier time, from stored bars, without looking ahead', async () => {
    await store.market.appendBars(Array.from({ length: 60 }, (_, i) => bar('PAST', i, { run_id: null })));
    const asOf = new Date(T0 + 30 * 60_000).toISOString();
    const answer = await calculate('PAST', { as_of: asOf });
    expect(answer.as_of).toBe(asOf);
    expect(answer.performance.bars).toBe(30);
    expect((await calculate('PAST')).performance.bars).toBe(60);
  });
});

describe('fundamentals', () => {
  it('follow filings from the day after they were filed, at the price of the bar', async () => {
    const fact = (tag: string, start: string | null, end: string, filed: string, value: number): object => ({ tag, start, end, filed, value });
    await engine.bus.publish(topics.marketData.fundamental.of('FILED'), {
      symbol: 'FILED', source: 'edgar',
      facts: [
        fact('EarningsPerShareDiluted', '2022-01-01', '2022-12-31', '2023-02-10', 5), fact('StockholdersEquity', null, '2022-12-31', '2023-02-10', 400),
        fact('CommonStockSharesOutstanding', null, '2022-12-31', '2023-02-10', 10), fact('LongTermDebt', null, '2022-12-31', '2023-02-10', 100),
        fact('EarningsPerShareDiluted', '2022-01-01', '2022-12-31', '2024-01-02', 50),
      ],
    });
    await publish(bar('FILED', 0, { open: 100, high: 101, low: 99, close: 100 }));
    await eventually(async () => expect((await calculate('FILED')).performance.bars).toBe(1));
    const found = (await calculate('FILED')).features;
    expect(found['pe_ratio']).toMatchObject({ value: 20, confidence: 1, data_sources: ['test', 'edgar'] });
    expect(found['pb_ratio']?.value).toBe(2.5);
    expect(found['debt_to_equity']?.value).toBe(0.25);
    expect(found['revenue_growth']).toMatchObject({ value: null, reason: 'no_filings' });
    // The restatement was filed on the day of the first bar; a day later it counts.
    await publish(bar('FILED', 1_440, { open: 100, high: 101, low: 99, close: 100 }));
    await eventually(async () => expect((await calculate('FILED')).features['pe_ratio']?.value).toBe(2));
  });
});

describe('a restart', () => {
  it('continues live symbols where they were, with the bars and filings of before', async () => {
    const live = (i: number): Bar => bar('KEPT', i, { run_id: null, provenance: 'live' });
    const first = await startForTest(features, { store });
    for (let i = 0; i < 30; i++) await first.bus.publish(topics.marketData.bar.of('KEPT'), live(i));
    const ask = async (of: TestEngine<Context>): Promise<Answer> => (await of.request.post('/features/calculate/KEPT').send({}).expect(200)).body as Answer;
    await eventually(async () => expect((await ask(first)).performance.bars).toBe(30));
    const before = await ask(first);
    await first.stop();
    await store.snapshots.put('features', 'DAMAGED', new TextEncoder().encode('{'), null, T0);
    // A bar that was stored by others while this engine was away.
    await store.market.appendBars([live(30)]);
    const second = await startForTest(features, { store });
    const after = await ask(second);
    expect(after.performance.bars).toBe(31);
    expect(after.features['ema_20']?.value).toBeCloseTo(Number(before.features['ema_20']?.value) + (2 / 21) * (live(30).close - Number(before.features['ema_20']?.value)), 10);
    await second.stop();
  });
});

describe('a kill', () => {
  it('costs nothing: what came after the last saving is delivered again, and counts once', async () => {
    const own = withoutSavedState(store);
    const live = (i: number, more: Partial<Bar> = {}): Bar => bar('KILLED', i, { run_id: null, provenance: 'live', ...more });
    const ask = async (of: TestEngine<Context>): Promise<Answer & { flags: object }> => (await of.request.post('/features/calculate/KILLED').send({}).expect(200)).body as Answer & { flags: object };
    const first = await startForTest(features, { store: own });
    const send = (payload: Bar): Promise<void> => first.bus.publish(topics.marketData.bar.of('KILLED'), payload);
    for (let i = 0; i < 20; i++) await send(live(i));
    await send(live(20, { close: Number.NaN }));
    await eventually(async () => expect((await ask(first)).performance.bars).toBe(20));
    await first.context.state.checkpoints.save();
    const rows = await Promise.all(['*', 'KILLED'].map(async (key) => [key, await own.snapshots.get('features', key)] as const));
    for (let i = 21; i < 30; i++) await send(live(i));
    await send(live(30, { close: Number.NaN }));
    await send(live(31));
    await eventually(async () => expect((await ask(first)).performance.bars).toBe(30));
    const before = await ask(first);
    await first.stop();
    // As a process that is killed leaves it: without the saving at its end.
    for (const [key, row] of rows) if (row !== undefined) await own.snapshots.put('features', key, row.state, row.position, row.time);
    const second = await startForTest(features, { store: own, network: first.network });
    await eventually(async () => expect((await ask(second)).performance.bars).toBe(30));
    const { performance: _took, ...after } = await ask(second);
    expect(before).toMatchObject(after);
    expect(after.flags).toMatchObject({ refused: 2, after_gap: 0 });
    await second.stop();
  });
});

describe('models', () => {
  it('give garch_vol and vol_regime once 250 returns are known', async () => {
    const bars = Array.from({ length: 300 }, (_, i) => {
      const close = 100 * Math.exp(0.002 * Math.sin(i * 12.9898) * (Math.floor(i / 60) % 2 === 0 ? 1 : 4));
      return { timestamp: new Date(T0 + i * 86_400_000).toISOString(), open: close, high: close * 1.001, low: close * 0.999, close, volume: 100 };
    });
    const { features: found } = await calculate('MODEL', { bars, timeframe: '1d' });
    expect(Number(found['garch_vol']?.value)).toBeGreaterThan(0);
    expect(['low', 'normal', 'high']).toContain(found['vol_regime']?.value);
  });
});

describe('a grid of parameters', () => {
  it('is computed over given bars beside the named features', async () => {
    const bars = Array.from({ length: 30 }, (_, i) => ({ timestamp: new Date(T0 + i * 60_000).toISOString(), open: 10 + i, high: 10 + i, low: 10 + i, close: 10 + i, volume: 1 }));
    const { features: found } = await calculate('GRID', { bars, features: ['vwap'], parameters: { sma_20: { period: [2, 30, 31] } } });
    expect(Object.keys(found)).toEqual(['vwap', 'sma_20[period=2]', 'sma_20[period=30]', 'sma_20[period=31]']);
    expect([found['sma_20[period=2]']?.value, found['sma_20[period=30]']?.value]).toEqual([38.5, 24.5]);
    expect(found['sma_20[period=31]']).toMatchObject({ value: null, reason: 'insufficient_history', needs: 31, has: 30 });
    expect(Object.keys((await calculate('GRID', { bars, parameters: { sma_20: { period: [2] } } })).features)).toEqual(['sma_20[period=2]']);
    const { body } = await engine.request.post('/features/calculate/GRID').send({ bars, parameters: { sma_2: { period: [2] } } }).expect(422);
    expect(body).toMatchObject({ errors: [{ path: 'parameters.sma_2', message: expect.stringContaining('sma_20') }] });
  });
});

describe('/features/drift', () => {
  it('compares stored values, and says which are too few', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({ symbol: 'DRIFT', feature: 'rsi_14', timeframe: '1m' as const, time: T0 + i * 60_000, value: 50 + Math.sin(i) + (i < 300 ? 0 : 30), reason: null, confidence: 1, source: 'test', provenance: 'replay' as const }));
    await store.features.append(rows);
    const { body } = await engine.request.get('/features/drift/drift?recent=100&reference=300').expect(200);
    const items = (body as { items: { feature: string }[] }).items;
    expect(items).toHaveLength(25);
    expect(items.find(({ feature }) => feature === 'rsi_14')).toMatchObject({ level: 'strong', ks_distance: 1, recent: { observations: 100 }, reference: { observations: 300 } });
    expect(items.find(({ feature }) => feature === 'sma_20')).toMatchObject({ psi: null, reason: 'insufficient_history' });
    await engine.request.get('/features/drift/DRIFT?feature=rsi_15').expect(400);
  });
});

describe('bad input', () => {
  it('names unknown features with near ones', async () => {
    const { body } = await engine.request.post('/features/calculate/LIVE').send({ features: ['sma_2', 'rsi_14'] }).expect(400);
    expect(body).toMatchObject({ type: '/problems/unknown-feature', errors: [{ path: 'features', message: expect.stringContaining('sma_20') }] });
  });
  it('404 with the active symbols for an unknown one', async () => {
    const { body } = await engine.request.post('/features/calculate/NOBODY').send({}).expect(404);
    expect(body).toMatchObject({ type: '/problems/unknown-symbol', details: { active: expect.arrayContaining(['LIVE']) } });
  });
  it('422 with the path of a bar that is none', async () => {
    const bars = [{ timestamp: new Date(T0).toISOString(), open: 1, high: 0.5, low: 1, close: 1, volume: 1 }];
    const { body } = await engine.request.post('/features/calculate/X').send({ bars }).expect(422);
    expect(body).toMatchObject({ errors: [{ path: 'bars.0' }] });
  });
  it('in a batch leaves the known features running', async () => {
    const { body } = await engine.request.post('/features/batch').send({ symbols: ['LIVE'], features: ['sma_2', 'rsi_14'] }).expect(200);
    expect(Object.keys((body as { results: Record<string, Answer> }).results['LIVE']?.features ?? {})).toEqual(['rsi_14']);
    expect((body as { problems: object }).problems).toMatchObject({ sma_2: { type: '/problems/unknown-feature', detail: expect.stringContaining('sma_20') } });
    await engine.request.post('/features/batch').send({ symbols: ['LIVE'], features: ['sma_2'] }).expect(400);
  });
  it('in a batch harms nobody else', async () => {
    const { body } = await engine.request.post('/features/batch').send({ symbols: ['LIVE', 'NOBODY'] }).expect(200);
    expect(Object.keys((body as { results: object }).results)).toEqual(['LIVE']);
    expect((body as { problems: object }).problems).toMatchObject({ NOBODY: { type: '/problems/unknown-symbol' } });
  });
});

describe('categories and subscriptions', () => {
  it('answer one category alone', async () => {
    const { body } = await engine.request.post('/features/fundamental/LIVE').send({}).expect(200);
    expect(Object.keys((body as Answer).features).sort()).toEqual(['debt_to_equity', 'pb_ratio', 'pe_ratio', 'revenue_growth', 'roe']);
  });
  it('name the topic, and end', async () => {
    const { body } = await engine.request.post('/features/subscribe/live').expect(201);
    expect(body).toMatchObject({ symbol: 'LIVE', topic: topics.feature.update.of('LIVE') });
    const id = (body as { subscription_id: string }).subscription_id;
    await engine.request.delete(`/features/subscribe/${id}`).expect(200);
    await engine.request.delete(`/features/subscribe/${id}`).expect(404);
  });
});

describeWithSharedData('through HTTP', () => {
  it('the reference values of TA-Lib come out', async () => {
    const oracle = JSON.parse(readFileSync(sharedData('talib/talib_goog.json'), 'utf8')) as {
      date: string[]; input: Record<'open' | 'high' | 'low' | 'close' | 'volume', number[]>; functions: Record<string, { out: number[][] }>;
    };
    const { open, high, low, close, volume } = oracle.input;
    const bars = oracle.date.map((date, i) => ({ timestamp: `${date}T00:00:00Z`, open: open[i], high: high[i], low: low[i], close: close[i], volume: volume[i] }));
    const { features: found } = await calculate('GOOG', { bars, timeframe: '1d' });
    const last = (name: string, column = 0): number => oracle.functions[name]?.out[column]?.at(-1) ?? NaN;
    const pairs: [number | string | null | undefined, number][] = [
      [found['sma_20']?.value, last('SMA')], [found['rsi_14']?.value, last('RSI')], [found['atr_14']?.value, last('ATR')], [found['momentum_10']?.value, last('MOM')],
      [found['williams_r']?.value, last('WILLR')], [found['macd']?.value, last('MACD')], [found['macd']?.components?.['signal'], last('MACD', 1)],
      [found['bollinger_bands']?.components?.['upper'], last('BBANDS')], [found['stochastic_k']?.value, last('STOCH')], [found['stochastic_d']?.value, last('STOCH', 1)],
      [found['accumulation_distribution']?.value, last('AD')],
    ];
    for (const [value, expected] of pairs) expect(Math.abs(Number(value) - expected)).toBeLessThanOrEqual(Math.max(1e-7, 1e-9 * Math.abs(expected)));
  });
});
