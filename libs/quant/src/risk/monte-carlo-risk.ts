import { EVD, Matrix } from 'ml-matrix';
import { InvalidInputError } from '@nautilus/model';
import { choleskyFactor } from '../linear-algebra/cholesky.ts';
import { checkedSymmetric, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';
import { completeRows, type AssetPanel } from '../portfolio/asset-panel.ts';
import { shrunkCovariance } from '../portfolio/shrinkage.ts';
import { tailProbability } from './probabilities.ts';
import { SeededRandom } from '../random/seeded-random.ts';
import { tailOf, type TailRisk } from './tail-sample.ts';

/** Means and covariance of the returns of one horizon. */
export interface ReturnModel {
  readonly means: Float64Array;
  readonly covariance: SymmetricMatrix;
}

export interface SimulationPlan {
  readonly paths: number;
  readonly seed: number;
  /** Each draw and its mirror image; an odd last path stands alone. Default true. */
  readonly antithetic?: boolean;
  /** Shifts and scales each standard normal over all paths to mean 0 and variance 1. Default true. */
  readonly momentMatching?: boolean;
  /** Degrees of freedom ν > 2 of a multivariate t whose variance stays the given one; without it the draws are Gaussian. */
  readonly degrees?: number;
}

export interface MonteCarloRisk extends TailRisk {
  readonly paths: number;
  readonly seed: number;
  /** Of the value at risk: half the distance of the order statistics at one binomial deviation around it. */
  readonly standardError: number;
  /** Negative eigenvalues of the covariance that were taken as 0. */
  readonly clipped: number;
}

/** Means and Ledoit–Wolf covariance (identity target), per period. @throws InvalidInputError below two complete periods. */
export function returnModelOf(panel: AssetPanel): ReturnModel {
  const { assets, periods, values } = completeRows(panel);
  const means = new Float64Array(assets.length);
  values.forEach((r, k) => (means[k % assets.length] = (means[k % assets.length] ?? 0) + r / periods));
  return { means, covariance: shrunkCovariance(panel, 'identity', { periodsPerYear: 1 }).covariance };
}

/**
 * Draws x = μ + Lz, paths × assets values path by path; L a root of the covariance (Cholesky, or by eigenvalues where it
 * is singular). @throws InvalidInputError when sizes differ, values are not finite, or the plan cannot be.
 */
export function simulateReturns({ means, covariance }: ReturnModel, plan: SimulationPlan): { readonly scenarios: Float64Array; readonly clipped: number } {
  const { paths, seed, antithetic = true, momentMatching = true, degrees } = plan;
  checkedSymmetric(covariance, 'covariance');
  const n = covariance.size;
  if (means.length !== n || means.some((mean) => !Number.isFinite(mean))) throw new InvalidInputError([{ path: 'means', message: `must be ${n} finite values` }]);
  if (!(Number.isInteger(paths) && paths >= 20)) throw new InvalidInputError([{ path: 'paths', message: `${paths} is no whole number from 20` }]);
  if (degrees !== undefined && !(degrees > 2)) throw new InvalidInputError([{ path: 'degrees', message: `${degrees} degrees of freedom have no variance` }]);
  const random = new SeededRandom(seed);
  const { root, clipped } = rootOf(covariance);
  const scenarios = new Float64Array(paths * n);
  const stretch = degrees === undefined ? undefined : new Float64Array(paths);
  for (let path = 0; path < paths; path++) {
    const row = path * n;
    const mirrored = antithetic && path % 2 === 1;
    for (let i = 0; i < n; i++) scenarios[row + i] = mirrored ? -(scenarios[row - n + i] ?? 0) : random.normal();
    if (stretch !== undefined && degrees !== undefined) stretch[path] = mirrored ? (stretch[path - 1] ?? 1) : Math.sqrt((degrees - 2) / random.chiSquare(degrees));
  }
  if (momentMatching) matchMoments(scenarios, n);
  const z = new Float64Array(n);
  for (let path = 0; path < paths; path++) {
    const row = path * n;
    const factor = stretch?.[path] ?? 1;
    for (let i = 0; i < n; i++) z[i] = (scenarios[row + i] ?? 0) * factor;
    for (let i = 0; i < n; i++) {
      let sum = means[i] ?? 0;
      for (let j = 0; j < n; j++) sum += (root[i * n + j] ?? 0) * (z[j] ?? 0);
      scenarios[row + i] = sum;
    }
  }
  return { scenarios, clipped };
}

/**
 * Tail of a book over simulated returns. `book` is its weights (a linear book), or a function that revalues the book for
 * one vector of returns and gives its own return: for options.
 * @throws InvalidInputError as `simulateReturns`, and where the book's return is not finite.
 */
export function monteCarloRisk(model: ReturnModel, book: Float64Array | ((returns: Float64Array) => number), confidence: number, plan: SimulationPlan): MonteCarloRisk {
  const tail = tailProbability(confidence);
  const n = model.covariance.size;
  if (typeof book !== 'function' && book.length !== n) throw new InvalidInputError([{ path: 'weights', message: `has ${book.length} values where ${n} are needed` }]);
  const { scenarios, clipped } = simulateReturns(model, plan);
  const returns = new Float64Array(plan.paths);
  for (let path = 0; path < plan.paths; path++) {
    const row = path * n;
    let value = 0;
    if (typeof book === 'function') value = book(scenarios.subarray(row, row + n));
    else for (let i = 0; i < n; i++) value += (book[i] ?? 0) * (scenarios[row + i] ?? 0);
    if (!Number.isFinite(value)) throw new InvalidInputError([{ path: 'book', message: `its return on path ${path} is not finite` }]);
    returns[path] = value;
  }
  return { ...simulatedTail(returns, tail), paths: plan.paths, seed: plan.seed, clipped };
}

/** Tail and standard error of simulated returns; their order changes. */
export function simulatedTail(returns: Float64Array, tail: number): TailRisk & { readonly standardError: number } {
  const n = returns.length;
  const reach = Math.ceil(Math.sqrt(n * tail * (1 - tail)));
  const centre = Math.round((n - 1) * tail);
  const risk = tailOf(returns, tail, centre + reach + 2);
  const low = returns[Math.max(0, centre - reach)] ?? NaN;
  const high = returns[Math.min(n - 1, centre + reach)] ?? NaN;
  return { ...risk, standardError: (high - low) / 2 };
}

function rootOf(covariance: SymmetricMatrix): { root: Float64Array; clipped: number } {
  const n = covariance.size;
  const factor = choleskyFactor(covariance);
  if (factor !== undefined) return { root: factor.values.map((value, k) => (k % n <= Math.floor(k / n) ? value : 0)), clipped: 0 };
  const { realEigenvalues, eigenvectorMatrix } = new EVD(Matrix.from1DArray(n, n, covariance.values), { assumeSymmetric: true });
  const rounding = 1e-14 * n * Math.max(...realEigenvalues.map(Math.abs));
  const root = Float64Array.from({ length: n * n }, (_, k) => eigenvectorMatrix.get(Math.floor(k / n), k % n) * Math.sqrt(Math.max(0, realEigenvalues[k % n] ?? 0)));
  return { root, clipped: realEigenvalues.filter((value) => value < -rounding).length };
}

function matchMoments(z: Float64Array, n: number): void {
  const paths = z.length / n;
  for (let i = 0; i < n; i++) {
    let [sum, squares] = [0, 0];
    for (let k = i; k < z.length; k += n) sum += z[k] ?? 0;
    const mean = sum / paths;
    for (let k = i; k < z.length; k += n) squares += ((z[k] ?? 0) - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / paths);
    for (let k = i; k < z.length; k += n) z[k] = ((z[k] ?? 0) - mean) * scale;
  }
}
