import { InvalidInputError } from '@nautilus/model';

export interface MarketRegression {
  readonly slope: Float64Array;
  /** Standard deviation of the residuals, ÷(n−2). */
  readonly residualDeviation: Float64Array;
}

/**
 * Least squares of y on x with intercept over every full window of n pairs; missing (NaN) where a value in the window is
 * missing or x does not vary there. @throws InvalidInputError for unequal lengths or a window below 3.
 */
export function rollingRegression(y: Float64Array, x: Float64Array, n: number): MarketRegression {
  if (x.length !== y.length) throw new InvalidInputError([{ path: 'x', message: `has ${x.length} values where y has ${y.length}` }]);
  if (!Number.isInteger(n) || n < 3) throw new InvalidInputError([{ path: 'window', message: 'must be a whole number of at least 3' }]);
  const slope = new Float64Array(y.length).fill(NaN);
  const residualDeviation = new Float64Array(y.length).fill(NaN);
  for (let t = n - 1; t < y.length; t++) {
    const line = regressionOf(y, x, t - n + 1, n);
    slope[t] = line.slope;
    residualDeviation[t] = line.residualDeviation;
  }
  return { slope, residualDeviation };
}

/** The regression over the n pairs that begin at `from`, as in `rollingRegression`. */
export function regressionOf(y: Float64Array, x: Float64Array, from: number, n: number): { readonly slope: number; readonly residualDeviation: number } {
  const [anchorX, anchorY] = [x[from] ?? NaN, y[from] ?? NaN];
  let [sumX, sumY, xx, xy, yy] = [0, 0, 0, 0, 0];
  for (let k = from; k < from + n; k++) {
    const a = (x[k] ?? NaN) - anchorX;
    const b = (y[k] ?? NaN) - anchorY;
    sumX += a;
    sumY += b;
    xx += a * a;
    xy += a * b;
    yy += b * b;
  }
  xx -= (sumX * sumX) / n;
  xy -= (sumX * sumY) / n;
  yy -= (sumY * sumY) / n;
  if (!(xx > 0)) return { slope: NaN, residualDeviation: NaN };
  return { slope: xy / xx, residualDeviation: Math.sqrt(Math.max(0, yy - (xy * xy) / xx) / (n - 2)) };
}

/** C/C₋₁ − 1; the first is missing. */
export function simpleReturns(close: Float64Array): Float64Array {
  return close.map((value, t) => (t === 0 ? NaN : value / (close[t - 1] ?? NaN) - 1));
}

/** ln(x/x₋₁); missing where one of them is not positive. */
export function logChanges(values: Float64Array): Float64Array {
  return values.map((value, t) => (t > 0 && value > 0 && (values[t - 1] ?? NaN) > 0 ? Math.log(value / (values[t - 1] ?? NaN)) : NaN));
}
