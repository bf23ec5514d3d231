import { InvalidInputError } from '@nautilus/model';
import studentTCdf from '@stdlib/stats-base-dists-t-cdf';
import type { Figure } from '../../performance/figures.ts';
import { deflatedSharpe, trackRecordOf } from '../../performance/sharpe-significance.ts';

/** Two-sided probability of a |t| at least this large under Student's distribution. @throws InvalidInputError for degrees below 1 or t not a number. */
export function twoSidedP(t: number, degrees: number): number {
  if (!(degrees >= 1) || Number.isNaN(t)) throw new InvalidInputError([{ path: 't', message: 'needs a number and at least one degree of freedom' }]);
  return Math.min(1, 2 * studentTCdf(-Math.abs(t), degrees));
}

export interface AdjustedTrial {
  readonly p: number;
  /** The smallest false discovery rate at which this trial is called a discovery. */
  readonly q: number;
  readonly discovery: boolean;
}

/**
 * False discovery rate over a set of trials (Benjamini and Hochberg 1995), in the order of the input.
 * @param rate the share of false ones among the discoveries that is accepted
 * @throws InvalidInputError for probabilities or a rate outside 0…1
 */
export function benjaminiHochberg(probabilities: readonly number[], rate: number): readonly AdjustedTrial[] {
  const within = (p: number): boolean => p >= 0 && p <= 1;
  if (!within(rate)) throw new InvalidInputError([{ path: 'rate', message: 'must be from 0 to 1' }]);
  const wrong = probabilities.findIndex((p) => !within(p));
  if (wrong >= 0) throw new InvalidInputError([{ path: `probabilities[${wrong}]`, message: 'must be from 0 to 1' }]);
  const m = probabilities.length;
  const order = probabilities.map((_, i) => i).sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));
  const q = new Float64Array(m);
  let least = 1;
  order.forEach((i, fromTop) => {
    least = Math.min(least, (probabilities[i] ?? 1) * (m / (m - fromTop)));
    q[i] = least;
  });
  return probabilities.map((p, i) => ({ p, q: q[i] ?? 1, discovery: (q[i] ?? 1) <= rate }));
}

/**
 * Probability that the true ratio of mean to deviation of a factor's coefficients is above what the best of many useless
 * factors is expected to reach (the deflated form of Bailey and López de Prado 2014).
 * @param coefficients one per date, NaN where there is none
 * @param trials how many factors were looked at, `variance` that of their ratios
 * @returns a reason for fewer than two coefficients or a constant series @throws InvalidInputError for impossible trials
 */
export function deflatedInformation(coefficients: Float64Array, trials: number, variance: number): Figure {
  const record = trackRecordOf(coefficients.filter((value) => !Number.isNaN(value)));
  return 'reason' in record ? record : deflatedSharpe(record, variance, trials);
}
