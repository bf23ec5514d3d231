import { InvalidInputError } from '@nautilus/model';
import { tailProbability } from './probabilities.ts';
import { checkedTailSample, tailOf, type TailRisk } from './tail-sample.ts';

export interface HistoricalRisk extends TailRisk {
  /** Returns of the horizon that the quantile was taken of; they overlap when the horizon is longer than one period. */
  readonly observations: number;
}

/**
 * Historical simulation: quantile type 7 at 1 − confidence, shortfall as the mean of the returns below it.
 * A horizon of h periods takes the compounded returns of all overlapping stretches of h periods.
 * @throws InvalidInputError below 20 returns (of the horizon), for values that are not finite and for an impossible confidence or horizon.
 */
export function historicalRisk(returns: Float64Array, confidence: number, horizon = 1): HistoricalRisk {
  const tail = tailProbability(confidence);
  const stretches = overlappingReturns(checkedTailSample(returns), horizon);
  checkedTailSample(stretches);
  return { ...tailOf(stretches, tail), observations: stretches.length };
}

/** Compounded returns of every stretch of `horizon` periods; a copy. @throws InvalidInputError for a horizon that is no whole number from 1. */
export function overlappingReturns(returns: Float64Array, horizon: number): Float64Array {
  if (!(Number.isInteger(horizon) && horizon >= 1)) throw new InvalidInputError([{ path: 'horizon', message: `${horizon} is no whole number of periods` }]);
  if (horizon === 1) return returns.slice();
  return Float64Array.from({ length: Math.max(0, returns.length - horizon + 1) }, (_, start) => {
    let growth = 1;
    for (let t = start; t < start + horizon; t++) growth *= 1 + (returns[t] ?? 0);
    return growth - 1;
  });
}
