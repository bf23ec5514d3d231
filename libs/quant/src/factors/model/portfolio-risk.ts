import { InvalidInputError } from '@nautilus/model';
import { times, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { SpecificRisk } from './specific-risk.ts';

/** Σ = XFXᵀ + D. */
export interface RiskModel {
  readonly factors: readonly string[];
  /** Assets × factors, row by row, in the order of the assets of `specific`. */
  readonly exposures: Float64Array;
  /** Daily. */
  readonly factorCovariance: SymmetricMatrix;
  /** Daily. */
  readonly specific: SpecificRisk;
}

export interface PortfolioRisk {
  /** Per day, or per year of 252 days when annual. */
  readonly variance: number;
  readonly deviation: number;
  /** Exposure Xᵀw of the portfolio to each factor. */
  readonly exposures: Float64Array;
  /** x_k(Fx)_k/variance for each factor; with `specificShare` they add to 1. Undefined for a portfolio without risk. */
  readonly factorShares: Float64Array | undefined;
  readonly specificShare: number | undefined;
  /** w_i(Σw)_i/σ; they add to the deviation. Undefined for a portfolio without risk. */
  readonly assetContributions: Float64Array | undefined;
}

const DAYS_PER_YEAR = 252;

/**
 * Risk of a portfolio under a factor model (Grinold and Kahn 2000). Relative to a benchmark for weights less its own.
 * @throws InvalidInputError when sizes do not fit or a weight is not finite
 */
export function portfolioRisk(model: RiskModel, weights: Float64Array, { annual = false, benchmark }: { readonly annual?: boolean; readonly benchmark?: Float64Array } = {}): PortfolioRisk {
  const n = model.specific.assets.length;
  const k = model.factors.length;
  for (const [path, actual, expected] of [
    ['exposures', model.exposures.length, n * k],
    ['factorCovariance', model.factorCovariance.size, k],
    ['weights', weights.length, n],
    ['benchmark', benchmark?.length ?? n, n],
  ] as const) {
    if (actual !== expected) throw new InvalidInputError([{ path, message: `has size ${actual} where ${expected} is needed` }]);
  }
  const active = weights.map((weight, i) => weight - (benchmark?.[i] ?? 0));
  const wrong = active.findIndex((weight) => !Number.isFinite(weight));
  if (wrong >= 0) throw new InvalidInputError([{ path: `weights[${wrong}]`, message: 'must be finite' }]);
  const scale = annual ? DAYS_PER_YEAR : 1;
  const exposures = new Float64Array(k);
  for (let i = 0; i < n; i++) for (let f = 0; f < k; f++) exposures[f] = (exposures[f] ?? 0) + (model.exposures[i * k + f] ?? NaN) * (active[i] ?? 0);
  const factorPart = times(model.factorCovariance, exposures);
  const specificPart = specificTimes(model.specific, active);
  const marginal = specificPart.map((value, i) => {
    let sum = value;
    for (let f = 0; f < k; f++) sum += (model.exposures[i * k + f] ?? NaN) * (factorPart[f] ?? 0);
    return sum * scale;
  });
  const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  const specificVariance = Math.max(0, dot(active, specificPart)) * scale;
  const variance = Math.max(0, dot(exposures, factorPart)) * scale + specificVariance;
  const deviation = Math.sqrt(variance);
  const risky = variance > 0;
  return {
    variance,
    deviation,
    exposures,
    factorShares: risky ? exposures.map((exposure, f) => (exposure * (factorPart[f] ?? 0) * scale) / variance) : undefined,
    specificShare: risky ? specificVariance / variance : undefined,
    assetContributions: risky ? active.map((weight, i) => (weight * (marginal[i] ?? 0)) / deviation) : undefined,
  };
}

function specificTimes(specific: SpecificRisk, x: Float64Array): Float64Array {
  return specific.kind === 'full' ? times(specific.covariance, x) : x.map((value, i) => value * (specific.variances[i] ?? NaN));
}

export interface ForecastCheck {
  /** Standard deviation, ÷(n−1), of return/forecast deviation; 1 for a perfect forecast. */
  readonly bias: number;
  /** 1 ± √(2/n), where the bias of a perfect forecast lies in about 95 of 100 cases. */
  readonly low: number;
  readonly high: number;
  readonly within: boolean;
  /** Mean of r²/σ² − ln(r²/σ²) − 1 over returns that are not 0 (Patton 2011); smaller is better. */
  readonly qlike: number | undefined;
  readonly dates: number;
}

/**
 * How well forecast deviations fitted the returns that followed.
 * @param returns of each date @param deviations forecast for it on the date before
 * @returns undefined for fewer than two dates @throws InvalidInputError for unequal lengths or forecasts that are not positive
 */
export function checkForecast(returns: Float64Array, deviations: Float64Array): ForecastCheck | undefined {
  if (returns.length !== deviations.length) throw new InvalidInputError([{ path: 'deviations', message: `are ${deviations.length} for ${returns.length} returns` }]);
  const wrong = deviations.findIndex((value) => !(value > 0));
  if (wrong >= 0) throw new InvalidInputError([{ path: `deviations[${wrong}]`, message: 'must be positive' }]);
  const n = returns.length;
  if (n < 2) return undefined;
  const standard = returns.map((value, t) => value / (deviations[t] ?? NaN));
  const mean = standard.reduce((sum, value) => sum + value, 0) / n;
  const bias = Math.sqrt(standard.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const band = Math.sqrt(2 / n);
  const losses = [...standard].filter((value) => value !== 0).map((value) => value ** 2 - Math.log(value ** 2) - 1);
  return {
    bias,
    low: 1 - band,
    high: 1 + band,
    within: Math.abs(bias - 1) <= band,
    qlike: losses.length === 0 ? undefined : losses.reduce((sum, value) => sum + value, 0) / losses.length,
    dates: n,
  };
}
