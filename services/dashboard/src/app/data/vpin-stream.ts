import { isoMillis, isRecord, list, number, plainFields, text } from './read.ts';
import { readVpin, type VpinReading } from './vpin.ts';

/** The bucket that is being filled: `GET /buckets/{s}/current`. */
export interface OpenBucket {
  readonly id: number | null;
  readonly startMs: number | null;
  readonly target: number;
  readonly buy: number;
  readonly sell: number;
  /** 0..1. */
  readonly filled: number;
  /** Buckets closed in this run. */
  readonly closed: number;
  readonly series: string | null;
}

export function readOpenBucket(data: unknown): OpenBucket | undefined {
  if (!isRecord(data)) return undefined;
  const [target, buy, sell, closed] = [number(data['target_volume']), number(data['buy_volume']), number(data['sell_volume']), number(data['closed_buckets'])];
  if (target === null || buy === null || sell === null || closed === null) return undefined;
  return {
    id: number(data['bucket_id']), startMs: isoMillis(data['start_time']), target, buy, sell, closed,
    filled: number(data['filled_ratio']) ?? (buy + sell) / target,
    series: text(data['series']),
  };
}

/** `GET /history/{s}`, ascending by time. */
export function readBuckets(data: unknown): readonly VpinReading[] | undefined {
  if (!isRecord(data) || !Array.isArray(data['items'])) return undefined;
  return data['items'].map(readVpin).filter((reading) => reading !== undefined).sort((a, b) => a.atMs - b.atMs);
}

export interface ToxicityAlert {
  readonly id: string;
  readonly atMs: number;
  readonly severity: string;
  readonly percentile: number | null;
  readonly vpin: number | null;
  readonly cleared: boolean;
}

export interface ToxicityAlerts {
  /** The alert that has not been cleared; null = none. */
  readonly standing: string | null;
  /** Percentiles at which an alert is raised and cleared, by name. */
  readonly thresholds: readonly (readonly [string, string | number | boolean])[];
  /** Newest first. */
  readonly items: readonly ToxicityAlert[];
}

/** `GET /alerts/{s}`. */
export function readAlerts(data: unknown): ToxicityAlerts | undefined {
  if (!isRecord(data) || !Array.isArray(data['items'])) return undefined;
  const items = list(data['items']).filter(isRecord).flatMap((item): ToxicityAlert[] => {
    const atMs = isoMillis(item['timestamp']);
    if (atMs === null) return [];
    return [{
      id: text(item['id']) ?? `${atMs}`, atMs, severity: text(item['severity']) ?? 'alert', percentile: number(item['percentile']),
      vpin: number(item['vpin_value']), cleared: item['cleared'] === true,
    }];
  });
  return { standing: text(data['standing']), thresholds: plainFields(data['thresholds']), items: items.sort((a, b) => b.atMs - a.atMs) };
}

/** Trades of the running stream by what became of them: `GET /metrics/{s}`. */
export interface StreamActivity {
  readonly series: string | null;
  readonly trades: readonly (readonly [string, string | number | boolean])[];
}

export function readActivity(data: unknown): StreamActivity | undefined {
  if (!isRecord(data) || !isRecord(data['trades'])) return undefined;
  return { series: text(data['series']), trades: plainFields(data['trades']) };
}
