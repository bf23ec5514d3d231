import { minuteOf } from './bar-book.ts';
import { isoMillis, isRecord, number, plainFields, text } from './read.ts';

/** Lower limits of the levels (contract.md, section 3.13). */
export const toxicityThresholds = [0.3, 0.5, 0.7, 0.9] as const;
export const toxicityLevels = ['NORMAL', 'LOW', 'MEDIUM', 'HIGH', 'EXTREME'] as const;
export type ToxicityLevel = (typeof toxicityLevels)[number];

export interface VpinReading {
  readonly symbol: string;
  /** When the bucket was full, and when its first trade came. */
  readonly atMs: number;
  readonly startMs: number | null;
  /** Null while the engine is warming up. */
  readonly value: number | null;
  readonly level: ToxicityLevel | null;
  readonly confidence: number | null;
  readonly percentile: number | null;
  readonly warmingUp: boolean;
  readonly bucket: {
    readonly id: string;
    readonly target: number | null;
    readonly buy: number | null;
    readonly sell: number | null;
    readonly imbalance: number | null;
  } | null;
  /** Volatility regime of the features engine, when it was heard. */
  readonly regime: string | null;
  /** Names the parameters: values of different series are not comparable. */
  readonly series: string | null;
  readonly parameters: readonly (readonly [string, string | number | boolean])[];
  readonly provenance: string | null;
  readonly runId: string | null;
}

/**
 * A point of the VPIN line. Chart time is the minute in which the bucket closed, so that the line shares the
 * candles' time axis; the last bucket of a minute stands for it.
 */
export interface VpinPoint {
  readonly time: number;
  readonly value: number;
}

export function levelOf(value: number): ToxicityLevel {
  const passed = toxicityThresholds.filter((threshold) => value >= threshold).length;
  return toxicityLevels[passed] ?? 'EXTREME';
}

/** `vpin.calculation.*` and the items of `GET /history/{s}`; `undefined` when symbol or time is missing. */
export function readVpin(data: unknown): VpinReading | undefined {
  if (!isRecord(data)) return undefined;
  const symbol = text(data['symbol']);
  const atMs = isoMillis(data['timestamp']);
  if (symbol === null || atMs === null) return undefined;
  const value = number(data['vpin_value']);
  const stated = toxicityLevels.find((level) => level === data['toxicity_level']);
  return {
    symbol,
    atMs,
    startMs: isoMillis(data['start_time']),
    value,
    level: value === null ? null : (stated ?? levelOf(value)),
    confidence: number(data['confidence']),
    percentile: number(data['percentile']),
    warmingUp: data['warming_up'] === true || value === null,
    bucket: readBucket(data['volume_bucket']),
    regime: text(data['market_regime']),
    series: text(data['series']),
    parameters: plainFields(data['parameters']),
    provenance: text(data['provenance']),
    runId: text(data['run_id']),
  };
}

function readBucket(data: unknown): VpinReading['bucket'] {
  if (!isRecord(data)) return null;
  const id = data['bucket_id'];
  return {
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : '',
    target: number(data['target_volume']),
    buy: number(data['buy_volume']),
    sell: number(data['sell_volume']),
    imbalance: number(data['order_imbalance']),
  };
}

export function vpinPoint(reading: VpinReading): VpinPoint | undefined {
  return reading.value === null ? undefined : { time: minuteOf(reading.atMs), value: reading.value };
}
