export { ConsolidatedQuote, type BestQuote, type QuotedLevel, type QuoteFeed } from './consolidated-quote.ts';
export {
  FLASH_CRASH_CLEAR, FLASH_CRASH_WEIGHTS, flashCrashScore, nextFlashCrashState,
  type FlashCrashCause, type FlashCrashInputs, type FlashCrashLevel, type FlashCrashScore, type FlashCrashState,
} from './flash-crash.ts';
export { fitInformedTrading, informedShare, informedTradingLikelihood, informedTradingSteps, type InformedTradingFit, type InformedTradingParameters } from './informed-trading.ts';
export {
  fitInformedVolume, informedVolumeLikelihood, informedVolumeShare, informedVolumeSteps, rollingInformedVolume,
  type InformedVolumeFit, type InformedVolumeParameters, type VolumeBuckets,
} from './informed-volume.ts';
export { BookDepth, type BookSizes } from './book-depth.ts';
export { OrderBook, type BookDelta, type BookLevel, type BookSnapshot, type DeltaOutcome } from './order-book.ts';
export { crossSymbolDependence, type CrossSymbolDependence } from './cross-symbol.ts';
export { type DayFigure } from './day-figures.ts';
export { type FlashCrashMoment } from './flash-crash-watch.ts';
export { SIGN_RULES, type FlowFigures, type SignRule } from './flow-window.ts';
export { MicrostructureStream, TRADE_SIGN_RULES, type TradeSignRule, type MicrostructureCounts, type MicrostructureFigures, type MicrostructureRules, type MicrostructureState } from './microstructure-stream.ts';
export { type WeightedMean } from './minute-sums.ts';
export { SPREAD_HORIZONS_MS, type SpreadRecord } from './spread-window.ts';
export { depthImbalance, OrderFlowImbalance } from './order-flow-imbalance.ts';
export { hasbrouckLambda, intervalFlow, kyleLambda, type IntervalFlow, type SignedTrades } from './price-impact.ts';
export { quoteFade, type FadeShare, type QuoteFade, type VenueQuote, type VenueTrade } from './quote-fade.ts';
export { RunningRegression, type RegressionFigures, type RunningRegressionState } from './running-regression.ts';
export { amihudEstimate, corwinSchultzEstimate, rollEstimate, tradeSpread, type DayRange, type LiquidityFigure, type TradeSpread } from './spread-estimators.ts';
export {
  bulkBuyShare, leeReadySign, leeReadySigns, signAgreement, TickRule, tickRuleSigns, tradeImbalance,
  type TimedMids, type TimedPrices, type TradeSign,
} from './trade-signs.ts';
export { toxicityAlert, type AlertSeverity } from './toxicity-alert.ts';
export * from './toxicity-level.ts';
export * from './vpin-batch.ts';
export { vpinBandSteps, type VpinBandOptions, type VpinBands } from './vpin-bootstrap.ts';
export { type VpinBuckets } from './vpin-buckets.ts';
export { type VpinDay } from './vpin-days.ts';
export { vpinCorrelation, type Dependence, type TimedValues, type VpinCorrelation } from './vpin-correlation.ts';
export { QuoteBook, type QuoteEntry, type QuoteEntryState } from './quote-book.ts';
export { VpinBook, type VpinBookDefaults, type VpinBookSettings, type VpinConfiguration, type VpinEntry, type VpinEntryState } from './vpin-book.ts';
export { vpinPatterns, type VpinPattern } from './vpin-patterns.ts';
export { VPIN_STREAM_DEFAULTS, VpinStream, type TradeOutcome, type VpinStreamParameters, type VpinStreamState } from './vpin-stream.ts';
export { normaliseByTimeOfDay, type NormalisedVpin, type UsualVpin } from './vpin-time-of-day.ts';
