export { type LinkingMethod, linkEffects } from './attribution-linking.ts';
export {
  type BaconAlphaBeta,
  activePremium,
  appraisalRatio,
  baconAlphaBeta,
  baconInformationRatio,
  bearBeta,
  bullBeta,
  jensenAlpha,
  modiglianiSquared,
  specificRisk,
  treynorRatio,
} from './bacon-benchmark.ts';
export {
  averageDrawdown,
  baconAnnualSharpeRatio,
  baconBurkeRatio,
  baconCalmarRatio,
  baconOmegaRatio,
  baconSharpeRatio,
  baconSortinoRatio,
  burkeRatioOfEpisodes,
  conditionalDrawdown,
  downsideDeviation,
  kappaRatio,
  martinRatio,
  painIndex,
  painRatio,
  profitFactor,
  sterlingRatio,
  ulcerIndex,
  upsidePotentialRatio,
  winRate,
} from './bacon-ratios.ts';
export { brentRoot } from './brent-root.ts';
export {
  type BrinsonAttribution,
  type BrinsonAttributionOptions,
  type GeometricAttribution,
  type GeometricEffects,
  type TotalAttribution,
  brinsonAttribution,
  daviesLakerAttribution,
  geometricAttribution,
} from './brinson-attribution.ts';
export {
  type AllocationModel,
  type BrinsonEffects,
  type BrinsonOptions,
  type BrinsonPeriod,
  type InteractionRule,
  brinsonEffects,
  driftingReturns,
} from './brinson.ts';
export { type CompositeMember, type CompositeReturn, compositeReturn } from './composite-return.ts';
export { type DrawdownEpisode, drawdownEpisodes, drawdownPath, maxDrawdown } from './drawdowns.ts';
export {
  type AlphaBeta,
  alphaBeta,
  betaFragility,
  captureRatio,
  downAlphaBeta,
  downCapture,
  excessSharpe,
  trackingError,
  upAlphaBeta,
  upCapture,
  upDownCapture,
} from './empyrical-benchmark.ts';
export {
  annualVolatility,
  calmarRatio,
  downsideRisk,
  empyricalConditionalValueAtRisk,
  empyricalValueAtRisk,
  omegaRatio,
  sharpeRatio,
  sortinoRatio,
  stabilityOfTimeSeries,
  tailRatio,
} from './empyrical-ratios.ts';
export { type EmpyricalTailFit, empyricalTailFit } from './empyrical-tail-fit.ts';
export { type ExecutedOrder, type ExecutionShortfall, executionShortfall } from './execution-shortfall.ts';
export { type FactorAttribution, type FactorLoadings, factorAttribution, factorExposures } from './factor-attribution.ts';
export { type FactorRegression, factorRegression } from './factor-regression.ts';
export { type AppliedFill, LotLedger, type LotLedgerOptions, type LotLedgerState, type MarkedPosition } from './lot-ledger.ts';
export { type Amount, type Closure, type Lot, type LotFill, type LotMethod } from './lots.ts';
export { type ShapeOfReturns, shapeOfReturns } from './moments.ts';
export { type DatedFlow, type MoneyWeightedReturn, moneyWeightedReturn } from './money-weighted-return.ts';
export { type PerformanceConvention, type PerformanceOptions, type PerformanceStatistics, performanceStatistics, statisticsConfidence } from './performance-statistics.ts';
export { PerformanceStream, type PerformanceStreamOptions, type PerformanceStreamState } from './performance-stream.ts';
export { type FlowTiming, type TimedFlow, type TimeWeightedReturn, type Valuation, modifiedDietz, timeWeightedReturn } from './period-returns.ts';
export { type CashLine, ProfitAndLoss, type ProfitAndLossState, type ProfitLines, type ProfitStatement } from './profit-and-loss.ts';
export { type ReturnContributions, returnContributions } from './return-contributions.ts';
export { type AggregatedReturn, type Aggregation, aggregateReturns, annualReturn, cumulativeReturns, returnsOfPrices, totalReturn } from './return-index.ts';
export { type RatePerPeriod, type Returns } from './return-series.ts';
export { RollingDrawdown, type RollingDrawdownState } from './rolling-drawdown.ts';
export { RollingPairs, type RollingPairsState } from './rolling-pairs.ts';
export { RollingQuantile, rollingConditionalValueAtRisk, rollingTailRatio, rollingValueAtRisk } from './rolling-quantile.ts';
export {
  rollingAlphaBeta,
  rollingBeta,
  rollingDownCapture,
  rollingMaxDrawdown,
  rollingSharpeRatio,
  rollingUpCapture,
  rollingUpDownCapture,
  rollingVolatility,
} from './rolling-statistics.ts';
export {
  type SharpeBand,
  type TrackRecord,
  deflatedSharpe,
  expectedMaximumSharpe,
  minimumTrackRecord,
  probabilisticSharpe,
  sharpeBand,
  trackRecordOf,
} from './sharpe-significance.ts';
export { type Acquisition, type WashSale, washSales } from './wash-sales.ts';
