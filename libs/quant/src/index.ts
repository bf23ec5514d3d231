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
