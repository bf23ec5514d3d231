import { InvalidInputError } from '@nautilus/model';
import { constrainedDesign, designOf, unconstrained } from './constrained-design.ts';
import { robustCovariance, weightedFit, type WeightedFit } from './weighted-regression.ts';

/** Assets of one date. Every figure is present; `sectors` and `styles` hold one column of length n each. */
export interface AssetCrossSection {
  /** Already clipped, see `winsorised`. */
  readonly returns: Float64Array;
  readonly capitalisations: Float64Array;
  /** Indicators 0 or 1; an asset may belong to several sectors. */
  readonly sectors: readonly Float64Array[];
  readonly styles: readonly Float64Array[];
}

/** Numbers of one kind for every factor: the market, the sectors and the styles in their order. */
export interface PerFactor<Value> {
  readonly market: Value;
  readonly sectors: readonly Value[];
  readonly styles: readonly Value[];
}

export interface CrossSectionReturns {
  readonly returns: PerFactor<number>;
  /** Robust to unequal variances (White 1980). */
  readonly standardErrors: PerFactor<number>;
  /** Undefined where the error is 0. */
  readonly t: PerFactor<number | undefined>;
  readonly residuals: Float64Array;
  /** Weighted share of the variance of returns that factors explain; undefined without variance. */
  readonly rSquared: number | undefined;
  /** The larger of the two normal matrices' condition numbers; undefined when one is deficient. */
  readonly condition: number | undefined;
  /** Factors that the assets do not tell apart; their returns are those of the smallest-norm solution. */
  readonly deficient: PerFactor<boolean>;
  readonly assets: number;
}

/** Weight of a factor in an undetermined direction from which it counts as not told apart. */
const SHARE = 1e-8;

/**
 * Factor returns of one date by weighted least squares, weights √capitalisation. First the market and the sectors, whose
 * returns add to zero: B = [1 | S], B* = BR with R = [I ; 0 −1 … −1], g = (B*ᵀWB*)⁺B*ᵀWr, (market, sectors) = Rg. Then the
 * styles without intercept on what is left, or on the returns themselves when `residualizeStyles` is false. Returns =
 * market + sectors + styles + residuals. Method of the published toraniko package (MIT).
 * @returns undefined for fewer than two assets
 * @throws InvalidInputError for columns of unequal length, capitalisations that are not positive, values not finite
 */
export function crossSectionReturns(assets: AssetCrossSection, residualizeStyles: boolean): CrossSectionReturns | undefined {
  checkAssets(assets);
  const { returns, sectors, styles } = assets;
  const n = returns.length;
  if (n < 2) return undefined;
  const weights = assets.capitalisations.map(Math.sqrt);
  const sectorDesign = constrainedDesign(n, sectors);
  const sectorFit = weightedFit(sectorDesign, weights, returns);
  const afterSectors = returns.map((value, i) => value - (sectorFit.fitted[i] ?? NaN));
  const styleDesign = designOf(n, styles);
  const styleFit = weightedFit(styleDesign, weights, residualizeStyles ? afterSectors : returns);
  const residuals = afterSectors.map((value, i) => value - (styleFit.fitted[i] ?? NaN));
  const sectorErrors = constrainedErrors(robustCovariance(sectorDesign, weights, residuals, sectorFit.inverse), sectors.length);
  const styleErrors = diagonalRoots(robustCovariance(styleDesign, weights, residuals, styleFit.inverse), styles.length);
  const [market = NaN, ...ofSectors] = unconstrained(sectorFit.coefficients, sectors.length);
  const result: PerFactor<number> = { market, sectors: ofSectors, styles: [...styleFit.coefficients] };
  const standardErrors: PerFactor<number> = { market: sectorErrors[0] ?? NaN, sectors: sectorErrors.slice(1), styles: styleErrors };
  const ratio = (value: number, error: number | undefined): number | undefined => (error !== undefined && error > 0 ? value / error : undefined);
  return {
    returns: result,
    standardErrors,
    t: {
      market: ratio(market, standardErrors.market),
      sectors: ofSectors.map((value, k) => ratio(value, standardErrors.sectors[k])),
      styles: result.styles.map((value, k) => ratio(value, standardErrors.styles[k])),
    },
    residuals,
    rSquared: weightedShare(returns, residuals, weights),
    condition: sectorFit.condition === undefined || (styles.length > 0 && styleFit.condition === undefined) ? undefined : Math.max(sectorFit.condition, styleFit.condition ?? 1),
    deficient: deficientFactors(sectorFit, styleFit, sectors.length, styles.length),
    assets: n,
  };
}

/** @throws InvalidInputError as `crossSectionReturns` */
export function checkAssets({ returns, capitalisations, sectors, styles }: AssetCrossSection): void {
  const columns: readonly (readonly [string, Float64Array])[] = [
    ['returns', returns],
    ['capitalisations', capitalisations],
    ...sectors.map((column, k) => [`sectors[${k}]`, column] as const),
    ...styles.map((column, k) => [`styles[${k}]`, column] as const),
  ];
  for (const [path, column] of columns) {
    if (column.length !== returns.length) throw new InvalidInputError([{ path, message: `has ${column.length} values for ${returns.length} assets` }]);
    const wrong = column.findIndex((value) => !Number.isFinite(value) || (path === 'capitalisations' && value <= 0));
    if (wrong >= 0) throw new InvalidInputError([{ path: `${path}[${wrong}]`, message: path === 'capitalisations' ? 'must be positive and finite' : 'must be finite' }]);
  }
}

function constrainedErrors(covariance: Float64Array, sectors: number): number[] {
  const p = Math.max(1, sectors);
  const errors = diagonalRoots(covariance, p);
  if (sectors === 0) return errors;
  let last = 0;
  for (let a = 1; a < p; a++) for (let b = 1; b < p; b++) last += covariance[a * p + b] ?? NaN;
  return [...errors, Math.sqrt(Math.max(0, last))];
}

const diagonalRoots = (covariance: Float64Array, p: number): number[] => Array.from({ length: p }, (_, a) => Math.sqrt(Math.max(0, covariance[a * p + a] ?? NaN)));

function weightedShare(returns: Float64Array, residuals: Float64Array, weights: Float64Array): number | undefined {
  let [mean, total] = [0, 0];
  returns.forEach((value, i) => {
    mean += (weights[i] ?? NaN) * value;
    total += weights[i] ?? NaN;
  });
  mean /= total;
  let [all, left] = [0, 0];
  returns.forEach((value, i) => {
    all += (weights[i] ?? NaN) * (value - mean) ** 2;
    left += (weights[i] ?? NaN) * (residuals[i] ?? NaN) ** 2;
  });
  const flat = returns.every((value) => value === returns[0]);
  return flat ? undefined : 1 - left / all;
}

function deficientFactors(sectorFit: WeightedFit, styleFit: WeightedFit, sectors: number, styles: number): PerFactor<boolean> {
  const touched = (directions: readonly (readonly number[])[], k: number): boolean => directions.some((direction) => Math.abs(direction[k] ?? 0) > SHARE);
  const ofSectors = sectorFit.undetermined.map((direction) => unconstrained(direction, sectors));
  const ofStyles = styleFit.undetermined.map((direction) => [...direction]);
  return {
    market: touched(ofSectors, 0),
    sectors: Array.from({ length: sectors }, (_, k) => touched(ofSectors, k + 1)),
    styles: Array.from({ length: styles }, (_, k) => touched(ofStyles, k)),
  };
}
