import { describe, expect, it } from '@jest/globals';
import { readBuses, BusBoard } from './bus-summary.ts';
import { gatewaySegment, readEngines, readProblems, toneOf } from './engine-list.ts';
import { feedEventOf, withEvent, type FeedEvent } from './event-feed.ts';
import { groupFeatures, mergeFeatures, readFeatures, sortFeatures } from './features.ts';
import { readBar, readTick } from './market-messages.ts';
import { readMicrostructure } from './microstructure.ts';
import { fractionAt, readReplay, wentBack } from './replay.ts';
import { readSymbols, symbolChoice } from './symbol-list.ts';
import { levelOf, readVpin, vpinPoint } from './vpin.ts';

const nonsense: readonly unknown[] = [null, undefined, 3, 'text', [], {}, { symbol: 3 }, { symbol: 'IBM' }];

describe('messages that are not what their topic promises', () => {
  it.each([
    ['tick', readTick], ['bar', readBar], ['vpin', readVpin], ['features', readFeatures], ['replay', readReplay],
    ['buses', readBuses], ['engines', readEngines],
  ] as const)('are dropped by the %s reader', (_name, read) => {
    for (const value of nonsense) expect(read(value)).toBeUndefined();
  });
});

describe('market messages', () => {
  it('keep nanosecond event times exact to the microsecond', () => {
    const tick = readTick({ symbol: 'IBM', ts_event_ns: '1381156230270123456', price: 181.52, size: 283 });
    expect(tick?.atMs).toBeCloseTo(1_381_156_230_270.123, 3);
  });

  it('accept a bar with its start in milliseconds or as ISO time, and no other time frame', () => {
    const prices = { symbol: 'IBM', open: 1, high: 2, low: 1, close: 2, volume: 10 };
    expect(readBar({ ...prices, start_ms: 60_000 })?.startMs).toBe(60_000);
    expect(readBar({ ...prices, start: '1970-01-01T00:01:00Z', timeframe: '1m' })?.startMs).toBe(60_000);
    expect(readBar({ ...prices, start_ms: 60_000, timeframe: '5m' })).toBeUndefined();
  });
});

describe('VPIN', () => {
  it('changes level exactly at the thresholds', () => {
    const levels = [0, 0.2999, 0.3, 0.4999, 0.5, 0.6999, 0.7, 0.8999, 0.9, 1].map(levelOf);
    expect(levels).toEqual(['NORMAL', 'NORMAL', 'LOW', 'LOW', 'MEDIUM', 'MEDIUM', 'HIGH', 'HIGH', 'EXTREME', 'EXTREME']);
  });

  it('draws nothing and claims no level while warming up', () => {
    const reading = readVpin({ symbol: 'IBM', timestamp: '2013-10-07T14:00:31Z', vpin_value: null, toxicity_level: 'NORMAL', warming_up: true });
    expect(reading).toMatchObject({ value: null, level: null, warmingUp: true });
    expect(reading === undefined ? undefined : vpinPoint(reading)).toBeUndefined();
  });

  it('shares the minutes of the candles', () => {
    const reading = readVpin({ symbol: 'IBM', timestamp: '2013-10-07T14:00:31.5Z', vpin_value: 0.41 });
    expect(reading === undefined ? undefined : vpinPoint(reading)).toEqual({ time: Date.parse('2013-10-07T14:00:00Z') / 1000, value: 0.41 });
    expect(reading?.level).toBe('LOW');
  });
});

describe('features', () => {
  const set = readFeatures({
    symbol: 'IBM', as_of: null,
    features: {
      rsi_14: { value: 61.2, category: 'momentum', confidence: 1, zscore: 0.4, percentile: 0.6 },
      pe_ratio: { value: null, category: 'fundamental', confidence: 0, zscore: null, percentile: null, reason: 'no filings' },
      atr_14: { value: 0.3, category: 'volatility', confidence: 1, zscore: -2.5, percentile: 0.01 },
      bollinger_bands: { value: { upper: 3, lower: 1, broken: null }, category: 'volatility' },
    },
  });
  const features = set?.features ?? [];

  it('keep a missing value missing, with its reason', () => {
    expect(features.find(({ name }) => name === 'pe_ratio')).toMatchObject({ value: null, reason: 'no filings' });
    expect(features.find(({ name }) => name === 'bollinger_bands')?.value).toEqual([['upper', 3], ['lower', 1]]);
  });

  it('sort z-scores by size with missing ones last in both directions', () => {
    const names = (descending: boolean): string[] => sortFeatures(features, { key: 'zscore', descending }).map(({ name }) => name);
    expect(names(true).slice(0, 2)).toEqual(['atr_14', 'rsi_14']);
    expect(names(false).slice(0, 2)).toEqual(['rsi_14', 'atr_14']);
  });

  it('group by category without losing one', () => {
    const groups = groupFeatures(features);
    expect(groups.map(({ title }) => title)).toEqual(['momentum', 'fundamental', 'volatility']);
    expect(groups.flatMap((group) => group.features)).toHaveLength(4);
  });

  it('survive an update that names only some of them, but not one for another symbol', () => {
    const update = readFeatures({ symbol: 'IBM', features: { rsi_14: { value: 70, category: 'momentum' }, extra: { value: 1 } } });
    const other = readFeatures({ symbol: 'AIG', features: {} });
    if (set === undefined || update === undefined || other === undefined) throw new Error('unreadable');
    expect(mergeFeatures(set, update).features.map(({ value }) => value).slice(0, 2)).toEqual([70, null]);
    expect(mergeFeatures(set, update).features).toHaveLength(5);
    expect(mergeFeatures(set, other).features).toHaveLength(0);
  });
});

describe('the replay', () => {
  const state = readReplay({ state: 'playing', speed: 0, from: '1970-01-01T00:00:00Z', to: '1970-01-01T00:01:40Z', position: null, symbols: ['IBM', 3] });

  it('reads speed 0 as such, and ignores symbols that are none', () => {
    expect(state).toMatchObject({ phase: 'playing', speed: 0, positionMs: null, symbols: ['IBM'] });
  });

  it('places times between from and to, and clips the rest', () => {
    if (state === undefined) throw new Error('unreadable');
    expect([-5_000, 0, 25_000, 100_000, 200_000].map((ms) => fractionAt(state, ms))).toEqual([0, 0, 0.25, 1, 1]);
    expect(fractionAt({ ...state, toMs: state.fromMs }, 0)).toBeNull();
  });

  it('went back only when it clearly did', () => {
    expect(wentBack(100_000, 50_000)).toBe(true);
    expect(wentBack(100_000, 99_500)).toBe(false);
    expect(wentBack(null, 0)).toBe(false);
  });
});

describe('microstructure', () => {
  it('keeps what a figure rests on, and is nothing without symbol, time or measures', () => {
    const payload = {
      symbol: 'IBM', timestamp: '2013-10-07T14:00:31Z', run_id: 'r', flash_crash_risk: { score: 0.2, level: 'clear', missing: ['toxicity', 3] },
      measures: { kyle_lambda: { value: 1e-6, standard_error: 2e-7, n: 88, window: '390x1m' }, ivpin: { value: null, standard_error: null, n: 0, window: '50 buckets', reason: 'insufficient_history' } },
    };
    const read = readMicrostructure(payload);
    expect(read?.measures.get('kyle_lambda')).toEqual({ value: 1e-6, error: 2e-7, n: 88, window: '390x1m', reason: null });
    expect(read?.measures.get('ivpin')).toMatchObject({ value: null, reason: 'insufficient_history' });
    expect(read).toMatchObject({ symbol: 'IBM', runId: 'r', risk: { score: 0.2, level: 'clear', missing: ['toxicity'] } });
    for (const missing of ['symbol', 'timestamp', 'measures']) expect(readMicrostructure({ ...payload, [missing]: undefined })).toBeUndefined();
  });
});

describe('the event feed', () => {
  const frame = (topic: string, data: unknown) => ({ messageType: 'data', topic, data, atMs: 5, seq: 1, skipped: 0, messageId: 'm', epoch: 'e', id: '' });

  it('tells an alert from its clearing', () => {
    const alert = { symbol: 'IBM', severity: 'URGENT', percentile: 0.993, vpin_value: 0.71, cleared: false, timestamp: '1970-01-01T00:00:09Z' };
    expect(feedEventOf(frame('toxicity.alert.IBM', alert), 0)).toEqual({
      atMs: 9_000, tone: 'critical', kind: 'toxicity', symbol: 'IBM', text: 'URGENT · VPIN 0.710 · percentile 99.3',
    });
    expect(feedEventOf(frame('toxicity.alert.IBM', { ...alert, cleared: true }), 0)).toMatchObject({ tone: 'good' });
    expect(feedEventOf(frame('toxicity.alert.IBM', { ...alert, severity: 'HIGH', measure: 'spread_toxicity', value: 0.82, vpin_value: null, percentile: null }), 0)).toMatchObject({
      tone: 'warning', text: 'HIGH · spread toxicity 0.82',
    });
  });

  it('shows words of other alerts and leaves other topics out', () => {
    expect(feedEventOf(frame('system.alert.bus', { message: 'bus lost' }), 0)).toMatchObject({ text: 'bus lost', atMs: 5 });
    expect(feedEventOf(frame('margin.alert.P1', null), 0)).toMatchObject({ text: 'margin.alert.P1', tone: 'critical' });
    expect(feedEventOf(frame('market_data.tick.IBM', {}), 0)).toBeUndefined();
  });

  it('holds the newest first, up to its limit', () => {
    let events: readonly FeedEvent[] = [];
    for (let key = 0; key < 10; key += 1) events = withEvent(events, { key, atMs: key, tone: 'info', kind: 'x', symbol: null, text: '' }, 3);
    expect(events.map(({ key }) => key)).toEqual([9, 8, 7]);
  });
});

describe('buses', () => {
  const status = (published: number, received: number, connected = true) => readBuses({
    buses: {
      marketdata_bus: { connected, transport: 'redis', latency_ms: 0.4, published, received, pending: 2, dead_letters: 0 },
      neural_gpu_bus: null,
    },
  }) ?? {};

  it('add up the rates of all engines, and drop an engine that no longer answers', () => {
    const board = new BusBoard();
    board.record('marketdata', status(0, 0), 0);
    board.record('vpin', status(0, 0), 0);
    expect(board.summaries()[0]).toMatchObject({ inPerSecond: null, outPerSecond: null });
    board.record('marketdata', status(500, 0), 5_000);
    board.record('vpin', status(0, 250, false), 5_000);
    expect(board.summaries()).toHaveLength(1);
    expect(board.summaries()[0]).toMatchObject({ bus: 'marketdata', engines: 2, connected: 1, inPerSecond: 100, outPerSecond: 50, pending: 4 });
    board.forget('vpin');
    expect(board.summaries()[0]).toMatchObject({ engines: 1, connected: 1, outPerSecond: 0 });
  });

  it('show no rate across a restart of the engine', () => {
    const board = new BusBoard();
    board.record('vpin', status(900, 900), 0);
    board.record('vpin', status(3, 4), 1_000);
    expect(board.summaries()[0]).toMatchObject({ inPerSecond: null, outPerSecond: null });
  });
});

describe('engines', () => {
  it('are listed with what is known, and a twin is not asked through its sibling', () => {
    const rows = readEngines({ engines: [{ name: 'vpin_enhanced', port: 10001, architecture: 'dual_bus', status: 'operational', latency_ms: null }] });
    expect(rows?.[0]).toMatchObject({ name: 'vpin_enhanced', latencyMs: null, replicas: null });
    expect(rows?.map(gatewaySegment)).toEqual(['vpin-enhanced']);
    expect(gatewaySegment({ name: 'vpin_triple_bus', port: 10002, architecture: 'triple_bus', status: '', latencyMs: null, replicas: null, summary: '', version: null, uptimeSeconds: null })).toBeNull();
  });

  it('are good only when operational', () => {
    expect(['operational', 'degraded', 'starting', 'down', 'unreachable', 'unknown'].map(toneOf)).toEqual(['good', 'warning', 'warning', 'bad', 'bad', 'quiet']);
    expect(readProblems({ problems: [{ dependency: 'database', message: 'refused' }] })).toEqual(['database: refused']);
  });
});

describe('symbols', () => {
  it('come as names or objects, those of the replay first', () => {
    expect(readSymbols({ symbols: ['IBM', { symbol: 'AIG' }, 7] })).toEqual(['IBM', 'AIG']);
    expect(readSymbols({ items: [{ symbol: 'AIG' }] })).toEqual(['AIG']);
    expect(symbolChoice(['IBM'], ['SPY', 'IBM', 'AIG', 'SPY'])).toEqual({ replayed: ['IBM'], others: ['AIG', 'SPY'] });
  });
});
