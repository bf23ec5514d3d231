import { absent, type Figure } from './figures.ts';
import { checkPair, checkReturns, pairedOn, presentOf, type RatePerPeriod, type Returns } from './return-series.ts';

/** Count, mean and sums of powers of the deviations from it, without missing values. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
  /** Whether the values differ by more than what rounding of equal values leaves. */
  readonly varies: boolean;
}

/**
 * Two passes; the second corrects the rounding of the first (Chan, Golub, LeVeque 1983).
 * @param scaleOf for differences: the largest of what was subtracted, of which rounding leaves a share
 */
export function momentsOf(values: Returns, scaleOf?: () => number): Moments {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? NaN;
  if (sum !== sum) {
    const present = presentOf(values);
    return present.length < values.length ? momentsOf(present, scaleOf) : { count: 0, mean: 0, squares: 0, varies: false };
  }
  const count = values.length;
  if (count === 0) return { count, mean: 0, squares: 0, varies: false };
  const mean = sum / count;
  let [squares, rest] = [0, 0];
  for (let i = 0; i < count; i++) {
    const deviation = (values[i] ?? NaN) - mean;
    squares += deviation * deviation;
    rest += deviation;
  }
  const corrected = Math.max(0, squares - (rest * rest) / count);
  const clearly = corrected > CLEARLY * CLEARLY * count * Math.max(1, mean * mean);
  return { count, mean: mean + rest / count, squares: corrected, varies: clearly || spreads(values, scaleOf?.() ?? 0) };
}

/** A deviation beyond this share of the mean, and of 1, is no rounding; below it the values are looked at one by one. */
const CLEARLY = 1e-9;

/** Whether the values differ by more than what rounding of equal values leaves. */
function spreads(values: Returns, scale: number): boolean {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const x = values[i] ?? NaN;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return high - low > 8 * Number.EPSILON * Math.max(high, -low, scale);
}

/** The largest size in returns and in the rate that is taken from them, for `momentsOf` of their difference. */
export const scaleOfExcess = (returns: Returns, rate: RatePerPeriod) => (): number => Math.max(largestOf(returns), typeof rate === 'number' ? Math.abs(rate) : largestOf(rate));

function largestOf(values: Returns): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? NaN);
    if (size > largest) largest = size;
  }
  return largest;
}

/** Standard deviation ÷ (n − 1). Equal values give 0, fewer than two a reason. */
export function sampleDeviation(values: Returns, scaleOf?: () => number): Figure {
  const { count, squares, varies } = momentsOf(values, scaleOf);
  return count < 2 ? absent('insufficient_history') : varies ? Math.sqrt(squares / (count - 1)) : 0;
}

/** Mean over standard deviation ÷ (n − 1), per period. Equal values give `constant_series`. */
export function meanOverDeviation(values: Returns, scaleOf?: () => number): Figure {
  const { count, mean, squares, varies } = momentsOf(values, scaleOf);
  if (count < 2) return absent('insufficient_history');
  return varies ? mean / Math.sqrt(squares / (count - 1)) : absent('constant_series');
}

export interface ShapeOfReturns {
  /** m₃/m₂^1.5 with population moments. */
  readonly skewness: Figure;
  /** m₄/m₂² − 3 with population moments. */
  readonly excessKurtosis: Figure;
  /** Fisher-Pearson coefficient adjusted for bias, √(n(n−1))/(n−2) times the population skewness; n ≥ 3. */
  readonly unbiasedSkewness: Figure;
  /** (n−1)/((n−2)(n−3))·((n+1)K + 6) with the population excess kurtosis K; n ≥ 4. */
  readonly unbiasedExcessKurtosis: Figure;
  /** n/6·(S² + K²/4), population moments (Jarque, Bera 1987). */
  readonly jarqueBera: Figure;
}

/** Third and fourth moments (Joanes, Gill 1998 name the four estimators g₁, g₂, G₁ and G₂). Needs two values that differ. */
export function shapeOfReturns(returns: Returns): ShapeOfReturns {
  checkReturns(returns);
  const { count: n, mean, squares, varies } = momentsOf(returns);
  if (n < 2 || !varies) {
    const none = absent(n < 2 ? 'insufficient_history' : 'constant_series');
    return { skewness: none, excessKurtosis: none, unbiasedSkewness: none, unbiasedExcessKurtosis: none, jarqueBera: none };
  }
  const deviation = Math.sqrt(squares / n);
  let [cubes, fourths] = [0, 0];
  for (let i = 0; i < returns.length; i++) {
    const z = ((returns[i] ?? NaN) - mean) / deviation;
    if (z !== z) continue;
    const square = z * z;
    cubes += square * z;
    fourths += square * square;
  }
  const [skewness, excess] = [cubes / n, fourths / n - 3];
  return {
    skewness,
    excessKurtosis: excess,
    unbiasedSkewness: n < 3 ? absent('insufficient_history') : (Math.sqrt(n * (n - 1)) / (n - 2)) * skewness,
    unbiasedExcessKurtosis: n < 4 ? absent('insufficient_history') : ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * excess + 6),
    jarqueBera: (n / 6) * (skewness * skewness + (excess * excess) / 4),
  };
}

export interface CoMoments {
  readonly count: number;
  readonly mean: number;
  readonly benchmarkMean: number;
  /** Covariance over variance of the benchmark. */
  readonly beta: Figure;
  readonly correlation: Figure;
}

/** On the dates on which both have a value. Fewer than two, or a constant benchmark, give a reason instead of beta. */
export function coMoments(returns: Returns, benchmark: Returns): CoMoments {
  checkPair(returns, benchmark);
  const pair = pairedOn(returns, benchmark);
  const [own, other] = [momentsOf(pair.returns), momentsOf(pair.benchmark)];
  let products = 0;
  for (let i = 0; i < own.count; i++) products += ((pair.returns[i] ?? 0) - own.mean) * ((pair.benchmark[i] ?? 0) - other.mean);
  const short = own.count < 2 ? absent('insufficient_history') : undefined;
  return {
    count: own.count,
    mean: own.mean,
    benchmarkMean: other.mean,
    beta: short ?? (other.varies ? products / other.squares : absent('constant_series')),
    correlation: short ?? (other.varies && own.varies ? Math.max(-1, Math.min(1, products / Math.sqrt(own.squares * other.squares))) : absent('constant_series')),
  };
}

/** Quantile at `share` of sorted values by linear interpolation at position (n − 1)·share (type 7 of Hyndman, Fan 1996). */
export function sortedQuantile(sorted: Float64Array, share: number): Figure {
  if (sorted.length === 0) return absent('no_data');
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const [low, high] = [sorted[below] ?? 0, sorted[Math.min(below + 1, sorted.length - 1)] ?? 0];
  return low + (high - low) * (place - below);
}

/** Copy of the present values in ascending order. */
export const sortedPresent = (returns: Returns): Float64Array => presentOf(returns).slice().sort();
