import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import fc from 'fast-check';
import { readToraniko } from '../fixtures/toraniko.ts';
import { forwardReturns, type FactorPanel } from './factor-panel.ts';
import { informationCoefficients, informationDecay, neweyWestError, summariseInformation, type CorrelationMethod } from './information-coefficient.ts';
import { benjaminiHochberg, twoSidedP } from './many-trials.ts';
import { quantileOf, quantileReport } from './quantiles.ts';
import { averageRanks, pearson, spearman } from './ranks.ts';

describeWithSharedData('information coefficients of −ln capitalisation', () => {
  const rows = readToraniko('pipeA_input.csv.gz');
  const symbols = new Set(rows.map(({ symbol }) => symbol)).size;
  const panelOf = (cell: (row: Readonly<Record<string, string>>) => number): FactorPanel => ({ dates: rows.length / symbols, symbols, values: Float64Array.from(rows, cell) });
  const factor = panelOf((row) => -Math.log(Number(row['market_cap'])));
  const returns = panelOf((row) => Number(row['asset_returns']));
  const golden = JSON.parse(readFileSync(sharedData('factor_defs/ic_golden.json'), 'utf8')) as Readonly<Record<string, readonly number[]>> & { readonly n: number };

  it('equal those of scipy: first dates, mean, deviation, ratio, t over 495 dates', () => {
    const cases: readonly [number, CorrelationMethod, string][] = [
      [1, 'spearman', 'ic_spearman_1d_first5'],
      [5, 'spearman', 'ic_spearman_5d_first5'],
      [1, 'pearson', 'ic_pearson_1d_first5'],
    ];
    let [largest, values] = [0, 0];
    const compare = (actual: number | undefined, expected: number | undefined): void => {
      if (actual === undefined || expected === undefined) throw new Error('a value is missing');
      largest = Math.max(largest, Math.abs(actual - expected));
      values += 1;
    };
    cases.forEach(([horizon, method, first], i) => {
      const coefficients = informationCoefficients(factor, forwardReturns(returns, horizon), method).slice(0, golden.n);
      golden[first]?.forEach((expected, t) => compare(coefficients[t], expected));
      const summary = summariseInformation(coefficients, 0);
      compare(summary?.mean, golden['mean']?.[i]);
      compare(summary?.deviation, golden['std_ddof1']?.[i]);
      compare(summary?.icir, golden['IR']?.[i]);
      compare(summary?.t, golden['t']?.[i]);
      expect(summary?.dates).toBe(495);
      expect(summary?.neweyWestT).toBeCloseTo(summary?.t ?? NaN, 12);
    });
    expect(values).toBe(27);
    recordAccuracy({ reference: 'scipy', quantity: 'information coefficients with mean, deviation, ratio and t', values, largestDeviation: largest, tolerance: 1e-10, kind: 'absolute' });
    expect(largest).toBeLessThanOrEqual(1e-10);
  });

  it('the decay has one summary per horizon, with the dates that the horizon leaves', () => {
    const decay = informationDecay(factor, returns, 'spearman');
    expect(decay.map(({ horizon, summary }) => [horizon, summary?.dates])).toEqual([[1, 499], [2, 498], [5, 495], [10, 490], [21, 479], [63, 437]]);
  });

  it('a factor that is the forward return has coefficient 1, monotone quantiles and the widest spread', () => {
    const forward = forwardReturns(returns, 1);
    expect(summariseInformation(informationCoefficients(forward, forward, 'spearman'), 0)).toMatchObject({ mean: 1, shareAboveZero: 1 });
    const perfect = quantileReport(forward, forward);
    const report = quantileReport(factor, forward, { cost: 0.001 });
    expect(perfect.monotonicity).toBe(1);
    expect(perfect.spread).toBeGreaterThan(report.spread ?? NaN);
    expect(report.means.reduce<number>((sum, mean) => sum + (mean ?? NaN), 0)).toBeCloseTo(0, 12);
    expect(report.dates).toBe(499);
    expect(report.rankAutocorrelation).toBeGreaterThan(0.99);
    const free = quantileReport(factor, forward);
    expect(report.longShort.at(-1)?.cumulative).toBeLessThan(free.longShort.at(-1)?.cumulative ?? NaN);
    expect(free.spread).toBe(report.spread);
  });
});

const column = (values: readonly number[]): Float64Array => Float64Array.from(values);
const numbers = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 2, maxLength: 40 });

describe('ranks and correlations', () => {
  it('average ranks sum to n(n+1)/2, share ties and pass over missing values', () => {
    expect([...averageRanks(column([10, 30, NaN, 10, 20]))]).toEqual([1.5, 4, NaN, 1.5, 3]);
    fc.assert(fc.property(numbers, (x) => expect(averageRanks(column(x)).reduce((sum, rank) => sum + rank, 0)).toBe((x.length * (x.length + 1)) / 2)));
  });

  it('rank correlation is unmoved by increasing maps and by the order of names, and changes sign with a factor', () => {
    fc.assert(
      fc.property(numbers, (x) => {
        const y = x.map((value, i) => Math.sin(value + i));
        const value = spearman(column(x), column(y));
        expect(spearman(column(x.map((v) => v ** 3 + 5)), column(y))).toEqual(value);
        expect(spearman(column(x.toReversed()), column(y.toReversed())) ?? 2).toBeCloseTo(value ?? 2, 12);
        expect(spearman(column(x.map((v) => -v)), column(y)) ?? -2).toBeCloseTo(-(value ?? 2), 12);
      }),
    );
  });

  it('a constant side has none', () => {
    expect(pearson(column([0.1, 0.1, 0.1]), column([1, 2, 3]))).toBeUndefined();
    expect(pearson(column([1]), column([1]))).toBeUndefined();
  });
});

describe('a summary', () => {
  it('Newey–West widens the error of a persistent series and equals the plain one at 0 lags', () => {
    const values = column(Array.from({ length: 60 }, (_, i) => Math.sin(i / 6)));
    expect(neweyWestError(values, 0, 5)).toBeGreaterThan(1.5 * neweyWestError(values, 0, 0));
    expect(neweyWestError(column([1, 3]), 2, 0)).toBeCloseTo(1, 14);
    // By hand: squares 1.25·4 = 5, first products (−1.5·−0.5 − 0.5·0.5 + 0.5·1.5) = 1.25 with weight ½ twice.
    expect(neweyWestError(column([1, 2, 3, 4]), 2.5, 1)).toBeCloseTo(Math.sqrt(6.25 / 3 / 4), 14);
  });

  it('of nothing is undefined, of one date has no deviation, of a constant no ratio', () => {
    expect(summariseInformation(column([NaN]), 0)).toBeUndefined();
    expect(summariseInformation(column([0.5]), 0)).toMatchObject({ mean: 0.5, deviation: undefined, icir: undefined, t: undefined, neweyWestT: undefined });
    expect(summariseInformation(column([0.5, 0.5]), 0)).toMatchObject({ deviation: 0, icir: undefined, neweyWestT: undefined });
    expect(() => summariseInformation(column([1]), -1)).toThrow('lags');
  });

  it('a cross-section below ten names has no coefficient; broken panels are refused', () => {
    const nine: FactorPanel = { dates: 1, symbols: 9, values: column([1, 2, 3, 4, 5, 6, 7, 8, 9]) };
    expect([...informationCoefficients(nine, nine, 'spearman')]).toEqual([NaN]);
    expect(() => informationCoefficients(nine, { ...nine, symbols: 8 }, 'spearman')).toThrow('differ in shape');
    expect(() => informationCoefficients({ ...nine, dates: 2 }, nine, 'spearman')).toThrow('has 9 values');
    expect(() => forwardReturns({ ...nine, values: column([1, 2, 3, 4, 5, 6, 7, 8, Infinity]) }, 1)).toThrow('returns[8]');
    expect(() => forwardReturns(nine, 0)).toThrow('horizon');
  });
});

describe('quantiles', () => {
  it('have equal counts where they can, and keep ties together', () => {
    expect([...quantileOf(column([5, 4, 3, 2, 1, NaN, 6, 7, 8, 9, 10]), 5)]).toEqual([2, 1, 1, 0, 0, NaN, 2, 3, 3, 4, 4]);
    expect([...quantileOf(column([1, 1, 1, 1, 9]), 5)]).toEqual([2, 2, 2, 2, 4]);
  });

  it('turnover is the share of new names, costs are paid on both legs', () => {
    const first = Array.from({ length: 10 }, (_, i) => i);
    const second = [1, 2, 0, 3, 4, 5, 6, 7, 8, 9];
    const factor: FactorPanel = { dates: 2, symbols: 10, values: column([...first, ...second]) };
    const forward: FactorPanel = { dates: 2, symbols: 10, values: new Float64Array(20) };
    const report = quantileReport(factor, forward, { cost: 0.01 });
    expect(report.turnover).toEqual([0.5, 0.5, 0, 0, 0]);
    expect(report.longShort.map(({ cumulative }) => cumulative)).toEqual([1 - 0.02 - 1, (1 - 0.02) * (1 - 0.01) - 1]);
    expect(report.spreadT).toBeUndefined();
    expect(report.monotonicity).toBeUndefined();
    expect(() => quantileReport(factor, forward, { count: 1 })).toThrow('count');
    expect(() => quantileReport(factor, forward, { cost: -1 })).toThrow('cost');
  });
});

describe('many trials', () => {
  it('Benjamini–Hochberg has the worked example of its paper', () => {
    // The fifteen probabilities of Benjamini and Hochberg 1995, section 3.2: four are discoveries at 0.05.
    const p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1];
    const trials = benjaminiHochberg(p, 0.05);
    expect(trials.filter(({ discovery }) => discovery)).toHaveLength(4);
    expect(trials[3]?.q).toBeCloseTo((0.0095 * 15) / 4, 12);
  });

  it('adjusted values keep the order, are at least p and at most 1, and do not depend on the order of trials', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (p) => {
        const trials = benjaminiHochberg(p, 0.1);
        trials.forEach(({ q }, i) => expect(q >= (p[i] ?? 2) && q <= 1).toBe(true));
        expect(benjaminiHochberg(p.toReversed(), 0.1)).toEqual(trials.toReversed());
      }),
    );
  });

  it('p of t has the known quantile and impossible input is refused', () => {
    expect(twoSidedP(2.0859634472658364, 20)).toBeCloseTo(0.05, 10);
    expect(twoSidedP(0, 5)).toBe(1);
    expect(() => twoSidedP(1, 0)).toThrow('degree');
    expect(() => benjaminiHochberg([0.5, 1.5], 0.1)).toThrow('probabilities[1]');
    expect(() => benjaminiHochberg([0.5], 2)).toThrow('rate');
  });
});
