import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData } from '@nautilus/testkit';
import { diagonalOf, symmetricFromRows } from '../linear-algebra/symmetric-matrix.ts';
import { assetPanel, completeRows, lastPeriods, returnsFromPrices } from './asset-panel.ts';
import { correlationFromCovariance, exponentialCovariance, nearestSemidefinite, sampleCovariance, semicovariance } from './covariance.ts';
import { capmReturns, exponentialReturns, meanHistoricalReturns } from './expected-returns.ts';
import { deviation, golden, inOrder, pricePanel, type ShrunkName } from './fixtures/pypfopt.ts';
import { shrunkCovariance, type ShrinkageTarget } from './shrinkage.ts';

const TOLERANCE = 1e-9;

describeWithSharedData('estimates against PyPortfolioOpt and scikit-learn', () => {
  const reference = golden();
  const returns = returnsFromPrices(pricePanel('pypfopt/stock_prices.csv'));

  it.each([
    ['mean historical return', () => meanHistoricalReturns(returns), reference.mean_historical_return],
    ['exponential mean return, span 500', () => exponentialReturns(returns), reference.ema_historical_return_span500],
    ['CAPM return, risk-free rate 0', () => capmReturns(returns, { riskFreeRate: 0 }), reference.capm_return],
  ])('%s', (quantity, estimate, expected) => {
    expect(deviation(quantity, estimate(), inOrder(returns.assets, expected), TOLERANCE)).toBeLessThan(TOLERANCE);
  });

  it.each([
    ['sample covariance', () => sampleCovariance(returns), reference.sample_cov],
    ['semicovariance', () => semicovariance(returns), reference.semicovariance],
    ['exponential covariance, span 180', () => exponentialCovariance(returns), reference.exp_cov_span180],
  ])('%s', (quantity, estimate, expected) => {
    expect(deviation(quantity, estimate().values, expected.flat(), TOLERANCE)).toBeLessThan(TOLERANCE);
  });

  it.each<[string, ShrinkageTarget, ShrunkName]>([
    ['Ledoit–Wolf identity', 'identity', 'ledoit_wolf_constant_variance'],
    ['Ledoit–Wolf single factor', 'single_factor', 'ledoit_wolf_single_factor'],
    ['Ledoit–Wolf constant correlation', 'constant_correlation', 'ledoit_wolf_constant_correlation'],
    ['oracle approximating shrinkage', 'oracle_approximating', 'oracle_approximating'],
  ])('%s, missing returns as 0', (quantity, target, name) => {
    const { covariance, intensity } = shrunkCovariance(returns, target, { missing: 'zero' });
    expect(deviation(`${quantity}: intensity`, [intensity], [reference[name].delta_], TOLERANCE)).toBeLessThan(TOLERANCE);
    expect(deviation(`${quantity}: covariance`, covariance.values, reference[name].cov.flat(), TOLERANCE)).toBeLessThan(TOLERANCE);
  });

  it.each<[string, ShrinkageTarget, 'sklearn_ledoit_wolf_daily_complete_rows' | 'sklearn_oas_daily']>([
    ['Ledoit–Wolf identity', 'identity', 'sklearn_ledoit_wolf_daily_complete_rows'],
    ['oracle approximating shrinkage', 'oracle_approximating', 'sklearn_oas_daily'],
  ])('%s, complete rows', (quantity, target, name) => {
    const { covariance, intensity, observations } = shrunkCovariance(returns, target, { periodsPerYear: 1 });
    expect(observations).toBe(reference.sklearn_ledoit_wolf_daily_complete_rows.n);
    expect(deviation(`${quantity}: intensity`, [intensity], [reference[name].shrinkage], TOLERANCE, 'absolute', 'scikit-learn')).toBeLessThan(TOLERANCE);
    expect(deviation(`${quantity}: covariance`, covariance.values, reference[name].cov.flat(), TOLERANCE, 'absolute', 'scikit-learn')).toBeLessThan(TOLERANCE);
  });
});

const wave = (periods: number, assets: number): Float64Array => Float64Array.from({ length: periods * assets }, (_, k) => 0.02 * Math.sin(k * 12.9898 + (k % assets) * 4.1));
const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `A${i}`);

describe('shrinkage', () => {
  it.each<ShrinkageTarget>(['identity', 'oracle_approximating', 'constant_correlation', 'single_factor'])('%s scales with the square of the returns and keeps the trace of its sample', (target) => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 10, noNaN: true }), fc.integer({ min: 2, max: 6 }), fc.integer({ min: 8, max: 40 }), (scale, n, periods) => {
        const panel = assetPanel(names(n), wave(periods, n));
        const plain = shrunkCovariance(panel, target);
        const scaled = shrunkCovariance(assetPanel(names(n), panel.values.map((r) => r * scale)), target);
        expect(plain.intensity).toBeGreaterThanOrEqual(0);
        expect(plain.intensity).toBeLessThanOrEqual(1);
        expect(scaled.intensity).toBeCloseTo(plain.intensity, 8);
        scaled.covariance.values.forEach((value, k) => expect(value / scale ** 2).toBeCloseTo(plain.covariance.values[k]!, 10));
        const divisor = target === 'constant_correlation' ? periods / (periods - 1) : 1;
        const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
        expect(sum(diagonalOf(plain.covariance)) / divisor).toBeCloseTo((sum(diagonalOf(sampleCovariance(panel))) * (periods - 1)) / periods, 10);
      }),
      { numRuns: 30 },
    );
  });
});

describe('what cannot be estimated is refused', () => {
  const gap = assetPanel(['A', 'B'], Float64Array.of(0.01, NaN, 0.02, NaN, NaN, 0.01));
  it.each<[string, () => unknown]>([
    ['0 of 3 periods are complete, 2 are needed; B has the fewest values, 1', () => completeRows(gap)],
    ['returns.B: shares fewer than two periods with A', () => sampleCovariance(gap)],
    ['1 period; at least 2', () => sampleCovariance(assetPanel(['A'], Float64Array.of(0.1)))],
    ['no asset varies', () => shrunkCovariance(assetPanel(['A', 'B'], new Float64Array(8).fill(0.01)), 'identity')],
    ['A: has no return', () => meanHistoricalReturns(assetPanel(['A', 'B'], Float64Array.of(NaN, 0.1)))],
    ['market: does not vary', () => capmReturns(assetPanel(['A', 'B'], Float64Array.of(0, 0, 0, 0)))],
    ['prices.1.A: must be positive', () => returnsFromPrices(assetPanel(['A'], Float64Array.of(1, 0, 2)))],
    ['1 periods hold no return', () => returnsFromPrices(assetPanel(['A'], Float64Array.of(1)))],
    ['A is there twice', () => assetPanel(['A', 'A'], new Float64Array(2))],
    ['3 values cannot be periods of 2 assets', () => assetPanel(['A', 'B'], new Float64Array(3))],
    ['must be finite or missing', () => assetPanel(['A'], Float64Array.of(Infinity))],
    ['4 of 3 cannot be taken', () => lastPeriods(gap, 4)],
    ['span: must be at least 1', () => exponentialReturns(assetPanel(['A'], Float64Array.of(0.1)), { span: 0 })],
    ['covariance.1: does not vary', () => correlationFromCovariance(symmetricFromRows([[1, 0], [0, 0]]))],
  ])('%s', (text, estimate) => {
    expect(estimate).toThrow(text);
  });
});

describe('a matrix that is not positive semidefinite', () => {
  it('is projected onto those that are, and says so', () => {
    const { covariance, clipped, smallestEigenvalue } = nearestSemidefinite(symmetricFromRows([[1, 2], [2, 1]]));
    expect(clipped).toBe(1);
    expect(smallestEigenvalue).toBeCloseTo(-1, 12);
    covariance.values.forEach((value) => expect(value).toBeCloseTo(1.5, 12));
  });

  it('stays itself otherwise, also when singular', () => {
    for (const rows of [[[2, 1], [1, 2]], [[1, 1], [1, 1]]]) {
      const matrix = symmetricFromRows(rows);
      expect(nearestSemidefinite(matrix).covariance).toBe(matrix);
    }
  });
});
