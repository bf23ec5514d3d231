import { InvalidInputError } from '@nautilus/model';
import { choleskyFactor, solveCholesky } from '../../linear-algebra/cholesky.ts';
import { correlationFromCovariance } from '../covariance.ts';
import { diagonalOf, dot, largestMagnitude, times } from '../../linear-algebra/symmetric-matrix.ts';
import { answerOf, type PortfolioAnswer } from './portfolio-answer.ts';
import { checkedProblem, checkedVector, type PortfolioProblem } from './portfolio-problem.ts';

export interface RiskBudgetAnswer extends PortfolioAnswer {
  /** w_i(Σw)_i/wᵀΣw, which equals the budgets. */
  readonly riskContributions: Float64Array;
}

const MOST_STEPS = 200;
const ENOUGH = 1e-13;
const ACCEPTED = 1e-10;
const ARMIJO = 1e-4;

/** Weights above 0 of which each carries the same share of risk. */
export function equalRiskContribution(problem: PortfolioProblem): RiskBudgetAnswer {
  return riskBudgets(problem, new Float64Array(problem.assets.length).fill(1));
}

/**
 * Weights above 0 whose shares of risk are the budgets (scaled to a sum of 1): min ½yᵀΣy − Σb_i·ln y_i, w = y/Σy, by
 * Newton's method with a line search (Spinu 2013), on correlations so that volatilities of any size are met alike.
 * Bounds and limits are not looked at: they would undo the budgets.
 * @throws InvalidInputError for budgets that are not positive, an asset that does not vary, or contributions that do not
 * agree with the budgets within 1e-10.
 */
export function riskBudgets(problem: PortfolioProblem, budgets: ArrayLike<number>): RiskBudgetAnswer {
  const checked = checkedProblem(problem);
  const given = checkedVector('budgets', budgets, checked.assets);
  const poor = given.findIndex((value) => !(value > 0));
  if (poor >= 0) throw new InvalidInputError([{ path: `budgets.${checked.assets[poor]}`, message: 'must be above 0' }]);
  const total = given.reduce((sum, value) => sum + value, 0);
  const shares = given.map((value) => value / total);
  const correlation = correlationFromCovariance(checked.covariance, checked.assets);
  const n = correlation.size;
  let y = shares.map(Math.sqrt);
  const start = Math.sqrt(Math.max(Number.MIN_VALUE, dot(y, times(correlation, y))));
  y = y.map((value) => value / start);
  let risk = times(correlation, y);
  let iterations = 0;
  for (; iterations < MOST_STEPS && mismatch(y, risk, shares) > ENOUGH; iterations++) {
    const current = y;
    const gradient = risk.map((value, i) => value - (shares[i] ?? 0) / (current[i] ?? 1));
    const hessian = { size: n, values: correlation.values.slice() };
    for (let i = 0; i < n; i++) hessian.values[i * (n + 1)] = (hessian.values[i * (n + 1)] ?? 0) + (shares[i] ?? 0) / (current[i] ?? 1) ** 2;
    const factor = choleskyFactor(hessian);
    if (factor === undefined) break;
    const direction = solveCholesky(factor, gradient.map((value) => -value));
    const slope = dot(gradient, direction);
    const value = objective(current, risk, shares);
    let step = 1;
    direction.forEach((change, i) => (step = change < 0 ? Math.min(step, (-0.99 * (current[i] ?? 0)) / change) : step));
    let next = current;
    for (; step > 1e-12; step /= 2) {
      next = current.map((entry, i) => entry + step * (direction[i] ?? 0));
      const reached = objective(next, times(correlation, next), shares);
      // Near the end the objective no longer moves in its last digits; a full step is then right.
      if (reached <= value + ARMIJO * step * slope + 1e-14 * (1 + Math.abs(value))) break;
    }
    y = next;
    risk = times(correlation, y);
  }
  const worst = mismatch(y, risk, shares);
  if (!(worst <= ACCEPTED)) throw new InvalidInputError([{ path: 'budgets', message: `risk contributions differ from the budgets by ${worst.toExponential(1)}, more than 1e-10` }], 'schema', '/problems/unsolved-program');
  const deviations = diagonalOf(checked.covariance).map(Math.sqrt);
  const raw = y.map((value, i) => value / (deviations[i] ?? 1));
  const sum = raw.reduce((all, value) => all + value, 0);
  const kkt = { primal: 0, stationarity: worst, gap: 0 };
  return { ...answerOf(checked, raw.map((value) => value / sum), { status: 'optimal', kkt, iterations }), riskContributions: contributions(y, risk) };
}

function objective(y: Float64Array, risk: Float64Array, shares: Float64Array): number {
  return dot(y, risk) / 2 - shares.reduce((sum, share, i) => sum + share * Math.log(y[i] ?? 0), 0);
}

function contributions(y: Float64Array, risk: Float64Array): Float64Array {
  const variance = dot(y, risk);
  return y.map((value, i) => (value * (risk[i] ?? 0)) / variance);
}

function mismatch(y: Float64Array, risk: Float64Array, shares: Float64Array): number {
  return largestMagnitude(contributions(y, risk).map((share, i) => share - (shares[i] ?? 0)));
}
