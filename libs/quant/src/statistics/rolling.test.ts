import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExponentialDeviation } from './exponential-deviation.ts';
import { RollingExtreme } from './rolling-extreme.ts';
import { RollingMoments } from './rolling-moments.ts';
import { RollingSum } from './rolling-sum.ts';
import { TrailingCdf } from './trailing-cdf.ts';

const list = fc.array(fc.double({ min: -1_000, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 80 });
const window = fc.integer({ min: 1, max: 20 });
const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);
const deviation = (values: readonly number[], lost: 0 | 1): number => {
  const mean = sum(values) / values.length;
  return Math.sqrt(sum(values.map((x) => (x - mean) ** 2)) / (values.length - lost));
};

describe('over the last n values', () => {
  it('each kernel equals its definition at every step', () => {
    fc.assert(
      fc.property(list, window, (values, n) => {
        const [total, moments, high, low, cdf] = [new RollingSum(n), new RollingMoments(n), new RollingExtreme(n, 'highest'), new RollingExtreme(n, 'lowest'), new TrailingCdf(n)];
        values.forEach((value, i) => {
          for (const kernel of [total, moments, high, low, cdf]) kernel.add(value);
          const held = values.slice(Math.max(0, i + 1 - n), i + 1);
          expect(total.sum).toBeCloseTo(sum(held), 8);
          expect(moments.mean()).toBeCloseTo(sum(held) / held.length, 8);
          // A value of 1,000 that leaves takes the last digits of its square along: about √(1e6 · 2⁻⁵²) of a deviation.
          expect(moments.deviation(0)).toBeCloseTo(deviation(held, 0), 4);
          if (held.length > 1) expect(moments.deviation()).toBeCloseTo(deviation(held, 1), 4);
          expect(high.extreme()).toBe(Math.max(...held));
          expect(low.extreme()).toBe(Math.min(...held));
          expect(cdf.at(value)).toBe((held.filter((x) => x < value).length + held.filter((x) => x <= value).length) / 2 / held.length);
        });
      }),
    );
  });

  it('what a huge value leaves behind is gone after a rebuild', () => {
    const total = new RollingSum(5);
    const moments = new RollingMoments(5);
    for (const kernel of [total, moments]) {
      kernel.add(1e17);
      for (let i = 0; i < 10_010; i++) kernel.add(0.1 * (i % 3));
    }
    const held = [10_005, 10_006, 10_007, 10_008, 10_009].map((i) => 0.1 * (i % 3));
    expect(total.sum).toBeCloseTo(sum(held), 12);
    expect(moments.mean()).toBeCloseTo(sum(held) / 5, 12);
    expect(moments.deviation()).toBeCloseTo(deviation(held, 1), 12);
  });

  it('a window of one value has no deviation', () => {
    const moments = new RollingMoments(1);
    moments.add(3);
    moments.add(4);
    expect(moments.mean()).toBe(4);
    expect(moments.deviation()).toBeUndefined();
    expect(moments.deviation(0)).toBe(0);
  });
});

describe('with exponential weights', () => {
  it('equals the weighted definition', () => {
    fc.assert(
      fc.property(list, fc.double({ min: 1, max: 100, noNaN: true }), (values, halfLife) => {
        fc.pre(values.length > 1);
        const kernel = new ExponentialDeviation(halfLife);
        for (const value of values) kernel.add(value);
        const weights = values.map((_, i) => 0.5 ** ((values.length - 1 - i) / halfLife));
        const total = sum(weights);
        const mean = sum(values.map((x, i) => x * (weights[i] ?? 0))) / total;
        const squares = sum(values.map((x, i) => (x - mean) ** 2 * (weights[i] ?? 0)));
        expect(kernel.deviation()).toBeCloseTo(Math.sqrt(squares / (total - sum(weights.map((w) => w * w)) / total)), 5);
      }),
    );
  });

  it('has no deviation of one value, and none below zero of equal ones', () => {
    const kernel = new ExponentialDeviation(10);
    kernel.add(5);
    expect(kernel.deviation()).toBeUndefined();
    kernel.add(5);
    expect(kernel.deviation()).toBe(0);
  });
});
