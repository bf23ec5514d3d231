import { EVD, Matrix } from 'ml-matrix';
import { InvalidInputError } from '@nautilus/model';
import { choleskyFactor } from '../linear-algebra/cholesky.ts';
import { crossProduct, mirrorLower, transposed } from '../linear-algebra/cross-product.ts';
import { diagonalOf, scaledMatrix, zeroMatrix, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';
import type { AssetPanel } from './asset-panel.ts';
import { covarianceOfPairs, exponentialMean } from './expected-returns.ts';

const YEAR = 252;

/** Covariance ÷(n−1) over the periods that each pair shares, times the periods of a year. @throws InvalidInputError naming a pair with fewer than two. */
export function sampleCovariance(returns: AssetPanel, periodsPerYear = YEAR): SymmetricMatrix {
  if (!returns.values.some(Number.isNaN)) {
    if (returns.periods < 2) throw new InvalidInputError([{ path: 'returns', message: `${returns.periods} period; at least 2 are needed` }]);
    return scaledMatrix(crossProduct(centred(returns), returns.periods, returns.assets.length), periodsPerYear / (returns.periods - 1));
  }
  return pairwise(returns, (x, y) => {
    const covariance = covarianceOfPairs(x, y);
    return covariance === undefined ? undefined : covariance * periodsPerYear;
  });
}

export interface SemicovarianceOptions {
  /** Return of one period below which a return counts; default 2 % a year. */
  readonly benchmark?: number;
  readonly periodsPerYear?: number;
}

/** Mean over all periods of min(r_i − b, 0)·min(r_j − b, 0), yearly (Estrada 2008); a missing return counts as no shortfall. */
export function semicovariance(returns: AssetPanel, { benchmark = 0.000079, periodsPerYear = YEAR }: SemicovarianceOptions = {}): SymmetricMatrix {
  const drops = returns.values.map((r) => (r < benchmark ? r - benchmark : 0));
  return scaledMatrix(crossProduct(drops, returns.periods, returns.assets.length), periodsPerYear / returns.periods);
}

/** Exponentially weighted mean of the products of deviations from each asset's plain mean, yearly; weights as in `exponentialReturns`. */
export function exponentialCovariance(returns: AssetPanel, { span = 180, periodsPerYear = YEAR }: { readonly span?: number; readonly periodsPerYear?: number } = {}): SymmetricMatrix {
  const deviations = { ...returns, values: centred(returns) };
  return pairwise(deviations, (x, y) => {
    const mean = exponentialMean(span, x.length, (t) => (x[t] ?? NaN) * (y[t] ?? NaN));
    return Number.isNaN(mean) ? undefined : mean * periodsPerYear;
  });
}

/** @throws InvalidInputError for an asset that does not vary. */
export function correlationFromCovariance(covariance: SymmetricMatrix, assets?: readonly string[]): SymmetricMatrix {
  const { size: n } = covariance;
  const deviations = standardDeviations(covariance, assets);
  const correlation = zeroMatrix(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      correlation.values[i * n + j] = i === j ? 1 : (covariance.values[i * n + j] ?? 0) / ((deviations[i] ?? 1) * (deviations[j] ?? 1));
  return correlation;
}

/** Roots of the diagonal. @throws InvalidInputError for an asset that does not vary. */
function standardDeviations(covariance: SymmetricMatrix, assets?: readonly string[]): Float64Array {
  return diagonalOf(covariance).map((variance, i) => {
    if (!(variance > 0)) throw new InvalidInputError([{ path: `covariance.${assets?.[i] ?? i}`, message: 'does not vary' }]);
    return Math.sqrt(variance);
  });
}

export interface RepairedCovariance {
  readonly covariance: SymmetricMatrix;
  /** How many negative eigenvalues became 0; 0 means that the matrix is the one that came. */
  readonly clipped: number;
  readonly smallestEigenvalue: number | undefined;
}

/** Sets negative eigenvalues to 0, as the nearest positive semidefinite matrix in the Frobenius norm has them (Higham 1988). */
export function nearestSemidefinite(covariance: SymmetricMatrix): RepairedCovariance {
  if (choleskyFactor(covariance) !== undefined) return { covariance, clipped: 0, smallestEigenvalue: undefined };
  const { size: n } = covariance;
  const { realEigenvalues, eigenvectorMatrix } = new EVD(Matrix.from1DArray(n, n, covariance.values), { assumeSymmetric: true });
  const smallestEigenvalue = Math.min(...realEigenvalues);
  const rounding = 1e-14 * n * Math.max(...realEigenvalues.map(Math.abs));
  const clipped = realEigenvalues.filter((value) => value < -rounding).length;
  if (clipped === 0) return { covariance, clipped, smallestEigenvalue };
  const roots = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  const factor = Float64Array.from({ length: n * n }, (_, k) => eigenvectorMatrix.get(k % n, Math.floor(k / n)) * (roots[Math.floor(k / n)] ?? 0));
  return { covariance: crossProduct(factor, n, n), clipped, smallestEigenvalue };
}

/** Values less the mean of their asset's own non-missing ones. */
export function centred({ assets, periods, values }: AssetPanel): Float64Array {
  const n = assets.length;
  const [sums, counts] = [new Float64Array(n), new Float64Array(n)];
  for (let t = 0; t < periods; t++)
    for (let i = 0; i < n; i++) {
      const value = values[t * n + i] ?? NaN;
      if (Number.isNaN(value)) continue;
      sums[i] = (sums[i] ?? 0) + value;
      counts[i] = (counts[i] ?? 0) + 1;
    }
  const means = sums.map((sum, i) => sum / (counts[i] ?? 1));
  const deviations = new Float64Array(values.length);
  for (let t = 0; t < periods; t++) for (let i = 0; i < n; i++) deviations[t * n + i] = (values[t * n + i] ?? NaN) - (means[i] ?? 0);
  return deviations;
}

function pairwise(panel: AssetPanel, estimate: (x: Float64Array, y: Float64Array) => number | undefined): SymmetricMatrix {
  const { assets, periods } = panel;
  const columns = transposed(panel.values, periods, assets.length);
  const column = (i: number): Float64Array => columns.subarray(i * periods, (i + 1) * periods);
  const matrix = zeroMatrix(assets.length);
  for (let i = 0; i < assets.length; i++)
    for (let j = 0; j <= i; j++) {
      const value = estimate(column(i), column(j));
      if (value === undefined) throw new InvalidInputError([{ path: `returns.${assets[i]}`, message: `shares fewer than two periods with ${assets[j]}` }]);
      matrix.values[i * assets.length + j] = value;
    }
  mirrorLower(matrix);
  return matrix;
}
