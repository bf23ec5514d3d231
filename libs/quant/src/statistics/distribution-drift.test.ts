import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { distributionDrift } from './distribution-drift.ts';

const ramp = (n: number, from = 0, step = 1): number[] => Array.from({ length: n }, (_, i) => from + i * step);
const sample = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 5, maxLength: 60 });

describe('drift of a distribution', () => {
  it('is none between a sample and itself', () => {
    fc.assert(fc.property(sample, (values) => {
      const { stabilityIndex, distance, pValue, meanShift, deviationRatio } = distributionDrift(values, values);
      expect([stabilityIndex, distance, pValue]).toEqual([0, 0, 1]);
      if (meanShift !== undefined) expect([meanShift, deviationRatio]).toEqual([0, 1]);
    }));
  });

  it('has the distance of the definition: the largest difference of the shares at or below a value', () => {
    fc.assert(fc.property(sample, sample, (a, b) => {
      const share = (values: readonly number[], x: number): number => values.filter((value) => value <= x).length / values.length;
      const expected = Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))));
      expect(distributionDrift(a, b).distance).toBeCloseTo(expected, 12);
    }));
  });

  it('does not depend on level and unit', () => {
    fc.assert(fc.property(sample, sample, fc.integer({ min: 1, max: 64 }), fc.integer({ min: -100, max: 100 }), (a, b, unit, level) => {
      const moved = (values: readonly number[]): number[] => values.map((x) => unit * x + level);
      const [plain, other] = [distributionDrift(a, b), distributionDrift(moved(a), moved(b))];
      expect(other.distance).toBe(plain.distance);
      expect(other.stabilityIndex).toBeCloseTo(plain.stabilityIndex, 9);
      if (plain.meanShift !== undefined) expect(other.meanShift).toBeCloseTo(plain.meanShift, 9);
    }));
  });

  it('of two halves of five classes each is what the formula gives', () => {
    // Quintiles of 0 … 99; the sample lies in the last one alone: 20 of 20 there, none elsewhere.
    const { stabilityIndex } = distributionDrift(ramp(100), ramp(20, 80), 5);
    const was = 20.5 / 102.5;
    const [empty, full] = [0.5 / 22.5, 20.5 / 22.5];
    expect(stabilityIndex).toBeCloseTo(4 * (empty - was) * Math.log(empty / was) + (full - was) * Math.log(full / was), 12);
  });

  it('has the tail of the Kolmogorov distribution: 5 % at 1.358, 1 % at 1.628', () => {
    // Smirnov 1948: for large n the scaled distance alone decides. With n = m = 20,000 the correction is below 0.2 %.
    const n = 20_000;
    for (const [critical, level] of [[1.358, 0.05], [1.628, 0.01]] as const) {
      const shift = Math.round(critical * Math.sqrt(2 * n));
      expect(distributionDrift(ramp(n), ramp(n, shift)).pValue).toBeCloseTo(level, 2.5);
    }
  });

  it('has no shift when the reference does not vary, and refuses what is no sample', () => {
    expect(distributionDrift([1, 1, 1], [1, 2, 3])).toMatchObject({ meanShift: undefined, deviationRatio: undefined });
    expect(() => distributionDrift([1], [1, 2])).toThrow('reference');
    expect(() => distributionDrift([1, 2], [1, NaN])).toThrow('sample');
    expect(() => distributionDrift([1, 2], [1, 2], 1)).toThrow('classes');
  });
});
