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
  for (let i = 0; i < n; i += 2) {
    const second = i + 1 < n ? i + 1 : i;
    const start = Math.min(rowStart[i] ?? 0, rowStart[second] ?? 0);
    let j = start;
    if (second > i) for (; j + 3 < i; j += 4) eightEntries(values, n, i * n, second * n, j, Math.max(start, Math.min(rowStart[j] ?? 0, rowStart[j + 1] ?? 0, rowStart[j + 2] ?? 0, rowStart[j + 3] ?? 0)));
    for (let row = i; row <= second; row++) {
      for (let column = Math.max(j, rowStart[row] ?? 0); column < row; column++) oneEntry(values, n, row, column, Math.max(rowStart[row] ?? 0, rowStart[column] ?? 0));
      if (!takePivot(values, n, row, rowStart[row] ?? 0, relativePivot)) return undefined;
    }
  }
  return { size: n, values, rowStart };
}

function oneEntry(values: Float64Array, n: number, i: number, j: number, from: number): void {
  const [row, other] = [i * n, j * n];
  let sum = values[row + j] ?? 0;
  for (let k = from; k < j; k++) sum -= (values[row + k] ?? 0) * (values[other + k] ?? 0);
  values[row + j] = sum / (values[other + j] ?? 1);
}

function takePivot(values: Float64Array, n: number, i: number, start: number, relativePivot: number): boolean {
  const row = i * n;
  const diagonal = values[row + i] ?? 0;
  let pivot = diagonal;
  for (let k = start; k < i; k++) pivot -= (values[row + k] ?? 0) ** 2;
  if (!(pivot > relativePivot * Math.abs(diagonal)) || !Number.isFinite(pivot)) return false;
  values[row + i] = Math.sqrt(pivot);
  return true;
}

/** Entries j to j+3 of two rows at once: each loaded entry serves two or four sums. */
function eightEntries(values: Float64Array, n: number, rowA: number, rowB: number, j: number, from: number): void {
  const [r0, r1, r2, r3] = [j * n, (j + 1) * n, (j + 2) * n, (j + 3) * n];
  let a0 = values[rowA + j] ?? 0;
  let a1 = values[rowA + j + 1] ?? 0;
  let a2 = values[rowA + j + 2] ?? 0;
  let a3 = values[rowA + j + 3] ?? 0;
  let b0 = values[rowB + j] ?? 0;
  let b1 = values[rowB + j + 1] ?? 0;
  let b2 = values[rowB + j + 2] ?? 0;
  let b3 = values[rowB + j + 3] ?? 0;
  for (let k = from; k < j; k++) {
    const a = values[rowA + k] ?? 0;
    const b = values[rowB + k] ?? 0;
    const c0 = values[r0 + k] ?? 0;
    const c1 = values[r1 + k] ?? 0;
    const c2 = values[r2 + k] ?? 0;
    const c3 = values[r3 + k] ?? 0;
    a0 -= a * c0;
    a1 -= a * c1;
    a2 -= a * c2;
    a3 -= a * c3;
    b0 -= b * c0;
    b1 -= b * c1;
    b2 -= b * c2;
    b3 -= b * c3;
  }
  finishBlock(values, n, rowA, j, a0, a1, a2, a3);
  finishBlock(values, n, rowB, j, b0, b1, b2, b3);
}

/** Takes the columns j to j+2 out of the sums of the ones after them, and divides by the pivots. */
function finishBlock(values: Float64Array, n: number, row: number, j: number, s0: number, s1: number, s2: number, s3: number): void {
  const [r0, r1, r2, r3] = [j * n, (j + 1) * n, (j + 2) * n, (j + 3) * n];
  const x0 = s0 / (values[r0 + j] ?? 1);
  const x1 = (s1 - x0 * (values[r1 + j] ?? 0)) / (values[r1 + j + 1] ?? 1);
  const x2 = (s2 - x0 * (values[r2 + j] ?? 0) - x1 * (values[r2 + j + 1] ?? 0)) / (values[r2 + j + 2] ?? 1);
  const x3 = (s3 - x0 * (values[r3 + j] ?? 0) - x1 * (values[r3 + j + 1] ?? 0) - x2 * (values[r3 + j + 2] ?? 0)) / (values[r3 + j + 3] ?? 1);
  values[row + j] = x0;
  values[row + j + 1] = x1;
  values[row + j + 2] = x2;
  values[row + j + 3] = x3;
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
