import { zeroMatrix, type SymmetricMatrix } from './symmetric-matrix.ts';

/** Rows of a strip that stays in the first-level cache beside the six columns in use. */
const STRIP = 512;

/**
 * XᵀX of a rows × columns matrix stored row by row. Columns are copied next to each other first and taken two by four,
 * so that a loaded value serves several products.
 */
export function crossProduct(values: Float64Array, rows: number, columns: number): SymmetricMatrix {
  const byColumn = transposed(values, rows, columns);
  const product = zeroMatrix(columns);
  const out = product.values;
  for (let from = 0; from < rows; from += STRIP) {
    const to = Math.min(rows, from + STRIP);
    for (let i = 0; i < columns; i += 2) {
      const a = i * rows;
      const b = i + 1 < columns ? a + rows : a;
      for (let j = 0; j <= i + 1 && j < columns; j += 4) {
        const last = columns - 1;
        const [c, d, e, f] = [j * rows, Math.min(j + 1, last) * rows, Math.min(j + 2, last) * rows, Math.min(j + 3, last) * rows];
        let [ac, ad, ae, af, bc, bd, be, bf] = [0, 0, 0, 0, 0, 0, 0, 0];
        for (let k = from; k < to; k++) {
          const x = byColumn[a + k] ?? 0;
          const y = byColumn[b + k] ?? 0;
          const p = byColumn[c + k] ?? 0;
          const q = byColumn[d + k] ?? 0;
          const r = byColumn[e + k] ?? 0;
          const s = byColumn[f + k] ?? 0;
          ac += x * p;
          ad += x * q;
          ae += x * r;
          af += x * s;
          bc += y * p;
          bd += y * q;
          be += y * r;
          bf += y * s;
        }
        addLower(out, columns, i, j, ac, ad, ae, af);
        if (b !== a) addLower(out, columns, i + 1, j, bc, bd, be, bf);
      }
    }
  }
  mirrorLower(product);
  return product;
}

/** The columns of a row-by-row matrix, one after the other. */
export function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] ?? 0;
  return result;
}

/** Copies the lower triangle into the upper one. */
export function mirrorLower({ size, values }: SymmetricMatrix): void {
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) values[j * size + i] = values[i * size + j] ?? 0;
}

function addLower(out: Float64Array, columns: number, i: number, j: number, first: number, second: number, third: number, fourth: number): void {
  const at = i * columns + j;
  if (j <= i) out[at] = (out[at] ?? 0) + first;
  if (j + 1 <= i) out[at + 1] = (out[at + 1] ?? 0) + second;
  if (j + 2 <= i) out[at + 2] = (out[at + 2] ?? 0) + third;
  if (j + 3 <= i) out[at + 3] = (out[at + 3] ?? 0) + fourth;
}
