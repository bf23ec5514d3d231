import { z } from 'zod';
import type { ReasonCode } from '@nautilus/model';
import type { LiquidityFigure, MicrostructureFigures, RegressionFigures, WeightedMean } from '@nautilus/quant';
import { depthImbalance, SIGN_RULES, SPREAD_HORIZONS_MS } from '@nautilus/quant';
import type { SymbolEntry } from './symbol-board.ts';

/** One estimate with everything that is needed to judge it. */
export const measureSchema = z.object({
  value: z.number().nullable(),
  standard_error: z.number().nullable().describe('Null where the estimator has none.'),
  n: z.int(),
  window: z.string(),
  reason: z.string().optional(),
});
export type Measure = z.infer<typeof measureSchema>;

export const MEASURES = [
  'quoted_spread', 'quoted_spread_bps', 'effective_spread', 'effective_spread_bps', 'realised_spread_5s', 'realised_spread_60s', 'realised_spread_300s', 'impact_5s', 'impact_60s',
  'impact_300s', 'spread_toxicity', 'roll_spread', 'corwin_schultz_spread', 'amihud_illiquidity', 'kyle_lambda', 'hasbrouck_lambda', 'flow_impact', 'order_flow_imbalance',
  'depth_imbalance_1', 'depth_imbalance_5', 'depth_imbalance_10', 'depth_imbalance_25',
  'trade_imbalance_tick', 'trade_imbalance_lee_ready', 'trade_imbalance_bulk', 'agreement_tick_lee_ready', 'agreement_bulk_lee_ready', 'agreement_tick_bulk', 'quote_to_trade', 'fast_quote_share',
  'median_quote_life_ms', 'venue_dispersion', 'ivpin',
] as const;
export type MeasureName = (typeof MEASURES)[number];
export const measuresSchema = z.record(z.enum(MEASURES), measureSchema);
export type Measures = Record<MeasureName, Measure>;

/** Figures of the stream as named measures. Nothing is computed here. */
export function measuresOf(figures: MicrostructureFigures, entry: SymbolEntry): Measures {
  const window = `${figures.windowMinutes}m`;
  const { spreads, flow, activity } = figures;
  const mean = ({ mean: value, standardError, observations }: WeightedMean): Measure => measure(value, standardError, observations, window);
  const horizon = (values: readonly WeightedMean[], h: number): Measure => mean(values[h] ?? { mean: undefined, standardError: undefined, observations: 0 });
  const share = ({ share: value, compared }: { readonly share: number | undefined; readonly compared: number }): Measure => measure(value, value === undefined ? undefined : binomialError(value, compared), compared, window);
  const [tick, leeReady, bulk] = SIGN_RULES.map((rule) => measure(flow.signs.imbalance[rule], undefined, activity.trades, window, 'no_volume')) as [Measure, Measure, Measure];
  const volume = entry.informedVolume;
  return {
    quoted_spread: mean(figures.quotedSpread),
    quoted_spread_bps: mean(figures.quotedBasisPoints),
    effective_spread: mean(spreads.effective),
    effective_spread_bps: mean(spreads.effectiveBasisPoints),
    realised_spread_5s: horizon(spreads.realised, 0),
    realised_spread_60s: horizon(spreads.realised, 1),
    realised_spread_300s: horizon(spreads.realised, 2),
    impact_5s: horizon(spreads.impact, 0),
    impact_60s: horizon(spreads.impact, 1),
    impact_300s: horizon(spreads.impact, 2),
    spread_toxicity: measure(figures.spreadToxicity, figures.spreadToxicityError, spreads.impact[2]?.observations ?? 0, window),
    roll_spread: liquidity(figures.roll, '500 trades'),
    corwin_schultz_spread: liquidity(figures.corwinSchultz, `${entry.stream.days.finished}d`, figures.corwinSchultz.standardError),
    amihud_illiquidity: liquidity(figures.amihud, `${entry.stream.days.finished}d`, figures.amihud.standardError),
    kyle_lambda: regression(flow.kyle, flow.intervals.minutes, '390x1m'),
    hasbrouck_lambda: regression(flow.hasbrouck, flow.intervals.fiveMinutes, '390x5m'),
    flow_impact: regression(flow.flowImpact, flow.intervals.flowMinutes, '390x1m'),
    order_flow_imbalance: measure(flow.orderFlowImbalance, undefined, activity.quotes, window),
    depth_imbalance_1: depth(figures.book, 1),
    depth_imbalance_5: depth(figures.book, 5),
    depth_imbalance_10: depth(figures.book, 10),
    depth_imbalance_25: depth(figures.book, 25),
    trade_imbalance_tick: tick,
    trade_imbalance_lee_ready: leeReady,
    trade_imbalance_bulk: bulk,
    agreement_tick_lee_ready: share(flow.signs.agreement.tick_lee_ready),
    agreement_bulk_lee_ready: share(flow.signs.agreement.bulk_lee_ready),
    agreement_tick_bulk: share(flow.signs.agreement.tick_bulk),
    quote_to_trade: measure(activity.quoteToTrade, undefined, activity.trades, window, 'no_volume'),
    fast_quote_share: measure(activity.fastShare, activity.fastShareError, activity.lives, window),
    median_quote_life_ms: measure(activity.medianLifeMs, undefined, Math.min(1_000, activity.lives), '1000 lives'),
    venue_dispersion: measure(figures.venues.dispersion, undefined, figures.venues.venues.length, 'vpin'),
    ivpin: volume === undefined
      ? measure(undefined, undefined, 0, '50 buckets')
      : { ...measure(volume.fit.probability, volume.fit.standardErrors?.probability, volume.fit.buckets, '50 buckets'), ...(volume.fit.converged ? {} : { reason: 'not_converged' }) },
  };
}

export const HORIZON_NAMES = SPREAD_HORIZONS_MS.map((ms) => `${ms / 1000}s`);

function measure(value: number | undefined, standardError: number | undefined, n: number, window: string, reason: ReasonCode = 'insufficient_history'): Measure {
  return { value: value ?? null, standard_error: standardError ?? null, n, window, ...(value === undefined ? { reason } : {}) };
}

/** Of the level-2 book as it stands; n is the number of levels that were there. */
function depth(book: MicrostructureFigures['book'], levels: number): Measure {
  if (book === undefined) return measure(undefined, undefined, 0, 'level2', 'no_data');
  const { bids, asks } = book;
  return measure(depthImbalance(bids, asks, levels), undefined, Math.min(levels, bids.length) + Math.min(levels, asks.length), 'level2', 'no_volume');
}

function liquidity(figure: LiquidityFigure, window: string, standardError?: number): Measure {
  const base = { standard_error: standardError ?? null, n: figure.observations, window };
  return figure.value === undefined ? { value: null, ...base, reason: figure.reason } : { value: figure.value, ...base };
}

function regression(fit: RegressionFigures | undefined, seen: number, window: string): Measure {
  return measure(fit?.slope, fit?.standardError, fit?.observations ?? seen, window);
}

function binomialError(share: number, n: number): number {
  return Math.sqrt((share * (1 - share)) / n);
}
