import { InvalidInputError } from '@nautilus/model';
import { scaledMatrix, times, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { conflictOf, InfeasibleConstraintsError } from '../infeasibility.ts';
import { rowActivity, type LinearRow, type PrimalDualPoint, type QuadraticProgram, type QuadraticSolution } from '../quadratic-program.ts';
import { solveQuadraticProgram } from '../solve-quadratic.ts';
import type { CheckedProblem, LimitRange } from './portfolio-problem.ts';

const TURNOVER = 'turnover';

/** min ½wᵀQw + cᵀw + extras·(l2·wᵀw + transactionCost·Σ|w − holdings|). */
export interface WeightObjective {
  readonly quadratic: SymmetricMatrix | undefined;
  readonly linear: Float64Array;
  readonly extras: number;
}

export interface SolvedWeights {
  readonly weights: Float64Array;
  /** Of the program that was solved: over the weights, or over buys and sells when trades are limited or cost something. */
  readonly solution: QuadraticSolution;
  readonly rows: readonly LinearRow[];
}

export function denseRow(name: string, coefficients: ArrayLike<number>, { lower = -Infinity, upper = Infinity }: LimitRange): LinearRow {
  const values = Float64Array.from(coefficients);
  return { name, indices: Int32Array.from(values.keys()), values, lower, upper };
}

/** wᵀΣw as an objective, with the problem's extras. */
export function varianceObjective({ covariance, assets }: CheckedProblem): WeightObjective {
  return { quadratic: scaledMatrix(covariance, 2), linear: new Float64Array(assets.length), extras: 1 };
}

/**
 * Solves over the problem's bounds, budget, linear limits and turnover with further rows; the tracking error is not looked at.
 * @throws InfeasibleConstraintsError naming the constraints in conflict.
 */
export function solveWeights(problem: CheckedProblem, objective: WeightObjective, further: readonly LinearRow[] = []): SolvedWeights {
  const rows = [...weightRows(problem), ...further];
  const { lower, upper, holdings } = problem;
  const quadratic = withRidge(objective.quadratic, lower.length, 2 * objective.extras * problem.l2);
  const program = { size: lower.length, quadratic, linear: objective.linear, lower, upper, rows };
  const price = objective.extras * problem.transactionCost;
  const plain = price === 0 || quadratic !== undefined ? solveQuadraticProgram(program) : undefined;
  // A turnover limit that does not bind leaves buys and sells without a single answer.
  if (plain !== undefined && (holdings === undefined || (price === 0 && traded(plain.x, holdings) <= (problem.turnover ?? Infinity)))) return { weights: plain.x, solution: plain, rows };
  if (holdings === undefined) throw new InvalidInputError([{ path: 'holdings', message: 'are needed by transaction cost' }]);
  const trades = tradeProgram(program, holdings, price, problem.turnover);
  try {
    const solution = solveQuadraticProgram(trades, plain === undefined ? undefined : tradesNear(trades, plain.x, holdings));
    const weights = holdings.map((held, i) => Math.min(upper[i] ?? 0, Math.max(lower[i] ?? 0, held + (solution.x[i] ?? 0) - (solution.x[holdings.length + i] ?? 0))));
    return { weights, solution, rows: trades.rows };
  } catch (error) {
    if (!(error instanceof InfeasibleConstraintsError)) throw error;
    // Bounds of buys and sells say nothing to the reader: the conflict is looked for among the limits that were given.
    const conflict = conflictOf(definedTrades(program, holdings, problem.turnover));
    throw conflict === undefined ? error : new InfeasibleConstraintsError(conflict);
  }
}

/** Σ|w − holdings|. */
export function traded(weights: Float64Array, holdings: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += Math.abs((weights[i] ?? 0) - (holdings[i] ?? 0));
  return sum;
}

export function weightRows({ budget, linear, assets }: CheckedProblem): LinearRow[] {
  const sum = budget.lower > -Infinity || budget.upper < Infinity ? [denseRow('budget', new Float64Array(assets.length).fill(1), budget)] : [];
  return [...sum, ...linear.map((limit) => denseRow(limit.name, limit.coefficients, limit))];
}

function withRidge(quadratic: SymmetricMatrix | undefined, n: number, ridge: number): SymmetricMatrix | undefined {
  if (ridge === 0) return quadratic;
  const values = quadratic === undefined ? new Float64Array(n * n) : quadratic.values.slice();
  for (let i = 0; i < n; i++) values[i * (n + 1)] = (values[i * (n + 1)] ?? 0) + ridge;
  return { size: n, values };
}

/** The program over buys b and sells s with w = holdings + b − s; the limits of w become limits of b and s alone. */
function tradeProgram({ size: n, quadratic, linear, lower, upper, rows }: QuadraticProgram, holdings: Float64Array, price: number, turnover: number | undefined): QuadraticProgram {
  const start = quadratic === undefined ? new Float64Array(n) : times(quadratic, holdings);
  const slope = (i: number): number => (linear[i] ?? 0) + (start[i] ?? 0);
  const both = (buy: (i: number) => number, sell: (i: number) => number): Float64Array => Float64Array.from({ length: 2 * n }, (_, k) => (k < n ? buy(k) : sell(k - n)));
  const held = (i: number): number => holdings[i] ?? 0;
  return {
    size: 2 * n,
    quadratic: quadratic === undefined ? undefined : mirrored(quadratic),
    linear: both((i) => slope(i) + price, (i) => -slope(i) + price),
    lower: both((i) => Math.max(0, (lower[i] ?? 0) - held(i)), (i) => Math.max(0, held(i) - (upper[i] ?? 0))),
    upper: both((i) => Math.max(0, (upper[i] ?? 0) - held(i)), (i) => Math.max(0, held(i) - (lower[i] ?? 0))),
    rows: [
      ...rows.map((row): LinearRow => {
        let shift = 0;
        row.indices.forEach((i, k) => (shift += (row.values[k] ?? 0) * held(i)));
        return { name: row.name, indices: Int32Array.of(...row.indices, ...row.indices.map((i) => n + i)), values: Float64Array.of(...row.values, ...row.values.map((a) => -a)), lower: row.lower - shift, upper: row.upper - shift };
      }),
      ...(turnover === undefined ? [] : [denseRow(TURNOVER, new Float64Array(2 * n).fill(1), { upper: turnover })]),
    ],
  };
}

/** The trades to some weights, with multipliers that say which of them would stay 0 or go to their limits. */
function tradesNear({ size, upper, rows }: QuadraticProgram, weights: Float64Array, holdings: Float64Array): PrimalDualPoint {
  const x = new Float64Array(size);
  holdings.forEach((held, i) => {
    x[i] = Math.max(0, (weights[i] ?? 0) - held);
    x[holdings.length + i] = Math.max(0, held - (weights[i] ?? 0));
  });
  return {
    x,
    boundMultipliers: x.map((value, k) => (value === 0 ? 1 : value === upper[k] ? -1 : 0)),
    rowMultipliers: Float64Array.from(rows, (row) => (row.name === TURNOVER && rowActivity(row, x) > row.upper ? -1 : 0)),
  };
}

/** [Q −Q; −Q Q]. */
function mirrored({ size: n, values }: SymmetricMatrix): SymmetricMatrix {
  const doubled = new Float64Array(4 * n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const value = values[i * n + j] ?? 0;
      doubled[i * 2 * n + j] = value;
      doubled[(n + i) * 2 * n + n + j] = value;
      doubled[i * 2 * n + n + j] = -value;
      doubled[(n + i) * 2 * n + j] = -value;
    }
  return { size: 2 * n, values: doubled };
}

/** The same limits over weights, buys and sells, for the search of a conflict: the bounds are those of the weights alone. */
function definedTrades({ size: n, lower, upper, rows }: QuadraticProgram, holdings: Float64Array, turnover: number | undefined): QuadraticProgram {
  const whole = (weights: Float64Array, rest: number): Float64Array => Float64Array.from({ length: 3 * n }, (_, k) => (k < n ? (weights[k] ?? 0) : rest));
  const defined = (name: string, indices: number[], values: number[], from: number, to: number): LinearRow => ({ name, indices: Int32Array.from(indices), values: Float64Array.from(values), lower: from, upper: to, definition: true });
  return {
    size: 3 * n,
    quadratic: undefined,
    linear: new Float64Array(3 * n),
    lower: whole(lower, -Infinity),
    upper: whole(upper, Infinity),
    rows: [
      ...rows,
      ...Array.from(holdings, (held, i) => defined(`trade ${i}`, [i, n + i, 2 * n + i], [1, -1, 1], held, held)),
      ...Array.from({ length: 2 * n }, (_, k) => defined(`side ${k}`, [n + k], [1], 0, Infinity)),
      ...(turnover === undefined ? [] : [denseRow(TURNOVER, whole(new Float64Array(n), 1), { upper: turnover })]),
    ],
  };
}
