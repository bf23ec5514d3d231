import { describe, expect, it } from '@jest/globals';
import { recordAccuracy } from '@nautilus/testkit';
import { empyricalTailFit } from './empyrical-tail-fit.ts';

// Vectors and expected values of empyrical's own tests (quantopian/empyrical, Apache-2.0, tests/test_stats.py).
const percent = (...values: number[]): Float64Array => Float64Array.from(values, (x) => x / 100);
const NONE = [0, 0, 0, 0, 0];
const MIXED = [0.1, 0.10001255835838491, 1.5657360018514067e-6, 0.4912526273742347, 0.59126595492541179];
const CASES = [
  ['one return', percent(1), NONE],
  ['no returns', new Float64Array(0), NONE],
  ['no loss', percent(0, 1, 0, 1, 0, 1, 0, 1, 0), NONE],
  ['gains', percent(1, 2, 1, 1, 1, 1, 1, 1, 1), NONE],
  ['losses', percent(0, -6, -7, -1, -9, -2, -6, -8, -5), [0.05, 0.068353586736348199, 9.4304947982121171e-7, 0.34511639904932639, 0.41347032855617882]],
  ['mixed', percent(NaN, 1, 10, -4, 2, 3, 2, 1, -10), MIXED],
  ['flat', percent(1, 1, 1, 1, 1, 1, 1, 1, 1), NONE],
  ['weekly and monthly', percent(0, 1, 10, -4, 2, 3, 2, 1, -10), MIXED],
] as const;

describe('tail fit of empyrical', () => {
  it('equals its own tests to 8 decimals', () => {
    let largest = 0;
    for (const [name, returns, expected] of CASES) {
      const fit = empyricalTailFit(returns);
      [fit.threshold, fit.scale, fit.shape, fit.valueAtRisk, fit.expectedShortfall].forEach((x, i) => {
        const deviation = Math.abs(x - expected[i]!);
        expect([name, i, deviation < 1.5e-8 ? true : x]).toEqual([name, i, true]);
        largest = Math.max(largest, deviation);
      });
    }
    recordAccuracy({ reference: 'empyrical 0.5.5, its own test vectors', quantity: 'gpd_risk_estimates', values: CASES.length * 5, largestDeviation: largest, tolerance: 1.5e-8, kind: 'absolute' });
  });

  it('refuses infinite returns', () => {
    expect(() => empyricalTailFit([Infinity, 0, 0])).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
});
