import { isoMillis, isRecord, nanosMillis, number, text } from './read.ts';

export interface Tick {
  readonly symbol: string;
  readonly atMs: number;
  readonly price: number;
  readonly size: number;
  readonly suspicious: boolean;
  readonly provenance: string | null;
  readonly runId: string | null;
}

export interface Bar {
  readonly symbol: string;
  readonly startMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly final: boolean;
  readonly revision: number;
  readonly provenance: string | null;
  readonly runId: string | null;
}

/** `market_data.tick.*`; `undefined` when a needed field is missing. */
export function readTick(data: unknown): Tick | undefined {
  if (!isRecord(data)) return undefined;
  const symbol = text(data['symbol']);
  const atMs = nanosMillis(data['ts_event_ns']);
  const price = number(data['price']);
  if (symbol === null || atMs === null || price === null) return undefined;
  return {
    symbol,
    atMs,
    price,
    size: number(data['size']) ?? 0,
    suspicious: data['suspicious'] === true,
    provenance: text(data['provenance']),
    runId: text(data['run_id']),
  };
}

/**
 * `market_data.bar.*` and the items of `GET /data/{s}?data_type=bar`, one-minute bars only. The start may come as
 * `start_ms` or as an ISO time.
 */
export function readBar(data: unknown): Bar | undefined {
  if (!isRecord(data)) return undefined;
  if ((text(data['timeframe']) ?? '1m') !== '1m') return undefined;
  const symbol = text(data['symbol']);
  const startMs = number(data['start_ms']) ?? isoMillis(data['start']);
  const [open, high, low, close] = [number(data['open']), number(data['high']), number(data['low']), number(data['close'])];
  if (symbol === null || startMs === null || open === null || high === null || low === null || close === null) return undefined;
  return {
    symbol,
    startMs,
    open,
    high,
    low,
    close,
    volume: number(data['volume']) ?? 0,
    final: data['is_final'] !== false,
    revision: number(data['revision']) ?? 0,
    provenance: text(data['provenance']),
    runId: text(data['run_id']),
  };
}
