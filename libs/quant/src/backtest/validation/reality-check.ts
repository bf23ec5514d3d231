import { InvalidInputError } from '@nautilus/model';
import { randomStreams } from '../../random/seeded-random.ts';
import { stationaryBootstrapRows } from './stationary-bootstrap.ts';

export interface RealityCheckPlan {
  /** Default 1,000. */
  readonly resamples?: number;
  readonly seed: number;
  /** Default the cube root of the number of periods. */
  readonly meanBlock?: number;
}

export interface RealityCheck {
  /** Of the hypothesis that no trial beats the benchmark: (1 + resamples at least as good)/(1 + resamples). */
  readonly probability: number;
  /** Trial with the highest mean, and √n times that mean. */
  readonly best: number;
  readonly statistic: number;
  readonly resamples: number;
}

/**
 * White's reality check (2000): whether the best of many trials beats the benchmark by more than the best of as many
 * without skill would, by the stationary bootstrap of all trials at the same rows.
 *
 * @param excess returns per period over the benchmark's, one column for each trial
 * @throws InvalidInputError for no trials, ragged columns, fewer than two periods and values that are not finite
 */
export function realityCheck(excess: readonly ArrayLike<number>[], plan: RealityCheckPlan): RealityCheck {
  const length = excess[0]?.length ?? 0;
  if (length < 2 || excess.some((trial) => trial.length !== length)) throw new InvalidInputError([{ path: 'excess', message: 'trials of equal length, at least 2, are needed' }]);
  const { resamples = 1_000, seed, meanBlock = Math.max(1, Math.cbrt(length)) } = plan;
  if (!Number.isInteger(resamples) || resamples < 1) throw new InvalidInputError([{ path: 'resamples', message: `${resamples} is no whole number from 1` }]);
  const columns = excess.map((trial) => Float64Array.from(trial));
  const means = columns.map((column, k) => {
    const mean = column.reduce((sum, value) => sum + value, 0) / length;
    if (!Number.isFinite(mean)) throw new InvalidInputError([{ path: `excess.${k}`, message: 'must be finite' }]);
    return mean;
  });
  const best = means.indexOf(Math.max(...means));
  const highest = means[best] ?? NaN;
  let reached = 0;
  for (const random of randomStreams(seed, resamples)) {
    const rows = stationaryBootstrapRows(length, meanBlock, random);
    let largest = -Infinity;
    columns.forEach((column, k) => {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += column[rows[i] ?? 0] ?? 0;
      largest = Math.max(largest, sum / length - (means[k] ?? 0));
    });
    if (largest >= highest) reached++;
  }
  return { probability: (1 + reached) / (1 + resamples), best, statistic: Math.sqrt(length) * highest, resamples };
}
