import { InvalidInputError } from '@nautilus/model';

/** Decay of RiskMetrics (1996) for daily and for monthly returns. */
export const EWMA_DECAY = { daily: 0.94, monthly: 0.97 } as const;

const FEWEST = 20;
const BACKCAST_DECAY = 0.94;
const BACKCAST_LENGTH = 75;

/** Stands for the squares before the first one: Σ0.94^i e_i²/Σ0.94^i over the first min(75, n) deviations from `mean`. */
export function varianceBackcast(returns: Float64Array, mean = 0): number {
  let [weight, sum, weights] = [1, 0, 0];
  for (let i = 0; i < Math.min(BACKCAST_LENGTH, returns.length); i++) {
    sum += weight * ((returns[i] ?? 0) - mean) ** 2;
    weights += weight;
    weight *= BACKCAST_DECAY;
  }
  return sum / weights;
}

export interface EwmaVariance {
  /** Variance of each return, made of earlier ones only (the first of the backcast). */
  readonly variances: Float64Array;
  /** Variance of the return after the last. */
  readonly next: number;
  /** Gaussian, with mean zero. */
  readonly logLikelihood: number;
}

/**
 * σ²_t = λσ²_{t−1} + (1−λ)r²_{t−1} with mean zero (RiskMetrics 1996); begins at the backcast.
 * @throws InvalidInputError below 20 returns, for values that are not finite or all zero, and unless 0 < λ < 1.
 */
export function ewmaVariance(returns: Float64Array, decay: number = EWMA_DECAY.daily): EwmaVariance {
  if (returns.length < FEWEST) throw new InvalidInputError([{ path: 'returns', message: `${returns.length} returns; at least ${FEWEST} are needed` }]);
  const bad = returns.findIndex((r) => !Number.isFinite(r));
  if (bad >= 0) throw new InvalidInputError([{ path: `returns.${bad}`, message: 'must be finite' }]);
  if (!(decay > 0 && decay < 1)) throw new InvalidInputError([{ path: 'decay', message: `${decay} does not lie between 0 and 1` }]);
  let next = varianceBackcast(returns);
  if (!(next > 0)) throw new InvalidInputError([{ path: 'returns', message: 'the first returns are all zero' }]);
  let logLikelihood = 0;
  const variances = returns.map((r) => {
    const now = next;
    logLikelihood -= 0.5 * (Math.log(2 * Math.PI) + Math.log(now) + (r * r) / now);
    next = decay * now + (1 - decay) * r * r;
    return now;
  });
  return { variances, next, logLikelihood };
}
