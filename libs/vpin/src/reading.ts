import { z } from 'zod';
import { PROVENANCES, TOXICITY_LEVELS, isoFromMs, type VpinReading } from '@nautilus/model';
import type { VpinBucketRow } from '@nautilus/store';
import type { VpinEntry } from '@nautilus/quant';
import { ALERT_BASES } from './alert-rank.ts';

/** One closed bucket as it travels on the bus, over HTTP and to WebSocket clients. */
export const vpinReadingSchema = z.object({
  symbol: z.string(),
  timestamp: z.string().describe('Event time at which the bucket was full.'),
  start_time: z.string(),
  vpin_value: z.number().nullable(),
  reason: z.string().optional(),
  toxicity_level: z.enum(TOXICITY_LEVELS).nullable(),
  confidence: z.number(),
  percentile: z.number().nullable().describe('Mid-rank of this value among those of the trailing year, 0 to 1.'),
  seasonal_percentile: z.number().nullable().optional().describe('The same against the usual at its time of the day; null below five sessions, absent unless VPIN_ALERT_BASIS asks for it.'),
  volume_bucket: z.object({
    bucket_id: z.int(),
    target_volume: z.number(),
    buy_volume: z.number(),
    sell_volume: z.number(),
    order_imbalance: z.number(),
  }),
  market_regime: z.string().nullable().describe('Volatility regime of the features engine; null before it was heard.'),
  neural_patterns: z.null().describe('No pattern model is built yet.'),
  warming_up: z.boolean().describe('Classified by the tick rule, because fewer than 30 bars were closed before.'),
  series: z.string().describe('Names the parameters; values of different series are not comparable bucket by bucket.'),
  parameters: z.record(z.string(), z.unknown()),
  source: z.string(),
  provenance: z.enum(PROVENANCES),
  run_id: z.string().nullable(),
});

export type VpinReadingMessage = z.infer<typeof vpinReadingSchema>;

export function vpinReadingMessage(reading: VpinReading, entry: VpinEntry): VpinReadingMessage {
  return {
    symbol: entry.symbol,
    timestamp: isoFromMs(reading.endMs),
    start_time: isoFromMs(reading.startMs),
    vpin_value: reading.vpin,
    ...(reading.vpin === null ? { reason: 'warming_up' } : {}),
    toxicity_level: reading.level,
    confidence: reading.confidence,
    percentile: reading.percentile,
    ...(reading.seasonalPercentile === undefined ? {} : { seasonal_percentile: reading.seasonalPercentile }),
    volume_bucket: {
      bucket_id: reading.bucketId,
      target_volume: reading.bucketVolume,
      buy_volume: reading.buyVolume,
      sell_volume: reading.sellVolume,
      order_imbalance: reading.imbalance,
    },
    market_regime: entry.regime,
    neural_patterns: null,
    warming_up: reading.warmingUp,
    series: reading.series,
    parameters: { ...entry.stream.parameters, bucketVolume: reading.bucketVolume },
    source: entry.source,
    provenance: entry.provenance,
    run_id: entry.runId,
  };
}

/** The same shape from the store, which keeps neither the regime, nor the run, nor the seasonal percentile. */
export function storedVpinReading(row: VpinBucketRow): VpinReadingMessage {
  return {
    symbol: row.symbol,
    timestamp: isoFromMs(row.endMs),
    start_time: isoFromMs(row.startMs),
    vpin_value: row.vpin,
    ...(row.vpin === null ? { reason: 'warming_up' } : {}),
    toxicity_level: TOXICITY_LEVELS.find((level) => level === row.toxicityLevel) ?? null,
    confidence: row.confidence,
    percentile: row.percentile,
    volume_bucket: {
      bucket_id: row.bucketId, target_volume: row.targetVolume, buy_volume: row.buyVolume, sell_volume: row.sellVolume, order_imbalance: row.orderImbalance,
    },
    market_regime: null,
    neural_patterns: null,
    warming_up: row.warmingUp,
    series: row.series,
    parameters: { ...row.parameters },
    source: row.source,
    provenance: row.provenance,
    run_id: null,
  };
}

/** Payload of a toxicity alert. */
export const toxicityAlertSchema = z.object({
  id: z.string(),
  symbol: z.string(),
  timestamp: z.string(),
  severity: z.enum(['HIGH', 'URGENT']),
  percentile: z.number(),
  basis: z.enum(ALERT_BASES).default('trailing').describe('What the percentile is of: VPIN as it is, or against the usual at its time of the day.'),
  vpin_value: z.number(),
  cleared: z.boolean(),
  provenance: z.enum(PROVENANCES),
});

export type ToxicityAlertMessage = z.infer<typeof toxicityAlertSchema>;
