import type { Bar, EpochNs, Quote, Timeframe, Trade } from '@nautilus/model';
import type { FeatureRow, StoreAmbient, ToxicityAlertRow, VpinBucketRow } from '@nautilus/store';

/** 2013-10-07T13:30:00Z, the open of a session that the bundled data hold. */
export const OPEN_MS = 1_381_152_600_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

export const systemAmbient: StoreAmbient = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

export function atNs(ms: number, ns = 0): EpochNs {
  return (BigInt(ms) * 1_000_000n + BigInt(ns)) as EpochNs;
}

/** The `i`-th trade of a recording, a second after the one before. */
export function tradeAt(symbol: string, i: number, more: Partial<Trade> = {}): Trade {
  return {
    symbol, venue: 'XNYS', ts_event_ns: atNs(OPEN_MS + i * 1000, 123_456), ts_ingest_ns: atNs(OPEN_MS + i * 1000, 999_999),
    seq: i, source: 'recording', provenance: 'replay', run_id: null,
    price: 184.5 + (i % 7) / 100, size: 100 + i, exchange: 'N', condition: '@', suspicious: false, ...more,
  };
}

export function quoteAt(symbol: string, i: number, more: Partial<Quote> = {}): Quote {
  const { price: _price, size: _size, ...event } = tradeAt(symbol, i);
  return { ...event, bid: 184.5, bid_size: 300, ask: 184.51, ask_size: 200, ...more };
}

/** A final bar that starts `i` minutes after the open. */
export function minuteBar(symbol: string, i: number, more: Partial<Bar> = {}): Bar {
  return barAt(symbol, '1m', OPEN_MS + i * MINUTE_MS, MINUTE_MS, { open: 100 + i, high: 101.5 + i, low: 99.25 + i, close: 100.5 + i, ...more });
}

export function barAt(symbol: string, timeframe: Timeframe, startMs: number, lengthMs: number, more: Partial<Bar> = {}): Bar {
  return {
    symbol, venue: 'XNYS', timeframe, start_ms: startMs, end_ms: startMs + lengthMs, open: 100, high: 101, low: 99, close: 100.5,
    volume: 1000, trade_count: 10, vwap: 100.25, is_final: true, revision: 0, source: 'recording', provenance: 'replay', run_id: null,
    ...more,
  };
}

export function bucketAt(symbol: string, i: number, more: Partial<VpinBucketRow> = {}): VpinBucketRow {
  return {
    symbol, series: 'T60-B50-n50', bucketId: i, startMs: OPEN_MS + i * 1000 + 1 / 3, endMs: OPEN_MS + (i + 1) * 1000 + 1 / 3,
    targetVolume: 4504.3113, buyVolume: 2504.3113, sellVolume: 2000, orderImbalance: 504.3113,
    vpin: i < 2 ? null : 0.25, toxicityLevel: i < 2 ? null : 'NORMAL', confidence: 0.5, percentile: i < 2 ? null : 0.75, warmingUp: i < 2,
    parameters: { barSeconds: 60, rule: 'intrabar', quoted: 'a "b" \\ {c}' }, source: 'recording', provenance: 'replay', ...more,
  };
}

export function alertAt(symbol: string, i: number, more: Partial<ToxicityAlertRow> = {}): ToxicityAlertRow {
  return {
    id: `alert-${i}`, symbol, time: OPEN_MS + i * 1000, severity: 'HIGH', percentile: 0.95, basis: i % 2 === 0 ? 'trailing' : 'time_of_day', vpin: 0.61, cleared: false,
    provenance: 'replay', ...more,
  };
}

export function featureAt(symbol: string, i: number, more: Partial<FeatureRow> = {}): FeatureRow {
  return {
    symbol, feature: 'rsi_14', timeframe: '1m', time: OPEN_MS + i * MINUTE_MS, value: 55.5 + i, reason: null, confidence: 1,
    source: 'recording', provenance: 'replay', ...more,
  };
}
