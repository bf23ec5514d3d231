import { InvalidInputError } from '@nautilus/model';
import { sortedQuantile } from '../expression/window-order.ts';

/*
 * Helpers on the values of one date, NaN where missing; missing stays missing. Conventions of the published toraniko
 * package (github.com/0xfdf/toraniko, MIT), stated anew in each docstring.
 */

function presentSorted(values: Float64Array): Float64Array {
  const present = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isNaN(value)) present[count++] = value;
  }
  return present.subarray(0, count).sort();
}

/**
 * Clips to the p and 1 − p quantiles, linear interpolation. p above one half is taken as 1 − p.
 * @throws InvalidInputError for p outside 0…1
 */
export function winsorised(values: Float64Array, p: number): Float64Array {
  if (!(p >= 0 && p <= 1)) throw new InvalidInputError([{ path: 'percentile', message: 'must be from 0 to 1' }]);
  const share = Math.min(p, 1 - p);
  const sorted = presentSorted(values);
  const low = sortedQuantile(sorted, sorted.length, share);
  const high = sortedQuantile(sorted, sorted.length, 1 - share);
  return values.map((value) => (value < low ? low : value > high ? high : value));
}

/** x − mean. */
export function centred(values: Float64Array): Float64Array {
  const mean = presentMean(values);
  return values.map((value) => value - mean);
}

/** (x − mean)/standard deviation, ÷(n−1). All missing for fewer than two values or without spread. */
export function standardised(values: Float64Array): Float64Array {
  const deviations = centred(values);
  let [squares, count] = [0, 0];
  let [first, varies] = [NaN, false];
  for (let i = 0; i < values.length; i++) {
    const deviation = deviations[i] ?? NaN;
    if (Number.isNaN(deviation)) continue;
    // A mean of equal values can differ from them in the last digit; so flatness is asked of the values.
    if (count === 0) first = values[i] ?? NaN;
    else if (values[i] !== first) varies = true;
    squares += deviation * deviation;
    count += 1;
  }
  const deviation = varies ? Math.sqrt(squares / (count - 1)) : NaN;
  for (let i = 0; i < deviations.length; i++) deviations[i] = (deviations[i] ?? NaN) / deviation;
  return deviations;
}

/** lower + (upper − lower)(x − min)/(max − min); values without spread give `lower`. */
export function rescaled(values: Float64Array, lower: number, upper: number): Float64Array {
  const sorted = presentSorted(values);
  const least = sorted[0] ?? NaN;
  const span = (sorted.at(-1) ?? NaN) - least;
  return values.map((value) => (Number.isNaN(value) ? NaN : span > 0 ? lower + ((upper - lower) * (value - least)) / span : lower));
}

/**
 * Keeps values at or below the `low` quantile and at or above the `high` one, the others become 0. Quantiles are the
 * nearest value: place ⌊p(n−1) + ½⌋ in ascending order.
 * @throws InvalidInputError unless 0 ≤ low ≤ high ≤ 1
 */
export function tailsOnly(values: Float64Array, low: number, high: number): Float64Array {
  if (!(low >= 0 && low <= high && high <= 1)) throw new InvalidInputError([{ path: 'percentiles', message: 'must hold 0 <= low <= high <= 1' }]);
  const sorted = presentSorted(values);
  const nearest = (p: number): number => sorted[Math.floor(p * (sorted.length - 1) + 0.5)] ?? NaN;
  const [below, above] = [nearest(low), nearest(high)];
  return values.map((value) => (Number.isNaN(value) || value <= below || value >= above ? value : 0));
}

/**
 * 2^{−(W−1−i)/h}, i = 0…W−1: the last is 1, those `halfLife` before it one half.
 * @throws InvalidInputError unless both are whole numbers of at least 1
 */
export function halfLifeWeights(window: number, halfLife: number): Float64Array {
  const wrong = Object.entries({ window, halfLife }).filter(([, value]) => !Number.isInteger(value) || value < 1);
  if (wrong.length > 0) throw new InvalidInputError(wrong.map(([path]) => ({ path, message: 'must be a whole number of at least 1' })));
  return Float64Array.from({ length: window }, (_, i) => 2 ** (-(window - 1 - i) / halfLife));
}

function presentMean(values: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return sum / count;
}
