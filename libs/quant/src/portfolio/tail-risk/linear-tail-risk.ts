import { InvalidInputError } from '@nautilus/model';
import { dot } from '../../linear-algebra/symmetric-matrix.ts';
import { type LinearProgrammingSolver } from '../linear-programming/solve-linear-program.ts';
import type { KktResiduals, LinearRow } from '../quadratic-program.ts';
import { linearRiskTerms, type LinearRisk } from './linear-risk-terms.ts';
import { scenarioLimits, type ScenarioLimits, type ScenarioProblem } from './scenario-problem.ts';
import { portfolioScenarioRisk, type ScenarioRiskOptions } from './scenario-risk.ts';

export interface ScenarioPortfolio {
  /** In the order of the panel's assets. */
  readonly weights: Float64Array;
  /** The measure at these weights, in the unit of one period's return. */
  readonly risk: number;
  /** μᵀw; undefined without expected returns. */
  readonly expectedReturn: number | undefined;
  /** How many complete periods were used. */
  readonly periods: number;
  readonly kkt: KktResiduals;
  /** What the objective grows by per unit of a limit of the weights, those that do not hold it left out. */
  readonly shadowPrices: readonly { readonly constraint: string; readonly price: number }[];
}

/**
 * The weights of least risk; with `minimumReturn` those on the frontier at that return.
 * @throws InfeasibleConstraintsError naming the constraints in conflict; InvalidInputError for too few complete periods,
 * fields that do not fit and programs that the solver could not prove.
 */
export function minimiseLinearRisk(solver: LinearProgrammingSolver, problem: ScenarioProblem, measure: LinearRisk, options: ScenarioRiskOptions = {}): ScenarioPortfolio {
  return solved(solver, scenarioLimits(problem), measure, options, undefined);
}

/** The weights of highest μᵀw whose risk is at most `mostRisk`. @throws as `minimiseLinearRisk`, and without expected returns. */
export function maximiseReturnUnderRisk(solver: LinearProgrammingSolver, problem: ScenarioProblem, measure: LinearRisk, mostRisk: number, options: ScenarioRiskOptions = {}): ScenarioPortfolio {
  if (!Number.isFinite(mostRisk)) throw new InvalidInputError([{ path: 'mostRisk', message: 'must be a number' }]);
  const limits = scenarioLimits(problem);
  if (limits.expectedReturns === undefined) throw new InvalidInputError([{ path: 'expectedReturns', message: 'are needed by this method' }]);
  return solved(solver, limits, measure, options, mostRisk);
}

function solved(solver: LinearProgrammingSolver, limits: ScenarioLimits, measure: LinearRisk, { confidence = 0.95, benchmark = 0 }: ScenarioRiskOptions, mostRisk: number | undefined): ScenarioPortfolio {
  const { returns, expectedReturns, turnover } = limits;
  const n = returns.assets.length;
  const traded = turnover === undefined ? 0 : n;
  const first = n + traded;
  const terms = linearRiskTerms(measure, returns, first, { confidence, benchmark });
  const size = first + terms.costs.length;
  const linear = new Float64Array(size);
  if (mostRisk === undefined) linear.set(terms.costs, first);
  else linear.set((expectedReturns ?? new Float64Array(n)).map((value) => -value));
  const lower = new Float64Array(size);
  lower.set(limits.lower);
  lower.set(terms.lower, first);
  const upper = new Float64Array(size).fill(Infinity);
  upper.set(limits.upper);
  const riskRow: LinearRow = { name: 'most risk', indices: Int32Array.from(terms.costs, (_, k) => first + k), values: terms.costs, lower: -Infinity, upper: mostRisk ?? Infinity };
  const ownRows: readonly LinearRow[] = [...limits.rows, ...(turnover === undefined ? [] : turnoverRows(turnover.holdings, turnover.most)), ...(mostRisk === undefined ? [] : [riskRow])];
  const { x, rowMultipliers, kkt } = solver.solve({ size, linear, lower, upper, rows: [...ownRows, ...terms.rows] }, { presolve: false });
  const weights = x.slice(0, n);
  return {
    weights,
    risk: portfolioScenarioRisk(measure, returns, weights, { confidence, benchmark }),
    expectedReturn: expectedReturns === undefined ? undefined : dot(expectedReturns, weights),
    periods: returns.periods,
    kkt,
    shadowPrices: ownRows.flatMap(({ name, definition }, r) => (definition === true || rowMultipliers[r] === 0 ? [] : [{ constraint: name, price: rowMultipliers[r] ?? 0 }])),
  };
}

/** Trades v_i ≥ |w_i − h_i|, variables n … 2n−1, whose sum is limited. */
function turnoverRows(holdings: Float64Array, most: number): LinearRow[] {
  const n = holdings.length;
  const side = (i: number, held: number, sign: 1 | -1): LinearRow => ({ name: `trade ${i}`, indices: Int32Array.of(i, n + i), values: Float64Array.of(sign, 1), lower: sign * held, upper: Infinity, definition: true });
  const total = { name: 'turnover', indices: Int32Array.from(holdings, (_, i) => n + i), values: new Float64Array(n).fill(1), lower: -Infinity, upper: most };
  return [...Array.from(holdings).flatMap((held, i) => [side(i, held, 1), side(i, held, -1)]), total];
}
