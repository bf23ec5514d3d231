import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom } from '../random/seeded-random.ts';
import { vpinBandSteps, type VpinBandOptions, type VpinBands } from './vpin-bootstrap.ts';
import { vpinCorrelation } from './vpin-correlation.ts';

const options: VpinBandOptions = { sampleLength: 20, bucketVolume: 100, level: 0.95, replications: 400, seed: 7, points: 50 };

function bands(imbalance: Float64Array, change: Partial<VpinBandOptions> = {}): VpinBands {
  const steps = vpinBandSteps(imbalance, { ...options, ...change });
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

const draws = (seed: number, length: number): Float64Array => {
  const random = new SeededRandom(seed);
  return Float64Array.from({ length }, () => 100 * random.uniform());
};

describe('bands of VPIN', () => {
  it('hold the value, lie within [0, 1] and begin where VPIN does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const result = bands(draws(seed, 40), { replications: 50 });
        expect(Array.from(result.bucket)).toEqual(Array.from({ length: 21 }, (_, i) => 19 + i));
        result.vpin.forEach((vpin, i) => {
          expect(result.low[i]!).toBeGreaterThanOrEqual(0);
          expect(result.low[i]!).toBeLessThanOrEqual(vpin);
          expect(result.high[i]!).toBeGreaterThanOrEqual(vpin);
          expect(result.high[i]!).toBeLessThanOrEqual(1);
        });
      }),
      { numRuns: 10 },
    );
  });

  it('have the standard error of a mean when blocks are single buckets', () => {
    const imbalance = draws(1, 200);
    const { standardError } = bands(imbalance, { sampleLength: 200, meanBlock: 1, replications: 2_000, points: 1 });
    const mean = imbalance.reduce((sum, value) => sum + value, 0) / 200;
    const expected = Math.sqrt(imbalance.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 200 / 200) / 100;
    // The error of a standard deviation from 2,000 draws is 1.6 %; five of them.
    expect(Math.abs(standardError[0]! / expected - 1)).toBeLessThan(0.08);
  });

  it('do not depend on how many newest buckets are asked for', () => {
    const imbalance = draws(2, 60);
    const [all, last] = [bands(imbalance), bands(imbalance, { points: 3 })];
    expect(last.low).toEqual(all.low.slice(-3));
    expect(last.high).toEqual(all.high.slice(-3));
  });

  it('refuse options out of range, and are empty without a VPIN value', () => {
    expect(bands(draws(1, 10)).vpin).toHaveLength(0);
    for (const change of [{ level: 1 }, { replications: 1 }, { sampleLength: 0 }, { bucketVolume: 0 }, { points: 0 }, { meanBlock: 0.5 }, { seed: 0.5 }]) {
      expect(() => bands(draws(1, 40), change)).toThrow();
    }
  });
});

describe('correlation of two VPIN series', () => {
  const STEP = 300_000;
  const timed = (values: readonly number[], everyMs = STEP, fromMs = 0) => ({ timesMs: Float64Array.from(values, (_, i) => fromMs + i * everyMs), values: Float64Array.from(values) });

  it('is that of the values themselves when both sit on the clock, with the p-value of Student\'s t', () => {
    const x = Array.from({ length: 30 }, (_, i) => i + 1);
    const y = [2, 1, ...x.slice(2)];
    const { pairs, pearson, spearman } = vpinCorrelation(timed(x), timed(y));
    // Spearman: 1 − 6Σd²/(n(n² − 1)) with Σd² = 2.
    expect(pairs).toBe(30);
    expect(spearman!.value).toBeCloseTo(1 - 12 / (30 * 899), 12);
    expect(pearson!.value).toBeCloseTo(1 - 12 / (30 * 899), 12);
    expect(pearson!.pValue).toBeLessThan(1e-20);
  });

  it('carries the last value, and skips ticks to which nothing new came', () => {
    const a = timed(Array.from({ length: 40 }, (_, i) => Math.sin(i)), STEP, 10_000);
    // A night of 16 hours between the halves adds no pairs.
    const night = { timesMs: a.timesMs.map((time, i) => (i < 20 ? time : time + 16 * 3_600_000)), values: a.values };
    const whole = vpinCorrelation(a, a);
    expect(vpinCorrelation(night, night)).toEqual(whole);
    expect(whole.pairs).toBe(40);
    expect(whole.pearson!.value).toBeCloseTo(1, 12);
  });

  it('is undefined below 30 pairs and for a side that does not vary; refuses what does not ascend', () => {
    expect(vpinCorrelation(timed([1, 2, 3]), timed([1, 2, 3])).pearson).toBeUndefined();
    expect(vpinCorrelation(timed(Array(40).fill(0.5)), timed(Array.from({ length: 40 }, (_, i) => i))).pearson).toBeUndefined();
    expect(vpinCorrelation(timed([]), timed([1])).pairs).toBe(0);
    expect(() => vpinCorrelation({ timesMs: Float64Array.of(2, 1), values: Float64Array.of(1, 1) }, timed([1]))).toThrow('ascend');
    expect(() => vpinCorrelation(timed([NaN]), timed([1]))).toThrow('finite');
  });
});
