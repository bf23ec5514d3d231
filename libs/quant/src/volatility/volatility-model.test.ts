import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { ewmaVariance } from './ewma-variance.ts';
import { robustVolatilityErrors } from './volatility-errors.ts';
import { fitVolatilityModel, varianceForecast, volatilityLogLikelihood, volatilityStep, type VolatilityFit, type VolatilitySpecification } from './volatility-model.ts';

interface Golden {
  readonly params: Readonly<Record<string, number>>;
  readonly std_err_robust: Readonly<Record<string, number>>;
  readonly loglik: number;
  readonly aic: number;
  readonly bic: number;
  readonly backcast: number;
  readonly cond_vol_first3: readonly number[];
  readonly cond_vol_last3: readonly number[];
  readonly forecast_variance_h1_5: readonly number[];
}

const MODELS: readonly (readonly [string, VolatilitySpecification])[] = [
  ['garch11_const_normal', {}],
  ['garch11_zero_normal', { mean: 'zero' }],
  ['garch11_const_t', { errors: 'student_t' }],
  ['gjr11_const_normal', { asymmetric: true }],
];
const KEYS = { mu: 'mu', omega: 'omega', 'alpha[1]': 'alpha', 'gamma[1]': 'gamma', 'beta[1]': 'beta', nu: 'nu' } as const;

const largest = (found: readonly number[], expected: readonly number[], relative: boolean): number => {
  expect(found.length).toBe(expected.length);
  return Math.max(...found.map((value, i) => Math.abs(value - expected[i]!) / (relative ? Math.abs(expected[i]!) : 1)));
};

describeWithSharedData('arch on the S&P 500', () => {
  const [head = '', ...rows] = gunzipSync(readFileSync(sharedData('arch/sp500.csv.gz'))).toString().trim().split('\n');
  const column = head.split(',').indexOf('Adj Close');
  const closes = rows.map((row) => Number(row.split(',')[column]));
  const returns = Float64Array.from(closes.slice(1), (close, i) => 100 * (close / closes[i]! - 1));
  const golden = JSON.parse(readFileSync(sharedData('arch/garch_sp500_golden.json'), 'utf8')) as Readonly<Record<string, Golden>>;

  it('every model of the reference is fitted here', () => {
    expect(Object.keys(golden).filter((key) => typeof golden[key] === 'object').toSorted()).toEqual([...MODELS.map(([name]) => name), 'ewma_riskmetrics'].toSorted());
  });

  it.each(MODELS)('%s', (name, specification) => {
    const expected = golden[name]!;
    const fit: VolatilityFit = fitVolatilityModel(returns, specification);
    expect(fit.converged).toBe(true);
    const names = Object.keys(expected.params) as (keyof typeof KEYS)[];
    const ofNames = names.filter((key) => key !== 'nu');
    const record = (quantity: string, largestDeviation: number, values: number, tolerance: number, kind: 'absolute' | 'relative'): void => {
      recordAccuracy({ reference: 'arch', quantity: `${name}: ${quantity}`, values, largestDeviation, tolerance, kind });
      expect(largestDeviation).toBeLessThanOrEqual(tolerance);
    };
    record('parameters', largest(ofNames.map((key) => fit[KEYS[key]]!), ofNames.map((key) => expected.params[key]!), false), ofNames.length, 1e-3, 'absolute');
    if (expected.params['nu'] !== undefined) record('degrees of freedom', Math.abs(fit.nu! / expected.params['nu'] - 1), 1, 1e-3, 'relative');
    record('likelihood and criteria', largest([fit.logLikelihood, fit.akaike, fit.bayes], [expected.loglik, expected.aic, expected.bic], false), 3, 1e-2, 'absolute');
    record('backcast', Math.abs(fit.backcast - expected.backcast), 1, 1e-9, 'absolute');
    const errors = robustVolatilityErrors(returns, fit, names.map((key) => KEYS[key]))!;
    record('robust standard errors', largest(names.map((key) => errors[KEYS[key]]!), names.map((key) => expected.std_err_robust[key]!), true), names.length, 1e-3, 'relative');
    const deviations = Array.from(fit.variances, Math.sqrt);
    record('conditional volatility', largest([...deviations.slice(0, 3), ...deviations.slice(-3)], [...expected.cond_vol_first3, ...expected.cond_vol_last3], true), 6, 1e-3, 'relative');
    record('variance forecast', largest([...varianceForecast(fit, fit.nextVariance, 5)], expected.forecast_variance_h1_5, true), 5, 1e-3, 'relative');
  });

  it('RiskMetrics', () => {
    const expected = golden['ewma_riskmetrics']!;
    const { variances, logLikelihood } = ewmaVariance(returns, 0.94);
    const deviations = Array.from(variances, Math.sqrt);
    const largestDeviation = largest([...deviations.slice(0, 3), ...deviations.slice(-3), logLikelihood], [...expected.cond_vol_first3, ...expected.cond_vol_last3, expected.loglik], true);
    recordAccuracy({ reference: 'arch', quantity: 'RiskMetrics volatility and likelihood', values: 7, largestDeviation, tolerance: 1e-9, kind: 'relative' });
    expect(largestDeviation).toBeLessThanOrEqual(1e-9);
  });
});

/** Alternating calm and wild stretches, the same every time. */
const series = Float64Array.from({ length: 600 }, (_, i) => Math.sin(i * 12.9898) * (Math.floor(i / 100) % 2 === 0 ? 0.5 : 3));

describe('a volatility model', () => {
  it.each(MODELS)('%s keeps to its constraints, and no neighbour is likelier', (_name, specification) => {
    const fit = fitVolatilityModel(series, specification);
    expect(fit.omega).toBeGreaterThan(0);
    expect(Math.min(fit.alpha, fit.beta, fit.alpha + fit.gamma)).toBeGreaterThanOrEqual(0);
    expect(fit.alpha + fit.gamma / 2 + fit.beta).toBeLessThan(1);
    for (const [key, step] of [['omega', 1e-3], ['alpha', 1e-3], ['beta', 1e-3]] as const)
      for (const sign of [-1, 1]) {
        const moved = { ...fit, [key]: fit[key] + sign * step * fit[key] };
        if (moved.alpha + moved.gamma / 2 + moved.beta < 1) expect(volatilityLogLikelihood(series, moved, fit.backcast)).toBeLessThanOrEqual(fit.logLikelihood + 1e-6);
      }
  });

  it('steps from any split to where the whole path ends', () => {
    const fit = fitVolatilityModel(series, { asymmetric: true });
    for (const split of [1, 250, 599]) {
      let variance = fit.variances[split]!;
      for (const y of series.subarray(split)) variance = volatilityStep(fit, y, variance);
      expect(variance).toBeCloseTo(fit.nextVariance, 12);
    }
  });

  it('scales with the returns', () => {
    const [one, ten] = [fitVolatilityModel(series), fitVolatilityModel(series.map((y) => 10 * y))];
    expect(ten.nextVariance / one.nextVariance / 100).toBeCloseTo(1, 3);
  });

  it.each([
    ['at least 100', new Float64Array(99)],
    ['does not vary', new Float64Array(200).fill(0.1)],
    ['returns.7: must be finite', Float64Array.from(series, (y, i) => (i === 7 ? NaN : y))],
  ])('refuses: %s', (text, values) => {
    expect(() => fitVolatilityModel(values)).toThrow(text);
  });

  it('refuses a forecast of no periods, and a decay outside (0, 1)', () => {
    expect(() => varianceForecast(fitVolatilityModel(series), 1, 0)).toThrow('horizon');
    expect(() => ewmaVariance(series, 1)).toThrow('decay');
    expect(() => ewmaVariance(new Float64Array(30))).toThrow('all zero');
  });
});
