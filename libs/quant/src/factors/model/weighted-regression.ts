import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/**
 * Singular values at most this times the number of columns times the largest count as 0. Eight units of rounding, because
 * the values of a matrix that is exactly deficient come out of the decomposition as a few of them.
 */
const NEGLIGIBLE = 8 * 2 ** -52;

/** Rows of a regression: `values[row · columns + column]`. */
export interface Design {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

export interface WeightedFit {
  readonly coefficients: Float64Array;
  readonly fitted: Float64Array;
  /** (XᵀWX)⁺, columns × columns. */
  readonly inverse: Float64Array;
  /** Orthonormal directions of the coefficients that the rows say nothing about. */
  readonly undetermined: readonly Float64Array[];
  /** Largest over smallest singular value of XᵀWX; undefined when some direction is undetermined. */
  readonly condition: number | undefined;
}

/** Weighted least squares by the pseudo-inverse of the normal matrix: of all solutions the one with the smallest norm. */
export function weightedFit(design: Design, weights: Float64Array, y: Float64Array): WeightedFit {
  const p = design.columns;
  const { normal, moments } = normalEquations(design, weights, y);
  const { inverse, undetermined, condition } = pseudoInverse(normal, p);
  const coefficients = timesSquare(inverse, moments);
  return { coefficients, fitted: timesRows(design, coefficients), inverse, undetermined, condition };
}

/**
 * Covariance of the coefficients that allows each row its own variance (White 1980): PXᵀW diag(ε²) WXP with P the
 * pseudo-inverse. columns × columns.
 */
export function robustCovariance(design: Design, weights: Float64Array, residuals: Float64Array, inverse: Float64Array): Float64Array {
  const squares = weights.map((weight, i) => (weight * (residuals[i] ?? NaN)) ** 2);
  const { normal: middle } = normalEquations(design, squares, residuals);
  const p = design.columns;
  return squareProduct(squareProduct(inverse, middle, p), inverse, p);
}

/** XᵀWX and XᵀWy in one pass over the rows. */
function normalEquations({ rows, columns: p, values }: Design, weights: Float64Array, y: Float64Array): { readonly normal: Float64Array; readonly moments: Float64Array } {
  const normal = new Float64Array(p * p);
  const moments = new Float64Array(p);
  for (let i = 0; i < rows; i++) {
    const row = i * p;
    const weight = weights[i] ?? NaN;
    const target = y[i] ?? NaN;
    for (let a = 0; a < p; a++) {
      const value = values[row + a] ?? NaN;
      if (value === 0) continue;
      const weighted = weight * value;
      moments[a] = (moments[a] ?? 0) + weighted * target;
      for (let b = a; b < p; b++) normal[a * p + b] = (normal[a * p + b] ?? 0) + weighted * (values[row + b] ?? NaN);
    }
  }
  for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) normal[a * p + b] = normal[b * p + a] ?? 0;
  return { normal, moments };
}

function pseudoInverse(symmetric: Float64Array, p: number): { readonly inverse: Float64Array; readonly undetermined: readonly Float64Array[]; readonly condition: number | undefined } {
  const inverse = new Float64Array(p * p);
  if (p === 0) return { inverse, undetermined: [], condition: undefined };
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(Matrix.from1DArray(p, p, symmetric), { assumeSymmetric: true });
  const sizes = realEigenvalues.map(Math.abs);
  const largest = Math.max(...sizes);
  const limit = NEGLIGIBLE * p * largest;
  const undetermined: Float64Array[] = [];
  sizes.forEach((size, k) => {
    const direction = Float64Array.from({ length: p }, (_, a) => eigenvectorMatrix.get(a, k));
    if (size <= limit) {
      undetermined.push(direction);
      return;
    }
    const value = realEigenvalues[k] ?? NaN;
    for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) inverse[a * p + b] = (inverse[a * p + b] ?? 0) + ((direction[a] ?? 0) * (direction[b] ?? 0)) / value;
  });
  return { inverse, undetermined, condition: undetermined.length > 0 ? undefined : largest / Math.min(...sizes) };
}

/** Square matrix times vector. */
function timesSquare(square: Float64Array, x: Float64Array): Float64Array {
  const p = x.length;
  const result = new Float64Array(p);
  for (let a = 0; a < p; a++) {
    let sum = 0;
    for (let b = 0; b < p; b++) sum += (square[a * p + b] ?? NaN) * (x[b] ?? NaN);
    result[a] = sum;
  }
  return result;
}

function timesRows({ rows, columns: p, values }: Design, coefficients: Float64Array): Float64Array {
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let a = 0; a < p; a++) sum += (values[i * p + a] ?? NaN) * (coefficients[a] ?? NaN);
    result[i] = sum;
  }
  return result;
}

function squareProduct(left: Float64Array, right: Float64Array, p: number): Float64Array {
  const result = new Float64Array(p * p);
  for (let a = 0; a < p; a++) {
    for (let k = 0; k < p; k++) {
      const value = left[a * p + k] ?? NaN;
      for (let b = 0; b < p; b++) result[a * p + b] = (result[a * p + b] ?? 0) + value * (right[k * p + b] ?? NaN);
    }
  }
  return result;
}
