import { overWindows } from './return-shape.ts';

/**
 * Amihud 2002: 10⁶ times the mean of |r|/(C·V) over n bars. Bars without return or volume are left out; missing for fewer
 * than `least` of them.
 */
export function amihudIlliquidity(returns: Float64Array, close: Float64Array, volume: Float64Array, n: number, least: number): Float64Array {
  const ratios = returns.map((value, t) => Math.abs(value) / ((close[t] ?? NaN) * (volume[t] ?? NaN)));
  return ratios.map((_, t) => {
    // The first bar has no return, so the first window of n returns ends at n.
    if (t < n) return NaN;
    let [sum, count] = [0, 0];
    for (let k = t + 1 - n; k <= t; k++) {
      const ratio = ratios[k] ?? NaN;
      if (!Number.isFinite(ratio)) continue;
      sum += ratio;
      count += 1;
    }
    return count < least ? NaN : (1e6 * sum) / count;
  });
}

const ROOTS = 3 - 2 * Math.SQRT2;

/**
 * Corwin and Schultz 2012, equations 14 and 18: spread of two bars from their ranges, S = 2(e^α − 1)/(1 + e^α), negative
 * ones 0; a range that the earlier close lies outside of is moved to it, as their section on overnight moves does.
 */
export function corwinSchultzSpread(before: { readonly high: number; readonly low: number; readonly close: number }, bar: { readonly high: number; readonly low: number }): number {
  const shift = before.close > bar.high ? before.close - bar.high : before.close < bar.low ? before.close - bar.low : 0;
  const [high, low] = [bar.high + shift, bar.low + shift];
  const beta = Math.log(before.high / before.low) ** 2 + Math.log(high / low) ** 2;
  const gamma = Math.log(Math.max(before.high, high) / Math.min(before.low, low)) ** 2;
  const alpha = (Math.sqrt(2 * beta) - Math.sqrt(beta)) / ROOTS - Math.sqrt(gamma / ROOTS);
  return Math.max(0, (2 * (Math.exp(alpha) - 1)) / (1 + Math.exp(alpha)));
}

/** Mean of the last n spreads of two bars. */
export function rollingCorwinSchultz(high: Float64Array, low: Float64Array, close: Float64Array, n: number): Float64Array {
  const spreads = high.map((_, t) =>
    t === 0 ? NaN : corwinSchultzSpread({ high: high[t - 1] ?? NaN, low: low[t - 1] ?? NaN, close: close[t - 1] ?? NaN }, { high: high[t] ?? NaN, low: low[t] ?? NaN }),
  );
  return overWindows(spreads, n, (window) => window.reduce((sum, value) => sum + value, 0) / n);
}
