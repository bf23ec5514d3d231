import { InvalidInputError } from '@nautilus/model';
import { choleskyFactor, solveCholesky } from '../linear-algebra/cholesky.ts';
import { zeroMatrix } from '../linear-algebra/symmetric-matrix.ts';

export interface LogisticModel {
  readonly intercept: number;
  /** One for each feature, in its own unit. */
  readonly coefficients: Float64Array;
  readonly ridge: number;
  readonly iterations: number;
  /** Gradient of the penalised likelihood is below 1e-8 of the observations. */
  readonly converged: boolean;
}

const MOST_ITERATIONS = 100;

/**
 * Logistic regression by Newton's method (McCullagh & Nelder 1989, 4.4): greatest likelihood less ½·ridge·Σ(scaled
 * coefficient)², features scaled by their own deviation (÷ n). A feature that does not vary has coefficient 0.
 *
 * @param rows one for each observation, all features in each
 * @param outcomes 1 where it happened, 0 where not; both must occur
 * @param ridge default 1e-6, which only matters where the classes can be separated
 * @throws InvalidInputError for ragged or missing values, outcomes of one kind, a negative ridge
 */
export function logisticRegression(rows: readonly ArrayLike<number>[], outcomes: ArrayLike<number>, ridge = 1e-6): LogisticModel {
  const width = rows[0]?.length ?? 0;
  const count = rows.length;
  if (width === 0 || outcomes.length !== count || rows.some((row) => row.length !== width)) throw new InvalidInputError([{ path: 'rows', message: `${count} rows of ${width} features for ${outcomes.length} outcomes` }]);
  if (!(ridge >= 0 && ridge < Infinity)) throw new InvalidInputError([{ path: 'ridge', message: `${ridge} is negative` }]);
  let happened = 0;
  for (let i = 0; i < count; i++) {
    if (outcomes[i] !== 0 && outcomes[i] !== 1) throw new InvalidInputError([{ path: `outcomes.${i}`, message: 'must be 0 or 1' }]);
    happened += outcomes[i] ?? 0;
  }
  if (happened === 0 || happened === count) throw new InvalidInputError([{ path: 'outcomes', message: `all are ${happened === 0 ? 0 : 1}` }]);
  const { x, means, scales } = standardisedRows(rows, width);
  const size = width + 1;
  let beta = new Float64Array(size);
  beta[0] = Math.log(happened / (count - happened));
  let state = slopeAndCurvature(x, outcomes, beta, ridge);
  let iterations = 0;
  const small = (): boolean => state.gradient.every((value) => Math.abs(value) <= 1e-8 * count);
  for (; iterations < MOST_ITERATIONS && !small(); iterations++) {
    const factor = choleskyFactor(state.curvature);
    if (factor === undefined) break;
    const step = solveCholesky(factor, state.gradient);
    let share = 1;
    let next = state;
    // Newton's step may overshoot where probabilities are near 0 or 1.
    for (; share > 1e-6; share /= 2) {
      const reach = share;
      const tried = beta.map((value, j) => value + reach * (step[j] ?? 0));
      next = slopeAndCurvature(x, outcomes, tried, ridge);
      if (!(next.logLikelihood >= state.logLikelihood)) continue;
      beta = tried;
      break;
    }
    if (share <= 1e-6) break;
    state = next;
  }
  const coefficients = Float64Array.from({ length: width }, (_, j) => ((scales[j] ?? 0) > 0 ? (beta[j + 1] ?? 0) / (scales[j] ?? 1) : 0));
  const intercept = (beta[0] ?? 0) - coefficients.reduce((sum, value, j) => sum + value * (means[j] ?? 0), 0);
  return { intercept, coefficients, ridge, iterations, converged: small() };
}

/** Probability that it happens. @throws InvalidInputError for another number of features or missing values. */
export function logisticProbability({ intercept, coefficients }: LogisticModel, features: ArrayLike<number>): number {
  if (features.length !== coefficients.length) throw new InvalidInputError([{ path: 'features', message: `${features.length} where the model has ${coefficients.length}` }]);
  const score = coefficients.reduce((sum, value, j) => sum + value * (features[j] ?? NaN), intercept);
  if (Number.isNaN(score)) throw new InvalidInputError([{ path: 'features', message: 'a value is missing' }]);
  return sigmoid(score);
}

function sigmoid(score: number): number {
  return score >= 0 ? 1 / (1 + Math.exp(-score)) : Math.exp(score) / (1 + Math.exp(score));
}

/** Rows of 1 and the scaled features; those without deviation become 0. */
function standardisedRows(rows: readonly ArrayLike<number>[], width: number): { readonly x: readonly Float64Array[]; readonly means: Float64Array; readonly scales: Float64Array } {
  const [means, scales] = [new Float64Array(width), new Float64Array(width)];
  const n = rows.length;
  for (let j = 0; j < width; j++) {
    let [mean, squares, largest] = [0, 0, 0];
    for (const row of rows) mean += (row[j] ?? NaN) / n;
    if (!Number.isFinite(mean)) throw new InvalidInputError([{ path: `rows.${j}`, message: 'a value is missing or infinite' }]);
    for (const row of rows) {
      squares += ((row[j] ?? 0) - mean) ** 2 / n;
      largest = Math.max(largest, Math.abs(row[j] ?? 0));
    }
    means[j] = mean;
    scales[j] = Math.sqrt(squares) > 1e-12 * largest ? Math.sqrt(squares) : 0;
  }
  const x = rows.map((row) => Float64Array.from({ length: width + 1 }, (_, k) => (k === 0 ? 1 : (scales[k - 1] ?? 0) > 0 ? ((row[k - 1] ?? 0) - (means[k - 1] ?? 0)) / (scales[k - 1] ?? 1) : 0)));
  return { x, means, scales };
}

function slopeAndCurvature(x: readonly Float64Array[], outcomes: ArrayLike<number>, beta: Float64Array, ridge: number): { readonly gradient: Float64Array; readonly curvature: ReturnType<typeof zeroMatrix>; readonly logLikelihood: number } {
  const size = beta.length;
  const gradient = new Float64Array(size);
  const curvature = zeroMatrix(size);
  const h = curvature.values;
  let logLikelihood = 0;
  x.forEach((row, i) => {
    let score = 0;
    for (let j = 0; j < size; j++) score += (beta[j] ?? 0) * (row[j] ?? 0);
    const p = sigmoid(score);
    const outcome = outcomes[i] ?? 0;
    logLikelihood += outcome * score - (score > 0 ? score + Math.log1p(Math.exp(-score)) : Math.log1p(Math.exp(score)));
    for (let j = 0; j < size; j++) {
      gradient[j] = (gradient[j] ?? 0) + (outcome - p) * (row[j] ?? 0);
      const weighted = p * (1 - p) * (row[j] ?? 0);
      for (let k = 0; k <= j; k++) h[j * size + k] = (h[j * size + k] ?? 0) + weighted * (row[k] ?? 0);
    }
  });
  for (let j = 1; j < size; j++) {
    gradient[j] = (gradient[j] ?? 0) - ridge * (beta[j] ?? 0);
    // A feature of zeros has no curvature; a 1 keeps its coefficient at 0.
    h[j * size + j] = (h[j * size + j] ?? 0) + ridge || 1;
    logLikelihood -= 0.5 * ridge * (beta[j] ?? 0) ** 2;
  }
  for (let j = 0; j < size; j++) for (let k = 0; k < j; k++) h[k * size + j] = h[j * size + k] ?? 0;
  return { gradient, curvature, logLikelihood };
}
