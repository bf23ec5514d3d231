export { Kama, kama, Vidya, vidya } from './adaptive-averages.ts';
export { Aroon, aroon, type AroonValue } from './aroon.ts';
export { Atr, atr, Natr, natr, TrueRange, trueRange } from './atr.ts';
export {
  AbsolutePriceOscillator,
  absolutePriceOscillator,
  AwesomeOscillator,
  awesomeOscillator,
  DetrendedPrice,
  detrendedPrice,
  type OscillatorAverage,
  PercentagePriceOscillator,
  percentagePriceOscillator,
} from './average-oscillators.ts';
export { BAR_SHAPES, type BarShapeName, BarShapes, barShapes } from './bar-shapes.ts';
export { BollingerBands, bollingerBands, type BollingerValue } from './bollinger-bands.ts';
export { CANDLE_PATTERNS, CandlePattern, candlePattern, type CandlePatternName } from './candle-patterns.ts';
export { Cci, cci } from './cci.ts';
export {
  BollingerPosition,
  bollingerPosition,
  type BollingerPositionValue,
  Keltner,
  keltner,
  type KeltnerValue,
  SuperTrend,
  superTrend,
  type SuperTrendValue,
} from './channels.ts';
export {
  Adx,
  adx,
  Adxr,
  adxr,
  DirectionalIndex,
  directionalIndex,
  type DirectionalIndexValue,
  DirectionalMovement,
  directionalMovement,
  type DirectionalMovementValue,
} from './directional-movement.ts';
export {
  ChangeVolatility,
  changeVolatility,
  MeanDeviation,
  meanDeviation,
  WindowDeviation,
  windowDeviation,
  WindowStandardError,
  windowStandardError,
  WindowVariance,
  windowVariance,
} from './dispersion.ts';
export { Elementwise, elementwise, type ElementwiseName, Pairwise, pairwise, type PairwiseName } from './elementwise.ts';
export {
  CyclePhase,
  cyclePhase,
  type CyclePhaseValue,
  CyclePhasor,
  cyclePhasor,
  type CyclePhasorValue,
  CycleTrendline,
  cycleTrendline,
  DominantCyclePeriod,
  dominantCyclePeriod,
  Mama,
  mama,
  type MamaValue,
} from './hilbert.ts';
export {
  type BarColumns,
  type Indicator,
  type IndicatorConvention,
  type IndicatorSeries,
  type NamedSeries,
  type OhlcBar,
  type OhlcColumns,
  type PriceBar,
  type ValuePair,
} from './indicator.ts';
export { KalmanTrend, type KalmanTrendValue } from './kalman-trend.ts';
export { Crossing, crossing, DecayingLevel, decayingLevel, WindowSum, windowSum } from './levels.ts';
export { ForecastOscillator, forecastOscillator, LinearRegression, linearRegression, type RegressionLine } from './linear-regression.ts';
export { Macd, macd, type MacdValue } from './macd.ts';
export { type MesaSineValue, MesaSineWave, mesaSineWave } from './mesa-sine-wave.ts';
export {
  Donchian,
  donchian,
  type DonchianValue,
  Highest,
  highest,
  Ichimoku,
  ichimoku,
  type IchimokuValue,
  Lowest,
  lowest,
  MidPoint,
  midPoint,
  MidPrice,
  midPrice,
} from './midpoints.ts';
export { ChangeRatio, changeRatio, LaggedValue, laggedValue, Momentum, momentum, RateOfChange, rateOfChange, RelativeChange, relativeChange } from './momentum.ts';
export { Ema, ema, type SeededAverageState, Sma, sma, WilderAverage, wilderAverage } from './moving-averages.ts';
export { Dema, dema, T3, t3, Tema, tema, Trix, trix } from './nested-averages.ts';
export { PairBeta, pairBeta, PairCorrelation, pairCorrelation, type RollingProductsState } from './pair-statistics.ts';
export { ParabolicSar, parabolicSar, TrailingSar, type TrailingStopValue } from './parabolic-sar.ts';
export {
  FastStochastic,
  fastStochastic,
  type PriceRangeState,
  Stochastic,
  stochastic,
  type StochasticState,
  type StochasticValue,
  WilliamsR,
  williamsR,
} from './price-position.ts';
export {
  AveragePrice,
  averagePrice,
  BalanceOfPower,
  balanceOfPower,
  MedianPrice,
  medianPrice,
  Qstick,
  qstick,
  TypicalPrice,
  typicalPrice,
  WeightedClose,
  weightedClose,
} from './price-transforms.ts';
export {
  EaseOfMovement,
  easeOfMovement,
  KlingerOscillator,
  klingerOscillator,
  MarketFacilitation,
  marketFacilitation,
  NegativeVolumeIndex,
  negativeVolumeIndex,
  PositiveVolumeIndex,
  positiveVolumeIndex,
  WilliamsAccumulation,
  williamsAccumulation,
} from './price-volume.ts';
export {
  ChaikinVolatility,
  chaikinVolatility,
  FisherTransform,
  fisherTransform,
  type FisherValue,
  MassIndex,
  massIndex,
  RelativeStrengthPlace,
  relativeStrengthPlace,
  VerticalHorizontalFilter,
  verticalHorizontalFilter,
} from './range-oscillators.ts';
export { Cmo, cmo, Rsi, rsi, type RsiState, StochasticRsi, stochasticRsi } from './rsi.ts';
export { TrendMode, trendMode } from './trend-mode.ts';
export { UltimateOscillator, ultimateOscillator } from './ultimate-oscillator.ts';
export { ChaikinOscillator, chaikinOscillator, MoneyFlowIndex, moneyFlowIndex, OnBalanceVolume, onBalanceVolume } from './volume-accumulation.ts';
export { AccumulationDistribution, accumulationDistribution, type SessionBar, Vwap, vwap, type VwapState } from './volume-flow.ts';
export { VolumeProfile, type VolumeProfileValue } from './volume-profile.ts';
export { Hma, hma, Trima, trima, Vwma, vwma, Wma, wma, ZeroLagEma, zeroLagEma } from './weighted-averages.ts';
export {
  closeVolatility,
  GapGarmanKlassVolatility,
  gapGarmanKlassVolatility,
  GarmanKlassVolatility,
  garmanKlassVolatility,
  ParkinsonVolatility,
  parkinsonVolatility,
  RogersSatchellVolatility,
  rogersSatchellVolatility,
  YangZhangVolatility,
  yangZhangVolatility,
} from '../volatility/range-estimators.ts';
