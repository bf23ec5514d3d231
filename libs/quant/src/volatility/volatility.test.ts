import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { fitGarch, nextVariance } from './garch.ts';
import { fitRegimes, nextTurbulence, smoothedTurbulence } from './markov-regime.ts';
import { RealizedVolatility } from './realized-volatility.ts';
import { VolatilityClustering } from './volatility-clustering.ts';

const json = (path: string): unknown => JSON.parse(readFileSync(sharedData(path), 'utf8'));

function sp500Returns(): Float64Array {
  const [head = '', ...rows] = gunzipSync(readFileSync(sharedData('arch/sp500.csv.gz'))).toString().trim().split('\n');
  const column = head.split(',').indexOf('Adj Close');
  const closes = rows.map((row) => Number(row.split(',')[column]));
  return Float64Array.from(closes.slice(1), (close, i) => 100 * (close / (closes[i] ?? NaN) - 1));
}

describeWithSharedData('against published programs', () => {
  it.each([['garch11_const_normal', 'constant'], ['garch11_zero_normal', 'zero']] as const)('GARCH(1,1) equals arch: %s', (name, mean) => {
    const golden = (json('arch/garch_sp500_golden.json') as Record<string, { params: Record<string, number>; loglik: number; forecast_variance_h1_5: number[] }>)[name];
    const fit = fitGarch(sp500Returns(), mean);
    expect(fit.converged).toBe(true);
    expect(Math.abs(fit.mu - (golden?.params['mu'] ?? 0))).toBeLessThan(1e-3);
    expect(Math.abs(fit.omega - (golden?.params['omega'] ?? NaN))).toBeLessThan(1e-3);
    expect(Math.abs(fit.alpha - (golden?.params['alpha[1]'] ?? NaN))).toBeLessThan(1e-3);
    expect(Math.abs(fit.beta - (golden?.params['beta[1]'] ?? NaN))).toBeLessThan(1e-3);
    expect(Math.abs(fit.logLikelihood - (golden?.loglik ?? NaN))).toBeLessThan(1e-2);
    expect(fit.nextVariance / (golden?.forecast_variance_h1_5[0] ?? NaN)).toBeCloseTo(1, 3);
  });

  it('two regimes equal statsmodels: likelihood and smoothed path', () => {
    const golden = json('regime/markov2_sp500_weekly.json') as { y: number[]; llf: number; argmax_smoothed: number[]; filtered_last5: number[][] };
    const fit = fitRegimes(Float64Array.from(golden.y));
    expect(Math.abs(fit.logLikelihood - golden.llf)).toBeLessThan(1e-3);
    const smoothed = smoothedTurbulence(fit, fit.filtered);
    const agreeing = golden.argmax_smoothed.filter((state, i) => state === ((smoothed[i] ?? 0) > 0.5 ? 1 : 0)).length;
    expect(agreeing / golden.y.length).toBeGreaterThanOrEqual(0.99);
    golden.filtered_last5.forEach((row, i) => expect(Math.abs((fit.filtered.at(i - 5) ?? NaN) - (row[1] ?? NaN))).toBeLessThan(1e-3));
  });

  it('close-to-close volatility equals TTR', () => {
    const golden = json('ttr_volatility_goog300.json') as { n: number; N: number; close: (number | null)[] };
    const closes = (json('talib/talib_goog.json') as { input: { close: number[] } }).input.close.slice(0, golden.close.length);
    const kernel = new RealizedVolatility(golden.n, golden.N);
    closes.forEach((close, i) => {
      const value = kernel.update(close);
      const expected = golden.close[i] ?? null;
      if (expected === null) expect(value).toBeUndefined();
      else expect((value ?? NaN) / expected).toBeCloseTo(1, 9);
    });
  });
});

/** Alternating calm and wild stretches, the same every time. */
const series = Float64Array.from({ length: 600 }, (_, i) => Math.sin(i * 12.9898) * (Math.floor(i / 100) % 2 === 0 ? 0.5 : 3));

describe('between two fits', () => {
  it('the variance filter continues where the fit ended', () => {
    const fit = fitGarch(series.subarray(0, 500));
    let variance = fit.nextVariance;
    for (const y of series.subarray(500)) variance = nextVariance(fit, y, variance);
    expect(variance).toBeGreaterThan(0);
    expect(nextVariance(fit, fit.mu, 1)).toBeCloseTo(fit.omega + fit.beta, 12);
  });

  it('the regime filter knows a wild stretch from a calm one', () => {
    const fit = fitRegimes(series);
    expect(fit.variances[0]).toBeLessThan(fit.variances[1]);
    let turbulence = 0.5;
    for (let i = 0; i < 10; i++) turbulence = nextTurbulence(fit, turbulence, i % 2 === 0 ? 2.9 : -2.9);
    expect(turbulence).toBeGreaterThan(0.9);
    for (let i = 0; i < 30; i++) turbulence = nextTurbulence(fit, turbulence, i % 2 === 0 ? 0.1 : -0.1);
    expect(turbulence).toBeLessThan(0.1);
  });
});

describe('an outlier that underflows both densities', () => {
  it('neither poisons the filter nor the fit', () => {
    const fit = fitRegimes(series);
    const after = nextTurbulence(fit, 0.1, 1e6);
    expect(after).toBeCloseTo(1, 12);
    expect(nextTurbulence(fit, after, 0)).toBeLessThan(1);
    const refit = fitRegimes(Float64Array.from([...series.subarray(0, 200), 1e4, ...series.subarray(0, 200)]), { maxEvaluations: 500 });
    expect(Number.isFinite(refit.logLikelihood)).toBe(true);
    expect(refit.filtered.every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  it('a fit from an earlier one finds the same maximum', () => {
    const whole = fitRegimes(series);
    const again = fitRegimes(series, { start: fitRegimes(series.subarray(0, 500)), maxEvaluations: 1_000 });
    expect(again.logLikelihood).toBeCloseTo(whole.logLikelihood, 3);
  });
});

describe('what cannot be estimated is refused', () => {
  it.each([
    ['at least 100', new Float64Array(10)],
    ['does not vary', new Float64Array(200)],
    ['finite', Float64Array.from({ length: 200 }, (_, i) => (i === 7 ? NaN : i))],
  ])('%s', (text, values) => {
    expect(() => fitGarch(values)).toThrow(text);
  });

  it('regimes of too short and of constant series', () => {
    expect(() => fitRegimes(new Float64Array(10))).toThrow('at least 100');
    expect(() => fitRegimes(new Float64Array(200))).toThrow('does not vary');
  });
});

describe('volatility clustering', () => {
  it('is positive where large moves follow large ones, undefined for a constant price', () => {
    const kernel = new VolatilityClustering(60);
    let price = 100;
    let value: number | undefined;
    for (let i = 0; i < 61; i++) value = kernel.update((price *= Math.floor(i / 15) % 2 === 0 ? 1.02 : 1.0001));
    expect(value).toBeGreaterThan(0.5);
    const flat = new VolatilityClustering(3);
    expect([1, 1, 1, 1, 1].map((x) => flat.update(x))).toEqual(Array(5).fill(undefined));
  });
});
