import { InvalidInputError } from '@nautilus/model';
import { diagonalOf, scaledMatrix, zeroMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { LinearRow, QuadraticProgram, QuadraticSolution } from '../quadratic-program.ts';
import { solveQuadraticProgram } from '../solve-quadratic.ts';
import { answerOf, type PortfolioAnswer } from './portfolio-answer.ts';
import { checkedProblem, neededReturns, refuseUnsupported, type CheckedProblem, type LimitRange, type PortfolioProblem } from './portfolio-problem.ts';
import { solveWithin } from './quadratic-limit.ts';
import { netReward, ratioByRoot } from './ratio-by-root.ts';
import { denseRow, weightRows } from './weight-program.ts';

/** Below this share of the scaled weights their sum counts as 0: the ratio is then reached in the limit only. */
const NO_SCALE = 1e-9;
/** Yearly reward that counts as none. */
const NO_REWARD = 1e-9;
const REWARD = 'reward';

/**
 * max (μᵀw − cost − rf)/√(wᵀΣw). With y = κw: min yᵀΣy with (μ−rf)ᵀy − cost = 1 and every limit times κ (Cornuéjols &
 * Tütüncü 2006, §8.2). With a tracking error limit the multiplier of return is found by a root instead.
 * @throws InvalidInputError when no asset, or no portfolio within the constraints, returns more than the risk-free rate.
 */
export function maximumSharpe(problem: PortfolioProblem): PortfolioAnswer {
  const checked = checkedProblem(problem);
  const { riskFreeRate, budget } = checked;
  if (budget.lower !== budget.upper || !(budget.lower > 0)) throw new InvalidInputError([{ path: 'constraints.budget', message: 'must be one number above 0 for a maximum Sharpe ratio' }]);
  const rewards = neededReturns(checked).map((value) => value - riskFreeRate / budget.lower);
  const nothing = `returns more than the risk-free rate ${riskFreeRate}`;
  if (checked.lower.every((value) => value >= 0) && rewards.every((value) => !(value > 0))) throw noReward(`no asset ${nothing}`);
  return maximumRatio(checked, rewards, 'a maximum Sharpe ratio', `no portfolio within the constraints ${nothing}`);
}

/** max σᵀw/√(wᵀΣw) (Choueifaty & Coignard 2008); without constraints but w ≥ 0 the least variance of the correlations, unscaled. */
export function maximumDiversification(problem: PortfolioProblem): PortfolioAnswer & { readonly diversificationRatio: number } {
  const checked = checkedProblem(problem);
  refuseUnsupported(checked, 'maximum diversification', ['transactionCost']);
  const deviations = diagonalOf(checked.covariance).map(Math.sqrt);
  const answer = maximumRatio(checked, deviations, 'maximum diversification', 'no portfolio within the constraints has a positive mean volatility');
  const mean = answer.weights.reduce((sum, weight, i) => sum + weight * (deviations[i] ?? 0), 0);
  return { ...answer, diversificationRatio: mean / answer.expectedRisk };
}

function maximumRatio(problem: CheckedProblem, rewards: Float64Array, method: string, nothing: string): PortfolioAnswer {
  refuseUnsupported(problem, method, ['l2']);
  // A tracking error is no linear limit: it cannot be scaled with the weights.
  if (problem.trackingError !== undefined) return byRoot(problem, rewards, nothing);
  const { program, scaleOf } = scaledProgram(problem, rewards);
  const n = problem.assets.length;
  let solution: QuadraticSolution;
  try {
    solution = solveQuadraticProgram(program);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    // Constraints in conflict are named there; else the scaled program was too ill-conditioned for its answer.
    return byRoot(problem, rewards, nothing);
  }
  const scale = scaleOf(solution.x);
  const scaled = solution.x.subarray(0, n);
  if (!(scale > NO_SCALE * scaled.reduce((sum, value) => sum + Math.abs(value), 0))) throw new InvalidInputError([{ path: 'constraints', message: `${method} grows with every further position; bounds are needed` }]);
  const weights = scaled.map((value, i) => Math.min(problem.upper[i] ?? 0, Math.max(problem.lower[i] ?? 0, value / scale)));
  return answerOf(problem, weights, { status: 'optimal', kkt: solution.kkt, iterations: solution.iterations });
}

function byRoot(problem: CheckedProblem, rewards: Float64Array, nothing: string): PortfolioAnswer {
  const { weights: start } = solveWithin(problem, { quadratic: undefined, linear: rewards.map((value) => -value), extras: 1 }).solved;
  if (!(netReward(problem, rewards, start) > NO_REWARD)) throw noReward(nothing);
  const { weights, kkt, iterations } = ratioByRoot(problem, rewards, start);
  return answerOf(problem, weights, { status: 'optimal', kkt, iterations });
}

interface ScaledProgram {
  readonly program: QuadraticProgram;
  readonly scaleOf: (x: Float64Array) => number;
}

/** Variables y, then κ unless the budget gives it, then buys and sells times κ when trades matter. */
function scaledProgram(problem: CheckedProblem, rewards: Float64Array): ScaledProgram {
  const { lower, upper, budget, covariance, holdings, turnover, transactionCost } = problem;
  const n = lower.length;
  const trades = holdings !== undefined && (turnover !== undefined || transactionCost > 0);
  const total = budget.lower;
  const impliedUpper = lower.every((value) => value >= 0) && budget.upper < Infinity && upper.every((value) => value >= budget.upper);
  const longOnly = impliedUpper && lower.every((value) => value === 0);
  if (!trades && longOnly && budget.lower === budget.upper && total > 0) {
    // κ = Σy/total leaves a positive definite program in y alone.
    const rows = [denseRow(REWARD, rewards, { lower: 1, upper: 1 }), ...problem.linear.flatMap((limit) => homogeneous(limit, (bound) => Float64Array.from(limit.coefficients, (a) => a - bound / total)))];
    const program = { size: n, quadratic: scaledMatrix(covariance, 2), linear: new Float64Array(n), lower: new Float64Array(n), upper: new Float64Array(n).fill(Infinity), rows };
    return { program, scaleOf: (x) => x.reduce((sum, value) => sum + value, 0) / total };
  }
  const size = n + 1 + (trades ? 2 * n : 0);
  const quadratic = zeroMatrix(size);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) quadratic.values[i * size + j] = 2 * (covariance.values[i * n + j] ?? 0);
  const spread = (y: ArrayLike<number>, kappa: number, traded = 0): Float64Array => {
    const row = new Float64Array(size).fill(traded, n + 1);
    row.set(Float64Array.from(y));
    row[n] = kappa;
    return row;
  };
  const rows: LinearRow[] = [denseRow(REWARD, spread(rewards, 0, -transactionCost), { lower: 1, upper: transactionCost > 0 ? Infinity : 1 })];
  for (const row of weightRows(problem)) rows.push(...homogeneous(row, (bound) => spread(row.values, -bound)));
  const sparse = (name: string, indices: number[], values: number[], limits: { lower: number; upper: number }, definition = false): LinearRow => ({ name, indices: Int32Array.from(indices), values: Float64Array.from(values), ...limits, definition });
  const [least, most] = [new Float64Array(size), new Float64Array(size).fill(Infinity)];
  for (let i = 0; i < n; i++) {
    const [from, to] = [lower[i] ?? 0, upper[i] ?? 0];
    if (from !== 0) {
      least[i] = -Infinity;
      if (from > -Infinity) rows.push(sparse('lower bounds', [i, n], [1, -from], { lower: 0, upper: Infinity }));
    }
    if (to < Infinity && !impliedUpper) rows.push(sparse('upper bounds', [i, n], [1, -to], { lower: -Infinity, upper: 0 }));
    if (trades) rows.push(sparse(`trade ${i}`, [i, n, n + 1 + i, 2 * n + 1 + i], [1, -(holdings[i] ?? 0), -1, 1], { lower: 0, upper: 0 }, true));
  }
  if (turnover !== undefined) rows.push(denseRow('turnover', spread(new Float64Array(n), -turnover, 1), { upper: 0 }));
  return { program: { size, quadratic, linear: new Float64Array(size), lower: least, upper: most, rows }, scaleOf: (x) => x[n] ?? 0 };
}

/** lower·κ ≤ row ≤ upper·κ as rows with 0 on their right side. */
function homogeneous({ name, lower = -Infinity, upper = Infinity }: LimitRange & { readonly name: string }, coefficients: (bound: number) => Float64Array): LinearRow[] {
  if (lower === upper) return [denseRow(name, coefficients(lower), { lower: 0, upper: 0 })];
  return [
    ...(lower > -Infinity ? [denseRow(name, coefficients(lower), { lower: 0 })] : []),
    ...(upper < Infinity ? [denseRow(name, coefficients(upper), { upper: 0 })] : []),
  ];
}

function noReward(message: string): InvalidInputError {
  return new InvalidInputError([{ path: 'expectedReturns', message }], 'schema', '/problems/no-reward');
}
