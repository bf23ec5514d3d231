import { InvalidInputError } from '@nautilus/model';
import { checkedSymmetric, quadraticForm, times, dot, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { SeededRandom } from '../../random/seeded-random.ts';
import { breachProbability } from '../../risk/breach-probability.ts';

/** Where an account stands and how its equity and requirement move, per minute and in its currency. */
export interface CallDynamics {
  readonly equity: number;
  readonly requirement: number;
  /** Expected change per minute; both default to 0. */
  readonly equityDrift?: number;
  readonly requirementDrift?: number;
  readonly equityVariance: number;
  readonly requirementVariance: number;
  readonly covariance: number;
}

export interface CallForecast {
  /** P(requirement reaches equity within the horizon). */
  readonly probability: number;
  /** Standard error of the probability over the paths; 0 where the call has come already. */
  readonly standardError: number;
  /** Median minutes to the call over the paths that reach it; absent when none does. */
  readonly medianMinutes: number | undefined;
  readonly paths: number;
  /** Probability of at least one half. */
  readonly alert: boolean;
}

const ALERT = 0.5;

/**
 * How a book moves its equity and requirement: equity by Σ value·return, requirement by Σ (∂requirement/∂return)·return;
 * `covariance` is of the returns per minute, in the order of both vectors. @throws InvalidInputError for sizes that differ or a covariance that is not symmetric.
 */
export function bookDynamics(equity: number, requirement: number, values: Float64Array, requirementSlopes: Float64Array, covariance: SymmetricMatrix): CallDynamics {
  checkedSymmetric(covariance, 'covariance');
  for (const [path, vector] of [['values', values], ['requirementSlopes', requirementSlopes]] as const)
    if (vector.length !== covariance.size || !vector.every(Number.isFinite)) throw new InvalidInputError([{ path, message: `must be ${covariance.size} finite numbers` }]);
  return { equity, requirement, equityVariance: quadraticForm(covariance, values), requirementVariance: quadraticForm(covariance, requirementSlopes), covariance: dot(values, times(covariance, requirementSlopes)) };
}

/**
 * Simulates equity and requirement minute by minute as correlated Brownian motions; within a minute the Brownian bridge
 * decides whether they met (Glasserman 2004, section 6.4), so that the result does not depend on the step.
 * @throws InvalidInputError for figures that are not finite, a covariance that is not semidefinite, and horizons and paths that are not whole and positive.
 */
export function simulateTimeToCall(dynamics: CallDynamics, random: SeededRandom, horizonMinutes = 60, paths = 10_000): CallForecast {
  const { equity, requirement, equityDrift = 0, requirementDrift = 0, equityVariance, requirementVariance, covariance } = checkedDynamics(dynamics);
  for (const [path, value] of [['horizonMinutes', horizonMinutes], ['paths', paths]] as const)
    if (!(Number.isInteger(value) && value > 0)) throw new InvalidInputError([{ path, message: `${value} is no whole number above 0` }]);
  if (requirement >= equity) return { probability: 1, standardError: 0, medianMinutes: 0, paths, alert: true };
  const equityDeviation = Math.sqrt(equityVariance);
  const shared = equityDeviation > 0 ? covariance / equityDeviation : 0;
  const own = Math.sqrt(Math.max(0, requirementVariance - shared * shared));
  const variance = Math.max(0, equityVariance - 2 * covariance + requirementVariance);
  const minutes: number[] = [];
  for (let path = 0; path < paths; path++) {
    let [held, needed] = [equity, requirement];
    for (let minute = 0; minute < horizonMinutes; minute++) {
      const before = held - needed;
      const common = random.normal();
      held += equityDrift + equityDeviation * common;
      needed += requirementDrift + shared * common + own * random.normal();
      const after = held - needed;
      const met = after <= 0 || (variance > 0 && random.uniform() < Math.exp((-2 * before * after) / variance));
      if (!met) continue;
      // The moment within the minute by the straight line between its ends, else its middle.
      minutes.push(minute + (after <= 0 ? before / (before - after) : 0.5));
      break;
    }
  }
  const probability = minutes.length / paths;
  minutes.sort((a, b) => a - b);
  const [low, high] = [minutes[(minutes.length - 1) >> 1], minutes[minutes.length >> 1]];
  return {
    probability, standardError: Math.sqrt((probability * (1 - probability)) / paths),
    medianMinutes: low === undefined || high === undefined ? undefined : (low + high) / 2, paths, alert: probability >= ALERT,
  };
}

/** The same probability in closed form, by `breachProbability` of the excess: exact for these dynamics and cheap between runs. Errors as `simulateTimeToCall`. */
export function callProbability(dynamics: CallDynamics, horizonMinutes = 60): number {
  const { equity, requirement, equityDrift = 0, requirementDrift = 0, equityVariance, requirementVariance, covariance } = checkedDynamics(dynamics);
  const excess = equity - requirement;
  if (excess <= 0) return 1;
  const variance = Math.max(0, equityVariance - 2 * covariance + requirementVariance);
  return breachProbability(0, { drift: (requirementDrift - equityDrift) / excess, deviation: Math.sqrt(variance) / excess }, horizonMinutes).probability;
}

function checkedDynamics(dynamics: CallDynamics): CallDynamics {
  for (const [path, value] of Object.entries(dynamics)) if (value !== undefined && !Number.isFinite(value)) throw new InvalidInputError([{ path, message: 'must be finite' }]);
  const { equityVariance, requirementVariance, covariance, requirement } = dynamics;
  if (requirement < 0) throw new InvalidInputError([{ path: 'requirement', message: 'must not be negative' }]);
  if (!(equityVariance >= 0 && requirementVariance >= 0)) throw new InvalidInputError([{ path: 'equityVariance', message: 'variances must not be negative' }]);
  if (covariance * covariance > equityVariance * requirementVariance * (1 + 1e-9)) throw new InvalidInputError([{ path: 'covariance', message: 'is larger than the variances allow' }]);
  return dynamics;
}
