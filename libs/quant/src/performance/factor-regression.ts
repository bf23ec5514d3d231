import { InvalidInputError } from '@nautilus/model';
import { Matrix, QrDecomposition } from 'ml-matrix';
import { absent, type Figure } from './figures.ts';
import { momentsOf } from './moments.ts';

export interface FactorRegression {
  /** Intercept per period: the return that the factors leave on average. */
  readonly alpha: number;
  readonly betas: Float64Array;
  /** Classical standard errors and t of intercept, then betas; a reason where no degree of freedom is left. */
  readonly standardErrors: readonly Figure[];
  readonly tStatistics: readonly Figure[];
  /** 1 − Σe²/Σ(r − m)²; `constant_series` for returns that do not vary. */
  readonly rSquared: Figure;
  readonly adjustedRSquared: Figure;
  /** Mean of β_f·F_f per factor; with alpha they add up to the mean return. */
  readonly meanContributions: Float64Array;
  readonly residuals: Float64Array;
}

/**
 * Returns-based attribution: least squares of r on an intercept and factor returns, by Householder QR (Sharpe 1992 without
 * constraints). Needs more dates than factors.
 * @throws InvalidInputError for too few dates, values that are not finite, and factors of which one is a combination of
 * the others or constant
 */
export function factorRegression(returns: ArrayLike<number>, factorReturns: readonly ArrayLike<number>[]): FactorRegression {
  const n = returns.length;
  const factors = factorReturns[0]?.length ?? 0;
  const k = factors + 1;
  check(returns, factorReturns, factors);
  if (n < k) throw new InvalidInputError([{ path: 'returns', message: `${n} dates for ${k} coefficients` }]);
  const scales = Float64Array.from({ length: factors }, (_, f) => Math.sqrt(factorReturns.reduce((sum, row) => sum + (row[f] ?? 0) ** 2, 0)));
  const design = new Matrix(n, k);
  for (let t = 0; t < n; t++) {
    design.set(t, 0, 1 / Math.sqrt(n));
    for (let f = 0; f < factors; f++) design.set(t, f + 1, (factorReturns[t]?.[f] ?? 0) / (scales[f] || 1));
  }
  const decomposition = new QrDecomposition(design);
  const upper = decomposition.upperTriangularMatrix;
  for (let j = 0; j < k; j++) {
    if (!(Math.abs(upper.get(j, j)) > 1e-10)) throw new InvalidInputError([{ path: `factorReturns.*.${Math.max(0, j - 1)}`, message: 'constant, or a combination of the other factors' }]);
  }
  const solved = decomposition.solve(Matrix.columnVector(Array.from(returns)));
  const unscaled = (j: number): number => (j === 0 ? Math.sqrt(n) : (scales[j - 1] ?? 1));
  const coefficients = Float64Array.from({ length: k }, (_, j) => solved.get(j, 0) / unscaled(j));
  const [alpha, betas] = [coefficients[0] ?? 0, coefficients.slice(1)];
  const residuals = Float64Array.from({ length: n }, (_, t) => (returns[t] ?? 0) - alpha - betas.reduce((sum, beta, f) => sum + beta * (factorReturns[t]?.[f] ?? 0), 0));
  const squares = residuals.reduce((sum, e) => sum + e * e, 0);
  const total = momentsOf(returns);
  const fit: Figure = total.varies ? 1 - squares / total.squares : absent('constant_series');
  const standardErrors = n === k ? Array.from({ length: k }, () => absent('insufficient_history')) : errorsOf(upper, squares / (n - k)).map((e, j) => e / unscaled(j));
  return {
    alpha,
    betas,
    standardErrors,
    tStatistics: standardErrors.map((e, j) => (typeof e !== 'number' ? e : e === 0 ? absent('constant_series') : (coefficients[j] ?? 0) / e)),
    rSquared: fit,
    adjustedRSquared: typeof fit !== 'number' ? fit : n === k ? absent('insufficient_history') : 1 - ((1 - fit) * (n - 1)) / (n - k),
    meanContributions: betas.map((beta, f) => (beta * factorReturns.reduce((sum, row) => sum + (row[f] ?? 0), 0)) / n),
    residuals,
  };
}

/** √(s²·(RᵀR)⁻¹_jj) = s·‖row j of R⁻¹‖. */
function errorsOf(upper: Matrix, variance: number): number[] {
  const k = upper.columns;
  const inverse = Matrix.zeros(k, k);
  for (let c = 0; c < k; c++) {
    for (let i = c; i >= 0; i--) {
      let rest = i === c ? 1 : 0;
      for (let j = i + 1; j <= c; j++) rest -= upper.get(i, j) * inverse.get(j, c);
      inverse.set(i, c, rest / upper.get(i, i));
    }
  }
  return Array.from({ length: k }, (_, i) => Math.sqrt(variance * inverse.getRow(i).reduce((sum, x) => sum + x * x, 0)));
}

function check(returns: ArrayLike<number>, factorReturns: readonly ArrayLike<number>[], factors: number): void {
  const bad = (path: string, message: string): never => {
    throw new InvalidInputError([{ path, message }]);
  };
  if (factorReturns.length !== returns.length) bad('factorReturns', `${factorReturns.length} rows for ${returns.length} dates`);
  for (let t = 0; t < returns.length; t++) {
    if (!Number.isFinite(returns[t])) bad(`returns.${t}`, 'not a finite number');
    const row = factorReturns[t] ?? [];
    if (row.length !== factors) bad(`factorReturns.${t}`, `${row.length} values for ${factors} factors`);
    for (let f = 0; f < factors; f++) if (!Number.isFinite(row[f])) bad(`factorReturns.${t}.${f}`, 'not a finite number');
  }
}
