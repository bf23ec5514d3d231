import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Matrix, solve } from 'ml-matrix';
import { FACTOR_TRANSFORMS } from '../catalogue/factor-ids.ts';
import { crossSectionRanks, crossSectionScores, groupScores, neutralised } from './cross-section-transforms.ts';
import { TIME_TRANSFORMS, TRANSFORM_WINDOW } from './time-transforms.ts';

const column = (values: readonly number[]): Float64Array => Float64Array.from(values);
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const deviation = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + (x - mean(values)) ** 2, 0) / (values.length - 1));
const wave = Array.from({ length: 400 }, (_, i) => Math.sin(i * i) + i / 100);

describe('over time', () => {
  it('each transform is its definition', () => {
    const at = (name: keyof typeof TIME_TRANSFORMS, t: number): number => TIME_TRANSFORMS[name](column(wave))[t] ?? NaN;
    const t = 399;
    const window = wave.slice(t + 1 - TRANSFORM_WINDOW, t + 1);
    const last = wave[t] ?? NaN;
    expect(at('raw', t)).toBe(last);
    expect(at('lag1', t)).toBe(wave[t - 1]);
    expect(at('delta1', t)).toBe(last - (wave[t - 1] ?? NaN));
    expect(at('tsz', t)).toBeCloseTo((last - mean(window)) / deviation(window), 12);
    expect(at('tspct', t)).toBe(window.filter((x) => x <= last).length / TRANSFORM_WINDOW);
    expect(at('decay', t)).toBeCloseTo(Array.from({ length: 10 }, (_, k) => (10 - k) * (wave[t - k] ?? NaN)).reduce((sum, x) => sum + x, 0) / 55, 12);
  });

  it('the first value comes when the window is full, and a constant series has no score', () => {
    const first = (name: keyof typeof TIME_TRANSFORMS): number => TIME_TRANSFORMS[name](column(wave)).findIndex((x) => !Number.isNaN(x));
    expect([first('raw'), first('lag1'), first('delta1'), first('tsz'), first('tspct'), first('decay')]).toEqual([0, 1, 1, 251, 251, 9]);
    expect(TIME_TRANSFORMS.tsz(new Float64Array(300).fill(0.1))[299]).toBeNaN();
  });

  it('with the four across instruments they are the ten that ids know', () => {
    expect([...Object.keys(TIME_TRANSFORMS), 'csz', 'csrank', 'csgroup', 'neutral']).toEqual([...FACTOR_TRANSFORMS]);
  });
});

const distinctNumbers = fc.uniqueArray(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 10, maxLength: 40 });

describe('across instruments', () => {
  it('scores have mean 0 and deviation 1 and do not depend on unit or origin', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 10, maxLength: 40 }), (values) => {
        fc.pre(new Set(values).size > 1);
        const z = [...crossSectionScores(column(values))];
        expect(mean(z)).toBeCloseTo(0, 10);
        expect(deviation(z)).toBeCloseTo(1, 10);
        crossSectionScores(column(values.map((x) => 3 * x + 7))).forEach((x, i) => expect(x).toBeCloseTo(z[i] ?? NaN, 8));
      }),
    );
  });

  it('ranks are shares up to 1, equal for ties, and follow the order of names', () => {
    fc.assert(fc.property(distinctNumbers, (values) => expect(Math.max(...crossSectionRanks(column(values)))).toBe(1)));
    expect([...crossSectionRanks(column([1, 1, 2, 3, 4, 5, 6, 7, 8, NaN, 9]))]).toEqual([0.15, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, NaN, 1]);
  });

  it('fewer than ten names, or none that differ, say nothing', () => {
    const nine = column([1, 2, 3, 4, 5, 6, 7, 8, 9, NaN]);
    const labels = { sectors: Array.from({ length: 10 }, () => 'a'), sizes: new Float64Array(10) };
    for (const transformed of [crossSectionScores(nine), crossSectionRanks(nine), groupScores(nine, labels), neutralised(nine, labels), crossSectionScores(new Float64Array(12).fill(0.1))]) {
      expect(transformed.every((x) => Number.isNaN(x))).toBe(true);
    }
  });

  it('group scores are scores within a sector; a sector of one has none', () => {
    const sectors = ['a', 'a', 'a', 'b', 'b', 'b', 'b', 'b', 'b', 'c', undefined];
    const z = [...groupScores(column([1, 2, 3, 10, 20, 30, 40, 50, 60, 7, 8]), { sectors })];
    expect(z.slice(0, 3)).toEqual([-1, 0, 1]);
    expect(mean(z.slice(3, 9))).toBeCloseTo(0, 12);
    expect(deviation(z.slice(3, 9))).toBeCloseTo(1, 12);
    expect(z.slice(9)).toEqual([NaN, NaN]);
  });

  it('neutral values are the residuals of the regression on indicators and size', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true }), fc.constantFrom('a', 'b', 'c')), { minLength: 12, maxLength: 40 }), (rows) => {
        const names = [...new Set(rows.map(([, , sector]) => sector))];
        const sizes = column(rows.map(([, size], i) => size + Math.sin(7 * i)));
        const x = column(rows.map(([value]) => value));
        const residuals = neutralised(x, { sectors: rows.map(([, , sector]) => sector), sizes });
        const design = new Matrix(rows.map(([, , sector], i) => [...names.map((name) => (name === sector ? 1 : 0)), sizes[i] ?? NaN]));
        const fitted = design.mmul(solve(design, Matrix.columnVector([...x]), true));
        residuals.forEach((value, i) => expect(value).toBeCloseTo((x[i] ?? NaN) - fitted.get(i, 0), 8));
      }),
    );
  });

  it('where size does not vary only sectors are taken out; labels must be as many as values', () => {
    const x = column([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const sectors = Array.from({ length: 10 }, () => 'a');
    expect([...neutralised(x, { sectors, sizes: new Float64Array(10).fill(0.1) })]).toEqual([-4.5, -3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5]);
    expect(() => neutralised(x, { sectors: ['a'], sizes: x })).toThrow('sectors: are 1 for 10 values');
    expect(() => neutralised(x, { sectors, sizes: x.slice(1) })).toThrow('sizes: are 9 for 10 values');
  });
});
