import { InvalidInputError } from '@nautilus/model';
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import studentTCdf from '@stdlib/stats-base-dists-t-cdf';

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

const EULER = 0.577_215_664_9;

/**
 * Ratio that the best of `trials` without any skill is expected to have, `variance` that of the ratios over the trials:
 * √V[(1−γ)Φ⁻¹(1 − 1/K) + γΦ⁻¹(1 − 1/(Ke))] (Bailey and López de Prado 2014); 0 for one trial.
 * @throws InvalidInputError for trials that are not a whole number of at least 1 or a negative variance
 */
export function expectedBestRatio(trials: number, variance: number): number {
  if (!Number.isInteger(trials) || trials < 1) throw new InvalidInputError([{ path: 'trials', message: 'must be a whole number of at least 1' }]);
  if (!(variance >= 0)) throw new InvalidInputError([{ path: 'variance', message: 'must not be negative' }]);
  if (trials === 1) return 0;
  return Math.sqrt(variance) * ((1 - EULER) * normalQuantile(1 - 1 / trials, 0, 1) + EULER * normalQuantile(1 - 1 / (trials * Math.E), 0, 1));
}

/**
 * Probability that the true ratio of mean to deviation is above that expected of the best of the trials (the deflated form
 * of Bailey and López de Prado 2014). The ratio is per observation; kurtosis is 3 for a normal distribution.
 * @returns undefined for fewer than two observations or when skewness and kurtosis leave no positive variance
 * @throws InvalidInputError as `expectedBestRatio`, and for a ratio that is not finite
 */
export function deflatedRatio(
  ratio: number,
  { observations, skewness, kurtosis, trials, variance }: { readonly observations: number; readonly skewness: number; readonly kurtosis: number; readonly trials: number; readonly variance: number },
): number | undefined {
  if (!Number.isFinite(ratio)) throw new InvalidInputError([{ path: 'ratio', message: 'must be finite' }]);
  const hurdle = expectedBestRatio(trials, variance);
  const spread = 1 - skewness * ratio + ((kurtosis - 1) * ratio * ratio) / 4;
  return observations < 2 || !(spread > 0) ? undefined : normalCdf(((ratio - hurdle) * Math.sqrt(observations - 1)) / Math.sqrt(spread), 0, 1);
}
