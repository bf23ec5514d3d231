// One door per subject folder; each names what is public there.
export * from './indicators/index.ts';
export * from './microstructure/index.ts';
export * from './volatility/index.ts';
export * from './performance/index.ts';
export * from './risk/index.ts';
export * from './linear-algebra/index.ts';
export * from './portfolio/index.ts';
export * from './factors/index.ts';
export { type PriceChangeDistribution } from './statistics/price-change-distribution.ts';
export { FUNDAMENTAL_NAMES, fundamentalRatios, readStatement, type Figure, type FundamentalName, type Statement } from './fundamentals/fundamentals.ts';
export { type Fact } from './fundamentals/trailing-year.ts';
export * from './backtest/index.ts';
export * from './calendar/index.ts';
export * from './random/index.ts';
export * from './margin/index.ts';
export * from './options/index.ts';
export { type LeastSquares, leastSquares } from './statistics/least-squares.ts';
export { type QuantileType, sampleQuantile } from './statistics/quantile-types.ts';
