import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compositeReturn } from './composite-return.ts';
import { empyricalConditionalValueAtRisk, empyricalValueAtRisk, tailRatio } from './empyrical-ratios.ts';
import { executionShortfall, type ExecutedOrder } from './execution-shortfall.ts';
import { statisticsConfidence } from './performance-statistics.ts';
import { returnContributions } from './return-contributions.ts';
import { RollingQuantile, rollingConditionalValueAtRisk, rollingTailRatio, rollingValueAtRisk } from './rolling-quantile.ts';

const invalid = expect.objectContaining({ kind: 'invalid_input' }) as unknown as Error;
const price = fc.double({ min: 1, max: 1_000, noNaN: true });

describe('execution shortfall', () => {
  // Decision to buy 1,000 at 50; 800 filled after a delay, the rest never.
  const order: ExecutedOrder = { side: 'buy', quantity: 1_000, decisionPrice: 50, arrivalPrice: 50.1, endPrice: 52, marketVwap: 50.4, fills: [{ quantity: 500, price: 50.2 }, { quantity: 300, price: 50.6 }], fees: 40 };
  it('adds up delay, impact, fees and opportunity', () => {
    const result = executionShortfall(order);
    const rounded = Object.fromEntries(Object.entries(result).map(([name, x]) => [name, typeof x === 'number' ? Math.round(x * 1e8) / 1e8 : x]));
    expect(rounded).toEqual({ filledQuantity: 800, meanPrice: 50.35, shortfall: 0.007, againstArrival: 0.00499002, againstVwap: -0.00099206, delay: 0.0016, impact: 0.004, fees: 0.0008, opportunity: 0.008, total: 0.0144 });
  });

  it('is what the order lost against a portfolio on paper, and mirrors for a sale', () => {
    fc.assert(
      fc.property(price, price, price, fc.array(fc.record({ quantity: fc.double({ min: 0.1, max: 10, noNaN: true }), price }), { maxLength: 6 }), fc.double({ min: 0, max: 5, noNaN: true }), (decisionPrice, arrivalPrice, endPrice, fills, fees) => {
        const own: ExecutedOrder = { side: 'buy', quantity: 100, decisionPrice, arrivalPrice, endPrice, fills, fees };
        const result = executionShortfall(own);
        const paper = 100 * (endPrice - decisionPrice);
        const real = fills.reduce((sum, fill) => sum + fill.quantity * (endPrice - fill.price), 0) - fees;
        expect(Math.abs(result.total * 100 * decisionPrice - (paper - real))).toBeLessThan(1e-8 * 100 * 1_000);
        const sale = executionShortfall({ ...own, side: 'sell', fees: 0 });
        expect(sale.total + executionShortfall({ ...own, fees: 0 }).total).toBeCloseTo(0, 9);
      }),
    );
  });

  it('without fills is opportunity, and refuses what cannot be', () => {
    const none = executionShortfall({ ...order, fills: [], fees: 0 });
    expect([none.meanPrice, none.shortfall, none.impact, none.total.toFixed(6)]).toEqual([{ reason: 'no_data' }, { reason: 'no_data' }, 0, '0.040000']);
    const { marketVwap: _vwap, ...unknown } = order;
    expect(executionShortfall(unknown).againstVwap).toEqual({ reason: 'no_price' });
    for (const bad of [{ ...order, quantity: 0 }, { ...order, decisionPrice: NaN }, { ...order, quantity: 700 }, { ...order, fills: [{ quantity: -1, price: 1 }] }, { ...order, fees: NaN }, { ...order, marketVwap: 0 }]) expect(() => executionShortfall(bad)).toThrow(invalid);
  });
});

describe('contributions of positions', () => {
  it('and the rest add up to the compounded return', () => {
    const row = fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(row, row, fc.double({ min: -0.2, max: 0.2, noNaN: true })), { minLength: 1, maxLength: 20 }), (periods) => {
        const [weights, returns] = [periods.map(([w]) => w), periods.map(([, r]) => r)];
        for (const result of [returnContributions(weights, returns), returnContributions(weights, returns, periods.map(([, , p]) => p))]) {
          expect(result.contributions.reduce((sum, x) => sum + x, 0) + result.rest).toBeCloseTo(result.total, 10);
        }
      }),
    );
  });
  it('refuses rows that do not match', () => {
    for (const call of [() => returnContributions([], []), () => returnContributions([[1]], [[0.1, 0.2]]), () => returnContributions([[1]], [[NaN]]), () => returnContributions([[1]], [[0.1]], [NaN])]) expect(call).toThrow(invalid);
  });
});

describe('rolling quantiles', () => {
  const gapped = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -9, max: 9 }).map((n) => n / 100) }, { weight: 1, arbitrary: fc.constant(NaN) });
  it('equal the batch in every window, with ties, gaps and a restart anywhere', () => {
    fc.assert(
      fc.property(fc.array(gapped, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 15 }), fc.nat(), (list, window, at) => {
        const slices = Array.from({ length: Math.max(0, list.length - window + 1) }, (_, i) => list.slice(i, i + window));
        expect(rollingValueAtRisk(list, window)).toEqual(slices.map((part) => empyricalValueAtRisk(part)));
        expect(rollingConditionalValueAtRisk(list, window)).toEqual(slices.map((part) => empyricalConditionalValueAtRisk(part)));
        expect(rollingTailRatio(list, window)).toEqual(slices.map((part) => tailRatio(part)));
        const whole = new RollingQuantile(window);
        let other = new RollingQuantile(window);
        list.forEach((x, i) => {
          if (i === at % list.length) {
            const state = JSON.parse(JSON.stringify(other.snapshot())) as (number | null)[];
            other = new RollingQuantile(window);
            other.restore(state);
          }
          whole.add(x);
          other.add(x);
          expect(other.quantile(0.3)).toEqual(whole.quantile(0.3));
        });
      }),
    );
    expect(() => new RollingQuantile(0)).toThrow(invalid);
  });
});

describe('composites', () => {
  it('weigh by assets, lie between their members, and are the same for k times the assets', () => {
    const member = fc.record({ base: fc.double({ min: 0.01, max: 1e9, noNaN: true }), periodReturn: fc.double({ min: -1, max: 3, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(member, { minLength: 2, maxLength: 20 }), fc.double({ min: 0.01, max: 100, noNaN: true }), (members, k) => {
        const composite = compositeReturn(members);
        const number = (x: unknown): number => x as number;
        expect(number(composite.assetWeighted)).toBeLessThanOrEqual(number(composite.highest) + 1e-9);
        expect(number(composite.assetWeighted)).toBeGreaterThanOrEqual(number(composite.lowest) - 1e-9);
        expect(number(composite.dispersion)).toBeLessThanOrEqual(number(composite.highest) - number(composite.lowest) + 1e-9);
        const scaled = compositeReturn(members.map(({ base, periodReturn }) => ({ base: base * k, periodReturn })));
        expect(number(scaled.assetWeighted)).toBeCloseTo(number(composite.assetWeighted), 9);
        expect(number(scaled.dispersion)).toBeCloseTo(number(composite.dispersion), 6);
      }),
    );
    const two = compositeReturn([{ base: 300, periodReturn: 0.1 }, { base: 100, periodReturn: -0.1 }, { base: 0, periodReturn: 5 }]);
    expect([two.assetWeighted, two.dispersion].map((x) => (x as number).toFixed(12))).toEqual(['0.050000000000', Math.sqrt(0.75 * 0.0025 + 0.25 * 0.0225).toFixed(12)]);
    expect([two.equalWeighted, two.count]).toEqual([0, 2]);
  });
  it('without members, or with one, have reasons', () => {
    expect(compositeReturn([]).assetWeighted).toEqual({ reason: 'no_data' });
    expect(compositeReturn([{ base: 1, periodReturn: 0 }]).dispersion).toEqual({ reason: 'insufficient_history' });
    expect(() => compositeReturn([{ base: NaN, periodReturn: 0 }])).toThrow(invalid);
  });
});

describe('confidence', () => {
  it('grows with the count and falls with stale marks', () => {
    expect([statisticsConfidence(0, 1), statisticsConfidence(60, 1), statisticsConfidence(60, 0.5)]).toEqual([0, 0.5, 0.25]);
    for (const call of [() => statisticsConfidence(-1, 1), () => statisticsConfidence(1, 1.1), () => statisticsConfidence(NaN, 1)]) expect(call).toThrow(invalid);
  });
});
