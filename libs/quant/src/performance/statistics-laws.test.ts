import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { appraisalRatio, modiglianiSquared, treynorRatio } from './bacon-benchmark.ts';
import { averageDrawdown, baconSortinoRatio, burkeRatioOfEpisodes, conditionalDrawdown, kappaRatio, martinRatio, painIndex, painRatio, profitFactor, ulcerIndex, winRate } from './bacon-ratios.ts';
import { drawdownEpisodes, drawdownPath, maxDrawdown } from './drawdowns.ts';
import { alphaBeta, excessSharpe, trackingError } from './empyrical-benchmark.ts';
import { annualVolatility, calmarRatio, downsideRisk, empyricalConditionalValueAtRisk, empyricalValueAtRisk, omegaRatio, sharpeRatio, sortinoRatio, stabilityOfTimeSeries, tailRatio } from './empyrical-ratios.ts';
import { numberOf, type Figure } from './figures.ts';
import { coMoments, momentsOf, shapeOfReturns } from './moments.ts';
import { PerformanceStream } from './performance-stream.ts';
import { performanceStatistics } from './performance-statistics.ts';
import { aggregateReturns, annualReturn, cumulativeReturns, returnsOfPrices, totalReturn } from './return-index.ts';
import { RollingDrawdown } from './rolling-drawdown.ts';
import { RollingPairs } from './rolling-pairs.ts';
import { rollingAlphaBeta, rollingBeta, rollingMaxDrawdown, rollingSharpeRatio, rollingVolatility } from './rolling-statistics.ts';

const invalid = expect.objectContaining({ kind: 'invalid_input' }) as unknown as Error;
const value = fc.integer({ min: -400, max: 400 }).map((n) => n / 1000);
const gapped = fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(NaN) });
const series = fc.array(value, { minLength: 8, maxLength: 60 }).map((list) => Float64Array.from(list));
const pairs = fc.array(fc.tuple(gapped, gapped), { minLength: 4, maxLength: 80 });
const close = (got: Figure | undefined, expected: Figure | undefined, digits = 9): void => {
  if (typeof expected === 'number' && typeof got === 'number') expect(Math.abs(got - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(10 ** -digits);
  else expect(got).toEqual(expected);
};

describe('returns', () => {
  it('compound to the quotient of prices', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 1e4, noNaN: true }), { minLength: 2, maxLength: 50 }), (prices) => {
        const returns = returnsOfPrices(prices);
        expect(((numberOf(totalReturn(returns))! + 1) * prices[0]!) / prices.at(-1)!).toBeCloseTo(1, 9);
        cumulativeReturns(returns, prices[0]).forEach((c, i) => expect(c / prices[i + 1]!).toBeCloseTo(1, 9));
      }),
    );
  });

  it('of calendar periods compound to the whole', () => {
    fc.assert(
      fc.property(series, fc.constantFrom('weekly' as const, 'monthly' as const, 'quarterly' as const, 'yearly' as const), fc.integer({ min: -4_000, max: 20_000 }), (returns, to, from) => {
        const parts = aggregateReturns(returns, returns.map((_, i) => from + 9 * i), to);
        close(parts.reduce((growth, part) => growth * (1 + part.value), 1) - 1, totalReturn(returns));
      }),
    );
  });

  it('refuse infinite values, prices of zero, and days that do not ascend', () => {
    for (const call of [() => annualReturn([Infinity]), () => sharpeRatio([0.1, -Infinity]), () => returnsOfPrices([1, 0]), () => returnsOfPrices([1, -1]), () => annualReturn([0.1], 0), () => trackingError([0.1], [0.1, 0.2]), () => sharpeRatio([0.1, 0.2], [0.1]), () => omegaRatio([0.1, 0.2], 0, NaN), () => empyricalValueAtRisk([0.1], 2), () => rollingBeta([0.1], [0.1], 0), () => sortinoRatio([0.1, 0.2], NaN)]) expect(call).toThrow(invalid);
    for (const days of [[1], [1, 1], [2, 1], [1, 1.5]]) expect(() => aggregateReturns([0.1, 0.1], days, 'weekly')).toThrow(invalid);
  });

  it('are missing beside a missing price', () => {
    expect([...returnsOfPrices([1, NaN, 2, 4])]).toEqual([NaN, NaN, 1]);
  });
});

describe('laws of the statistics', () => {
  it('a constant added leaves volatility, beta and shape; a factor scales them', () => {
    fc.assert(
      fc.property(series, value, fc.double({ min: 0.1, max: 5, noNaN: true }), (returns, c, k) => {
        fc.pre(momentsOf(returns).squares > 1e-6);
        const moved = returns.map((r) => r + c);
        const scaled = returns.map((r) => r * k);
        close(annualVolatility(moved), annualVolatility(returns));
        close(annualVolatility(scaled), k * numberOf(annualVolatility(returns))!);
        close(sharpeRatio(scaled), sharpeRatio(returns));
        close(sharpeRatio(moved, c), sharpeRatio(returns));
        close(sortinoRatio(moved, c), sortinoRatio(returns), 6);
        close(shapeOfReturns(scaled).skewness, shapeOfReturns(returns).skewness, 7);
        close(shapeOfReturns(moved).jarqueBera, shapeOfReturns(returns).jarqueBera, 6);
        close(trackingError(moved, returns), 0);
        close(excessSharpe(moved, scaled.map((r) => r / k)), { reason: 'constant_series' });
        close(coMoments(scaled, returns).beta, k);
        close(coMoments(scaled, returns).correlation, 1);
      }),
    );
  });

  it('order does not change what has no path', () => {
    fc.assert(
      fc.property(series, (returns) => {
        const reversed = returns.toReversed();
        for (const f of [annualReturn, annualVolatility, sharpeRatio, sortinoRatio, downsideRisk, omegaRatio, tailRatio, empyricalValueAtRisk, empyricalConditionalValueAtRisk, kappaRatio, winRate, profitFactor]) {
          close((f as (r: Float64Array) => Figure)(reversed), (f as (r: Float64Array) => Figure)(returns), 7);
        }
      }),
    );
  });

  it('bounds: drawdown in [−1, 0], CVaR ≤ VaR, stability in [0, 1], pain ≤ ulcer ≤ max drawdown', () => {
    fc.assert(
      fc.property(series, (returns) => {
        const deepest = numberOf(maxDrawdown(returns))!;
        expect(deepest).toBeLessThanOrEqual(0);
        expect(deepest).toBeGreaterThanOrEqual(-1);
        expect(deepest).toBe(Math.min(0, ...drawdownPath(returns)));
        expect(numberOf(empyricalConditionalValueAtRisk(returns))!).toBeLessThanOrEqual(numberOf(empyricalValueAtRisk(returns))! + 1e-15);
        const stability = numberOf(stabilityOfTimeSeries(returns));
        if (stability !== undefined) expect(stability >= 0 && stability <= 1).toBe(true);
        expect(numberOf(painIndex(returns))!).toBeLessThanOrEqual(numberOf(ulcerIndex(returns))! + 1e-15);
        expect(numberOf(ulcerIndex(returns))!).toBeLessThanOrEqual(-deepest + 1e-15);
        expect(numberOf(averageDrawdown(returns))!).toBeLessThanOrEqual(-deepest + 1e-15);
        expect(numberOf(conditionalDrawdown(returns))!).toBeLessThanOrEqual(-deepest + 1e-15);
      }),
    );
  });

  it('ratios are what their names say', () => {
    fc.assert(
      fc.property(series, (returns) => {
        const annual = numberOf(annualReturn(returns, 12))!;
        const deepest = numberOf(maxDrawdown(returns))!;
        fc.pre(deepest < 0);
        close(calmarRatio(returns, 12), annual / -deepest);
        close(martinRatio(returns), annual / numberOf(ulcerIndex(returns))!);
        close(painRatio(returns, 12, 0.02), (annual - 0.02) / numberOf(painIndex(returns))!);
        close(burkeRatioOfEpisodes(returns), annual / Math.sqrt(drawdownEpisodes(returns).reduce((sum, { depth }) => sum + depth ** 2, 0)));
        close(kappaRatio(returns, 2), baconSortinoRatio(returns));
        close(omegaRatio(returns), profitFactor(returns));
      }),
    );
  });

  it('moving every return up raises what is earned and lowers what is risked', () => {
    fc.assert(
      fc.property(series, series, fc.integer({ min: 1, max: 50 }).map((n) => n / 1000), (returns, other, up) => {
        const raised = returns.map((r) => r + up);
        expect(numberOf(annualReturn(raised, 12))!).toBeGreaterThan(numberOf(annualReturn(returns, 12))!);
        expect(numberOf(maxDrawdown(raised))!).toBeGreaterThanOrEqual(numberOf(maxDrawdown(returns))!);
        expect(numberOf(downsideRisk(returns, up))!).toBeGreaterThanOrEqual(numberOf(downsideRisk(returns))!);
        const [low, high] = [numberOf(omegaRatio(returns, 0, 0.1)), numberOf(omegaRatio(returns, 0, 0.2))];
        if (low !== undefined && high !== undefined) expect(high).toBeLessThanOrEqual(low);
        const f = other.length < returns.length ? undefined : other.slice(0, returns.length);
        if (f === undefined) return;
        const [before, after] = [alphaBeta(returns, f, 0, 2), alphaBeta(raised, f, 0, 2)];
        close(after.beta, before.beta);
        if (typeof before.alpha === 'number' && typeof after.alpha === 'number') close((1 + after.alpha) ** 0.5 - (1 + before.alpha) ** 0.5, up, 7);
      }),
    );
  });

  it('against itself: alpha 0, beta 1, M² its own annual return, appraisal without meaning', () => {
    fc.assert(
      fc.property(series, (returns) => {
        fc.pre(momentsOf(returns).squares > 1e-6);
        close(alphaBeta(returns, returns).alpha, 0);
        close(alphaBeta(returns, returns).beta, 1);
        close(modiglianiSquared(returns, returns), annualReturn(returns, 12));
        close(treynorRatio(returns, returns), annualReturn(returns, 12));
        expect(typeof appraisalRatio(returns, returns)).toBe('object');
      }),
    );
  });

  it('a table of drawdowns covers exactly what is under water', () => {
    fc.assert(
      fc.property(series, (returns) => {
        const path = drawdownPath(returns);
        const episodes = drawdownEpisodes(returns);
        const covered = new Set<number>();
        for (const { peak, trough, recovery, depth, declinePeriods, recoveryPeriods, periods } of episodes) {
          for (let i = peak + 1; i < (recovery ?? path.length); i++) covered.add(i);
          expect(depth).toBe(path[trough]);
          expect(declinePeriods + (recoveryPeriods ?? path.length - 1 - trough)).toBe(periods);
        }
        path.forEach((d, i) => expect(covered.has(i)).toBe(d < 0));
      }),
    );
  });

  it('a series without values, of one value, or constant has reasons in place of numbers', () => {
    for (const convention of ['empyrical', 'bacon'] as const) {
      for (const returns of [[], [NaN], [0.01], [0.01, 0.01, 0.01], [NaN, NaN, 0.02], [0, 0], [-1, 0.1], [-1.5, 0.2, 0.1]]) {
        const { figures } = performanceStatistics(returns, { convention, benchmark: returns });
        for (const [name, figure] of Object.entries(figures)) expect([name, typeof figure === 'number' ? Number.isFinite(figure) : typeof figure.reason]).toEqual([name, typeof figure === 'number' ? true : 'string']);
      }
      expect(performanceStatistics([0.01, 0.02], { convention }).convention).toBe(convention);
    }
    expect(sharpeRatio([0.01, 0.01])).toEqual({ reason: 'constant_series' });
    expect(annualReturn([])).toEqual({ reason: 'no_data' });
    expect(annualReturn([-1.5])).toEqual({ reason: 'negative_denominator' });
  });
});

describe('rolling and streaming equal the batch', () => {
  it('in every window, with missing values', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 20 }), (list, window) => {
        const [r, f] = [Float64Array.from(list, ([x]) => x), Float64Array.from(list, ([, y]) => y)];
        const slices = Array.from({ length: Math.max(0, r.length - window + 1) }, (_, i) => [r.slice(i, i + window), f.slice(i, i + window)] as const);
        const compare = (got: Figure[], batch: (r: Float64Array, f: Float64Array) => Figure): void => {
          expect(got).toHaveLength(slices.length);
          slices.forEach(([own, other], i) => close(got[i], batch(own, other), 10));
        };
        compare(rollingSharpeRatio(r, window, 0.001), (own) => sharpeRatio(own, 0.001));
        compare(rollingVolatility(r, window), (own) => annualVolatility(own));
        compare(rollingBeta(r, f, window), (own, other) => coMoments(own, other).beta);
        compare(rollingAlphaBeta(r, f, window).map(({ beta }) => beta), (own, other) => alphaBeta(own, other).beta);
        compare(rollingMaxDrawdown(r, window), (own) => maxDrawdown(own));
      }),
    );
  });

  it('after a huge value has left, and after many removals', () => {
    const values = Float64Array.from({ length: 25_000 }, (_, i) => (i === 7 ? 1e6 : 0.01 * Math.sin(i)));
    const last = values.slice(-50);
    close(rollingSharpeRatio(values, 50).at(-1), sharpeRatio(last), 11);
    close(rollingSharpeRatio(values.slice(0, 100), 50).at(-1), sharpeRatio(values.slice(50, 100)), 11);
    close(rollingVolatility(values, 50).at(-1), annualVolatility(last), 11);
  });

  it('kernels continue bit for bit from a snapshot, wherever it is taken', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 12 }), fc.nat(), (list, window, at) => {
        const [whole, drawdown] = [new RollingPairs(window), new RollingDrawdown(window)];
        let [other, otherDrawdown] = [new RollingPairs(window), new RollingDrawdown(window)];
        list.forEach(([x, y], i) => {
          if (i === at % list.length) {
            const [state, path] = JSON.parse(JSON.stringify([other.snapshot(), otherDrawdown.snapshot()])) as [ReturnType<RollingPairs['snapshot']>, ReturnType<RollingDrawdown['snapshot']>];
            [other, otherDrawdown] = [new RollingPairs(window), new RollingDrawdown(window)];
            other.restore(state);
            otherDrawdown.restore(path);
          }
          for (const kernel of [whole, other]) kernel.add(x, y);
          for (const kernel of [drawdown, otherDrawdown]) kernel.add(x);
          expect([other.beta(), other.deviation(), other.mean(), other.correlation(), other.count, other.full]).toEqual([whole.beta(), whole.deviation(), whole.mean(), whole.correlation(), whole.count, whole.full]);
          expect(otherDrawdown.lowest()).toBe(drawdown.lowest());
        });
      }),
    );
  });

  it('since inception, for any split and any restart', () => {
    fc.assert(
      fc.property(fc.array(gapped, { minLength: 1, maxLength: 60 }), fc.nat(), (list, at) => {
        let stream = new PerformanceStream({ riskFree: 0.001, required: 0.002 });
        list.forEach((r, i) => {
          if (i === at % list.length) {
            const state = JSON.parse(JSON.stringify(stream.snapshot())) as ReturnType<PerformanceStream['snapshot']>;
            stream = new PerformanceStream({ riskFree: 0.001, required: 0.002 });
            stream.restore(state);
          }
          stream.add(r);
          const so = Float64Array.from(list.slice(0, i + 1));
          close(stream.totalReturn(), totalReturn(so), 10);
          close(stream.annualReturn(), annualReturn(so), 8);
          close(stream.annualVolatility(), annualVolatility(so), 10);
          close(stream.sharpeRatio(), sharpeRatio(so, 0.001), 10);
          close(stream.downsideRisk(), downsideRisk(so, 0.002), 10);
          close(stream.sortinoRatio(), sortinoRatio(so, 0.002), 10);
          close(stream.maxDrawdown(), maxDrawdown(so), 10);
          close(stream.calmarRatio(), calmarRatio(so), 8);
          close(stream.omegaRatio(), omegaRatio(so, 0.001), 10);
          close(stream.drawdown(), drawdownPath(so).at(-1), 10);
        });
      }),
    );
    expect(() => new PerformanceStream().add(Infinity)).toThrow(invalid);
    expect(() => new PerformanceStream({ riskFree: NaN })).toThrow(invalid);
  });
});
