import { InvalidInputError } from '@nautilus/model';
import { choleskyFactor, solveCholesky, solveLower } from '../../linear-algebra/cholesky.ts';
import { checkedSymmetric, dot, quadraticForm, times, zeroMatrix, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';

/** An opinion: the portfolio with these weights returns so much. */
export interface BlackLittermanView {
  /** One number per asset: 1 at one asset for an absolute view, +1 and −1 for a relative one. */
  readonly portfolio: Float64Array;
  readonly expectedReturn: number;
  /** Variance of the opinion's error; wins over `confidence`. */
  readonly variance?: number;
  /** From 0 (no information) to 1 (certain), after Idzorek (2005). */
  readonly confidence?: number;
}

export interface BlackLittermanOptions {
  /** Weight of the prior's own uncertainty, default 0.05. */
  readonly tau?: number;
}

export interface BlackLittermanPosterior {
  readonly returns: Float64Array;
  /** Covariance of returns, that of their estimate included: Σ + M. */
  readonly covariance: SymmetricMatrix;
  /** The views' error variances, the diagonal of Ω. */
  readonly viewVariances: Float64Array;
}

/** Stands for no confidence at all. */
const NO_INFORMATION = 1e6;

/**
 * Returns that make the market portfolio optimal: π = δΣw + r_f (Black & Litterman 1992).
 * @param marketValues capitalisation or market weights, any positive scale.
 */
export function impliedReturns(covariance: SymmetricMatrix, marketValues: Float64Array, { riskAversion, riskFreeRate = 0 }: { readonly riskAversion: number; readonly riskFreeRate?: number }): Float64Array {
  const total = marketValues.reduce((sum, value) => sum + value, 0);
  if (checkedSymmetric(covariance, 'covariance').size !== marketValues.length || !marketValues.every((value) => value >= 0 && value < Infinity) || !(total > 0))
    throw new InvalidInputError([{ path: 'marketValues', message: `must be ${covariance.size} numbers from 0 on, not all of them 0` }]);
  checkAversion(riskAversion);
  return times(covariance, marketValues.map((value) => value / total)).map((value) => riskAversion * value + riskFreeRate);
}

/** Price of risk in the market: (mean − r_f)/variance of its returns in one period. */
export function impliedRiskAversion(meanReturn: number, variance: number, riskFreeRate = 0): number {
  if (!(variance > 0)) throw new InvalidInputError([{ path: 'variance', message: 'must be positive' }]);
  return (meanReturn - riskFreeRate) / variance;
}

/**
 * Returns after the views: E = π + τΣPᵀA⁻¹(Q − Pπ) and Σ' = Σ + τΣ − τΣPᵀA⁻¹PτΣ with A = PτΣPᵀ + Ω (He & Litterman 1999).
 * Ω is diagonal: a view's own variance; else τ((1−c)/c)pΣpᵀ of its confidence c (Idzorek 2005), 10⁶ for c = 0; else τpΣpᵀ.
 * @throws InvalidInputError for sizes that differ, no portfolio in a view, confidences outside [0, 1], and certain views that
 * repeat or contradict each other.
 */
export function blackLitterman(covariance: SymmetricMatrix, prior: Float64Array, views: readonly BlackLittermanView[], { tau = 0.05 }: BlackLittermanOptions = {}): BlackLittermanPosterior {
  const n = checkedSymmetric(covariance, 'covariance').size;
  if (prior.length !== n || !prior.every(Number.isFinite)) throw new InvalidInputError([{ path: 'prior', message: `must be ${n} finite numbers` }]);
  if (!(tau > 0 && tau < Infinity)) throw new InvalidInputError([{ path: 'tau', message: 'must be positive' }]);
  const viewVariances = Float64Array.from(views, (view, v) => varianceOf(view, `views.${v}`, covariance, tau));
  const k = views.length;
  // Row v is pᵥτΣ.
  const uncertain = views.map(({ portfolio }) => times(covariance, portfolio).map((value) => value * tau));
  const inner = zeroMatrix(k);
  views.forEach(({ portfolio }, i) => uncertain.forEach((row, j) => (inner.values[i * k + j] = dot(portfolio, row) + (i === j ? (viewVariances[i] ?? 0) : 0))));
  for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) inner.values[i * k + j] = inner.values[j * k + i] ?? 0;
  const factor = k === 0 ? undefined : choleskyFactor(inner, 1e-12);
  if (k > 0 && factor === undefined) throw new InvalidInputError([{ path: 'views', message: 'certain views repeat or contradict each other' }]);

  const returns = prior.slice();
  const posterior = { size: n, values: covariance.values.map((value) => value * (1 + tau)) };
  if (factor !== undefined) {
    const surprise = Float64Array.from(views, ({ portfolio, expectedReturn }) => expectedReturn - dot(portfolio, prior));
    solveCholesky(factor, surprise).forEach((weight, v) => uncertain[v]?.forEach((value, i) => (returns[i] = (returns[i] ?? 0) + weight * value)));
    // Columns L⁻¹(PτΣ)ᵢ, whose products are what the views take away.
    const columns = Array.from({ length: n }, (_, i) => solveLower(factor, Float64Array.from(uncertain, (row) => row[i] ?? 0)));
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        const less = dot(columns[i] ?? surprise, columns[j] ?? surprise);
        posterior.values[i * n + j] = posterior.values[j * n + i] = (posterior.values[i * n + j] ?? 0) - less;
      }
  }
  return { returns, covariance: posterior, viewVariances };
}

/**
 * The optimal portfolio without constraints, (δΣ)⁻¹E over its sum; δ cancels and only has to be positive.
 * @throws InvalidInputError for a singular covariance and when the sum is not positive, so that no weights of sum 1 reach it.
 */
export function unconstrainedWeights(covariance: SymmetricMatrix, expectedReturns: Float64Array): Float64Array {
  if (checkedSymmetric(covariance, 'covariance').size !== expectedReturns.length || !expectedReturns.every(Number.isFinite))
    throw new InvalidInputError([{ path: 'expectedReturns', message: `must be ${covariance.size} finite numbers` }]);
  const factor = choleskyFactor(covariance);
  if (factor === undefined) throw new InvalidInputError([{ path: 'covariance', message: 'is singular; the optimum is not unique' }]);
  const direction = solveCholesky(factor, expectedReturns);
  const total = direction.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) throw new InvalidInputError([{ path: 'expectedReturns', message: 'the optimum is short on balance' }]);
  return direction.map((value) => value / total);
}

function varianceOf({ portfolio, expectedReturn, variance, confidence }: BlackLittermanView, path: string, covariance: SymmetricMatrix, tau: number): number {
  const wrong = (field: string, message: string): never => {
    throw new InvalidInputError([{ path: `${path}.${field}`, message }]);
  };
  if (portfolio.length !== covariance.size || !portfolio.every(Number.isFinite)) wrong('portfolio', `must be ${covariance.size} finite numbers`);
  if (!portfolio.some((value) => value !== 0)) wrong('portfolio', 'holds nothing');
  if (!Number.isFinite(expectedReturn)) wrong('expectedReturn', 'must be finite');
  if (variance !== undefined) return variance >= 0 && variance < Infinity ? variance : wrong('variance', 'must be a number from 0 on');
  const own = tau * quadraticForm(covariance, portfolio);
  if (confidence === undefined) return own;
  if (!(confidence >= 0 && confidence <= 1)) wrong('confidence', 'must be from 0 to 1');
  return confidence === 0 ? NO_INFORMATION : ((1 - confidence) / confidence) * own;
}

function checkAversion(riskAversion: number): void {
  if (!(riskAversion > 0 && riskAversion < Infinity)) throw new InvalidInputError([{ path: 'riskAversion', message: 'must be positive' }]);
}
