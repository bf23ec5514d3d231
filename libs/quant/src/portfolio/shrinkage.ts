import { InvalidInputError } from '@nautilus/model';
import { crossProduct } from '../linear-algebra/cross-product.ts';
import { diagonalOf, scaledMatrix, times, zeroMatrix, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';
import { completeRows, type AssetPanel } from './asset-panel.ts';
import { centred, sampleCovariance } from './covariance.ts';

/** Identity: Ledoit & Wolf 2004. Constant correlation: 2003. Single factor: 2001. OAS: Chen et al. 2010 in scikit-learn's form. */
export type ShrinkageTarget = 'identity' | 'oracle_approximating' | 'constant_correlation' | 'single_factor';

export interface ShrinkageOptions {
  readonly periodsPerYear?: number;
  /** `complete_rows` leaves periods with a gap out; `zero` takes a missing return for 0, which understates risk. */
  readonly missing?: 'complete_rows' | 'zero';
}

export interface ShrunkCovariance {
  readonly covariance: SymmetricMatrix;
  /** Weight of the target, 0 to 1. */
  readonly intensity: number;
  readonly observations: number;
}

/** A squared distance below this share of the squared norm is rounding: sample and target are the same. */
const ROUNDING = 1e-24;

/** The centred panel with what every target reads from it. */
interface Moments {
  readonly x: Float64Array;
  readonly t: number;
  readonly n: number;
  /** XᵀX/t. */
  readonly s: SymmetricMatrix;
}

/**
 * Covariance drawn towards a structured target by the intensity that minimises the expected squared error.
 * @throws InvalidInputError below two periods or when no asset varies.
 */
export function shrunkCovariance(returns: AssetPanel, target: ShrinkageTarget, { periodsPerYear = 252, missing = 'complete_rows' }: ShrinkageOptions = {}): ShrunkCovariance {
  const panel = missing === 'zero' ? { ...returns, values: returns.values.map((r) => (Number.isNaN(r) ? 0 : r)) } : completeRows(returns);
  if (panel.periods < 2) throw new InvalidInputError([{ path: 'returns', message: `${panel.periods} period; at least 2 are needed` }]);
  const [x, t, n] = [centred(panel), panel.periods, panel.assets.length];
  const s = scaledMatrix(crossProduct(x, t, n), 1 / t);
  if (!(trace(s) > 0)) throw new InvalidInputError([{ path: 'returns', message: 'no asset varies' }]);
  const moments = { x, t, n, s };
  const { covariance, intensity } =
    target === 'identity' ? towardsIdentity(moments)
    : target === 'oracle_approximating' ? oracleApproximating(moments)
    : target === 'constant_correlation' ? towardsConstantCorrelation(moments, missing === 'zero' ? sampleCovariance(returns, 1) : scaledMatrix(s, t / (t - 1)))
    : towardsSingleFactor(moments);
  return { covariance: scaledMatrix(covariance, periodsPerYear), intensity, observations: t };
}

type Shrunk = Pick<ShrunkCovariance, 'covariance' | 'intensity'>;

function towardsIdentity({ x, t, n, s }: Moments): Shrunk {
  const mean = trace(s) / n;
  const distance = squaredNorm(s) - n * mean * mean;
  // Σ_k ‖x_k x_kᵀ − S‖² without forming the products: Σ_k ‖x_k‖⁴ − t‖S‖².
  const error = (sumOfSquares(rowNorms(x, t, n)) - t * squaredNorm(s)) / (t * t);
  const intensity = distance > ROUNDING * squaredNorm(s) ? clip(error / distance) : 0;
  return { covariance: blended(s, identity(n, mean), intensity), intensity };
}

function oracleApproximating({ t, n, s }: Moments): Shrunk {
  const [squares, squaredTrace] = [squaredNorm(s), trace(s) ** 2];
  const denominator = (t + 1) * (squares - squaredTrace / n);
  const intensity = denominator > 0 ? clip((squares + squaredTrace) / denominator) : 1;
  return { covariance: blended(s, identity(n, trace(s) / n), intensity), intensity };
}

function towardsConstantCorrelation({ x, t, n, s: h }: Moments, s: SymmetricMatrix): Shrunk {
  const variances = diagonalOf(s);
  const flat = variances.findIndex((variance) => !(variance > 0));
  if (flat >= 0) throw new InvalidInputError([{ path: `returns.${flat}`, message: 'does not vary' }]);
  const deviations = variances.map(Math.sqrt);
  const at = (m: SymmetricMatrix, k: number): number => m.values[k] ?? 0;
  const deviation = (i: number): number => deviations[i] ?? 1;
  let correlations = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) correlations += (2 * at(s, i * n + j)) / (deviation(i) * deviation(j));
  const correlation = n === 1 ? 0 : correlations / (n * (n - 1));
  const target = zeroMatrix(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) target.values[i * n + j] = i === j ? (variances[i] ?? 0) : correlation * deviation(i) * deviation(j);
  let spread = sumOfSquares(rowNorms(x, t, n)) / t;
  for (let k = 0; k < n * n; k++) spread += at(s, k) * (at(s, k) - 2 * at(h, k));
  const fourth = new Float64Array(n);
  // Σ_{ij} (σ_j/σ_i) Σ_t x_i³x_j, one period at a time; the diagonal is taken off again.
  let cubes = 0;
  for (let row = 0; row < t; row++) {
    let [cubed, weighted] = [0, 0];
    for (let i = 0; i < n; i++) {
      const value = x[row * n + i] ?? 0;
      const square = value * value;
      cubed += (square * value) / deviation(i);
      weighted += value * deviation(i);
      fourth[i] = (fourth[i] ?? 0) + square * square;
    }
    cubes += cubed * weighted;
  }
  const fourths = fourth.reduce((sum, value) => sum + value, 0);
  const diagonal = fourths / t + variances.reduce((sum, variance, i) => sum + variance * (variance - 2 * at(h, i * n + i)), 0);
  let theta = (cubes - fourths) / t;
  for (let i = 0; i < n; i++) {
    const [variance, raw] = [variances[i] ?? 0, at(h, i * n + i)];
    let sum = 0;
    for (let j = 0; j < n; j++) if (j !== i) sum += deviation(j) * (variance * (at(s, i * n + j) - at(h, i * n + j)) - raw * at(s, i * n + j));
    theta += sum / deviation(i);
  }
  const distance = squaredDistance(s, target);
  const intensity = distance > ROUNDING * squaredNorm(s) ? clip((spread - diagonal - correlation * theta) / (distance * t)) : 0;
  return { covariance: blended(s, target, intensity), intensity };
}

function towardsSingleFactor({ x, t, n, s }: Moments): Shrunk {
  const market = new Float64Array(t);
  for (let row = 0; row < t; row++) for (let i = 0; i < n; i++) market[row] = (market[row] ?? 0) + (x[row * n + i] ?? 0) / n;
  const beta = new Float64Array(n);
  for (let row = 0; row < t; row++) for (let i = 0; i < n; i++) beta[i] = (beta[i] ?? 0) + ((x[row * n + i] ?? 0) * (market[row] ?? 0)) / t;
  const variance = sumOfSquares(market) / t;
  if (!(variance > 0)) throw new InvalidInputError([{ path: 'returns', message: 'the mean over all assets does not vary' }]);
  const target = zeroMatrix(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) target.values[i * n + j] = i === j ? (s.values[i * n + i] ?? 0) : ((beta[i] ?? 0) * (beta[j] ?? 0)) / variance;
  let [spread, spreadDiagonal, first, second] = [0, 0, 0, 0];
  for (let row = 0; row < t; row++) {
    let [squares, weighted, fourths, diagonalFirst, diagonalSecond] = [0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const value = x[row * n + i] ?? 0;
      const [square, b] = [value * value, beta[i] ?? 0];
      squares += square;
      weighted += b * value;
      fourths += square * square;
      diagonalFirst += square * value * b;
      diagonalSecond += square * b * b;
    }
    const m = market[row] ?? 0;
    spread += squares * squares;
    spreadDiagonal += fourths;
    first += m * (squares * weighted - diagonalFirst);
    second += m * m * (weighted * weighted - diagonalSecond);
  }
  const own = diagonalOf(s);
  const weightedDiagonal = own.reduce((sum, value, i) => sum + value * (beta[i] ?? 0) ** 2, 0);
  const offDiagonal = times(s, beta).reduce((sum, value, i) => sum + value * (beta[i] ?? 0), 0) - weightedDiagonal;
  const p = spread / t - squaredNorm(s) - (spreadDiagonal / t - sumOfSquares(own));
  const r = (2 * (first / t - offDiagonal)) / variance - (second / t - variance * offDiagonal) / variance ** 2;
  const distance = squaredDistance(s, target);
  const intensity = distance > ROUNDING * squaredNorm(s) ? clip((p - r) / (distance * t)) : 0;
  return { covariance: blended(s, target, intensity), intensity };
}

const clip = (value: number): number => Math.min(1, Math.max(0, value));
const trace = (matrix: SymmetricMatrix): number => diagonalOf(matrix).reduce((sum, value) => sum + value, 0);
const squaredNorm = (matrix: SymmetricMatrix): number => sumOfSquares(matrix.values);

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += (values[k] ?? 0) ** 2;
  return sum;
}

/** ‖x_k‖² of every period. */
function rowNorms(x: Float64Array, t: number, n: number): Float64Array {
  return Float64Array.from({ length: t }, (_, row) => sumOfSquares(x.subarray(row * n, (row + 1) * n)));
}

function squaredDistance(a: SymmetricMatrix, b: SymmetricMatrix): number {
  let sum = 0;
  for (let k = 0; k < a.values.length; k++) sum += ((a.values[k] ?? 0) - (b.values[k] ?? 0)) ** 2;
  return sum;
}

function identity(n: number, scale: number): SymmetricMatrix {
  const matrix = zeroMatrix(n);
  for (let i = 0; i < n; i++) matrix.values[i * (n + 1)] = scale;
  return matrix;
}

function blended(sample: SymmetricMatrix, target: SymmetricMatrix, intensity: number): SymmetricMatrix {
  const values = new Float64Array(sample.values.length);
  for (let k = 0; k < values.length; k++) values[k] = (1 - intensity) * (sample.values[k] ?? 0) + intensity * (target.values[k] ?? 0);
  return { size: sample.size, values };
}
