import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { choleskyFactor, solveCholesky } from './cholesky.ts';
import { crossProduct } from './cross-product.ts';
import { checkedSymmetric, principalSubmatrix, quadraticForm, symmetricFromRows, times, zeroMatrix } from './symmetric-matrix.ts';

const panel = fc
  .tuple(fc.integer({ min: 1, max: 23 }), fc.integer({ min: 1, max: 13 }))
  .chain(([rows, columns]) => fc.tuple(fc.constant(rows), fc.constant(columns), fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: rows * columns, maxLength: rows * columns })));

describe('the cross product', () => {
  it('equals the sums of its definition for every shape', () => {
    fc.assert(
      fc.property(panel, ([rows, columns, numbers]) => {
        const product = crossProduct(Float64Array.from(numbers), rows, columns);
        for (let i = 0; i < columns; i++)
          for (let j = 0; j < columns; j++) {
            let sum = 0;
            for (let k = 0; k < rows; k++) sum += numbers[k * columns + i]! * numbers[k * columns + j]!;
            expect(product.values[i * columns + j]).toBeCloseTo(sum, 10);
          }
      }),
    );
  });

  it('adds over strips of long panels', () => {
    const rows = 1_300;
    const product = crossProduct(Float64Array.from({ length: rows * 3 }, (_, k) => (k % 3) + 1), rows, 3);
    expect(Array.from(product.values)).toEqual([1, 2, 3, 2, 4, 6, 3, 6, 9].map((x) => x * rows));
  });
});

describe('Cholesky', () => {
  it('solves what a product made', () => {
    fc.assert(
      fc.property(panel, ([rows, columns, numbers]) => {
        const matrix = crossProduct(Float64Array.from(numbers), rows, columns);
        for (let i = 0; i < columns; i++) matrix.values[i * (columns + 1)]! += 1;
        const x = Float64Array.from({ length: columns }, (_, i) => i - 2.5);
        const factor = choleskyFactor(matrix);
        const solved = solveCholesky(factor!, times(matrix, x));
        solved.forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 8));
      }),
    );
  });

  it('keeps the zeros before the first entry of a row', () => {
    const arrow = zeroMatrix(9);
    for (let i = 0; i < 9; i++) {
      arrow.values[i * 9 + i] = 10;
      arrow.values[8 * 9 + i] = arrow.values[i * 9 + 8] = i === 8 ? 10 : 1;
    }
    const factor = choleskyFactor(arrow)!;
    expect(Array.from(factor.rowStart)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0]);
    const b = Float64Array.from({ length: 9 }, (_, i) => i);
    times(arrow, solveCholesky(factor, b)).forEach((value, i) => expect(value).toBeCloseTo(i, 12));
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(choleskyFactor(symmetricFromRows([[1, 2], [2, 1]]))).toBeUndefined();
    expect(choleskyFactor(zeroMatrix(2))).toBeUndefined();
  });
});

describe('symmetric matrices', () => {
  it.each([
    ['0: 1 values in a matrix of 2 rows', [[1], [1, 2]]],
    ['matrix.1.0: differs from its mirror', [[1, 2], [3, 1]]],
    ['matrix.0.1: must be finite', [[1, NaN], [NaN, 1]]],
    ['no square', []],
  ])('refuses: %s', (text, rows) => {
    expect(() => symmetricFromRows(rows)).toThrow(text);
  });

  it('refuses a size that its values do not have', () => {
    expect(() => checkedSymmetric({ size: 2, values: new Float64Array(3) })).toThrow('no square');
  });

  it('takes parts and forms', () => {
    const matrix = symmetricFromRows([[4, 1, 0], [1, 3, 2], [0, 2, 5]]);
    expect(Array.from(principalSubmatrix(matrix, [2, 0]).values)).toEqual([5, 0, 0, 4]);
    expect(quadraticForm(matrix, Float64Array.of(1, -1, 2))).toBe(4 - 2 + 3 - 8 + 20);
  });
});
