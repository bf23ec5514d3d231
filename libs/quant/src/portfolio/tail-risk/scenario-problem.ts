import { InvalidInputError } from '@nautilus/model';
import { completeRows, type AssetPanel } from '../asset-panel.ts';
import { InfeasibleConstraintsError } from '../infeasibility.ts';
import { consecutiveRow } from '../linear-programming/solve-linear-program.ts';
import type { PortfolioConstraints } from '../optimisers/portfolio-problem.ts';
import type { LinearRow } from '../quadratic-program.ts';

/** Weights to be found over past returns as equally likely scenarios. */
export interface ScenarioProblem {
  /** Simple returns in time order; periods in which one is missing are left out. */
  readonly returns: AssetPanel;
  readonly constraints?: Pick<PortfolioConstraints, 'lower' | 'upper' | 'budget' | 'linear' | 'turnover'>;
  /** Weights held now; needed by turnover. */
  readonly holdings?: ArrayLike<number>;
  /** One per asset, for any period. */
  readonly expectedReturns?: ArrayLike<number>;
  /** Least μᵀw, in the period of the expected returns. */
  readonly minimumReturn?: number;
}

/** A scenario problem as limits of the weights alone. */
export interface ScenarioLimits {
  readonly returns: AssetPanel;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly rows: readonly LinearRow[];
  readonly expectedReturns: Float64Array | undefined;
  readonly turnover: { readonly holdings: Float64Array; readonly most: number } | undefined;
}

/** @throws InvalidInputError for fields that do not fit; InfeasibleConstraintsError for bounds that cross. */
export function scenarioLimits({ returns, constraints = {}, holdings, expectedReturns, minimumReturn }: ScenarioProblem): ScenarioLimits {
  const complete = completeRows(returns);
  const { assets } = complete;
  const perAsset = (path: string, given: number | ArrayLike<number>, finite: boolean): Float64Array => {
    const values = typeof given === 'number' ? new Float64Array(assets.length).fill(given) : Float64Array.from(given);
    if (values.length !== assets.length || !values.every((value) => (finite ? Number.isFinite(value) : !Number.isNaN(value))))
      throw new InvalidInputError([{ path, message: `must be ${assets.length} numbers` }]);
    return values;
  };
  const lower = perAsset('constraints.lower', constraints.lower ?? 0, false);
  const upper = perAsset('constraints.upper', constraints.upper ?? 1, false);
  const crossed = assets.find((_, i) => (lower[i] ?? 0) > (upper[i] ?? 0));
  if (crossed !== undefined) throw new InfeasibleConstraintsError([`bounds of ${crossed}`], `the least weight of ${crossed} is above its largest`);
  const means = expectedReturns === undefined ? undefined : perAsset('expectedReturns', expectedReturns, true);
  const { lower: least = -Infinity, upper: most = Infinity } = constraints.budget ?? { lower: 1, upper: 1 };
  const rows = [
    consecutiveRow('budget', 0, new Float64Array(assets.length).fill(1), least, most),
    ...(constraints.linear ?? []).map(({ name, coefficients, lower: from = -Infinity, upper: to = Infinity }) => consecutiveRow(name, 0, perAsset(`constraints.${name}`, coefficients, true), from, to)),
  ];
  if (minimumReturn !== undefined) {
    if (means === undefined || !Number.isFinite(minimumReturn)) throw new InvalidInputError([{ path: 'minimumReturn', message: 'must be a number beside expected returns' }]);
    rows.push(consecutiveRow('minimum return', 0, means, minimumReturn, Infinity));
  }
  if (constraints.turnover !== undefined && (holdings === undefined || !(constraints.turnover >= 0)))
    throw new InvalidInputError([{ path: 'constraints.turnover', message: 'must be a number from 0 on, beside the holdings' }]);
  const turnover = constraints.turnover === undefined || holdings === undefined ? undefined : { holdings: perAsset('holdings', holdings, true), most: constraints.turnover };
  return { returns: complete, lower, upper, rows, expectedReturns: means, turnover };
}
