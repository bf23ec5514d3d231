/** RiskMetrics' weight of yesterday, and how many returns the average needs. */
export const EWMA_LAMBDA = 0.94;
export const EWMA_LEAST = 20;

/**
 * √(N·σ²) with σ² = Σλ^k r²_{t−k}/Σλ^k over all returns so far (RiskMetrics 1996); the normalised weights need no starting
 * value. From the `least`-th return on; a missing return is passed over, and NaN where there is none.
 */
export function exponentialVolatility(returns: Float64Array, barsPerYear: number, lambda = EWMA_LAMBDA, least = EWMA_LEAST): Float64Array {
  let [sum, total, count] = [0, 0, 0];
  return returns.map((value) => {
    if (Number.isNaN(value)) return NaN;
    sum = lambda * sum + value * value;
    total = lambda * total + 1;
    count += 1;
    return count < least ? NaN : Math.sqrt((barsPerYear * sum) / total);
  });
}

/** m₃/m₂^1.5 of n values, moments about the mean ÷n; missing without spread and where the window has a gap. */
export function rollingSkewness(values: Float64Array, n: number): Float64Array {
  return overWindows(values, n, (window) => {
    const anchor = window[0] ?? NaN;
    let mean = 0;
    for (const value of window) mean += (value - anchor) / n;
    let [second, third] = [0, 0];
    for (const value of window) {
      const deviation = value - anchor - mean;
      second += (deviation * deviation) / n;
      third += deviation ** 3 / n;
    }
    return second > 0 ? third / second ** 1.5 : NaN;
  });
}

/** Deepest 1 − C/earlier peak within n closes; from 0 for a series that only rises. */
export function rollingDrawdown(close: Float64Array, n: number): Float64Array {
  return overWindows(close, n, (window) => {
    let [peak, deepest] = [-Infinity, 0];
    for (const value of window) {
      peak = Math.max(peak, value);
      deepest = Math.max(deepest, 1 - value / peak);
    }
    return deepest;
  });
}

/** A function of every full window of n values; NaN where one is missing. */
export function overWindows(values: Float64Array, n: number, of: (window: Float64Array) => number): Float64Array {
  let missingAt = -1;
  return values.map((value, t) => {
    if (Number.isNaN(value)) missingAt = t;
    return t + 1 < n || missingAt > t - n ? NaN : of(values.subarray(t + 1 - n, t + 1));
  });
}
