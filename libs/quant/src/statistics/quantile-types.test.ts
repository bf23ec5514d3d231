import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sampleQuantile, type QuantileType } from './quantile-types.ts';

const types = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const ten = Array.from({ length: 10 }, (_, i) => i + 1);

describe('sampleQuantile', () => {
  it('follows each definition of Hyndman and Fan on 1 to 10', () => {
    const expected: Record<QuantileType, number> = { 1: 3, 2: 3, 3: 2, 4: 2.5, 5: 3, 6: 2.75, 7: 3.25, 8: 2 + 11 / 12, 9: 2.9375 };
    for (const type of types) expect(sampleQuantile(ten, 0.25, type)).toBeCloseTo(expected[type], 12);
    expect(sampleQuantile(ten, 0.3, 1)).toBe(3);
    expect(sampleQuantile(ten, 0.3, 2)).toBe(3.5);
  });

  it('ignores order, keeps bounds and rises with the share', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(fc.property(values, fc.constantFrom(...types), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (xs, type, p, q) => {
      const low = sampleQuantile(xs, Math.min(p, q), type);
      const high = sampleQuantile([...xs].reverse(), Math.max(p, q), type);
      expect(low).toBeLessThanOrEqual(high + 1e-6);
      expect(low).toBeGreaterThanOrEqual(Math.min(...xs) - 1e-6);
      expect(high).toBeLessThanOrEqual(Math.max(...xs) + 1e-6);
    }));
  });

  it('refuses missing values and shares outside 0 to 1', () => {
    expect(() => sampleQuantile([], 0.5)).toThrow('none');
    expect(() => sampleQuantile([1, NaN], 0.5)).toThrow('missing');
    expect(() => sampleQuantile([1], 1.1)).toThrow('share');
  });
});
