import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { factorAttribution, factorExposures } from './factor-attribution.ts';
import { factorRegression } from './factor-regression.ts';

const reference = 'empyrical 0.5.5, its own test vectors';
const invalid = expect.objectContaining({ kind: 'invalid_input' }) as unknown as Error;

function record(quantity: string, pairs: readonly (readonly [number, number])[], tolerance = 1e-9): void {
  const largest = pairs.reduce((worst, [got, expected]) => Math.max(worst, Math.abs(got - expected)), 0);
  expect([quantity, pairs.every(([got]) => Number.isFinite(got)), largest < tolerance ? true : largest]).toEqual([quantity, true, true]);
  recordAccuracy({ reference, quantity, values: pairs.length, largestDeviation: largest, tolerance, kind: 'absolute' });
}

describe('perf_attrib of empyrical: two dates, two stocks, two factors', () => {
  const loadings = { stock1: [0.25, 0.25], stock2: [0.25, 0.25] };
  const earned = [[0.1, 0.1], [0.1, 0.1]];
  it.each([
    ['long', { stock1: 0.2857142857142857, stock2: 0.7142857142857143 }, { exposure: 0.25, factor: 0.025, common: 0.05, specific: 0.05, tilt: 0.05 }],
    ['long and short', { stock1: 0.5, stock2: -0.5 }, { exposure: 0, factor: 0, common: 0, specific: 0.1, tilt: 0 }],
    ['tilted', { stock1: 1, stock2: -0.5 }, { exposure: 0.125, factor: 0.0125, common: 0.025, specific: 0.075, tilt: 0.025 }],
  ] as const)('%s', (name, weights, expected) => {
    const exposures = [0, 1].map(() => factorExposures(weights, loadings, 2));
    const result = factorAttribution([0.1, 0.1], exposures, earned);
    record(`perf_attrib: ${name}`, [0, 1].flatMap((t): [number, number][] => [
      [exposures[t]![0]!, expected.exposure],
      [exposures[t]![1]!, expected.exposure],
      [result.contributions[t]![0]!, expected.factor],
      [result.contributions[t]![1]!, expected.factor],
      [result.common[t]!, expected.common],
      [result.specific[t]!, expected.specific],
      [result.tilt[t]!, expected.tilt],
      [result.timing[t]!, 0],
    ]));
  });
});

describeWithSharedData('perf_attrib of empyrical on its five tables', () => {
  const rows = (file: string, header = true): string[][] => readFileSync(sharedData(`empyrical/${file}`), 'utf8').trim().split(/\r?\n/).slice(header ? 1 : 0).map((line) => line.split(','));
  it('all returns are common, exposures are one, nothing is specific', () => {
    const returns = new Map(rows('returns.csv', false).map(([date, value]) => [date!, Number(value)]));
    const loadings = new Map<string, Record<string, number[]>>();
    for (const [date = '', asset = '', ...values] of rows('factor_loadings.csv')) loadings.set(date, { ...loadings.get(date), [asset]: values.map(Number) });
    const weights = new Map(rows('positions.csv').map(([date = '', ...values]) => {
      const [first = NaN, second = NaN, cash = NaN] = values.map(Number);
      const total = first + second + cash;
      return [date, { 19001: first / total, 19002: second / total }];
    }));
    const factorRows = new Map(rows('factor_returns.csv').map(([date = '', ...values]) => [date, values.map(Number)]));
    const dates = [...returns.keys()];
    expect(dates).toHaveLength(504);
    const exposures = dates.map((date) => factorExposures(weights.get(date)!, loadings.get(date)!, 2));
    const result = factorAttribution(dates.map((date) => returns.get(date)!), exposures, dates.map((date) => factorRows.get(date)!));
    record('perf_attrib: exposures', exposures.flatMap((row) => [...row].map((x): [number, number] => [x, 1])));
    record('perf_attrib: common returns', dates.map((date, t): [number, number] => [result.common[t]!, returns.get(date)!]));
    const intercepts = rows('intercepts.csv', false).map(([, value]) => Number(value));
    const residuals = new Map(rows('residuals.csv').map(([date = '', ...values]) => [date, values.map(Number)]));
    record('perf_attrib: specific returns against residuals and intercepts', dates.flatMap((date, t) => intercepts.map((x, i): [number, number] => [result.specific[t]!, x + residuals.get(date)![i]!])));
    record('perf_attrib: common plus specific', dates.map((date, t): [number, number] => [result.common[t]! + result.specific[t]!, returns.get(date)!]));
  });
});

const number = fc.double({ min: -1, max: 1, noNaN: true });

describe('factor attribution', () => {
  it('parts add up for any exposures, and timing averages out against constant factors', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.tuple(number, number), fc.tuple(number, number)), { minLength: 1, maxLength: 30 }), (table) => {
        const result = factorAttribution(table.map(([r]) => r), table.map(([, x]) => x), table.map(([, , f]) => f));
        table.forEach(([r], t) => {
          expect(result.common[t]! + result.specific[t]!).toBeCloseTo(r, 12);
          expect(result.tilt[t]! + result.timing[t]!).toBeCloseTo(result.common[t]!, 12);
          expect(result.contributions[t]!.reduce((sum, x) => sum + x, 0)).toBeCloseTo(result.common[t]!, 12);
        });
        const constant = factorAttribution(table.map(([r]) => r), table.map(([, x]) => x), table.map(() => [0.3, -0.2]));
        expect(constant.timing.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 10);
      }),
    );
  });

  it('names an asset without loadings and refuses what is not a number', () => {
    const missing: string[] = [];
    expect([...factorExposures({ a: 0.5, b: 0.5 }, { a: [2] }, 1, (asset) => missing.push(asset))]).toEqual([1]);
    expect(missing).toEqual(['b']);
    expect(() => factorExposures({ a: NaN }, { a: [1] }, 1)).toThrow(invalid);
    expect(() => factorExposures({ a: 1 }, { a: [1, 2] }, 1)).toThrow(invalid);
    expect(() => factorAttribution([0.1], [[NaN]], [[0]])).toThrow(invalid);
    expect(() => factorAttribution([0.1, 0.2], [[1]], [[0], [0]])).toThrow(invalid);
  });
});

describe('regression on factors', () => {
  const wave = (i: number, k: number): number => 0.01 * Math.sin(i * k);
  const factors = Array.from({ length: 60 }, (_, i) => [wave(i, 1.3), wave(i, 2.7), wave(i, 0.4)]);

  it('finds the coefficients that made the returns', () => {
    const fit = factorRegression(factors.map(([a, b, c]) => 0.001 + 0.5 * a! - 1.5 * b! + 2 * c!), factors);
    expect(fit.alpha).toBeCloseTo(0.001, 12);
    [0.5, -1.5, 2].forEach((beta, f) => expect(fit.betas[f]).toBeCloseTo(beta, 10));
    expect(fit.rSquared).toBeCloseTo(1, 12);
  });

  it('has normal residuals to every factor; contributions and alpha add up to the mean', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 60, maxLength: 60 }), (returns) => {
        const fit = factorRegression(returns, factors);
        expect(fit.residuals.reduce((sum, e) => sum + e, 0)).toBeCloseTo(0, 9);
        for (const f of [0, 1, 2]) expect(fit.residuals.reduce((sum, e, t) => sum + e * factors[t]![f]!, 0)).toBeCloseTo(0, 10);
        expect(fit.alpha + fit.meanContributions.reduce((sum, x) => sum + x, 0)).toBeCloseTo(returns.reduce((sum, r) => sum + r, 0) / 60, 9);
      }),
    );
  });

  it('with one factor has the textbook standard error', () => {
    const x = [1, 2, 3, 4, 5];
    const y = [2, 4, 5, 4, 5];
    const fit = factorRegression(y, x.map((v) => [v]));
    expect(fit.betas[0]).toBeCloseTo(0.6, 12);
    expect(fit.alpha).toBeCloseTo(2.2, 12);
    expect(fit.standardErrors[1]).toBeCloseTo(Math.sqrt(2.4 / 3 / 10), 12);
    expect(fit.standardErrors[0]).toBeCloseTo(Math.sqrt((2.4 / 3) * (1 / 5 + 9 / 10)), 12);
    expect(fit.rSquared).toBeCloseTo(0.6, 12);
  });

  it('refuses factors that depend on each other, and too few dates', () => {
    expect(() => factorRegression([1, 2, 3], [[1, 2], [2, 4], [3, 6]])).toThrow(invalid);
    expect(() => factorRegression([1, 2, 3], [[1], [1], [1]])).toThrow(invalid);
    expect(() => factorRegression([1], [[1]])).toThrow(invalid);
    expect(factorRegression([1, 2], [[1], [2]]).standardErrors).toEqual([{ reason: 'insufficient_history' }, { reason: 'insufficient_history' }]);
    expect(factorRegression([1, 1, 1], [[1], [2], [4]]).rSquared).toEqual({ reason: 'constant_series' });
  });
});
