import { InvalidInputError } from '@nautilus/model';
import { scaledMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { LinearRow } from '../quadratic-program.ts';
import { answerOf, optimalAnswer, type PortfolioAnswer } from './portfolio-answer.ts';
import { checkedProblem, checkedVector, neededReturns, refuseUnsupported, type CheckedProblem, type PortfolioProblem } from './portfolio-problem.ts';
import { distanceObjective, solveUnderLimit, solveWithin } from './quadratic-limit.ts';
import { denseRow, varianceObjective, type WeightObjective } from './weight-program.ts';

/** min wᵀΣw + l2·wᵀw + cost. @throws InfeasibleConstraintsError naming the constraints in conflict. */
export function minimumVolatility(problem: PortfolioProblem): PortfolioAnswer {
  const checked = checkedProblem(problem);
  return optimised(checked, varianceObjective(checked));
}

/** min wᵀΣw + l2·wᵀw + cost with μᵀw ≥ target (Markowitz 1952). @throws InfeasibleConstraintsError naming the constraints in conflict. */
export function efficientReturn(problem: PortfolioProblem, targetReturn: number): PortfolioAnswer {
  const checked = checkedProblem(problem);
  return optimised(checked, varianceObjective(checked), [returnRow(checked, targetReturn)]);
}

/** max μᵀw − l2·wᵀw − cost with √(wᵀΣw) ≤ target. @throws InfeasibleConstraintsError when the least volatility is above the target. */
export function efficientRisk(problem: PortfolioProblem, targetVolatility: number): PortfolioAnswer {
  const checked = checkedProblem(problem);
  refuseUnsupported(checked, 'a volatility limit', ['trackingError']);
  if (!(targetVolatility > 0)) throw new InvalidInputError([{ path: 'targetVolatility', message: 'must be above 0' }]);
  const objective = { quadratic: undefined, linear: neededReturns(checked).map((value) => -value), extras: 1 };
  const { solved, kkt } = solveUnderLimit(checked, objective, { name: 'target volatility', centre: new Float64Array(checked.assets.length), most: targetVolatility });
  return optimalAnswer(checked, solved, kkt);
}

/** max μᵀw − ½γwᵀΣw − l2·wᵀw − cost. */
export function maximumQuadraticUtility(problem: PortfolioProblem, riskAversion = 1): PortfolioAnswer {
  const checked = checkedProblem(problem);
  if (!(riskAversion > 0 && riskAversion < Infinity)) throw new InvalidInputError([{ path: 'riskAversion', message: 'must be above 0' }]);
  return optimised(checked, utilityObjective(checked, riskAversion));
}

/** ½γwᵀΣw − μᵀw. */
export function utilityObjective(checked: CheckedProblem, riskAversion: number): WeightObjective {
  return { quadratic: scaledMatrix(checked.covariance, riskAversion), linear: neededReturns(checked).map((value) => -value), extras: 1 };
}

/** min (w−b)ᵀΣ(w−b) + l2·wᵀw + cost: follows a benchmark within the constraints. */
export function trackingPortfolio(problem: PortfolioProblem, benchmark: ArrayLike<number>): PortfolioAnswer {
  const checked = checkedProblem(problem);
  const centre = checkedVector('benchmark', benchmark, checked.assets);
  return optimised(checked, { ...distanceObjective(checked, centre), extras: 1 });
}

export interface KellyAnswer extends PortfolioAnswer {
  /** Share that earns the risk-free rate, negative when borrowed; the expected return counts it. */
  readonly cash: number;
  /** Expected yearly growth of log wealth: rf + (μ−rf)ᵀw − ½wᵀΣw. */
  readonly growthRate: number;
}

/**
 * Growth-optimal weights of assets in continuous time, times `fraction` where no constraint binds: max (μ−rf)ᵀw −
 * wᵀΣw/(2·fraction) (Thorp 2006). What is not invested is cash; the budget is at most 1 unless the problem says otherwise.
 */
export function kellyPortfolio(problem: PortfolioProblem, fraction = 1): KellyAnswer {
  const checked = checkedProblem({ ...problem, constraints: { budget: { upper: 1 }, ...problem.constraints } });
  if (!(fraction > 0 && fraction <= 1)) throw new InvalidInputError([{ path: 'fraction', message: 'must be above 0 and at most 1' }]);
  const { riskFreeRate } = checked;
  const answer = optimised(checked, { quadratic: scaledMatrix(checked.covariance, 1 / fraction), linear: neededReturns(checked).map((value) => riskFreeRate - value), extras: 1 });
  const cash = 1 - answer.weights.reduce((sum, weight) => sum + weight, 0);
  const expectedReturn = (answer.expectedReturn ?? 0) + cash * riskFreeRate;
  const sharpeRatio = answer.expectedRisk > 0 ? (expectedReturn - riskFreeRate) / answer.expectedRisk : undefined;
  return { ...answer, expectedReturn, sharpeRatio, cash, growthRate: expectedReturn - answer.expectedRisk ** 2 / 2 };
}

/** Weights 1/n; constraints are not looked at. */
export function equalWeights(problem: PortfolioProblem): PortfolioAnswer {
  const checked = checkedProblem(problem);
  return answerOf(checked, new Float64Array(checked.assets.length).fill(1 / checked.assets.length), { status: 'formula', kkt: undefined, iterations: 0 });
}

/** Weights in proportion to 1/variance; constraints are not looked at. @throws InvalidInputError for an asset that does not vary. */
export function inverseVarianceWeights(problem: PortfolioProblem): PortfolioAnswer {
  const checked = checkedProblem(problem);
  const n = checked.assets.length;
  const inverse = Float64Array.from(checked.assets, (asset, i) => {
    const variance = checked.covariance.values[i * (n + 1)] ?? 0;
    if (!(variance > 0)) throw new InvalidInputError([{ path: `covariance.${asset}`, message: 'does not vary' }]);
    return 1 / variance;
  });
  const sum = inverse.reduce((total, value) => total + value, 0);
  return answerOf(checked, inverse.map((value) => value / sum), { status: 'formula', kkt: undefined, iterations: 0 });
}

/** The answer of `solveWithin`. */
export function optimised(checked: CheckedProblem, objective: WeightObjective, further: readonly LinearRow[] = []): PortfolioAnswer {
  const { solved, kkt } = solveWithin(checked, objective, further);
  return optimalAnswer(checked, solved, kkt);
}

/** μᵀw ≥ target. */
export function returnRow(checked: CheckedProblem, targetReturn: number): LinearRow {
  if (!Number.isFinite(targetReturn)) throw new InvalidInputError([{ path: 'targetReturn', message: 'must be a number' }]);
  return denseRow('target return', neededReturns(checked), { lower: targetReturn });
}
