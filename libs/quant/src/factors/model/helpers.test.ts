import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy } from '@nautilus/testkit';
import fc from 'fast-check';
import { readToranikoJson } from '../fixtures/toraniko.ts';
import { centred, halfLifeWeights, rescaled, standardised, tailsOnly, winsorised } from './cross-section-helpers.ts';
import { cleanedFeatures, largestOfDate, reducedUniverse } from './model-features.ts';
import { columnOf, modelPanel, perDate } from './model-panel.ts';
import { MOMENTUM_DEFAULTS, characteristicScores, momentumScores, sizeScores, valueScores } from './style-scores.ts';

const column = (values: readonly (number | null)[]): Float64Array => Float64Array.from(values, (value) => value ?? NaN);
const near = (actual: Iterable<number>, expected: readonly (number | null)[], tolerance = 1e-12): number => {
  const values = [...actual];
  expect(values).toHaveLength(expected.length);
  let largest = 0;
  expected.forEach((value, i) => {
    if (value === null || Number.isNaN(value)) expect(values[i]).toBeNaN();
    else largest = Math.max(largest, Math.abs((values[i] ?? NaN) - value));
  });
  expect(largest).toBeLessThanOrEqual(tolerance);
  return largest;
};

describeWithSharedData('helpers of the published package', () => {
  it('winsorising and weights equal the reference', () => {
    const golden = readToranikoJson('math_helpers.json') as { readonly in: readonly (readonly (number | null)[])[]; readonly 'winsorize_0.1_axis0': readonly (readonly (number | null)[])[]; readonly exp_weights_10_hl4: readonly number[] };
    const clipped = [0, 1, 2].map((k) => near(winsorised(column(golden.in.map((row) => row[k] ?? null)), 0.1), golden['winsorize_0.1_axis0'].map((row) => row[k] ?? null)));
    const largest = Math.max(...clipped, near(halfLifeWeights(10, 4), golden.exp_weights_10_hl4));
    recordAccuracy({ reference: 'toraniko', quantity: 'winsorised columns and half-life weights', values: 14 + 10, largestDeviation: largest, tolerance: 1e-12, kind: 'absolute' });
  });
});

/** Values stated in test_math.py and test_utils.py of the published package (MIT). */
describe('stated values of the published tests', () => {
  const grouped = modelPanel({
    dates: ['A', 'A', 'A', 'B', 'B', 'B'].map((group) => (group === 'A' ? '2023-01-02' : '2023-01-03')),
    symbols: ['a', 'b', 'c', 'a', 'b', 'c'],
    columns: { value: Float64Array.of(1, 2, 3, 4, 5, 6) },
  });

  it('centring and scoring by group', () => {
    near(perDate(grouped, columnOf(grouped, 'value'), centred), [-1, 0, 1, -1, 0, 1]);
    near(perDate(grouped, columnOf(grouped, 'value'), standardised), [-1, 0, 1, -1, 0, 1]);
    near(centred(column([1.5, 2.5])), [-0.5, 0.5]);
    near(centred(column([9, 9])), [0, 0]);
    near(centred(column([3])), [0]);
    near(centred(column([null, null])), [null, null]);
    near(centred(column([])), []);
  });

  it('rescaling', () => {
    near(rescaled(column([1, 2, 3]), 0, 1), [0, 0.5, 1]);
    near(rescaled(column([4, 5, 6]), -1, 1), [-1, 0, 1]);
    near(rescaled(column([1, null]), 0, 1), [0, null]);
    near(rescaled(column([5, 5]), 0, 1), [0, 0]);
    near(rescaled(column([3000, 4000]), 100, 200), [100, 200]);
  });

  it('winsorising', () => {
    const tens = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    near(winsorised(column(tens), 0.2), [2.8, 2.8, 3, 4, 5, 6, 7, 8, 8.2, 8.2]);
    near(winsorised(column(tens.map((x) => x * 1000)), 0.2), [2.8, 2.8, 3, 4, 5, 6, 7, 8, 8.2, 8.2].map((x) => x * 1000), 1e-9);
    near(winsorised(column([null, 2000, null, null, 5000, 6000, 7000, 8000, null, 10000]), 0.2), [null, 5000, null, null, 5000, 6000, 7000, 8000, null, 8000]);
    near(winsorised(column([1, 2, 10]), 0.1), [1.2, 2, 8.4]);
    near(winsorised(column([400, 500, 2000]), 0.1), [420, 500, 1700]);
    near(winsorised(column([7, 8, 30]), 0.1), [7.2, 8, 25.6]);
    near(winsorised(column([1, null, 10]), 0.1), [1.9, null, 9.1]);
    near(winsorised(column([null, 500, 2000]), 0.1), [null, 650, 1850]);
    near(winsorised(column([]), 0.05), []);
    near(winsorised(column([null, null]), 0.05), [null, null]);
    expect(() => winsorised(column(tens), -0.1)).toThrow('percentile');
    expect(() => winsorised(column(tens), 1.1)).toThrow('percentile');
  });

  it('tails of three values at a quarter and three quarters keep all', () => {
    near(tailsOnly(column([1, 2, 10]), 0.25, 0.75), [1, 2, 10]);
    near(tailsOnly(column([1, null, 10]), 0.25, 0.75), [1, null, 10]);
    near(tailsOnly(column([1, 2, 3, 4, 5, 6]), 0.2, 0.8), [1, 2, 0, 0, 5, 6]);
    expect(() => tailsOnly(column([1]), 0.8, 0.2)).toThrow('percentiles');
  });

  it('weights', () => {
    near(halfLifeWeights(5, 2), [0.25, 0.35355339, 0.5, 0.70710678, 1], 1e-8);
    near(halfLifeWeights(1, 2), [1]);
    near(halfLifeWeights(5, 1), [0.0625, 0.125, 0.25, 0.5, 1]);
    const long = halfLifeWeights(100, 10);
    expect([long.length, long[99]]).toEqual([100, 1]);
    for (let i = 0; i + 10 < 100; i++) expect(long[i]).toBeCloseTo(0.5 * (long[i + 10] ?? NaN), 12);
    for (const [window, halfLife] of [[0, 2], [-1, 2], [5.1, 3], [5, 0]] as const) expect(() => halfLifeWeights(window, halfLife)).toThrow('whole number');
  });

  const features = (groups: string, first: readonly number[], second: readonly number[]) =>
    modelPanel({ dates: first.map((_, i) => `2023-01-0${i + 1}`), symbols: [...groups], columns: { feature1: column(first), feature2: column(second) } });

  it('filling: NaN and infinities take the value before them, leading gaps stay', () => {
    const { panel } = cleanedFeatures(features('AAABBC', [1, NaN, 3, Infinity, 5, NaN], [NaN, 2, NaN, 4, NaN, 6]), { fill: ['feature1', 'feature2'] });
    near(columnOf(panel, 'feature1'), [1, 1, 3, null, 5, null]);
    near(columnOf(panel, 'feature2'), [null, 2, 2, 4, 4, 6]);
    near(columnOf(cleanedFeatures(features('AA', [NaN, NaN], [1, 2]), { fill: ['feature1'] }).panel, 'feature1'), [null, null]);
    expect(() => cleanedFeatures(panel, { fill: ['non_existent_feature'] })).toThrow('non_existent_feature: column is missing');
  });

  it('smoothing: the mean of a full window per symbol', () => {
    const panel = features('AAABBB', [1, 2, 3, 4, 5, 6], [10, 20, 30, 40, 50, 60]);
    const smoothed = (window: number, input = panel): Float64Array => columnOf(cleanedFeatures(input, { smooth: { feature1: window } }).panel, 'feature1');
    near(smoothed(2), [null, 1.5, 2.5, null, 4.5, 5.5]);
    near(smoothed(10), [null, null, null, null, null, null]);
    near(smoothed(1), [1, 2, 3, 4, 5, 6]);
    near(smoothed(2, features('AAABBB', [1, 2, NaN, 4, 5, 6], [10, 20, 30, 40, 50, 60])), [null, 1.5, null, null, 4.5, 5.5]);
    expect(() => smoothed(0)).toThrow('feature1: a window');
    expect(() => cleanedFeatures(panel, { smooth: { other: 2 } })).toThrow('other: column is missing');
  });

  it('the largest of a date', () => {
    const groups = modelPanel({
      dates: ['A', 'A', 'A', 'B', 'B', 'B', 'C', 'C', 'C'].map((group) => `2023-01-0${group.charCodeAt(0) - 64}`),
      symbols: ['x', 'y', 'z', 'x', 'y', 'z', 'x', 'y', 'z'],
      columns: { market_cap: Float64Array.of(10, 20, 30, 15, 25, 35, 5, 15, 25) },
    });
    expect([...columnOf(reducedUniverse(groups, 2), 'market_cap')]).toEqual([20, 30, 25, 35, 15, 25]);
    expect(largestOfDate(groups, 2)).toEqual([false, true, true, false, true, true, false, true, true]);
    expect(reducedUniverse(groups, 5).dateOf).toHaveLength(9);
    expect(() => largestOfDate(groups, 1, 'wrong_column')).toThrow('wrong_column: column is missing');
    expect(() => largestOfDate(groups, 0)).toThrow('top_n');
  });
});

describe('helpers', () => {
  const values = fc.array(fc.oneof(fc.double({ min: -100, max: 100, noNaN: true }), fc.constant(NaN)), { maxLength: 30 });

  it('winsorising keeps the order, the count of missing values and the bounds; the complement is the same', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 0.5, noNaN: true }), (x, p) => {
        const clipped = winsorised(column(x), p);
        expect(winsorised(column(x), 1 - p).map((v, i) => v - (clipped[i] ?? NaN)).every((d) => Number.isNaN(d) || Math.abs(d) < 1e-9)).toBe(true);
        clipped.forEach((v, i) => expect(Number.isNaN(v)).toBe(Number.isNaN(x[i])));
        const kept = [...clipped].filter((v) => !Number.isNaN(v));
        const given = x.filter((v) => !Number.isNaN(v));
        if (kept.length > 0) expect(Math.min(...kept) >= Math.min(...given) && Math.max(...kept) <= Math.max(...given)).toBe(true);
      }),
    );
  });

  it('scores of fewer than two values or without spread are missing', () => {
    near(standardised(column([5])), [null]);
    near(standardised(column([0.1, 0.1, 0.1])), [null, null, null]);
    near(standardised(column([1, null, 3])), [-Math.SQRT1_2, null, Math.SQRT1_2]);
  });

  it('cleaning clips, then fills, then smooths, and warns of a share above one half', () => {
    const panel = modelPanel({
      dates: ['2023-01-02', '2023-01-02', '2023-01-02', '2023-01-03', '2023-01-03', '2023-01-03'],
      symbols: ['a', 'b', 'c', 'a', 'b', 'c'],
      columns: { x: column([1, 2, 10, NaN, 5, 20]) },
    });
    const cleaned = cleanedFeatures(panel, { winsorise: { x: 0.9 }, fill: ['x'], smooth: { x: 2 } });
    near(columnOf(cleaned.panel, 'x'), [null, null, null, (1.2 + 1.2) / 2, (2 + 6.5) / 2, (8.4 + 18.5) / 2], 1e-9);
    expect(cleaned.warnings).toEqual([`x: 0.9 is taken as ${1 - 0.9}`]);
    near(columnOf(panel, 'x'), [1, 2, 10, null, 5, 20]);
  });

  it('equal capitalisations go by symbol and missing ones are never among the largest', () => {
    const panel = modelPanel({ dates: Array.from({ length: 3 }, () => '2023-01-02'), symbols: ['b', 'a', 'c'], columns: { market_cap: column([7, 7, NaN]) } });
    expect(largestOfDate(panel, 1)).toEqual([true, false, false]);
    expect(panel.symbols).toEqual(['a', 'b', 'c']);
    expect(largestOfDate(panel, 3)).toEqual([true, true, false]);
  });

  it('momentum is the weighted growth that ends lag rows before, scored', () => {
    const days = Array.from({ length: 8 }, (_, i) => `2023-01-0${i + 1}`);
    const panel = modelPanel({
      dates: days.flatMap((day) => [day, day, day]),
      symbols: days.flatMap(() => ['a', 'b', 'c']),
      columns: { asset_returns: Float64Array.from({ length: 24 }, (_, i) => Math.sin(i) / 10) },
    });
    const scores = momentumScores(panel, { trailingDays: 3, halfLife: 1, lag: 2, winsorShare: 0 });
    const r = (day: number, symbol: number): number => Math.sin(day * 3 + symbol) / 10;
    const growth = [0, 1, 2].map((s) => (1 + 0.25 * r(3, s)) * (1 + 0.5 * r(4, s)) * (1 + r(5, s)) - 1);
    near(scores.slice(21), [...standardised(column(growth))], 1e-12);
    expect([...scores].findIndex((x) => !Number.isNaN(x))).toBe(4 * 3);
    expect(() => momentumScores(panel, { ...MOMENTUM_DEFAULTS, lag: -1 })).toThrow('lag');
    expect(() => momentumScores(panel, { ...MOMENTUM_DEFAULTS, trailingDays: 0 })).toThrow('window');
  });

  it('figures ≤ 0 under a logarithm are missing; value takes the mean of what is there', () => {
    const panel = modelPanel({
      dates: Array.from({ length: 4 }, () => '2023-01-02'),
      symbols: ['a', 'b', 'c', 'd'],
      columns: { market_cap: column([1, 0, 2, -1]), book_price: column([1, 2, -1, NaN]), sales_price: column([NaN, 1, 2, NaN]), cf_price: column([1, 2, 3, NaN]) },
    });
    expect([...sizeScores(panel)].map((x) => Number.isNaN(x))).toEqual([false, true, false, true]);
    const h = Math.SQRT1_2;
    near(characteristicScores(panel, 'cf_price'), [-1, 0, 1, null]);
    near(characteristicScores(panel, 'cf_price', 0.25), [-1, 0, 1, null]);
    expect(() => characteristicScores(panel, 'beta')).toThrow('beta: column is missing');
    near(valueScores(panel), [...standardised(column([(-h - 1) / 2, (h - h + 0) / 3, (h + 1) / 2, NaN]))]);
  });
});
