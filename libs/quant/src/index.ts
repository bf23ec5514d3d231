export * from './microstructure/vpin-batch.ts';
export { type VpinBuckets } from './microstructure/vpin-buckets.ts';
export { type VpinDay } from './microstructure/vpin-days.ts';
export * from './microstructure/toxicity-level.ts';
export { type PriceChangeDistribution } from './statistics/price-change-distribution.ts';
export {
  VPIN_STREAM_DEFAULTS,
  VpinStream,
  type TradeOutcome,
  type VpinReading,
  type VpinStreamParameters,
  type VpinStreamState,
} from './microstructure/vpin-stream.ts';
export { toxicityAlert, type AlertSeverity } from './microstructure/toxicity-alert.ts';
export { Atr, atr } from './indicators/atr.ts';
export { BollingerBands, bollingerBands, type BollingerValue } from './indicators/bollinger-bands.ts';
export { type BarColumns, type Indicator, type IndicatorSeries, type PriceBar } from './indicators/indicator.ts';
export { Macd, macd, type MacdValue } from './indicators/macd.ts';
export { Momentum, RateOfChange, momentum, rateOfChange } from './indicators/momentum.ts';
export { Ema, Sma, ema, sma } from './indicators/moving-averages.ts';
export { Stochastic, WilliamsR, stochastic, williamsR, type StochasticValue } from './indicators/price-position.ts';
export { Rsi, rsi } from './indicators/rsi.ts';
export { AccumulationDistribution, Vwap, accumulationDistribution, vwap } from './indicators/volume-flow.ts';
export { VolumeProfile, type VolumeProfileValue } from './indicators/volume-profile.ts';
export { fitGarch, nextVariance, type GarchFit, type GarchParameters } from './volatility/garch.ts';
export { fitRegimes, nextTurbulence, smoothedTurbulence, type RegimeFit, type RegimeParameters } from './volatility/markov-regime.ts';
export { RealizedVolatility } from './volatility/realized-volatility.ts';
export { VolatilityClustering } from './volatility/volatility-clustering.ts';
export { FUNDAMENTAL_NAMES, fundamentalRatios, readStatement, type Figure, type FundamentalName, type Statement } from './fundamentals/fundamentals.ts';
export { type Fact } from './fundamentals/trailing-year.ts';
