import { InvalidInputError } from '@nautilus/model';
import { gaussianTail } from './parametric-risk.ts';
import { checkedTailSample, type TailRisk } from './tail-sample.ts';

/** Decay of RiskMetrics (1996) for daily and for monthly returns. */
export const EWMA_DECAY = { daily: 0.94, monthly: 0.97 } as const;

const START_DECAY = 0.94;
const START_LENGTH = 75;

export interface EwmaVariance {
  /** Variance of each return, made of earlier ones only (the first of the backcast). */
  readonly variances: Float64Array;
  /** Variance of the return after the last. */
  readonly next: number;
}

/**
 * σ²_t = λσ²_{t−1} + (1−λ)r²_{t−1} with mean zero; begins at Σ0.94^i r_i²/Σ0.94^i over the first min(75, n) returns.
 * @throws InvalidInputError below 20 returns, for values that are not finite, and unless 0 < λ < 1.
 */
export function ewmaVariance(returns: Float64Array, decay: number = EWMA_DECAY.daily): EwmaVariance {
  checkedTailSample(returns);
  if (!(decay > 0 && decay < 1)) throw new InvalidInputError([{ path: 'decay', message: `${decay} does not lie between 0 and 1` }]);
  let [weight, sum, weights] = [1, 0, 0];
  for (let i = 0; i < Math.min(START_LENGTH, returns.length); i++) {
    sum += weight * (returns[i] ?? 0) ** 2;
    weights += weight;
    weight *= START_DECAY;
  }
  let next = sum / weights;
  const variances = returns.map((r) => {
    const now = next;
    next = decay * now + (1 - decay) * r * r;
    return now;
  });
  return { variances, next };
}

/** Gaussian risk of the next return with mean zero and the exponentially weighted variance (RiskMetrics 1996). @throws InvalidInputError as `ewmaVariance`. */
export function ewmaRisk(returns: Float64Array, confidence: number, decay: number = EWMA_DECAY.daily): TailRisk & { readonly deviation: number } {
  const deviation = Math.sqrt(ewmaVariance(returns, decay).next);
  return { ...gaussianTail(0, deviation, confidence), deviation };
}
