import { InvalidInputError } from '@nautilus/model';
import { cumulative, type PriceChangeDistribution } from '../statistics/price-change-distribution.ts';
import { aggregateBars, type VpinBars } from './vpin-bars.ts';
import { fillBuckets, type VpinBuckets } from './vpin-buckets.ts';
import { summariseDays, type VpinDay } from './vpin-days.ts';

/**
 * VPIN over a finished set of trades (Easley, López de Prado, O'Hara 2011, 2012; Abad & Yagüe 2012), step by step as
 * the published implementation in the R package PINstimation computes it, and equal to it.
 */
export interface VpinBatchParameters {
  /** Length of a time bar T in seconds. */
  readonly barSeconds: number;
  /** Buckets B that a mean day fills; the bucket volume is (total volume / days) / B. */
  readonly bucketsPerDay: number;
  /** Buckets n that a VPIN value averages over. */
  readonly sampleLength: number;
  /** Hours h of trading a day, 24 for no correction of durations. */
  readonly tradingHours: number;
  /** Price change of a bar: last − first inside it, or its close minus the close of the bar before (2012 paper). */
  readonly priceChange: 'intrabar' | 'close_to_close';
  readonly distribution: PriceChangeDistribution;
}

export const VPIN_BATCH_DEFAULTS: VpinBatchParameters = {
  barSeconds: 60,
  bucketsPerDay: 50,
  sampleLength: 50,
  tradingHours: 24,
  priceChange: 'intrabar',
  distribution: 'normal',
};

/** Trades as columns of equal length; times in milliseconds since the epoch, UTC, in any order. */
export interface TradeSeries {
  readonly timesMs: Float64Array;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
}

export interface VpinBatchResult {
  readonly parameters: VpinBatchParameters;
  readonly trades: number;
  readonly days: number;
  readonly bars: number;
  /** V, a real number. */
  readonly bucketVolume: number;
  /** Standard deviation (n − 1) of the bars' price changes, empty bars included. */
  readonly sigma: number;
  readonly buckets: VpinBuckets;
  readonly daily: readonly VpinDay[];
}

/**
 * Throws InvalidInputError for columns of unequal length, no trades, non-finite or non-positive prices, negative
 * sizes, no volume at all, or parameters out of range. With sigma 0 every bar counts as half bought.
 */
export function vpinBatch(trades: TradeSeries, parameters: Partial<VpinBatchParameters> = {}): VpinBatchResult {
  const p = { ...VPIN_BATCH_DEFAULTS, ...parameters };
  checkParameters(p);
  checkTrades(trades);
  const bars = aggregateBars(inOrder(trades), p.barSeconds, p.priceChange);
  if (!(bars.totalVolume > 0)) throw new InvalidInputError([{ path: 'trades', message: 'no volume' }]);
  const bucketVolume = bars.totalVolume / bars.days / p.bucketsPerDay;
  const sigma = deviation(bars);
  const buckets = fillBuckets(bars, { bucketVolume, sigma, cdf: cumulative(p.distribution), ...p });
  return {
    parameters: p,
    trades: trades.timesMs.length,
    days: bars.days,
    bars: bars.volume.length,
    bucketVolume,
    sigma,
    buckets,
    daily: summariseDays(buckets),
  };
}

function checkParameters(p: VpinBatchParameters): void {
  const problems = [
    ...(p.barSeconds > 0 && p.barSeconds <= 86_400 ? [] : [{ path: 'barSeconds', message: 'must be in (0, 86400]' }]),
    ...(Number.isInteger(p.bucketsPerDay) && p.bucketsPerDay >= 1 ? [] : [{ path: 'bucketsPerDay', message: 'must be a whole number of at least 1' }]),
    ...(Number.isInteger(p.sampleLength) && p.sampleLength >= 1 ? [] : [{ path: 'sampleLength', message: 'must be a whole number of at least 1' }]),
    ...(p.tradingHours > 0 && p.tradingHours <= 24 ? [] : [{ path: 'tradingHours', message: 'must be in (0, 24]' }]),
  ];
  if (problems.length > 0) throw new InvalidInputError(problems);
}

function checkTrades({ timesMs, prices, sizes }: TradeSeries): void {
  const fail = (path: string, message: string): never => {
    throw new InvalidInputError([{ path, message }]);
  };
  if (timesMs.length !== prices.length || prices.length !== sizes.length) fail('trades', 'columns differ in length');
  if (timesMs.length === 0) fail('trades', 'no trades');
  for (let i = 0; i < timesMs.length; i++) {
    if (!Number.isFinite(timesMs[i])) fail(`trades.${i}.time`, 'not a time');
    if (!((prices[i] ?? NaN) > 0 && (prices[i] ?? NaN) < Infinity)) fail(`trades.${i}.price`, 'must be positive and finite');
    if (!((sizes[i] ?? NaN) >= 0 && (sizes[i] ?? NaN) < Infinity)) fail(`trades.${i}.size`, 'must be finite and not negative');
  }
}

/** Sorted by time, stable; the input itself when it is sorted already. */
function inOrder(trades: TradeSeries): TradeSeries {
  const { timesMs } = trades;
  let sorted = true;
  for (let i = 1; i < timesMs.length && sorted; i++) sorted = (timesMs[i] ?? 0) >= (timesMs[i - 1] ?? 0);
  if (sorted) return trades;
  const order = Array.from(timesMs.keys()).sort((a, b) => (timesMs[a] ?? 0) - (timesMs[b] ?? 0) || a - b);
  const pick = (column: Float64Array): Float64Array => Float64Array.from(order, (i) => column[i] ?? 0);
  return { timesMs: pick(timesMs), prices: pick(trades.prices), sizes: pick(trades.sizes) };
}

function deviation(bars: VpinBars): number {
  const changes = bars.priceChange;
  if (changes.length < 2) return 0;
  let mean = 0;
  for (const change of changes) mean += change;
  mean /= changes.length;
  let squares = 0;
  for (const change of changes) squares += (change - mean) ** 2;
  return Math.sqrt(squares / (changes.length - 1));
}
