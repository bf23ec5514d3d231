import { InvalidInputError } from '@nautilus/model';
import { sampleQuantile } from './quantile-types.ts';

/** How far a sample lies from a reference sample of the same quantity. */
export interface DistributionDrift {
  /**
   * Population stability index Σ (p − q)·ln(p/q) over classes that hold equal shares of the reference (Siddiqi 2006). Half an
   * observation is added to each class, so that an empty one does not make it infinite.
   */
  readonly stabilityIndex: number;
  /** Largest distance between the two empirical distributions (Smirnov 1948), 0 to 1. */
  readonly distance: number;
  /** Of that distance if both were independent draws of one distribution; asymptotic, with the correction of Stephens (1970). Too small for series that remember. */
  readonly pValue: number;
  /** Difference of the means in deviations of the reference; undefined when that does not vary. */
  readonly meanShift: number | undefined;
  /** Deviation of the sample over that of the reference; undefined when the reference does not vary. */
  readonly deviationRatio: number | undefined;
}

const FEWEST = 2;

/** @throws InvalidInputError for fewer than two observations on a side, a missing one, or fewer than two classes */
export function distributionDrift(reference: ArrayLike<number>, sample: ArrayLike<number>, classes = 10): DistributionDrift {
  if (!Number.isInteger(classes) || classes < 2) throw new InvalidInputError([{ path: 'classes', message: 'must be a whole number of at least 2' }]);
  const [before, after] = [sorted(reference, 'reference'), sorted(sample, 'sample')];
  const [was, is] = [momentsOf(before), momentsOf(after)];
  const distance = largestDistance(before, after);
  // Rounding leaves a constant series a deviation of a few units in the last place.
  const varies = was.deviation > 1e-12 * Math.abs(was.mean);
  return {
    stabilityIndex: stabilityIndex(before, after, classes), distance, pValue: pValueOf(distance, before.length, after.length),
    meanShift: varies ? (is.mean - was.mean) / was.deviation : undefined, deviationRatio: varies ? is.deviation / was.deviation : undefined,
  };
}

function sorted(values: ArrayLike<number>, path: string): Float64Array {
  const copy = Float64Array.from(values).sort();
  if (copy.length < FEWEST) throw new InvalidInputError([{ path, message: `needs at least ${FEWEST} observations` }]);
  if (copy.some((value) => !Number.isFinite(value))) throw new InvalidInputError([{ path, message: 'an observation is missing' }]);
  return copy;
}

function momentsOf(values: Float64Array): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1)) };
}

function stabilityIndex(reference: Float64Array, sample: Float64Array, classes: number): number {
  const edges = [...new Set(Array.from({ length: classes - 1 }, (_, i) => sampleQuantile(reference, (i + 1) / classes, 1)))];
  const shares = (values: Float64Array): number[] => {
    const counts = new Array<number>(edges.length + 1).fill(0.5);
    for (const value of values) {
      const place = edges.findIndex((edge) => value <= edge);
      const at = place === -1 ? edges.length : place;
      counts[at] = (counts[at] ?? 0) + 1;
    }
    const total = values.length + counts.length / 2;
    return counts.map((count) => count / total);
  };
  const was = shares(reference);
  return shares(sample).reduce((sum, p, i) => sum + (p - (was[i] ?? 0)) * Math.log(p / (was[i] ?? 0)), 0);
}

function largestDistance(a: Float64Array, b: Float64Array): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? 0, b[j] ?? 0);
    while (i < a.length && (a[i] ?? 0) <= value) i += 1;
    while (j < b.length && (b[j] ?? 0) <= value) j += 1;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

function pValueOf(distance: number, n: number, m: number): number {
  const root = Math.sqrt((n * m) / (n + m));
  const scaled = (root + 0.12 + 0.11 / root) * distance;
  // Below this the sum converges slowly, and the probability is 1 to 15 digits.
  if (scaled < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * scaled) ** 2);
  return Math.min(1, Math.max(0, sum));
}
