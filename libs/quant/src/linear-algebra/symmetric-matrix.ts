import { InvalidInputError } from '@nautilus/model';

/** A full square matrix, row by row, whose two triangles agree. */
export interface SymmetricMatrix {
  readonly size: number;
  /** size × size values. */
  readonly values: Float64Array;
}

const ASYMMETRY = 1e-8;

/** A matrix of zeros to be filled by its maker. */
export function zeroMatrix(size: number): SymmetricMatrix {
  return { size, values: new Float64Array(size * size) };
}

/** @throws InvalidInputError when the rows are no square, hold a value that is not finite, or the triangles differ. */
export function symmetricFromRows(rows: readonly (readonly number[])[], path = 'matrix'): SymmetricMatrix {
  const uneven = rows.findIndex((row) => row.length !== rows.length);
  if (uneven >= 0) throw new InvalidInputError([{ path: `${path}.${uneven}`, message: `${rows[uneven]?.length} values in a matrix of ${rows.length} rows` }]);
  return checkedSymmetric({ size: rows.length, values: Float64Array.from(rows.flat()) }, path);
}

/** Gives the matrix back. @throws InvalidInputError when it is empty, not square, not finite or not symmetric. */
export function checkedSymmetric(matrix: SymmetricMatrix, path = 'matrix'): SymmetricMatrix {
  const { size: n, values } = matrix;
  if (n === 0 || values.length !== n * n) throw new InvalidInputError([{ path, message: `${values.length} values are no square of ${n} rows` }]);
  let largest = 0;
  for (let k = 0; k < values.length; k++) {
    const value = Math.abs(values[k] ?? NaN);
    if (!(value < Infinity)) throw new InvalidInputError([{ path: `${path}.${Math.floor(k / n)}.${k % n}`, message: 'must be finite' }]);
    if (value > largest) largest = value;
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      if (Math.abs((values[i * n + j] ?? 0) - (values[j * n + i] ?? 0)) > ASYMMETRY * largest)
        throw new InvalidInputError([{ path: `${path}.${i}.${j}`, message: `differs from its mirror image ${j}.${i}` }]);
  return matrix;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** The product with a vector. */
export function times(matrix: SymmetricMatrix, x: Float64Array): Float64Array {
  const { size: n, values } = matrix;
  const product = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    const offset = i * n;
    for (let j = 0; j < n; j++) sum += (values[offset + j] ?? 0) * (x[j] ?? 0);
    product[i] = sum;
  }
  return product;
}

/** xᵀAx. */
export function quadraticForm(matrix: SymmetricMatrix, x: Float64Array): number {
  return dot(x, times(matrix, x));
}

export function diagonalOf(matrix: SymmetricMatrix): Float64Array {
  return Float64Array.from({ length: matrix.size }, (_, i) => matrix.values[i * (matrix.size + 1)] ?? 0);
}

/** The rows and columns with these numbers, in their order. */
export function principalSubmatrix(matrix: SymmetricMatrix, indices: ArrayLike<number>): SymmetricMatrix {
  const part = zeroMatrix(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const offset = (indices[i] ?? 0) * matrix.size;
    for (let j = 0; j < indices.length; j++) part.values[i * indices.length + j] = matrix.values[offset + (indices[j] ?? 0)] ?? 0;
  }
  return part;
}

export function scaledMatrix(matrix: SymmetricMatrix, factor: number): SymmetricMatrix {
  const values = new Float64Array(matrix.values.length);
  for (let k = 0; k < values.length; k++) values[k] = (matrix.values[k] ?? 0) * factor;
  return { size: matrix.size, values };
}

export function largestMagnitude(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i] ?? 0);
    if (magnitude > largest || Number.isNaN(magnitude)) largest = magnitude;
  }
  return largest;
}
