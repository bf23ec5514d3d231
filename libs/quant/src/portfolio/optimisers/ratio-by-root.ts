import { InvalidInputError } from '@nautilus/model';
import { dot, quadraticForm, scaledMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { brentRoot } from '../../performance/brent-root.ts';
import type { KktResiduals } from '../quadratic-program.ts';
import type { CheckedProblem } from './portfolio-problem.ts';
import { solveWithin, type LimitedWeights } from './quadratic-limit.ts';
import { traded } from './weight-program.ts';

const ENOUGH = 1e-12;
const ACCEPTED = 1e-8;
const MOST_DOUBLINGS = 60;

export interface RatioWeights {
  readonly weights: Float64Array;
  readonly kkt: KktResiduals;
  readonly iterations: number;
}

/** rewardsᵀw less the cost of trading to w. */
export function netReward({ holdings, transactionCost }: CheckedProblem, rewards: Float64Array, weights: Float64Array): number {
  return dot(rewards, weights) - (holdings === undefined || transactionCost === 0 ? 0 : transactionCost * traded(weights, holdings));
}

/**
 * max reward/√(wᵀΣw) as the root in λ of λ·reward(w) = 2wᵀΣw, where w minimises wᵀΣw − λ·reward: at the root the conditions
 * of optimality of the ratio are those of the quadratic program. `start` is any portfolio with a positive reward.
 * @throws InvalidInputError when the two sides do not meet within 1e-8.
 */
export function ratioByRoot(problem: CheckedProblem, rewards: Float64Array, start: Float64Array): RatioWeights {
  const quadratic = scaledMatrix(problem.covariance, 2);
  const at = (lambda: number): LimitedWeights => solveWithin(problem, { quadratic, linear: rewards.map((value) => -lambda * value), extras: lambda });
  let [best, least, iterations] = [at(0), 1, 0];
  const imbalance = (lambda: number): number => {
    if (lambda === 0) return -1;
    const solved = at(lambda);
    iterations += 1;
    const { weights } = solved.solved;
    const variance = 2 * quadraticForm(problem.covariance, weights);
    const gain = lambda * netReward(problem, rewards, weights);
    const difference = (gain - variance) / Math.max(Math.abs(gain), variance);
    if (Math.abs(difference) < least) [best, least] = [solved, Math.abs(difference)];
    return Math.abs(difference) <= ENOUGH ? 0 : difference;
  };
  let high = (2 * quadraticForm(problem.covariance, start)) / netReward(problem, rewards, start);
  for (let k = 0; k < MOST_DOUBLINGS && imbalance(high) < 0; k++) high *= 2;
  brentRoot(imbalance, 0, high);
  if (!(least <= ACCEPTED)) throw new InvalidInputError([{ path: 'program', message: `the ratio is optimal within ${least.toExponential(1)} only, not within 1e-8` }], 'schema', '/problems/unsolved-program');
  const { solved, kkt } = best;
  return { weights: solved.weights, kkt: { ...kkt, stationarity: Math.max(kkt.stationarity, least) }, iterations };
}
