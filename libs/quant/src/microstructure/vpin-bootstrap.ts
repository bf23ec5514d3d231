import { InvalidInputError } from '@nautilus/model';
import { randomStreams } from '../random/seeded-random.ts';
import { sampleQuantile } from '../statistics/quantile-types.ts';

export interface VpinBandOptions {
  /** Buckets n that a VPIN value averages over. */
  readonly sampleLength: number;
  /** Volume of a bucket. */
  readonly bucketVolume: number;
  /** Coverage of the band, in (0, 1). */
  readonly level: number;
  readonly replications: number;
  /** Mean length of a resampled block in buckets; by default n^(1/3), the order that Politis & White (2004) find best. */
  readonly meanBlock?: number;
  /** Whole number of 32 bits; equal seeds give equal bands. */
  readonly seed: number;
  /** Newest buckets that get a band. */
  readonly points: number;
}

/** Bound once: the inner loop may run in a context where a look-up of a global is slow. */
const { floor } = Math;

/** Columns of equal length, one row per bucket with a VPIN value, in order. */
export interface VpinBands {
  /** Index of the bucket, from 0. */
  readonly bucket: Float64Array;
  readonly vpin: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly standardError: Float64Array;
  readonly meanBlock: number;
}

/**
 * Percentile bands of VPIN values: the imbalances |V^B − V^S| of the n buckets behind each value are resampled by the
 * stationary bootstrap (Politis & Romano 1994), which keeps their dependence in blocks of geometric length. Each bucket
 * has a random stream of its own. Yields after each bucket. @throws InvalidInputError for options out of range.
 */
export function* vpinBandSteps(imbalance: Float64Array, options: VpinBandOptions): Generator<void, VpinBands> {
  check(options);
  const { sampleLength: n, bucketVolume, level, replications, seed, points } = options;
  const meanBlock = options.meanBlock ?? Math.max(1, Math.cbrt(n));
  const first = Math.max(n - 1, imbalance.length - points);
  const count = Math.max(0, imbalance.length - first);
  const bands = { bucket: new Float64Array(count), vpin: new Float64Array(count), low: new Float64Array(count), high: new Float64Array(count), standardError: new Float64Array(count) };
  const streams = randomStreams(seed, count, first);
  const means = new Float64Array(replications);
  for (const [row, random] of streams.entries()) {
    const end = first + row;
    const start = end - n + 1;
    for (let r = 0; r < replications; r++) {
      let sum = 0;
      let at = 0;
      for (let i = 0; i < n; i++) {
        at = i === 0 || random.uniform() * meanBlock < 1 ? floor(random.uniform() * n) : (at + 1) % n;
        sum += imbalance[start + at] ?? 0;
      }
      means[r] = sum / (n * bucketVolume);
    }
    bands.bucket[row] = end;
    bands.vpin[row] = imbalance.subarray(start, end + 1).reduce((sum, value) => sum + value, 0) / (n * bucketVolume);
    bands.standardError[row] = deviation(means);
    const sorted = means.toSorted();
    bands.low[row] = sampleQuantile(sorted, (1 - level) / 2);
    bands.high[row] = sampleQuantile(sorted, (1 + level) / 2);
    yield;
  }
  return { ...bands, meanBlock };
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function check({ sampleLength, bucketVolume, level, replications, meanBlock, points }: VpinBandOptions): void {
  const whole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;
  const problems = [
    ...(whole(sampleLength, 1) ? [] : [{ path: 'sampleLength', message: 'must be a whole number of at least 1' }]),
    ...(bucketVolume > 0 && bucketVolume < Infinity ? [] : [{ path: 'bucketVolume', message: 'must be positive and finite' }]),
    ...(level > 0 && level < 1 ? [] : [{ path: 'level', message: 'must be in (0, 1)' }]),
    ...(whole(replications, 2) ? [] : [{ path: 'replications', message: 'must be a whole number of at least 2' }]),
    ...(meanBlock === undefined || (meanBlock >= 1 && meanBlock < Infinity) ? [] : [{ path: 'meanBlock', message: 'must be at least 1' }]),
    ...(whole(points, 1) ? [] : [{ path: 'points', message: 'must be a whole number of at least 1' }]),
  ];
  if (problems.length > 0) throw new InvalidInputError(problems);
}
