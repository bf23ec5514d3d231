import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChangeVolatility, MeanDeviation, WindowDeviation, windowDeviation, WindowStandardError, WindowVariance } from './dispersion.ts';
import { Crossing, DecayingLevel, WindowSum } from './levels.ts';
import { Donchian, Highest, Ichimoku, ichimoku, Lowest, MidPoint, MidPrice } from './midpoints.ts';
import { Elementwise, elementwise, Pairwise, pairwise } from './elementwise.ts';
import { columnsOf, equalsDefinition, holdsIndicatorLaws, mean, ofClose, ofPair, run, someBars, somePrices, someValues, sum } from './indicator-laws.ts';
import { ForecastOscillator, LinearRegression, type RegressionLine } from './linear-regression.ts';
import { PairBeta, PairCorrelation } from './pair-statistics.ts';
import type { Indicator, OhlcBar, ValuePair } from './indicator.ts';

const OF_VALUES: Readonly<Record<string, () => Indicator<number, unknown>>> = {
  'deviation': () => new WindowDeviation(5), 'variance': () => new WindowVariance(5), 'standard error': () => new WindowStandardError(5), 'mean deviation': () => new MeanDeviation(5),
  'volatility of changes': () => new ChangeVolatility(5), 'sum': () => new WindowSum(5), 'linear decay': () => new DecayingLevel(5), 'exponential decay': () => new DecayingLevel(5, 'exponential'),
  'highest': () => new Highest(5), 'lowest': () => new Lowest(5), 'midpoint': () => new MidPoint(5), 'linear regression': () => new LinearRegression(5),
  'forecast oscillator': () => new ForecastOscillator(5), 'sine': () => new Elementwise('sin'),
};
for (const [name, make] of Object.entries(OF_VALUES)) holdsIndicatorLaws(name, () => ofClose(make()));
holdsIndicatorLaws('correlation', () => ofPair(new PairCorrelation(5)));
holdsIndicatorLaws('beta', () => ofPair(new PairBeta(5)));
holdsIndicatorLaws('crossing', () => ofPair(new Crossing()));
holdsIndicatorLaws('sum of a pair', () => ofPair(new Pairwise('add')));
holdsIndicatorLaws('mid price', () => new MidPrice(5));
holdsIndicatorLaws('Donchian channel', () => new Donchian(5));
holdsIndicatorLaws('Ichimoku', () => new Ichimoku(3, 5, 8));

const variance = (values: readonly number[]): number => mean(values.map((x) => (x - mean(values)) ** 2));
const pairs = fc.oneof(
  fc.array(fc.record({ x: fc.integer({ min: 100, max: 10_000 }), y: fc.integer({ min: 100, max: 10_000 }) }), { minLength: 12, maxLength: 60 }),
  fc.array(fc.record({ x: fc.integer({ min: 1, max: 3 }), y: fc.integer({ min: 1, max: 3 }) }), { minLength: 12, maxLength: 60 }),
);

describe('dispersion by definition', () => {
  it('of every window', () => {
    fc.assert(fc.property(someValues(20), fc.integer({ min: 2, max: 12 }), (values, n) => {
      equalsDefinition(new WindowVariance(n), values, n, variance);
      equalsDefinition(new WindowDeviation(n, 3), values, n, (window) => 3 * Math.sqrt(variance(window)), 1e-7);
      equalsDefinition(new WindowStandardError(n), values, n, (window) => Math.sqrt(variance(window) / n), 1e-7);
      equalsDefinition(new MeanDeviation(n), values, n, (window) => mean(window.map((x) => Math.abs(x - mean(window)))));
      equalsDefinition(new ChangeVolatility(n), values, n + 1, (window) => Math.sqrt(252 * variance(window.slice(1).map((x, i) => x / window[i]! - 1))), 1e-7);
    }), { numRuns: 60 });
  });

  it('keeps 8 digits when small movements follow a huge value', () => {
    const quiet = Array.from({ length: 20 }, (_, i) => 1 + 1e-6 * Math.sin(i));
    equalsDefinition(new WindowDeviation(5), quiet, 5, (window) => Math.sqrt(variance(window)), 1e-14);
    const after = run(new WindowDeviation(5), [1e6, -1e6, ...quiet]).slice(7);
    after.forEach((output, i) => expect(Math.abs(output! / Math.sqrt(variance(quiet.slice(i + 1, i + 6))) - 1)).toBeLessThan(1e-8));
  });

  it('is exactly 0 for equal values, also after others', () => {
    expect(windowDeviation(Float64Array.of(5, 1e9, 0.1, 0.1, 0.1), 3).values.at(-1)).toBe(0);
    expect(run(new WindowVariance(3), [1e9, 0.1, 0.1, 0.1]).at(-1)).toBe(0);
  });

  it('needs two values', () => {
    for (const make of [() => new WindowDeviation(1), () => new WindowVariance(1), () => new PairCorrelation(1), () => new PairBeta(1), () => new LinearRegression(1)]) {
      expect(make).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    }
  });
});

describe('pairs by definition', () => {
  const products = (window: readonly ValuePair[]): { xx: number; xy: number; yy: number } => {
    const [mx, my] = [mean(window.map(({ x }) => x)), mean(window.map(({ y }) => y))];
    return { xx: sum(window.map(({ x }) => (x - mx) ** 2)), xy: sum(window.map(({ x, y }) => (x - mx) * (y - my))), yy: sum(window.map(({ y }) => (y - my) ** 2)) };
  };
  const isFlat = (values: readonly number[]): boolean => new Set(values).size === 1;

  it('correlation of every window', () => {
    fc.assert(fc.property(pairs, (list) =>
      equalsDefinition(new PairCorrelation(6), list, 6, (window) => {
        if (isFlat(window.map(({ x }) => x)) || isFlat(window.map(({ y }) => y))) return 0;
        const { xx, xy, yy } = products(window);
        return xy / Math.sqrt(xx * yy);
      }, 1e-6)), { numRuns: 60 });
  });

  it('beta of every window of changes', () => {
    fc.assert(fc.property(pairs, (list) =>
      equalsDefinition(new PairBeta(6), list, 7, (window) => {
        const changes = window.slice(1).map(({ x, y }, i): ValuePair => ({ x: x / window[i]!.x - 1, y: y / window[i]!.y - 1 }));
        if (isFlat(changes.map(({ x }) => x))) return 0;
        const { xx, xy } = products(changes);
        return xy / xx;
      }, 1e-6)), { numRuns: 60 });
  });

  it('a series is fully correlated with itself and has beta 1 on itself', () => {
    fc.assert(fc.property(somePrices(10, 30), (values) => {
      fc.pre(new Set(values.slice(-6)).size > 1);
      const list = values.map((x): ValuePair => ({ x, y: x }));
      expect(run(new PairCorrelation(6), list).at(-1)).toBeCloseTo(1, 9);
      expect(run(new PairBeta(5), list).at(-1)).toBeCloseTo(1, 9);
    }), { numRuns: 40 });
  });

  it('a constant side has no correlation and gives no beta', () => {
    const list = [1, 2, 4, 3, 7, 5, 6, 8].map((y): ValuePair => ({ x: 3, y }));
    expect(run(new PairCorrelation(5), list).at(-1)).toBe(0);
    expect(run(new PairBeta(5), list).at(-1)).toBe(0);
  });
});

describe('the regression line by definition', () => {
  const field = (name: keyof RegressionLine, n: number): Pick<Indicator<number>, 'update'> => {
    const kernel = new LinearRegression(n);
    return { update: (value) => kernel.update(value)?.[name] };
  };
  it('of every window', () => {
    fc.assert(fc.property(someValues(20), fc.integer({ min: 2, max: 12 }), (values, n) => {
      const slopeOf = (window: readonly number[]): number => {
        const middle = (n - 1) / 2;
        return sum(window.map((x, i) => (i - middle) * (x - mean(window)))) / sum(window.map((_, i) => (i - middle) ** 2));
      };
      equalsDefinition(field('slope', n), values, n, slopeOf);
      equalsDefinition(field('intercept', n), values, n, (window) => mean(window) - (slopeOf(window) * (n - 1)) / 2);
      equalsDefinition(field('end', n), values, n, (window) => mean(window) + (slopeOf(window) * (n - 1)) / 2);
      equalsDefinition(field('next', n), values, n, (window) => mean(window) + (slopeOf(window) * (n + 1)) / 2);
    }), { numRuns: 40 });
  });

  it('of a straight line is the line, and forecasts it without error', () => {
    const line = Array.from({ length: 700 }, (_, i) => 5 + 0.5 * i);
    expect(run(new LinearRegression(14), line).at(-1)!.slope).toBeCloseTo(0.5, 12);
    expect(run(new ForecastOscillator(14), line).at(-1)).toBeCloseTo(0, 10);
  });
});

describe('extremes by definition', () => {
  it('of every window', () => {
    fc.assert(fc.property(someBars(20), fc.integer({ min: 1, max: 9 }), (bars, n) => {
      const closes = bars.map((bar) => bar.close);
      equalsDefinition(new Highest(n), closes, n, (window) => Math.max(...window), 0);
      equalsDefinition(new Lowest(n), closes, n, (window) => Math.min(...window), 0);
      equalsDefinition(new MidPoint(n), closes, n, (window) => (Math.max(...window) + Math.min(...window)) / 2, 0);
      equalsDefinition(new MidPrice(n), bars, n, (window) => (Math.max(...window.map((bar) => bar.high)) + Math.min(...window.map((bar) => bar.low))) / 2, 0);
      const channel = new Donchian(n);
      equalsDefinition<OhlcBar>({ update: (bar) => channel.update(bar)?.upper }, bars, n + 1, (window) => Math.max(...window.slice(0, -1).map((bar) => bar.high)), 0);
      equalsDefinition(new WindowSum(n), closes, n, sum);
    }), { numRuns: 40 });
  });

  it("Ichimoku's leading spans are those of `base` bars before, its lagging span the close after as many", () => {
    fc.assert(fc.property(someBars(30), (bars) => {
      const rows = ichimoku(columnsOf(bars), 3, 5, 8);
      rows.forEach((row, i) => {
        const before = rows[i - 5];
        expect(row.leadingA).toBe(before?.conversion === undefined || before.base === undefined ? undefined : (before.conversion + before.base) / 2);
        expect(row.lagging).toBe(bars[i + 5]?.close);
        expect(row.leadingB === undefined).toBe(i < 8 - 1 + 5);
      });
    }), { numRuns: 20 });
  });
});

describe('levels and crossings', () => {
  it('a decaying level is never below its input and falls as told', () => {
    expect(run(new DecayingLevel(4), [10, 0, 0, 9.6])).toEqual([10, 9.75, 9.5, 9.6]);
    expect(run(new DecayingLevel(4, 'exponential'), [16, 0, 0, 20])).toEqual([16, 12, 9, 20]);
  });

  it('a crossing is told once, when the side changes, also from a touch', () => {
    const list = [[1, 2], [2, 2], [3, 2], [4, 2], [2, 2], [1, 2], [1, 2]].map(([x = 0, y = 0]): ValuePair => ({ x, y }));
    expect(run(new Crossing(), list)).toEqual([undefined, 0, 1, 0, 0, -1, 0]);
  });
});

describe('element by element', () => {
  it('applies the function', () => {
    expect(elementwise('round', Float64Array.of(1.5, -1.5, 2.4)).values).toEqual(Float64Array.of(2, -2, 2));
    expect(elementwise('toDegrees', Float64Array.of(Math.PI)).values[0]).toBe(180);
    expect(pairwise('divide', Float64Array.of(6, 1), Float64Array.of(3, 0)).values).toEqual(Float64Array.of(2, 0));
  });

  it('refuses what is outside the domain, and columns of different lengths', () => {
    for (const attempt of [() => elementwise('ln', Float64Array.of(0)), () => elementwise('acos', Float64Array.of(2)), () => elementwise('sqrt', Float64Array.of(-1)), () => pairwise('add', Float64Array.of(1), new Float64Array())]) {
      expect(attempt).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    }
  });
});
