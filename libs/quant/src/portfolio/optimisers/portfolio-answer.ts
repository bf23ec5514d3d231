import { dot, quadraticForm } from '../../linear-algebra/symmetric-matrix.ts';
import type { KktResiduals } from '../quadratic-program.ts';
import type { CheckedProblem } from './portfolio-problem.ts';
import type { SolvedWeights } from './weight-program.ts';

/** How much the minimised objective changes per unit that a limit rises: positive at lower limits, negative at upper ones. */
export interface ShadowPrice {
  readonly constraint: string;
  readonly price: number;
}

/** An optimal portfolio with the proof that it is one. */
export interface PortfolioAnswer {
  /** In the order of the problem's assets. */
  readonly weights: Float64Array;
  /** μᵀw a year; undefined when the problem has no expected returns. */
  readonly expectedReturn: number | undefined;
  /** √(wᵀΣw) a year. */
  readonly expectedRisk: number;
  /** (expectedReturn − rf)/expectedRisk; undefined without expected returns or without risk. */
  readonly sharpeRatio: number | undefined;
  /** `formula`: the weights are a definition, nothing was optimised. Anything else that goes wrong is an error. */
  readonly status: 'optimal' | 'formula';
  /** How far the answer is from the conditions of optimality, all at most 1e-8; undefined for a formula. */
  readonly kkt: KktResiduals | undefined;
  readonly iterations: number;
  /** Empty for a formula and for ratios, whose program is scaled. */
  readonly shadowPrices: readonly ShadowPrice[];
}

export function answerOf(problem: CheckedProblem, weights: Float64Array, proof: Pick<PortfolioAnswer, 'status' | 'kkt' | 'iterations'> & Partial<Pick<PortfolioAnswer, 'shadowPrices'>>): PortfolioAnswer {
  const expectedReturn = problem.expectedReturns === undefined ? undefined : dot(problem.expectedReturns, weights);
  const expectedRisk = Math.sqrt(Math.max(0, quadraticForm(problem.covariance, weights)));
  const sharpeRatio = expectedReturn === undefined || !(expectedRisk > 0) ? undefined : (expectedReturn - problem.riskFreeRate) / expectedRisk;
  return { shadowPrices: [], ...proof, weights, expectedReturn, expectedRisk, sharpeRatio };
}

export function optimalAnswer(problem: CheckedProblem, { weights, solution, rows }: SolvedWeights, kkt: KktResiduals = solution.kkt): PortfolioAnswer {
  const shadowPrices = rows.flatMap((row, r): ShadowPrice[] => (solution.rowMultipliers[r] === 0 ? [] : [{ constraint: row.name, price: solution.rowMultipliers[r] ?? 0 }]));
  return answerOf(problem, weights, { status: 'optimal', kkt, iterations: solution.iterations, shadowPrices });
}
