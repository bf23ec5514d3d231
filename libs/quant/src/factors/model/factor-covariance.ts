import { InvalidInputError } from '@nautilus/model';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { zeroMatrix, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { AssetPanel } from '../../portfolio/asset-panel.ts';

export interface FactorCovarianceOptions {
  /** Dates after which an observation weighs one half, for standard deviations. */
  readonly deviationHalfLife?: number;
  /** The same for correlations. */
  readonly correlationHalfLife?: number;
  /** Dates over which serial correlation is allowed for, Bartlett weights 1 − k/(lags + 1). */
  readonly lags?: number;
}

/**
 * Daily covariance of factor returns: exponentially weighted, standard deviations and correlations with half-lives of
 * their own, each with the terms of Newey and West 1987; negative eigenvalues set to 0 (Menchero, Orr and Wang 2011).
 * Deviations are from the mean under the same weights. A factor that does not vary has variance and correlations 0.
 * @param history factor returns, one period per date, oldest first, the factors in the place of assets
 * @throws InvalidInputError below two dates, for missing values and for impossible options
 */
export function factorCovariance(history: AssetPanel, { deviationHalfLife = 90, correlationHalfLife = 180, lags = 5 }: FactorCovarianceOptions = {}): SymmetricMatrix {
  if (history.periods < 2) throw new InvalidInputError([{ path: 'history', message: `${history.periods} date; at least 2 are needed` }]);
  const missing = history.values.findIndex((value) => !Number.isFinite(value));
  if (missing >= 0) throw new InvalidInputError([{ path: `history[${missing}]`, message: 'must be finite' }]);
  const wrong = Object.entries({ deviationHalfLife, correlationHalfLife }).filter(([, value]) => !(value > 0));
  if (wrong.length > 0) throw new InvalidInputError(wrong.map(([path]) => ({ path, message: 'must be positive' })));
  if (!Number.isInteger(lags) || lags < 0) throw new InvalidInputError([{ path: 'lags', message: 'must be a whole number of at least 0' }]);
  const forDeviations = weightedCovariance(history, deviationHalfLife, lags);
  const forCorrelations = weightedCovariance(history, correlationHalfLife, lags);
  const k = history.assets.length;
  const variance = (covariance: Float64Array, a: number): number => Math.max(0, covariance[a * (k + 1)] ?? 0);
  const combined = zeroMatrix(k);
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) {
      const scale = Math.sqrt(variance(forCorrelations, a) * variance(forCorrelations, b));
      const correlation = a === b ? 1 : scale > 0 ? (forCorrelations[a * k + b] ?? 0) / scale : 0;
      combined.values[a * k + b] = correlation * Math.sqrt(variance(forDeviations, a) * variance(forDeviations, b));
    }
  }
  return withoutNegativeEigenvalues(combined);
}

function weightedCovariance(history: AssetPanel, halfLife: number, lags: number): Float64Array {
  const [n, k] = [history.periods, history.assets.length];
  const weights = Float64Array.from({ length: n }, (_, t) => 2 ** (-(n - 1 - t) / halfLife));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const means = new Float64Array(k);
  for (let t = 0; t < n; t++) for (let a = 0; a < k; a++) means[a] = (means[a] ?? 0) + ((weights[t] ?? 0) / total) * (history.values[t * k + a] ?? 0);
  const centred = history.values.map((value, i) => value - (means[i % k] ?? 0));
  const covariance = new Float64Array(k * k);
  for (let lag = 0; lag <= Math.min(lags, n - 1); lag++) {
    const share = (1 - lag / (lags + 1)) * (lag === 0 ? 0.5 : 1);
    for (let t = lag; t < n; t++) {
      const weight = (share * (weights[t] ?? 0)) / total;
      for (let a = 0; a < k; a++) {
        const now = weight * (centred[t * k + a] ?? 0);
        for (let b = 0; b < k; b++) {
          const product = now * (centred[(t - lag) * k + b] ?? 0);
          covariance[a * k + b] = (covariance[a * k + b] ?? 0) + product;
          covariance[b * k + a] = (covariance[b * k + a] ?? 0) + product;
        }
      }
    }
  }
  return covariance;
}

function withoutNegativeEigenvalues(matrix: SymmetricMatrix): SymmetricMatrix {
  const k = matrix.size;
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(k, k, matrix.values), { assumeSymmetric: true });
  if (realEigenvalues.every((value) => value >= 0)) return matrix;
  const result = zeroMatrix(k);
  realEigenvalues.forEach((value, j) => {
    if (value <= 0) return;
    for (let a = 0; a < k; a++)
      for (let b = 0; b < k; b++) result.values[a * k + b] = (result.values[a * k + b] ?? 0) + value * eigenvectorMatrix.get(a, j) * eigenvectorMatrix.get(b, j);
  });
  return result;
}

/**
 * Factor by which a factor covariance is multiplied so that it follows the present level of volatility: exponentially
 * weighted mean of c_t² = (1/K)Σ(f_kt/σ_k,t−1)² (Menchero, Orr and Wang 2011).
 * @param surprises c_t², oldest first @throws InvalidInputError for none, negative ones, or a half-life that is not positive
 */
export function volatilityRegime(surprises: Float64Array, halfLife = 42): number {
  if (surprises.length === 0 || surprises.some((value) => !(value >= 0))) throw new InvalidInputError([{ path: 'surprises', message: 'need at least one, none negative' }]);
  if (!(halfLife > 0)) throw new InvalidInputError([{ path: 'halfLife', message: 'must be positive' }]);
  let [sum, total] = [0, 0];
  surprises.forEach((value, t) => {
    const weight = 2 ** (-(surprises.length - 1 - t) / halfLife);
    sum += weight * value;
    total += weight;
  });
  return sum / total;
}

/** c_t² of one date: the mean of (return/forecast deviation)² over the factors with a forecast. Undefined without one. */
export function crossSectionalSurprise(returns: Float64Array, deviations: Float64Array): number | undefined {
  let [sum, count] = [0, 0];
  returns.forEach((value, k) => {
    const deviation = deviations[k] ?? NaN;
    if (!(deviation > 0) || Number.isNaN(value)) return;
    sum += (value / deviation) ** 2;
    count += 1;
  });
  return count === 0 ? undefined : sum / count;
}
