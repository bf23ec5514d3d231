import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KalmanTrend, type KalmanTrendValue } from './kalman-trend.ts';

const prices = fc.array(fc.integer({ min: 5_000, max: 15_000 }).map((cents) => cents / 100), { minLength: 3, maxLength: 40 });
const noises = fc.record({ level: fc.constantFrom(0, 0.1, 2), slope: fc.constantFrom(0, 0.001, 0.5) });
const run = (kernel: KalmanTrend, values: readonly number[]): (KalmanTrendValue | undefined)[] => values.map((value) => kernel.update(value));

/** The same by matrices, from a beginning of which next to nothing is known. */
function plain(values: readonly number[], level: number, slope: number): { level: number; slope: number } {
  let [a, b] = [0, 0];
  let [p, q, r] = [1e9, 0, 1e9];
  values.forEach((value, i) => {
    if (i > 0) [a, p, q, r] = [a + b, p + 2 * q + r + level, q + r, r + slope];
    const [gain, other, surprise] = [p / (p + 1), q / (p + 1), Math.log(value) - a];
    [a, b] = [a + gain * surprise, b + other * surprise];
    [p, q, r] = [p - gain * p, q - gain * q, r - other * q];
  });
  return { level: a, slope: b };
}

describe('the Kalman trend', () => {
  it('is the filter of a local linear trend of which nothing was known before', () => {
    fc.assert(fc.property(prices, noises, (values, { level, slope }) => {
      const found = run(new KalmanTrend(level, slope), values);
      expect(found[0]).toBeUndefined();
      const expected = plain(values, level, slope);
      expect(Math.log(found.at(-1)!.level)).toBeCloseTo(expected.level, 5);
      expect(found.at(-1)!.slope).toBeCloseTo(expected.slope, 5);
    }));
  });

  it('without noise of level and slope is the least-squares line through all logarithms', () => {
    fc.assert(fc.property(prices, (values) => {
      const logs = values.map(Math.log);
      const [x, y] = [(logs.length - 1) / 2, logs.reduce((sum, log) => sum + log, 0) / logs.length];
      const slope = logs.reduce((sum, log, i) => sum + (i - x) * (log - y), 0) / logs.reduce((sum, _, i) => sum + (i - x) ** 2, 0);
      const last = run(new KalmanTrend(0, 0), values).at(-1)!;
      expect(last.slope).toBeCloseTo(slope, 10);
      expect(Math.log(last.level)).toBeCloseTo(y + slope * x, 10);
    }));
  });

  it('follows steady growth exactly, does not depend on the currency, and continues exactly after a restore', () => {
    const grown = run(new KalmanTrend(), Array.from({ length: 30 }, (_, i) => 100 * 1.01 ** i)).at(-1)!;
    expect(grown.slope).toBeCloseTo(Math.log(1.01), 12);
    expect(grown.level).toBeCloseTo(100 * 1.01 ** 29, 9);
    fc.assert(fc.property(prices, fc.nat(20), (values, cut) => {
      const whole = run(new KalmanTrend(), values);
      const scaled = run(new KalmanTrend(), values.map((value) => 4 * value));
      whole.forEach((value, i) => value === undefined || (expect(scaled[i]!.slope).toBeCloseTo(value.slope, 12), expect(scaled[i]!.level / value.level).toBeCloseTo(4, 10)));
      const [first, second] = [new KalmanTrend(), new KalmanTrend()];
      run(first, values.slice(0, cut));
      second.restore(JSON.parse(JSON.stringify(first.snapshot())));
      expect(run(second, values.slice(cut))).toEqual(whole.slice(cut));
    }));
  });

  it('refuses values that are no prices, and noises that are none', () => {
    for (const value of [0, -1, NaN, Infinity]) expect(() => new KalmanTrend().update(value)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    for (const noise of [-1, NaN, Infinity]) expect(() => new KalmanTrend(noise)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
});
