import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { combineFactors, type CombinationMethod } from './factor-combination.ts';
import { correlationClusters, factorCorrelation } from './factor-correlation.ts';
import type { FactorPanel } from './factor-panel.ts';
import { deflatedInformation } from './many-trials.ts';

const noise = (seed: number) => (i: number): number => {
  const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43_758.5453;
  return x - Math.floor(x) - 0.5;
};
const panelOf = (dates: number, symbols: number, cell: (i: number) => number): FactorPanel => ({ dates, symbols, values: Float64Array.from({ length: dates * symbols }, (_, i) => cell(i)) });

describe('correlation of factors', () => {
  it('of many instruments is the mean of rank correlations, unmoved by increasing maps', () => {
    const a = panelOf(4, 12, noise(1));
    const { method, values } = factorCorrelation([a, panelOf(4, 12, (i) => Math.exp(3 * noise(1)(i))), panelOf(4, 12, (i) => -noise(1)(i)), panelOf(4, 12, noise(2)), panelOf(4, 12, () => 1)]);
    expect(method).toBe('cross_sectional_spearman');
    expect(values[0]?.slice(0, 3)).toEqual([1, 1, -1]);
    expect(Math.abs(values[0]?.[3] ?? 2)).toBeLessThan(0.5);
    expect(values[3]?.[0]).toBe(values[0]?.[3]);
    expect(values[0]?.[4]).toBeUndefined();
  });

  it('of few instruments is over time, averaged by Fisher z', () => {
    const a = panelOf(30, 2, noise(3));
    const b = panelOf(30, 2, (i) => noise(3)(i) * (i % 2) + noise(4)(i) * 0.1);
    const { method, values } = factorCorrelation([a, b]);
    expect(method).toBe('time_series_pearson_fisher_z');
    const single = (s: number): number => {
      const pick = (panel: FactorPanel): FactorPanel => panelOf(30, 1, (t) => panel.values[t * 2 + s] ?? NaN);
      return factorCorrelation([pick(a), pick(b)]).values[0]?.[1] ?? NaN;
    };
    expect(values[0]?.[1]).toBeCloseTo(Math.tanh((Math.atanh(single(0)) + Math.atanh(single(1))) / 2), 10);
    expect(factorCorrelation([a, a]).values[0]?.[1]).toBeCloseTo(1, 10);
    expect(() => factorCorrelation([])).toThrow('no panels');
    expect(() => factorCorrelation([a, panelOf(29, 2, noise(1))])).toThrow('differ in shape');
  });

  it('clusters join what is alike on average, by absolute value', () => {
    const matrix = [[1, 0.95, -0.97, 0.2], [0.95, 1, -0.8, 0.1], [-0.97, -0.8, 1, undefined], [0.2, 0.1, undefined, 1]];
    // 0 and 2 first (0.97); the mean of 0.95 and 0.8 to factor 1 is 0.875.
    expect(correlationClusters(matrix)).toEqual([[0, 2], [1], [3]]);
    expect(correlationClusters(matrix, 0.85)).toEqual([[0, 1, 2], [3]]);
    expect(correlationClusters([])).toEqual([]);
    expect(() => correlationClusters([[1, 2]])).toThrow('square');
  });

  it('every factor is in exactly one cluster', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (k, seed, limit) => {
        const matrix = Array.from({ length: k }, (_, i) => Array.from({ length: k }, (__, j) => (i === j ? 1 : 2 * noise(seed % 1000)(i * j + i + j))));
        expect(correlationClusters(matrix, limit).flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: k }, (_, i) => i));
      }),
    );
  });
});

describe('a combination', () => {
  const [dates, symbols] = [80, 20];
  const forward = panelOf(dates, symbols, noise(9));
  const good = panelOf(dates, symbols, (i) => noise(9)(i) + 0.5 * noise(10)(i));
  const useless = panelOf(dates, symbols, noise(11));
  const options = { trainingDates: 30, every: 10, horizon: 2 };
  const fitOf = (method: CombinationMethod, factors = [good, useless]) => combineFactors(factors, forward, { ...options, method });

  it('weighs what foretold returns and takes equal weights when asked', () => {
    expect(fitOf('equal').fits.every(({ weights }) => weights[0] === 0.5 && weights[1] === 0.5)).toBe(true);
    for (const method of ['icir', 'ridge'] as const) {
      const { fits } = fitOf(method);
      expect(fits.map(({ date }) => date)).toEqual([31, 41, 51, 61, 71]);
      for (const { weights } of fits) {
        expect(weights[0]).toBeGreaterThan(0.7);
        expect(weights.reduce((sum, weight) => sum + Math.abs(weight), 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it('does not read returns that had not ended', () => {
    for (const method of ['icir', 'ridge'] as const) {
      const whole = fitOf(method);
      // At date 51 a return of two dates ahead is complete up to row 49.
      const changed: FactorPanel = { ...forward, values: forward.values.map((value, i) => (i >= 50 * symbols ? -value : value)) };
      const other = combineFactors([good, useless], changed, { ...options, method });
      expect(other.fits.slice(0, 3)).toEqual(whole.fits.slice(0, 3));
      expect(other.fits[4]).not.toEqual(whole.fits[4]);
      expect([...other.combined.values.slice(0, 61 * symbols)]).toEqual([...whole.combined.values.slice(0, 61 * symbols)]);
      expect(whole.combined.values.slice(0, 31 * symbols).every((value) => Number.isNaN(value))).toBe(true);
    }
  });

  it('stands a factor that occurs twice, gaps, and a fit without rows', () => {
    const twice = fitOf('ridge', [good, good]).fits[0]?.weights ?? [];
    expect(twice[0]).toBeCloseTo(twice[1] ?? NaN, 10);
    expect(combineFactors([good], { ...forward, values: new Float64Array(dates * symbols).fill(NaN) }, { ...options, method: 'ridge' }).fits[0]?.weights).toEqual([1]);
    const gap = { ...good, values: good.values.with(40 * symbols, NaN) };
    expect(fitOf('icir', [gap, useless]).combined.values[40 * symbols]).toBeNaN();
    expect(() => combineFactors([good], forward, { ...options, method: 'ridge', penalty: 0 })).toThrow('penalty');
    expect(() => combineFactors([good], forward, { ...options, method: 'equal', every: 0 })).toThrow('every');
    expect(() => combineFactors([], forward, { ...options, method: 'equal' })).toThrow('no factors');
  });
});

describe('a ratio among many trials', () => {
  const coefficients = Float64Array.from({ length: 250 }, (_, i) => 0.02 + 0.1 * noise(21)(i)).with(7, NaN);
  const at = (trials: number, variance = 0.01): number => {
    const figure = deflatedInformation(coefficients, trials, variance);
    if (typeof figure !== 'number') throw new Error(figure.reason);
    return figure;
  };

  it('counts for less the more were tried and the more they differ', () => {
    expect(at(10)).toBeGreaterThan(at(1000));
    expect(at(100, 0.005)).toBeGreaterThan(at(100, 0.5));
    expect(at(10)).toBeLessThanOrEqual(1);
  });

  it('of nothing or of a constant is a reason', () => {
    expect(deflatedInformation(new Float64Array(), 5, 0.01)).toHaveProperty('reason');
    expect(deflatedInformation(new Float64Array(9).fill(0.1), 5, 0.01)).toHaveProperty('reason');
  });
});
