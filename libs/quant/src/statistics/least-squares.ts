import { InvalidInputError } from '@nautilus/model';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';

export interface LeastSquares {
  readonly coefficients: Float64Array;
  /** Columns that carry information; below the number of columns the coefficients are those of least length. */
  readonly rank: number;
  readonly residuals: Float64Array;
}

/**
 * Coefficients that minimise |y − X·b|², by singular values (Golub & Van Loan 2013, 5.5). Singular values below
 * max(rows, columns)·ε times the largest count as zero.
 *
 * @param rows observations of X, each with all columns; an intercept is a column of ones
 * @throws InvalidInputError for no rows, ragged rows, missing values or another length of y
 */
export function leastSquares(rows: readonly ArrayLike<number>[], y: ArrayLike<number>): LeastSquares {
  const count = rows.length;
  const width = rows[0]?.length ?? 0;
  if (width === 0 || y.length !== count) throw new InvalidInputError([{ path: 'rows', message: `${count} rows of ${width} columns for ${y.length} values` }]);
  if (rows.some((row) => row.length !== width)) throw new InvalidInputError([{ path: 'rows', message: 'the rows have different lengths' }]);
  const values = rows.map((row) => Array.from(row));
  if (values.some((row) => !row.every(Number.isFinite)) || !Array.from(y).every(Number.isFinite)) throw new InvalidInputError([{ path: 'rows', message: 'a value is missing' }]);
  const { diagonal, leftSingularVectors: u, rightSingularVectors: v } = new SingularValueDecomposition(new Matrix(values), { autoTranspose: true });
  const cut = Math.max(count, width) * Number.EPSILON * Math.max(...diagonal);
  const coefficients = new Float64Array(width);
  let rank = 0;
  diagonal.forEach((singular, k) => {
    if (!(singular > cut)) return;
    rank++;
    let projection = 0;
    for (let i = 0; i < count; i++) projection += u.get(i, k) * (y[i] as number);
    for (let j = 0; j < width; j++) coefficients[j] = (coefficients[j] as number) + (v.get(j, k) * projection) / singular;
  });
  const residuals = Float64Array.from(values, (row, i) => (y[i] as number) - row.reduce((sum, x, j) => sum + x * (coefficients[j] as number), 0));
  return { coefficients, rank, residuals };
}
