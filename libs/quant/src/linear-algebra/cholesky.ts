import type { SymmetricMatrix } from './symmetric-matrix.ts';

/** Lower triangle L of A = LLᵀ, row by row; what stands above the diagonal has no meaning. */
export interface CholeskyFactor {
  readonly size: number;
  readonly values: Float64Array;
  /** Column of the first entry of each row that can differ from zero. */
  readonly rowStart: Int32Array;
}

/**
 * Factor of a positive definite matrix; undefined when a pivot is not positive beside its diagonal entry. Leading zeros of
 * a row stay zeros in the factor (the envelope of George & Liu 1981) and are skipped.
 */
export function choleskyFactor(matrix: SymmetricMatrix, relativePivot = 1e-15): CholeskyFactor | undefined {
  const { size: n } = matrix;
  const values = matrix.values.slice();
  const rowStart = envelope(matrix);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const start = rowStart[i] ?? 0;
    let j = start;
    for (; j + 3 < i; j += 4) fourEntries(values, n, row, j, Math.max(start, Math.min(rowStart[j] ?? 0, rowStart[j + 1] ?? 0, rowStart[j + 2] ?? 0, rowStart[j + 3] ?? 0)));
    for (; j < i; j++) {
      const other = j * n;
      let sum = values[row + j] ?? 0;
      for (let k = Math.max(start, rowStart[j] ?? 0); k < j; k++) sum -= (values[row + k] ?? 0) * (values[other + k] ?? 0);
      values[row + j] = sum / (values[other + j] ?? 1);
    }
    const diagonal = values[row + i] ?? 0;
    let pivot = diagonal;
    for (let k = start; k < i; k++) pivot -= (values[row + k] ?? 0) ** 2;
    if (!(pivot > relativePivot * Math.abs(diagonal)) || !Number.isFinite(pivot)) return undefined;
    values[row + i] = Math.sqrt(pivot);
  }
  return { size: n, values, rowStart };
}

/** Entries j to j+3 of one row at once: each loaded entry of the row serves four sums. */
function fourEntries(values: Float64Array, n: number, row: number, j: number, from: number): void {
  const [r0, r1, r2, r3] = [j * n, (j + 1) * n, (j + 2) * n, (j + 3) * n];
  let s0 = values[row + j] ?? 0;
  let s1 = values[row + j + 1] ?? 0;
  let s2 = values[row + j + 2] ?? 0;
  let s3 = values[row + j + 3] ?? 0;
  for (let k = from; k < j; k++) {
    const x = values[row + k] ?? 0;
    s0 -= x * (values[r0 + k] ?? 0);
    s1 -= x * (values[r1 + k] ?? 0);
    s2 -= x * (values[r2 + k] ?? 0);
    s3 -= x * (values[r3 + k] ?? 0);
  }
  s0 /= values[r0 + j] ?? 1;
  s1 = (s1 - s0 * (values[r1 + j] ?? 0)) / (values[r1 + j + 1] ?? 1);
  s2 = (s2 - s0 * (values[r2 + j] ?? 0) - s1 * (values[r2 + j + 1] ?? 0)) / (values[r2 + j + 2] ?? 1);
  s3 = (s3 - s0 * (values[r3 + j] ?? 0) - s1 * (values[r3 + j + 1] ?? 0) - s2 * (values[r3 + j + 2] ?? 0)) / (values[r3 + j + 3] ?? 1);
  values[row + j] = s0;
  values[row + j + 1] = s1;
  values[row + j + 2] = s2;
  values[row + j + 3] = s3;
}

function envelope({ size: n, values }: SymmetricMatrix): Int32Array {
  const start = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    let j = 0;
    while (j < i && values[i * n + j] === 0) j += 1;
    start[i] = j;
  }
  return start;
}

/** Solves Lx = b in place. */
export function solveLower({ size: n, values, rowStart }: CholeskyFactor, b: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    let sum = b[i] ?? 0;
    for (let k = rowStart[i] ?? 0; k < i; k++) sum -= (values[row + k] ?? 0) * (b[k] ?? 0);
    b[i] = sum / (values[row + i] ?? 1);
  }
  return b;
}

/** Solves Lᵀx = b in place. */
export function solveUpper({ size: n, values, rowStart }: CholeskyFactor, b: Float64Array): Float64Array {
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n;
    const x = (b[i] ?? 0) / (values[row + i] ?? 1);
    b[i] = x;
    for (let k = rowStart[i] ?? 0; k < i; k++) b[k] = (b[k] ?? 0) - x * (values[row + k] ?? 0);
  }
  return b;
}

/** Solves Ax = b; b stays as it is. */
export function solveCholesky(factor: CholeskyFactor, b: Float64Array): Float64Array {
  return solveUpper(factor, solveLower(factor, b.slice()));
}
