import { InvalidInputError } from '@nautilus/model';

/** Value at risk and expected shortfall as signed returns of one period (or of the stated horizon): a loss is negative. */
export interface TailRisk {
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
}

const FEWEST_RETURNS = 20;

/** Mean and population moments of a sample. */
export interface SampleShape {
  readonly mean: number;
  /** ÷n. */
  readonly deviation: number;
  /** m₃/σ³. */
  readonly skewness: number;
  /** m₄/σ⁴ − 3. */
  readonly excessKurtosis: number;
}

/** Gives the returns back. @throws InvalidInputError below `fewest` returns and for one that is not finite. */
export function checkedTailSample(returns: Float64Array, fewest = FEWEST_RETURNS): Float64Array {
  if (returns.length < fewest) throw new InvalidInputError([{ path: 'returns', message: `${returns.length} returns; at least ${fewest} are needed` }]);
  for (let i = 0; i < returns.length; i++) {
    if (!Number.isFinite(returns[i])) throw new InvalidInputError([{ path: `returns.${i}`, message: 'must be finite' }]);
  }
  return returns;
}

/** @throws InvalidInputError as `checkedTailSample`, and for a constant series. */
export function sampleShape(returns: Float64Array): SampleShape {
  checkedTailSample(returns);
  const n = returns.length;
  let sum = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    sum += returns[i] ?? 0;
    largest = Math.max(largest, Math.abs(returns[i] ?? 0));
  }
  const mean = sum / n;
  let [second, third, fourth] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const d = (returns[i] ?? 0) - mean;
    const square = d * d;
    second += square;
    third += square * d;
    fourth += square * square;
  }
  const variance = second / n;
  const deviation = Math.sqrt(variance);
  // A mean of equal values is off by rounding, which leaves a variance that is not quite zero.
  if (!(deviation > 1e-14 * largest)) throw new InvalidInputError([{ path: 'returns', message: 'the series does not vary' }]);
  return { mean, deviation, skewness: third / n / (variance * deviation), excessKurtosis: fourth / n / (variance * variance) - 3 };
}

/** Quantile of sorted values at position (n − 1)p, linear in between (type 7 of Hyndman & Fan 1996). */
export function typeSevenQuantile(sorted: Float64Array, p: number): number {
  const position = (sorted.length - 1) * p;
  const low = Math.floor(position);
  const below = sorted[low] ?? NaN;
  return below + (position - low) * ((sorted[low + 1] ?? below) - below);
}

/**
 * Type 7 quantile at `tail` and the mean of what lies strictly below it, as PerformanceAnalytics has it: values equal to
 * the quantile are left out. Where nothing lies below, the shortfall is the quantile. The smallest `sorted` values come
 * first and in order; the rest needs no order.
 */
export function tailOf(values: Float64Array, tail: number, sorted = 0): TailRisk {
  const position = (values.length - 1) * tail;
  sortSmallest(values, Math.max(sorted, Math.floor(position) + 2));
  const low = Math.floor(position);
  const below = values[low] ?? NaN;
  const valueAtRisk = below + (position - low) * ((values[low + 1] ?? below) - below);
  let sum = 0;
  let count = 0;
  while (count <= low && (values[count] ?? Infinity) < valueAtRisk) {
    sum += values[count] ?? 0;
    count += 1;
  }
  return { valueAtRisk, expectedShortfall: count === 0 ? valueAtRisk : Math.min(valueAtRisk, sum / count) };
}

/** Brings the `count` smallest values to the front, in order (Hoare 1961); the order of the others changes too. */
export function sortSmallest(values: Float64Array, count: number): void {
  const last = Math.min(count, values.length) - 1;
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const [a, b, c] = [values[left] ?? 0, values[(left + right) >> 1] ?? 0, values[right] ?? 0];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let [i, j] = [left, right];
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i += 1;
      while ((values[j] ?? 0) > pivot) j -= 1;
      if (i <= j) {
        const swapped = values[i] ?? 0;
        values[i] = values[j] ?? 0;
        values[j] = swapped;
        i += 1;
        j -= 1;
      }
    }
    if (last <= j) right = j;
    else if (last >= i) left = i;
    else break;
  }
  values.subarray(0, last + 1).sort();
}
