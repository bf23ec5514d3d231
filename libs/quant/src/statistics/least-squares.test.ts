import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leastSquares } from './least-squares.ts';

const value = fc.integer({ min: -10, max: 10 });

describe('leastSquares', () => {
  it('finds the line through scattered points', () => {
    const { coefficients, rank } = leastSquares([[1, 1], [1, 2], [1, 3], [1, 4]], [6, 5, 7, 10]);
    expect(coefficients[0]).toBeCloseTo(3.5, 12);
    expect(coefficients[1]).toBeCloseTo(1.4, 12);
    expect(rank).toBe(2);
  });

  it('gives the shortest coefficients for columns that repeat each other', () => {
    const { coefficients, rank } = leastSquares([[1, 1], [2, 2], [3, 3]], [2, 4, 6]);
    expect(rank).toBe(1);
    coefficients.forEach((c) => expect(c).toBeCloseTo(1, 12));
    expect(leastSquares([[1, 1, 0]], [2]).coefficients[0]).toBeCloseTo(1, 12);
  });

  it('leaves residuals at right angles to every column', () => {
    fc.assert(fc.property(fc.array(fc.tuple(value, value, value), { minLength: 4, maxLength: 20 }), (data) => {
      const rows = data.map(([a, b]) => [1, a, b]);
      const { residuals } = leastSquares(rows, data.map(([, , y]) => y));
      for (let j = 0; j < 3; j++) expect(Math.abs(rows.reduce((sum, row, i) => sum + row[j]! * residuals[i]!, 0))).toBeLessThan(1e-6);
    }));
  });

  it('refuses ragged, missing and empty input', () => {
    expect(() => leastSquares([], [])).toThrow('rows');
    expect(() => leastSquares([[1, 2], [1]], [1, 2])).toThrow('lengths');
    expect(() => leastSquares([[NaN]], [1])).toThrow('missing');
  });
});
