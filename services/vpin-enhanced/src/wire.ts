import { z } from 'zod';
import { PROVENANCES, isoFromMs } from '@nautilus/model';
import type { FlashCrashMoment, InformedTradingFit } from '@nautilus/quant';
import { measureSchema, MEASURES, measuresOf } from './measures.ts';
import type { InformedVolume, SymbolEntry } from './symbol-board.ts';

const levels = ['clear', 'watch', 'alert'] as const;

/** How near a flash crash is, with every input (contract.md, section 3.13: alert at 0.8). */
export const riskSchema = z.object({
  symbol: z.string(),
  timestamp: z.string(),
  score: z.number().nullable(),
  level: z.enum(levels),
  causes: z.record(z.string(), z.number()).describe('x of each cause that is known, 0 to 1.'),
  missing: z.array(z.string()),
  inputs: z.record(z.string(), z.number()),
  depth_source: z.enum(['level2', 'quotes']).nullable().default(null).describe('Where the depth was seen; it is compared with what was seen there before.'),
  reason: z.string().optional(),
});
export type Risk = z.infer<typeof riskSchema>;

export function riskOf(symbol: string, timeMs: number, moment: FlashCrashMoment | undefined): Risk {
  if (moment === undefined) return { symbol, timestamp: isoFromMs(timeMs), score: null, level: 'clear', causes: {}, missing: [], inputs: {}, depth_source: null, reason: 'warming_up' };
  const { score, state, inputs, depthSource } = moment;
  return { symbol, timestamp: isoFromMs(moment.timeMs), score: score.score, level: state.level, causes: { ...score.causes }, missing: [...score.missing], inputs: { ...inputs }, depth_source: depthSource };
}

export const flashCrashAlertSchema = riskSchema.extend({ id: z.string(), message: z.string(), level_before: z.enum(levels), cleared: z.boolean(), provenance: z.enum(PROVENANCES) });
export type FlashCrashAlert = z.infer<typeof flashCrashAlertSchema>;

const estimateSchema = z.object({
  probability: z.number(),
  standard_error: z.number().nullable(),
  parameters: z.record(z.string(), z.number()),
  standard_errors: z.record(z.string(), z.number()).nullable(),
  log_likelihood: z.number(),
  n: z.int(),
  converged: z.boolean(),
  at_boundary: z.boolean().nullable().describe('α or δ within 0.001 of 0 or 1: the errors mean little.'),
  start: z.int().nullable().default(null).describe('Number of the start on the grid that led here; 0 where the estimate before was the start.'),
  lot: z.number().nullable().describe('Units of volume that count as one; Poisson rates are not scale free.'),
});
export const pinEstimateSchema = estimateSchema.extend({ model: z.enum(['pin', 'ivpin']) });
export type PinEstimate = z.infer<typeof pinEstimateSchema>;

export function pinEstimate(fit: InformedTradingFit): PinEstimate {
  const { alpha, delta, mu, epsilonBuy, epsilonSell, standardErrors: errors } = fit;
  return {
    model: 'pin',
    probability: fit.probability,
    standard_error: errors?.probability ?? null,
    parameters: { alpha, delta, mu, epsilon_buy: epsilonBuy, epsilon_sell: epsilonSell },
    standard_errors: errors === undefined ? null : { alpha: errors.alpha, delta: errors.delta, mu: errors.mu, epsilon_buy: errors.epsilonBuy, epsilon_sell: errors.epsilonSell },
    log_likelihood: fit.logLikelihood,
    n: fit.days,
    converged: fit.converged,
    at_boundary: fit.atBoundary,
    start: fit.start,
    lot: null,
  };
}

export function volumeEstimate({ fit, lot }: Pick<InformedVolume, 'fit' | 'lot'>): PinEstimate {
  const { alpha, delta, mu, epsilon, standardErrors: errors } = fit;
  return {
    model: 'ivpin',
    probability: fit.probability,
    standard_error: errors?.probability ?? null,
    parameters: { alpha, delta, mu, epsilon },
    standard_errors: errors === undefined ? null : { alpha: errors.alpha, delta: errors.delta, mu: errors.mu, epsilon: errors.epsilon },
    log_likelihood: fit.logLikelihood,
    n: fit.buckets,
    converged: fit.converged,
    at_boundary: fit.atBoundary,
    start: fit.start,
    lot,
  };
}

/** Payload of `vpin.enhanced.{symbol}`. */
export const enhancedSchema = z.object({
  symbol: z.string(),
  timestamp: z.string(),
  trigger: z.enum(['minute', 'bucket', 'flash_crash', 'ivpin']),
  vpin_value: z.number().nullable(),
  percentile: z.number().nullable(),
  /** Messages of an earlier version have fewer. */
  measures: z.partialRecord(z.enum(MEASURES), measureSchema),
  flash_crash_risk: riskSchema,
  /** Present when the level has just changed. */
  flash_crash_event: flashCrashAlertSchema.nullable(),
  /** Present when it was estimated since the message before. */
  ivpin_estimate: pinEstimateSchema.nullable(),
  source: z.string(),
  provenance: z.enum(PROVENANCES),
  run_id: z.string().nullable(),
});
export type Enhanced = z.infer<typeof enhancedSchema>;

export function enhancedMessage(
  entry: SymbolEntry, trigger: Enhanced['trigger'], vpin: { readonly vpin: number | null; readonly percentile: number | null },
  news: { readonly event?: FlashCrashAlert; readonly estimate?: PinEstimate } = {},
): Enhanced {
  const figures = entry.stream.read();
  return {
    symbol: entry.symbol,
    timestamp: isoFromMs(figures.timeMs),
    trigger,
    vpin_value: vpin.vpin,
    percentile: vpin.percentile,
    measures: measuresOf(figures, entry),
    flash_crash_risk: riskOf(entry.symbol, figures.timeMs, entry.stream.flashCrash),
    flash_crash_event: news.event ?? null,
    ivpin_estimate: news.estimate ?? null,
    source: entry.source,
    provenance: entry.provenance,
    run_id: entry.runId,
  };
}
