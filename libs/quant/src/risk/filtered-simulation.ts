import { InvalidInputError } from '@nautilus/model';
import { EWMA_DECAY, ewmaVariance } from '../volatility/ewma-variance.ts';
import { fitVolatilityModel } from '../volatility/volatility-model.ts';
import { simulatedTail } from './monte-carlo-risk.ts';
import { tailProbability } from './probabilities.ts';
import { SeededRandom } from '../random/seeded-random.ts';
import { checkedTailSample, type TailRisk } from './tail-sample.ts';

export interface FilteredSimulationPlan {
  /** Periods ahead; default 1. */
  readonly horizon?: number;
  readonly paths: number;
  readonly seed: number;
  /** GARCH(1,1) with zero mean (at least 100 returns), or exponential weights. Default `garch`. */
  readonly filter?: 'garch' | 'ewma';
  readonly decay?: number;
}

export interface FilteredSimulationRisk extends TailRisk {
  readonly paths: number;
  readonly seed: number;
  readonly horizon: number;
  readonly standardError: number;
  /** Deviation of the first simulated return. */
  readonly nextDeviation: number;
  /** Of the variance filter; an EWMA has nothing to converge. */
  readonly converged: boolean;
}

const PERCENT = 100;

/**
 * Filtered historical simulation (Barone-Adesi, Giannopoulos & Vosper 1999): returns over their own volatility are drawn
 * with replacement and compounded over the horizon, each step moving the volatility on.
 * @throws InvalidInputError for too few, not finite or constant returns and for a plan that cannot be.
 */
export function filteredHistoricalRisk(returns: Float64Array, confidence: number, plan: FilteredSimulationPlan): FilteredSimulationRisk {
  const { horizon = 1, paths, seed, filter = 'garch', decay = EWMA_DECAY.daily } = plan;
  const tail = tailProbability(confidence);
  checkedTailSample(returns);
  if (!(Number.isInteger(horizon) && horizon >= 1)) throw new InvalidInputError([{ path: 'horizon', message: `${horizon} is no whole number of periods` }]);
  if (!(Number.isInteger(paths) && paths >= 20)) throw new InvalidInputError([{ path: 'paths', message: `${paths} is no whole number from 20` }]);
  const percent = returns.map((r) => r * PERCENT);
  const { omega, alpha, beta, variances, next, converged } = filter === 'ewma' ? exponential(percent, decay) : conditional(percent);
  const residuals = percent.map((y, t) => y / Math.sqrt(variances[t] ?? NaN));
  const random = new SeededRandom(seed);
  const simulated = new Float64Array(paths);
  for (let path = 0; path < paths; path++) {
    let variance = next;
    let growth = 1;
    for (let h = 0; h < horizon; h++) {
      const y = Math.sqrt(variance) * (residuals[random.below(residuals.length)] ?? NaN);
      // A simulated return below −100 % is possible with a large residual; nothing is left then.
      growth *= Math.max(0, 1 + y / PERCENT);
      variance = omega + alpha * y * y + beta * variance;
    }
    simulated[path] = growth - 1;
  }
  return { ...simulatedTail(simulated, tail), paths, seed, horizon, nextDeviation: Math.sqrt(next) / PERCENT, converged };
}

interface VarianceFilter {
  readonly omega: number;
  readonly alpha: number;
  readonly beta: number;
  readonly variances: Float64Array;
  readonly next: number;
  readonly converged: boolean;
}

function conditional(percent: Float64Array): VarianceFilter {
  const { omega, alpha, beta, variances, nextVariance, converged } = fitVolatilityModel(percent, { mean: 'zero' });
  return { omega, alpha, beta, variances, next: nextVariance, converged };
}

function exponential(percent: Float64Array, decay: number): VarianceFilter {
  const { variances, next } = ewmaVariance(percent, decay);
  return { omega: 0, alpha: 1 - decay, beta: decay, variances, next, converged: true };
}
