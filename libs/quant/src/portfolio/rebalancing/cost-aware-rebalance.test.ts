import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { commissionModel } from '../../backtest/trading-costs.ts';
import { quadraticForm, symmetricFromRows, times } from '../../linear-algebra/symmetric-matrix.ts';
import { randomCovariance } from '../hierarchical/fixtures/random-covariance.ts';
import { costAwareRebalance } from './cost-aware-rebalance.ts';
import { noTradeHalfWidth, withinBands } from './no-trade-band.ts';
import { transactionCost } from './transaction-cost.ts';

const share = fc.integer({ min: 1, max: 100 });
const portfolios = fc.integer({ min: 2, max: 6 }).chain((n) => fc.tuple(fc.array(share, { minLength: n, maxLength: n }), fc.array(share, { minLength: n, maxLength: n })));
const normalised = (values: readonly number[]): Float64Array => Float64Array.from(values, (value) => value / values.reduce((sum, one) => sum + one, 0));
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

describe('the cost of a trade', () => {
  const conditions = { halfSpread: 0.0005, dailyVolatility: 0.02, averageDailyVolume: 1_000_000, impactCoefficient: 0.5, commission: commissionModel({ perUnit: 0.01, minimum: 5 }) };

  it('adds commission, half the spread and the square root of the share of volume', () => {
    // 10 000 shares at 50: 100; 0.0005 and 0.5·0.02·√0.01 of 500 000.
    expect(transactionCost(-10_000, 50, conditions)).toEqual({ commission: 100, spread: expect.closeTo(250, 9), impact: expect.closeTo(500, 9), total: expect.closeTo(850, 9), rate: expect.closeTo(0.0017, 12) });
    expect(transactionCost(0, 50, conditions).total).toBe(0);
  });

  it('grows with size, the impact as its power of 3/2', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 1, max: 500, noNaN: true }), (shares, price) => {
        const [one, four] = [transactionCost(shares, price, conditions), transactionCost(4 * shares, price, conditions)];
        expect(four.impact / one.impact).toBeCloseTo(8, 9);
        expect(four.spread / one.spread).toBeCloseTo(4, 9);
        expect(transactionCost(-shares, price, conditions)).toEqual(one);
      }),
    );
  });

  it('refuses a trade without a known volume', () => {
    expect(() => transactionCost(1, 50, { ...conditions, averageDailyVolume: 0 })).toThrow('impact of a trade is not known');
    expect(() => transactionCost(1, 0, conditions)).toThrow('price');
    expect(() => transactionCost(1, 50, { ...conditions, dailyVolatility: NaN })).toThrow(InvalidInputError);
  });
});

describe('the no-trade band', () => {
  it('has the width of the leading term', () => {
    // (3/(2·2)·0.25·0.25·0.01)^(1/3).
    expect(noTradeHalfWidth(0.5, { costRate: 0.01, riskAversion: 2 })).toBeCloseTo(Math.cbrt(0.75 * 0.0625 * 0.01), 14);
    expect(noTradeHalfWidth(0.5, { costRate: 0, riskAversion: 2 })).toBe(0);
    expect(noTradeHalfWidth(1, { costRate: 0.01, riskAversion: 2 })).toBe(0);
    expect(() => noTradeHalfWidth(0.5, { costRate: 0.01, riskAversion: 0 })).toThrow(InvalidInputError);
  });

  it('leaves what is inside alone and trades the rest to the edge', () => {
    expect(Array.from(withinBands([0.5, 0.3, 0.2], [0.45, 0.35, 0.2], 0.05))).toEqual([0.5, 0.3, 0.2].map((value) => expect.closeTo(value, 14)));
    expect(Array.from(withinBands([0.7, 0.3], [0.5, 0.5], 0.1))).toEqual([0.6, 0.4].map((value) => expect.closeTo(value, 14)));
    expect(Array.from(withinBands([0.9, 0.1], [0.5, 0.5], 0))).toEqual([0.5, 0.5]);
  });

  it('stays in every band, keeps the sum and needs the least trading', () => {
    fc.assert(
      fc.property(portfolios, fc.double({ min: 0, max: 0.2, noNaN: true }), ([held, wanted], width) => {
        const [weights, targets] = [normalised(held), normalised(wanted)];
        const result = withinBands(weights, targets, width);
        expect(sum(result)).toBeCloseTo(1, 12);
        result.forEach((weight, i) => expect(Math.abs(weight - targets[i]!)).toBeLessThanOrEqual(width + 1e-12));
        // Buys and sells differ by what the sum lacks, here nothing, so that the larger of the two needs is met twice.
        const needed = (sign: number) => weights.reduce((total, weight, i) => total + Math.max(0, sign * (weight - targets[i]!) - width), 0);
        expect(result.reduce((total, weight, i) => total + Math.abs(weight - weights[i]!), 0)).toBeCloseTo(2 * Math.max(needed(1), needed(-1)), 10);
      }),
    );
  });

  it('refuses sizes and numbers that do not fit', () => {
    expect(() => withinBands([1], [0.5, 0.5], 0.1)).toThrow(InvalidInputError);
    expect(() => withinBands([1], [NaN], 0.1)).toThrow(InvalidInputError);
    expect(() => withinBands([1], [1], -0.1)).toThrow(InvalidInputError);
  });
});

describe('rebalancing with costs', () => {
  it('trades two assets until the marginal risk is the cost', () => {
    // Drift d: variance d²(1 + 1), slope γ·2d against the costs of both sides, 2c.
    const problem = { covariance: symmetricFromRows([[1, 0], [0, 1]]), holdings: [0.8, 0.2], targets: [0.5, 0.5], costRates: 0.1, riskAversion: 1 };
    expect(Array.from(costAwareRebalance(problem).weights)).toEqual([0.6, 0.4].map((value) => expect.closeTo(value, 7)));
    expect(costAwareRebalance({ ...problem, costRates: 0.4 }).turnover).toBe(0);
    expect(Array.from(costAwareRebalance({ ...problem, costRates: 0 }).weights)).toEqual([0.5, 0.5].map((value) => expect.closeTo(value, 7)));
  });

  it('leaves every untraded asset within its cost, and no grid of weights is better', () => {
    fc.assert(
      fc.property(portfolios, fc.integer(), fc.double({ min: 0.001, max: 0.5, noNaN: true }), ([held, wanted], seed, costRates) => {
        const [holdings, targets] = [normalised(held), normalised(wanted)];
        const covariance = randomCovariance(targets.length, seed);
        const { weights, trades, turnover, cost, trackingErrorBefore, trackingErrorAfter, kkt } = costAwareRebalance({ covariance, holdings, targets, costRates, riskAversion: 1 });
        expect(Math.max(kkt.primal, kkt.stationarity)).toBeLessThan(1e-8);
        expect(sum(weights)).toBeCloseTo(1, 7);
        expect(cost).toBeCloseTo(costRates * turnover, 12);
        expect(trackingErrorAfter).toBeLessThanOrEqual(trackingErrorBefore + 1e-7);
        const loss = (w: Float64Array) => quadraticForm(covariance, w.map((value, i) => value - targets[i]!)) / 2 + costRates * w.reduce((total, value, i) => total + Math.abs(value - holdings[i]!), 0);
        for (const share of [0, 0.25, 0.5, 0.75, 1]) expect(loss(weights)).toBeLessThanOrEqual(loss(holdings.map((value, i) => value + share * (targets[i]! - value))) + 1e-7);
        // Where a buyer and a seller trade freely, their slopes are the cost away from the budget's price on either side.
        const slope = times(covariance, weights.map((value, i) => value - targets[i]!));
        const bought = slope.filter((_, i) => trades[i]! > 1e-6 && weights[i]! < 1 - 1e-6);
        const kept = slope.filter((_, i) => trades[i] === 0);
        if (bought.length > 0) for (const value of kept) expect(value).toBeGreaterThan(bought[0]! - 1e-5);
      }),
      { numRuns: 40 },
    );
  });

  it('brings holdings back into bounds and refuses what cannot be', () => {
    const problem = { covariance: symmetricFromRows([[1, 0], [0, 1]]), holdings: [1, 0], targets: [0.6, 0.4], costRates: 10, riskAversion: 1 };
    expect(Array.from(costAwareRebalance({ ...problem, upper: 0.7 }).weights)).toEqual([0.7, 0.3].map((value) => expect.closeTo(value, 7)));
    expect(() => costAwareRebalance({ ...problem, upper: 0.4 })).toThrow('budget');
    expect(() => costAwareRebalance({ ...problem, costRates: -1 })).toThrow(InvalidInputError);
    expect(() => costAwareRebalance({ ...problem, holdings: [1] })).toThrow(InvalidInputError);
    expect(() => costAwareRebalance({ ...problem, riskAversion: 0 })).toThrow(InvalidInputError);
  });
});
