import { InvalidInputError, type Problem } from '@nautilus/model';
import { choleskyFactor } from '../../linear-algebra/cholesky.ts';
import { checkedSymmetric, largestMagnitude, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { InfeasibleConstraintsError } from '../infeasibility.ts';

/** Share of the largest covariance by which rounding may have made an eigenvalue negative. */
const ROUNDING = 1e-10;

/** lower ≤ value ≤ upper; an absent side is open, equal sides make an equation. */
export interface LimitRange {
  readonly lower?: number;
  readonly upper?: number;
}

/** LimitRange of Σ coefficient_i·w_i: a sector, a factor or beta exposure. The name stands in errors and shadow prices. */
export interface LinearLimit extends LimitRange {
  readonly name: string;
  /** One number per asset. */
  readonly coefficients: ArrayLike<number>;
}

export interface PortfolioConstraints {
  /** Least weight, of every asset or one per asset; default 0. */
  readonly lower?: number | ArrayLike<number>;
  /** Largest weight; default 1. */
  readonly upper?: number | ArrayLike<number>;
  /** LimitRange of the sum of weights; default exactly 1. */
  readonly budget?: LimitRange;
  readonly linear?: readonly LinearLimit[];
  /** Largest Σ|w − holdings|, both sides counted. */
  readonly turnover?: number;
  /** √((w−b)ᵀΣ(w−b)) ≤ most. */
  readonly trackingError?: { readonly benchmark: ArrayLike<number>; readonly most: number };
}

/** What every optimiser starts from; returns and covariance are yearly, weights shares of the portfolio. */
export interface PortfolioProblem {
  readonly assets: readonly string[];
  readonly covariance: SymmetricMatrix;
  /** One per asset; needed by methods that look at return. */
  readonly expectedReturns?: ArrayLike<number>;
  /** Default 0.02. */
  readonly riskFreeRate?: number;
  readonly constraints?: PortfolioConstraints;
  /** Weights held now; needed by turnover and transaction cost. */
  readonly holdings?: ArrayLike<number>;
  /** Cost of trading the whole portfolio once; rate × Σ|w − holdings| joins the objective. */
  readonly transactionCost?: number;
  /** γ of γ·wᵀw in the objective, which spreads the weights. */
  readonly l2?: number;
}

/** A problem with its defaults filled in, every size and number checked. */
export interface CheckedProblem {
  readonly assets: readonly string[];
  readonly covariance: SymmetricMatrix;
  readonly expectedReturns: Float64Array | undefined;
  readonly riskFreeRate: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly budget: Required<LimitRange>;
  readonly linear: readonly Required<LinearLimit>[];
  readonly turnover: number | undefined;
  readonly trackingError: { readonly benchmark: Float64Array; readonly most: number } | undefined;
  readonly holdings: Float64Array | undefined;
  readonly transactionCost: number;
  readonly l2: number;
}

/** @throws InvalidInputError naming each field that does not fit; InfeasibleConstraintsError for limits that exclude each other at once. */
export function checkedProblem(problem: PortfolioProblem): CheckedProblem {
  const { assets, constraints = {}, riskFreeRate = 0.02, transactionCost = 0, l2 = 0 } = problem;
  const covariance = checkedSymmetric(problem.covariance, 'covariance');
  const n = covariance.size;
  if (!isSemidefinite(covariance)) throw new InvalidInputError([{ path: 'covariance', message: 'is not positive semidefinite: some portfolio would have a negative variance' }]);
  const problems: Problem[] = [];
  const refuse = (path: string, message: string): void => void problems.push({ path, message });
  if (assets.length !== n) refuse('assets', `${assets.length} names beside a covariance of ${n}`);
  const perAsset = (path: string, given: ArrayLike<number>, finite = true): Float64Array => {
    const values = Float64Array.from(given);
    if (values.length !== n) refuse(path, `${values.length} values for ${n} assets`);
    values.forEach((value, i) => (Number.isNaN(value) || (finite && !Number.isFinite(value))) && refuse(`${path}.${assets[i] ?? i}`, 'must be a number'));
    return values;
  };
  const notNegative = (path: string, value: number | undefined): void => {
    if (value !== undefined && !(value >= 0 && value < Infinity)) refuse(path, 'must be a number of at least 0');
  };
  const bound = (path: string, given: number | ArrayLike<number>): Float64Array => perAsset(path, typeof given === 'number' ? new Float64Array(n).fill(given) : given, false);
  const limits = (path: string, { lower = -Infinity, upper = Infinity }: LimitRange): Required<LimitRange> => {
    if (Number.isNaN(lower) || Number.isNaN(upper)) refuse(path, 'its limits must be numbers');
    return { lower, upper };
  };
  const checked: CheckedProblem = {
    assets,
    covariance,
    expectedReturns: problem.expectedReturns === undefined ? undefined : perAsset('expectedReturns', problem.expectedReturns),
    riskFreeRate,
    lower: bound('constraints.lower', constraints.lower ?? 0),
    upper: bound('constraints.upper', constraints.upper ?? 1),
    budget: limits('constraints.budget', constraints.budget ?? { lower: 1, upper: 1 }),
    linear: (constraints.linear ?? []).map((limit) => ({ name: limit.name, coefficients: perAsset(`constraints.${limit.name}`, limit.coefficients), ...limits(`constraints.${limit.name}`, limit) })),
    turnover: constraints.turnover,
    trackingError: constraints.trackingError === undefined ? undefined : { benchmark: perAsset('constraints.trackingError.benchmark', constraints.trackingError.benchmark), most: constraints.trackingError.most },
    holdings: problem.holdings === undefined ? undefined : perAsset('holdings', problem.holdings),
    transactionCost,
    l2,
  };
  if (!Number.isFinite(riskFreeRate)) refuse('riskFreeRate', 'must be a number');
  notNegative('transactionCost', transactionCost);
  notNegative('l2', l2);
  notNegative('constraints.turnover', constraints.turnover);
  notNegative('constraints.trackingError.most', constraints.trackingError?.most);
  if (checked.holdings === undefined && (transactionCost > 0 || constraints.turnover !== undefined)) refuse('holdings', 'are needed by turnover and transaction cost');
  if (problems.length > 0) throw new InvalidInputError(problems);
  assets.forEach((asset, i) => {
    if ((checked.lower[i] ?? 0) > (checked.upper[i] ?? 0)) throw new InfeasibleConstraintsError([`bounds of ${asset}`], `the least weight of ${asset} is above its largest`);
  });
  for (const { name, lower, upper } of [{ name: 'budget', ...checked.budget }, ...checked.linear])
    if (lower > upper) throw new InfeasibleConstraintsError([name], `the lower limit of ${name} is above its upper limit`);
  return checked;
}

/** Whether no eigenvalue is negative beyond rounding. A program over any other matrix has no single optimum. */
function isSemidefinite({ size: n, values }: SymmetricMatrix): boolean {
  const lifted = { size: n, values: values.slice() };
  const lift = ROUNDING * largestMagnitude(values);
  for (let i = 0; i < n; i++) lifted.values[i * (n + 1)] = (lifted.values[i * (n + 1)] ?? 0) + lift;
  return lift === 0 || choleskyFactor(lifted, 0) !== undefined;
}

/** @throws InvalidInputError unless there is one finite number per asset. */
export function checkedVector(path: string, given: ArrayLike<number>, assets: readonly string[]): Float64Array {
  const values = Float64Array.from(given);
  if (values.length !== assets.length) throw new InvalidInputError([{ path, message: `${values.length} values for ${assets.length} assets` }]);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new InvalidInputError([{ path: `${path}.${assets[wrong]}`, message: 'must be a number' }]);
  return values;
}

/** The expected returns. @throws InvalidInputError when the problem has none. */
export function neededReturns({ expectedReturns }: CheckedProblem): Float64Array {
  if (expectedReturns === undefined) throw new InvalidInputError([{ path: 'expectedReturns', message: 'are needed by this method' }]);
  return expectedReturns;
}

/** @throws InvalidInputError naming the first of the fields that the problem sets and the method cannot honour. */
export function refuseUnsupported(problem: CheckedProblem, method: string, fields: readonly ('l2' | 'transactionCost' | 'trackingError' | 'turnover')[]): void {
  const path = fields.find((field) => problem[field] !== undefined && problem[field] !== 0);
  if (path !== undefined) throw new InvalidInputError([{ path, message: `is not possible with ${method}` }]);
}

/**
 * One limit per sector from the sector of each asset.
 * @throws InvalidInputError for a limited sector that holds no asset.
 */
export function sectorLimits(sectors: readonly string[], limits: Readonly<Record<string, LimitRange>>): LinearLimit[] {
  return Object.entries(limits).map(([sector, limit]) => {
    if (!sectors.includes(sector)) throw new InvalidInputError([{ path: `sectors.${sector}`, message: 'holds no asset' }]);
    return { name: `sector ${sector}`, coefficients: sectors.map((own) => (own === sector ? 1 : 0)), ...limit };
  });
}
