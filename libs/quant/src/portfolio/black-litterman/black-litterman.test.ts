import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { describeWithSharedData } from '@nautilus/testkit';
import { quadraticForm, symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { deviation, golden, inOrder } from '../fixtures/pypfopt.ts';
import { randomCovariance } from '../hierarchical/fixtures/random-covariance.ts';
import { blackLitterman, impliedReturns, impliedRiskAversion, unconstrainedWeights, type BlackLittermanView } from './black-litterman.ts';

describeWithSharedData('Black–Litterman against PyPortfolioOpt', () => {
  const { tickers, sample_cov, black_litterman: reference } = golden();
  const covariance = symmetricFromRows(sample_cov);
  const prior = impliedReturns(covariance, Float64Array.from(inOrder(tickers, reference.market_caps)), { riskAversion: 2.5, riskFreeRate: 0.02 });
  const view = (asset: string, expectedReturn: number, more: Partial<BlackLittermanView> = {}): BlackLittermanView => ({ portfolio: Float64Array.from(tickers, (ticker) => (ticker === asset ? 1 : 0)), expectedReturn, ...more });
  const views = Object.entries(reference.views).map(([asset, expectedReturn]) => view(asset, expectedReturn));
  const diagonal = (rows: readonly (readonly number[])[]): number[] => rows.map((row, i) => row[i]!);

  it('prior', () => {
    expect(deviation('Black–Litterman: implied returns', prior, inOrder(tickers, reference.prior), 1e-9)).toBeLessThan(1e-9);
  });

  it('posterior and weights', () => {
    const { returns, covariance: posterior, viewVariances } = blackLitterman(covariance, prior, views);
    expect(deviation('Black–Litterman: view variances', viewVariances, diagonal(reference.omega_default), 1e-9)).toBeLessThan(1e-9);
    expect(deviation('Black–Litterman: posterior returns', returns, inOrder(tickers, reference.posterior_rets), 1e-9)).toBeLessThan(1e-9);
    expect(deviation('Black–Litterman: posterior covariance', posterior.values, reference.posterior_cov.flat(), 1e-9)).toBeLessThan(1e-9);
    expect(deviation('Black–Litterman: weights', unconstrainedWeights(covariance, returns), inOrder(tickers, reference.bl_weights), 1e-9)).toBeLessThan(1e-9);
  });

  it('confidences after Idzorek', () => {
    const { confidences, omega, posterior_rets } = reference.idzorek;
    const { returns, viewVariances } = blackLitterman(covariance, prior, views.map((one, v) => ({ ...one, confidence: confidences[v]! })));
    expect(deviation('Black–Litterman, Idzorek: view variances', viewVariances, diagonal(omega), 1e-9)).toBeLessThan(1e-9);
    expect(deviation('Black–Litterman, Idzorek: posterior returns', returns, inOrder(tickers, posterior_rets), 1e-9)).toBeLessThan(1e-9);
  });
});

describe('Black–Litterman', () => {
  const seeds = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.integer());
  const portfolioOf = (n: number, ...held: number[]): Float64Array => Float64Array.from({ length: n }, (_, i) => held[i] ?? 0);

  it('keeps the prior without views, with views that hold already, and with none believed', () => {
    fc.assert(
      fc.property(seeds, ([n, seed]) => {
        const covariance = randomCovariance(n, seed);
        const prior = impliedReturns(covariance, new Float64Array(n).fill(3), { riskAversion: 2 });
        const portfolio = portfolioOf(n, 1, -1);
        for (const views of [[], [{ portfolio, expectedReturn: prior[0]! - prior[1]! }], [{ portfolio, expectedReturn: 50, confidence: 0 }]])
          blackLitterman(covariance, prior, views).returns.forEach((value, i) => expect(Math.abs(value - prior[i]!)).toBeLessThan(1e-2));
        unconstrainedWeights(covariance, prior).forEach((weight) => expect(weight).toBeCloseTo(1 / n, 7));
      }),
      { numRuns: 50 },
    );
  });

  it('makes certain views hold and moves half way for an even confidence', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: -5, max: 5, noNaN: true }), ([n, seed], expectedReturn) => {
        const covariance = randomCovariance(n, seed);
        const prior = Float64Array.from({ length: n }, (_, i) => i / 10);
        const portfolio = portfolioOf(n, 1, -1);
        const spread = (confidence: number): number => {
          const { returns } = blackLitterman(covariance, prior, [{ portfolio, expectedReturn, confidence }]);
          return returns[0]! - returns[1]!;
        };
        expect(spread(1)).toBeCloseTo(expectedReturn, 9);
        expect(spread(0.5)).toBeCloseTo((expectedReturn + prior[0]! - prior[1]!) / 2, 9);
      }),
      { numRuns: 50 },
    );
  });

  it('is the weighted mean of two Gaussian opinions in one dimension', () => {
    // Prior variance τσ² = 0.2, view variance 0.6: the view gets a quarter; M = 0.15.
    const { returns, covariance } = blackLitterman(symmetricFromRows([[4]]), Float64Array.of(0.1), [{ portfolio: Float64Array.of(1), expectedReturn: 0.5, variance: 0.6 }]);
    expect(returns[0]).toBeCloseTo(0.2, 14);
    expect(covariance.values[0]).toBeCloseTo(4.15, 14);
  });

  it('never adds uncertainty by a view', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }), ([n, seed], weights) => {
        const covariance = randomCovariance(n, seed);
        const views = [{ portfolio: portfolioOf(n, 1), expectedReturn: 0.1 }, { portfolio: portfolioOf(n, 1, 1), expectedReturn: 0.3, confidence: 0.9 }];
        const x = Float64Array.from(weights.slice(0, n));
        const { covariance: posterior } = blackLitterman(covariance, new Float64Array(n), views);
        expect(quadraticForm(posterior, x)).toBeLessThanOrEqual(quadraticForm(covariance, x) * (1.05 + 1e-12));
        expect(quadraticForm(posterior, x)).toBeGreaterThanOrEqual(quadraticForm(covariance, x) * (1 - 1e-12));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses what has no answer', () => {
    const covariance = symmetricFromRows([[1, 0], [0, 1]]);
    const prior = Float64Array.of(0.1, 0.1);
    const certain = { portfolio: Float64Array.of(1, 0), expectedReturn: 0.1, confidence: 1 };
    const refused = (views: BlackLittermanView[], message: string) => expect(() => blackLitterman(covariance, prior, views)).toThrow(message);
    refused([certain, { ...certain, expectedReturn: 0.2 }], 'contradict');
    refused([{ ...certain, confidence: 1.5 }], 'from 0 to 1');
    refused([{ ...certain, portfolio: Float64Array.of(0, 0) }], 'holds nothing');
    refused([{ ...certain, portfolio: Float64Array.of(1) }], '2 finite numbers');
    refused([{ ...certain, expectedReturn: NaN }], 'finite');
    expect(() => impliedReturns(covariance, Float64Array.of(0, 0), { riskAversion: 1 })).toThrow(InvalidInputError);
    expect(() => unconstrainedWeights(symmetricFromRows([[1, 1], [1, 1]]), prior)).toThrow('singular');
    expect(() => unconstrainedWeights(covariance, Float64Array.of(-1, 0))).toThrow('short');
    expect(impliedRiskAversion(0.1, 0.04, 0.02)).toBeCloseTo(2, 14);
    expect(() => impliedRiskAversion(0.1, 0)).toThrow(InvalidInputError);
  });
});
