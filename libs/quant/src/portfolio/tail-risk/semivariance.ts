import { InvalidInputError } from '@nautilus/model';
import { crossProduct } from '../../linear-algebra/cross-product.ts';
import { dot } from '../../linear-algebra/symmetric-matrix.ts';
import type { AssetPanel } from '../asset-panel.ts';
import { kktResiduals, type QuadraticProgram, type QuadraticSolution } from '../quadratic-program.ts';
import { solveQuadraticProgram } from '../solve-quadratic.ts';
import type { ScenarioPortfolio } from './linear-tail-risk.ts';
import { scenarioLimits, type ScenarioLimits, type ScenarioProblem } from './scenario-problem.ts';
import { portfolioScenarioRisk, scenarioReturns } from './scenario-risk.ts';

const ROUNDS = 200;

/**
 * The weights of least mean min(r_tᵀw − b, 0)², b a return of one period; `risk` is its root, the semideviation of one
 * period, and `kkt` belongs to the semivariance. With `minimumReturn` those on the frontier at that return.
 *
 * The objective is quadratic wherever the same periods fall short, so that each round solves the small program of these
 * periods, goes to the lowest point of the way there (the semismooth Newton method of Qi & Sun 1993) and ends when the
 * periods stay the same: the optimum of the last program is then that of the whole.
 * @throws InfeasibleConstraintsError naming the constraints in conflict; InvalidInputError as `minimiseLinearRisk`, and for
 * a limit of turnover, which this method does not take.
 */
export function minimiseSemivariance(problem: ScenarioProblem, { benchmark = 0 }: { readonly benchmark?: number } = {}): ScenarioPortfolio {
  if (!Number.isFinite(benchmark)) throw new InvalidInputError([{ path: 'benchmark', message: 'must be a number' }]);
  const limits = scenarioLimits(problem);
  if (limits.turnover !== undefined) throw new InvalidInputError([{ path: 'constraints.turnover', message: 'is not possible with semivariance' }]);
  // Returns of the size of 1, so that their products stay well above the solver's smallest numbers.
  const unit = Math.sqrt(limits.returns.values.reduce((sum, value) => sum + value * value, 0) / limits.returns.values.length) || 1;
  const scaled: Shortfall = { limits, returns: { ...limits.returns, values: limits.returns.values.map((value) => value / unit) }, benchmark: benchmark / unit };
  let { x } = overPeriods(scaled, () => true);
  for (let round = 0; round < ROUNDS; round++) {
    const before = margins(scaled, x);
    if (before.every((margin) => margin >= 0)) return portfolioOf(limits, benchmark, unit, riskless(scaled, x));
    const isShort = (t: number): boolean => (before[t] ?? 0) < 0;
    const next = overPeriods(scaled, isShort);
    const after = margins(scaled, next.x);
    // Where the program of these periods is flat, its answer may lie where others fall short, and this point is as good.
    if (descent(before, after) <= STILL * sumOfSquares(before)) return portfolioOf(limits, benchmark, unit, standing(scaled, isShort, x, next));
    if (after.every((margin, t) => Math.abs(margin) < SAME || margin < 0 === (before[t] ?? 0) < 0)) return portfolioOf(limits, benchmark, unit, next);
    const share = lowestShare(before, after);
    x = x.map((value, i) => value + share * ((next.x[i] ?? 0) - value));
  }
  throw new InvalidInputError([{ path: 'program', message: `no answer after ${ROUNDS} rounds` }], 'schema', '/problems/unsolved-program');
}

/** The problem in units in which returns are of the size of 1. */
interface Shortfall {
  readonly limits: ScenarioLimits;
  readonly returns: AssetPanel;
  readonly benchmark: number;
}

/** Below this size a margin adds nothing to the objective that rounding would keep. */
const SAME = 1e-13;

function margins({ returns, benchmark }: Shortfall, x: Float64Array): Float64Array {
  return scenarioReturns(returns, x).map((value) => value - benchmark);
}

/** Largest share of the objective by which a point may still be improved and counts as the lowest. */
const STILL = 1e-13;

/** Half of what the objective loses per unit of way between two points, at the first. */
const descent = (before: Float64Array, after: Float64Array): number =>
  before.reduce((sum, margin, t) => sum - Math.min(0, margin) * ((after[t] ?? 0) - margin), 0);

const sumOfSquares = (margin: Float64Array): number => margin.reduce((sum, value) => sum + Math.min(0, value) ** 2, 0);

/** A point with the multipliers of another that is as good for the same program: they are the same in convex programs. */
function standing(shortfall: Shortfall, chosen: (t: number) => boolean, x: Float64Array, { rowMultipliers, boundMultipliers, iterations, objective }: QuadraticSolution): QuadraticSolution {
  return { x, rowMultipliers, boundMultipliers, iterations, objective, kkt: kktResiduals(programOver(shortfall, chosen), { x, rowMultipliers, boundMultipliers }) };
}

/** Least mean over all periods of (rᵀw − b)², the chosen ones counted. */
const overPeriods = (shortfall: Shortfall, chosen: (t: number) => boolean): QuadraticSolution => solveQuadraticProgram(programOver(shortfall, chosen));

function programOver(shortfall: Shortfall, chosen: (t: number) => boolean): QuadraticProgram {
  const { returns: { assets, periods, values }, benchmark, limits: { lower, upper, rows } } = shortfall;
  const n = assets.length;
  const kept = Array.from({ length: periods }, (_, t) => t).filter(chosen);
  const part = new Float64Array(kept.length * n);
  kept.forEach((t, k) => part.set(values.subarray(t * n, (t + 1) * n), k * n));
  const quadratic = crossProduct(part, kept.length, n);
  const linear = new Float64Array(n);
  part.forEach((value, k) => (linear[k % n] = (linear[k % n] ?? 0) - (2 * benchmark * value) / periods));
  return { size: n, quadratic: { size: n, values: quadratic.values.map((value) => (2 * value) / periods) }, linear, lower, upper, rows };
}

/** A point without any shortfall: nothing can be lower, and no multiplier is needed for it. */
function riskless({ limits: { lower, upper, rows } }: Shortfall, x: Float64Array): QuadraticSolution {
  const point = { x, rowMultipliers: new Float64Array(rows.length), boundMultipliers: new Float64Array(x.length) };
  const program = { size: x.length, quadratic: undefined, linear: new Float64Array(x.length), lower, upper, rows };
  return { ...point, objective: 0, iterations: 0, kkt: kktResiduals(program, point) };
}

/** Where Σ min(margin, 0)² is lowest between two points; its slope grows along the way. */
function lowestShare(before: Float64Array, after: Float64Array): number {
  const slope = (share: number): number =>
    before.reduce((sum, margin, t) => sum + Math.min(0, margin + share * ((after[t] ?? 0) - margin)) * ((after[t] ?? 0) - margin), 0);
  if (slope(1) <= 0) return 1;
  let [low, high] = [0, 1];
  while (high - low > 1e-15) {
    const middle = (low + high) / 2;
    if (slope(middle) <= 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function portfolioOf({ returns, expectedReturns, rows }: ScenarioLimits, benchmark: number, unit: number, { x, kkt, rowMultipliers }: QuadraticSolution): ScenarioPortfolio {
  return {
    weights: x,
    kkt,
    periods: returns.periods,
    risk: portfolioScenarioRisk('semideviation', returns, x, { benchmark }),
    expectedReturn: expectedReturns === undefined ? undefined : dot(expectedReturns, x),
    shadowPrices: rows.flatMap(({ name }, r) => (rowMultipliers[r] === 0 ? [] : [{ constraint: name, price: (rowMultipliers[r] ?? 0) * unit * unit }])),
  };
}
