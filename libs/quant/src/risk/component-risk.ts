import { InvalidInputError } from '@nautilus/model';
import { checkedSymmetric, dot, times, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';
import { normalDensity, normalQuantile, tailProbability } from './probabilities.ts';
import { tailOf } from './tail-sample.ts';

/** Total and parts as losses: positive, in the unit of the returns. */
export interface RiskContributions {
  readonly total: number;
  /** Per position; they add to the total. */
  readonly components: Float64Array;
  /** Change of the total per unit of weight. */
  readonly marginal: Float64Array;
  /** Component over total; undefined where the total is not positive. */
  readonly shares: Float64Array | undefined;
}

export interface ComponentRisk {
  readonly valueAtRisk: RiskContributions;
  readonly expectedShortfall: RiskContributions;
}

/**
 * Euler allocation of Gaussian risk: C_i = −w_i(μ_i + z(Σw)_i/σ), shortfall −w_iμ_i + w_i(Σw)_iφ(z)/(aσ). The
 * covariance ÷(n−1) gives the numbers of PerformanceAnalytics.
 * @throws InvalidInputError when sizes differ, a value is not finite or the book has no variance.
 */
export function gaussianComponentRisk(weights: Float64Array, means: Float64Array, covariance: SymmetricMatrix, confidence: number): ComponentRisk {
  const tail = tailProbability(confidence);
  checkedSymmetric(covariance, 'covariance');
  checkedPositions(weights, covariance.size, 'weights');
  checkedPositions(means, covariance.size, 'means');
  const z = normalQuantile(tail);
  const covarianceToBook = times(covariance, weights);
  const variance = dot(weights, covarianceToBook);
  if (!(variance > 0)) throw new InvalidInputError([{ path: 'weights', message: 'the book has no variance' }]);
  const deviation = Math.sqrt(variance);
  const allocate = (multiple: number): RiskContributions => contributions(weights, means.map((mean, i) => -mean + (multiple * (covarianceToBook[i] ?? 0)) / deviation));
  return { valueAtRisk: allocate(-z), expectedShortfall: allocate(normalDensity(z) / tail) };
}

/** VaR and ES (losses) of the book with a position less those without it; both by Gaussian risk. @throws as `gaussianComponentRisk`, also for a position that is not there. */
export function incrementalRisk(weights: Float64Array, means: Float64Array, covariance: SymmetricMatrix, confidence: number, position: number): { readonly valueAtRisk: number; readonly expectedShortfall: number } {
  if (!(Number.isInteger(position) && position >= 0 && position < weights.length)) throw new InvalidInputError([{ path: 'position', message: `${position} is no position of ${weights.length}` }]);
  const all = gaussianComponentRisk(weights, means, covariance, confidence);
  const without = weights.map((weight, i) => (i === position ? 0 : weight));
  // What remains may be nothing, or a hedged book without risk: then the whole loss is incremental.
  if (!(dot(without, times(covariance, without)) > 0)) {
    const mean = dot(without, means);
    return { valueAtRisk: all.valueAtRisk.total + mean, expectedShortfall: all.expectedShortfall.total + mean };
  }
  const rest = gaussianComponentRisk(without, means, covariance, confidence);
  return { valueAtRisk: all.valueAtRisk.total - rest.valueAtRisk.total, expectedShortfall: all.expectedShortfall.total - rest.expectedShortfall.total };
}

/** Half-width of the window around the VaR scenario, as a share of the scenarios. */
const WINDOW_SHARE = 0.005;

/**
 * Allocation of simulated risk. `scenarios` holds the return of each position, scenario by scenario. VaR: mean of each
 * position's part over the scenarios within ±0.5 % of n around the VaR scenario, rescaled to the quantile; ES: mean over
 * the scenarios below the quantile (Tasche 1999).
 * @throws InvalidInputError when sizes do not fit or a value is not finite, below 20 scenarios, and where a rescaling is not possible.
 */
export function scenarioComponentRisk(weights: Float64Array, scenarios: Float64Array, confidence: number): ComponentRisk {
  const tail = tailProbability(confidence);
  const n = weights.length;
  checkedPositions(weights, n, 'weights');
  const count = scenarios.length / n;
  if (!Number.isInteger(count) || count < 20) throw new InvalidInputError([{ path: 'scenarios', message: `${scenarios.length} values are no 20 scenarios of ${n} positions` }]);
  const book = new Float64Array(count);
  for (let s = 0; s < count; s++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (weights[i] ?? 0) * (scenarios[s * n + i] ?? NaN);
    if (!Number.isFinite(sum)) throw new InvalidInputError([{ path: `scenarios.${s}`, message: 'must be finite' }]);
    book[s] = sum;
  }
  const order = Uint32Array.from({ length: count }, (_, s) => s).sort((a, b) => (book[a] ?? 0) - (book[b] ?? 0) || a - b);
  const { valueAtRisk, expectedShortfall } = tailOf(Float64Array.from(order, (s) => book[s] ?? NaN), tail);
  const centre = (count - 1) * tail;
  const reach = Math.max(1, WINDOW_SHARE * count);
  const below = order.findIndex((s) => (book[s] ?? 0) >= valueAtRisk);
  const meanParts = (from: number, to: number): Float64Array => {
    const sums = new Float64Array(n);
    for (let k = from; k < to; k++) {
      const row = (order[k] ?? 0) * n;
      for (let i = 0; i < n; i++) sums[i] = (sums[i] ?? 0) + (scenarios[row + i] ?? 0) / (to - from);
    }
    return sums;
  };
  const allocate = (parts: Float64Array, loss: number): RiskContributions => {
    const sum = -dot(weights, parts);
    const scale = sum === loss ? 1 : loss / sum;
    if (!(scale > 0 && scale < Infinity)) throw new InvalidInputError([{ path: 'scenarios', message: 'the scenarios around the quantile have no loss of its sign to allocate' }]);
    return contributions(weights, parts.map((part) => -part * scale));
  };
  return {
    valueAtRisk: allocate(meanParts(Math.max(0, Math.floor(centre - reach)), Math.min(count, Math.ceil(centre + reach) + 1)), -valueAtRisk),
    expectedShortfall: allocate(meanParts(0, Math.max(1, below)), -expectedShortfall),
  };
}

function contributions(weights: Float64Array, marginal: Float64Array): RiskContributions {
  const components = weights.map((weight, i) => weight * (marginal[i] ?? 0));
  const total = components.reduce((sum, part) => sum + part, 0);
  return { total, components, marginal, shares: total > 0 ? components.map((part) => part / total) : undefined };
}

function checkedPositions(values: Float64Array, size: number, path: string): void {
  if (values.length !== size || size === 0) throw new InvalidInputError([{ path, message: `has ${values.length} values where ${size} are needed` }]);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InvalidInputError([{ path: `${path}.${bad}`, message: 'must be finite' }]);
}
