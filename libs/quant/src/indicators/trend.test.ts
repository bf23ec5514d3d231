import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Adx, Adxr, DirectionalIndex, DirectionalMovement } from './directional-movement.ts';
import { Aroon } from './aroon.ts';
import { Atr, atr, Natr, TrueRange } from './atr.ts';
import { columnsOf, equalsDefinition, holdsIndicatorLaws, mean, run, someBars } from './indicator-laws.ts';
import type { IndicatorConvention, OhlcBar } from './indicator.ts';
import { ParabolicSar, parabolicSar, TrailingSar } from './parabolic-sar.ts';
import { Keltner, SuperTrend } from './channels.ts';

const CONVENTIONS: readonly IndicatorConvention[] = ['talib', 'skender', 'tulip'];

for (const convention of CONVENTIONS) {
  holdsIndicatorLaws(`directional movement, ${convention}`, () => new DirectionalMovement(5, convention));
  holdsIndicatorLaws(`directional index, ${convention}`, () => new DirectionalIndex(5, convention));
  holdsIndicatorLaws(`ADX, ${convention}`, () => new Adx(5, convention));
  holdsIndicatorLaws(`ADXR, ${convention}`, () => new Adxr(5, convention));
  holdsIndicatorLaws(`ATR, ${convention}`, () => new Atr(5, convention));
  holdsIndicatorLaws(`Aroon, ${convention}`, () => new Aroon(7, convention));
}
holdsIndicatorLaws('true range', () => new TrueRange());
holdsIndicatorLaws('normalised ATR', () => new Natr(5));
holdsIndicatorLaws('parabolic SAR', () => new ParabolicSar());
holdsIndicatorLaws('trailing SAR of Tulip', () => new TrailingSar(0.02, 0.2, 'tulip'));
holdsIndicatorLaws('Keltner channel', () => new Keltner(5, 2, 4));
holdsIndicatorLaws('SuperTrend', () => new SuperTrend(5, 2));

const scaled = (bar: OhlcBar, scale: number): OhlcBar => ({ open: scale * bar.open, high: scale * bar.high, low: scale * bar.low, close: scale * bar.close, volume: bar.volume });
/** Whole prices, whose differences have no rounding that could make or break a tie. */
const whole = ({ open, high, low, close, volume }: OhlcBar): OhlcBar => ({ open: Math.round(open), high: Math.round(high), low: Math.round(low), close: Math.round(close), volume });
/** Turned upside down: highs become lows. */
const mirrored = (bar: OhlcBar): OhlcBar => ({ open: 200 - bar.open, high: 200 - bar.low, low: 200 - bar.high, close: 200 - bar.close, volume: bar.volume });

describe('directional movement', () => {
  it('keeps its indexes within 0 … 100 and does not know the unit of price', () => {
    fc.assert(fc.property(someBars(30), fc.constantFrom(...CONVENTIONS), (bars, convention) => {
      const plain = run(new DirectionalIndex(5, convention), bars);
      const large = run(new DirectionalIndex(5, convention), bars.map((bar) => scaled(bar, 64)));
      plain.forEach((output, i) => {
        if (output === undefined) return;
        for (const [name, value] of Object.entries(output)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(100 + 1e-9);
          expect(large[i]![name as keyof typeof output]).toBeCloseTo(value, 9);
        }
      });
    }), { numRuns: 40 });
  });

  it('swaps plus and minus when prices are turned upside down', () => {
    fc.assert(fc.property(someBars(30).map((bars) => bars.map(whole)), (bars) => {
      const plain = run(new DirectionalMovement(5), bars);
      run(new DirectionalMovement(5), bars.map(mirrored)).forEach((output, i) => {
        if (output === undefined) return;
        expect(output.plus).toBeCloseTo(plain[i]!.minus, 8);
        expect(output.minus).toBeCloseTo(plain[i]!.plus, 8);
      });
    }), { numRuns: 40 });
  });

  it('is 100 in a trend without counter-movement and 0 without any', () => {
    const rising = Array.from({ length: 30 }, (_, i): OhlcBar => ({ open: 10 + i, high: 11 + i, low: 9 + i, close: 10 + i, volume: 1 }));
    expect(run(new Adx(5), rising).at(-1)).toBeCloseTo(100, 9);
    const still = rising.map((): OhlcBar => ({ open: 10, high: 10, low: 10, close: 10, volume: 1 }));
    expect(run(new Adx(5), still).at(-1)).toBe(0);
  });

  it('starts where each convention says', () => {
    const bars = Array.from({ length: 40 }, (_, i): OhlcBar => ({ open: 50, high: 52 + (i % 3), low: 48 - (i % 5), close: 50, volume: 1 }));
    const begin = (kernel: { update(bar: OhlcBar): unknown }): number => bars.findIndex((bar) => kernel.update(bar) !== undefined);
    expect(CONVENTIONS.map((convention) => begin(new DirectionalMovement(5, convention)))).toEqual([4, 5, 4]);
    expect(CONVENTIONS.map((convention) => begin(new DirectionalIndex(5, convention)))).toEqual([5, 5, 4]);
    expect(CONVENTIONS.map((convention) => begin(new Adx(5, convention)))).toEqual([9, 9, 8]);
    expect(CONVENTIONS.map((convention) => begin(new Adxr(5, convention)))).toEqual([13, 14, 12]);
  });
});

describe('true range', () => {
  it('is the range with the close before, so never below the range', () => {
    fc.assert(fc.property(someBars(20), (bars) => {
      run(new TrueRange(), bars).forEach((output, i) => {
        if (i === 0) expect(output).toBeUndefined();
        else expect(output).toBeCloseTo(Math.max(bars[i]!.high, bars[i - 1]!.close) - Math.min(bars[i]!.low, bars[i - 1]!.close), 9);
      });
    }));
  });

  it('averaged starts with the mean of n of them', () => {
    fc.assert(fc.property(someBars(20), (bars) => {
      const ranges = run(new TrueRange(), bars);
      expect(atr(columnsOf(bars), 6).values[0]).toBeCloseTo(mean(ranges.slice(1, 7) as number[]), 9);
    }));
  });
});

describe('Aroon', () => {
  it.each([['latest', 'talib'], ['earliest', 'skender']] as const)('counts the bars since the %s extreme (%s)', (tie, convention) => {
    fc.assert(fc.property(someBars(20), fc.integer({ min: 1, max: 9 }), (bars, n) => {
      const agesOf = (window: readonly OhlcBar[], better: (a: number, b: number) => boolean, pick: (bar: OhlcBar) => number): number => {
        const prices = window.map(pick);
        const best = prices.reduce((a, b) => (better(b, a) ? b : a));
        return prices.length - 1 - (tie === 'latest' ? prices.lastIndexOf(best) : prices.indexOf(best));
      };
      const up = new Aroon(n, convention);
      equalsDefinition({ update: (bar: OhlcBar) => up.update(bar)?.up }, bars, n + 1, (window) => (100 * (n - agesOf(window, (a, b) => a > b, (bar) => bar.high))) / n);
      const down = new Aroon(n, convention);
      equalsDefinition({ update: (bar: OhlcBar) => down.update(bar)?.down }, bars, n + 1, (window) => (100 * (n - agesOf(window, (a, b) => a < b, (bar) => bar.low))) / n);
    }), { numRuns: 40 });
  });
});

describe('parabolic stop and reverse', () => {
  it('stays on the other side of the bar from the trend: never inside a bar that does not reverse it', () => {
    fc.assert(fc.property(someBars(30), fc.constantFrom('skender' as const, 'tulip' as const), (bars, convention) => {
      run(new TrailingSar(0.02, 0.2, convention), bars).forEach((output, i) => {
        if (output === undefined || output.reversal) return;
        const bar = bars[i]!;
        expect(output.sar <= bar.low || output.sar >= bar.high).toBe(true);
      });
    }), { numRuns: 60 });
  });

  it('in a steady rise follows below the lows and never falls', () => {
    const bars = Array.from({ length: 60 }, (_, i): OhlcBar => ({ open: 10 + i, high: 11 + i, low: 9 + i, close: 10.5 + i, volume: 1 }));
    const stops = parabolicSar(columnsOf(bars)).values;
    stops.forEach((stop, i) => {
      expect(stop).toBeLessThan(bars[i + 1]!.low);
      if (i > 0) expect(stop).toBeGreaterThanOrEqual(stops[i - 1]!);
    });
  });

  it('takes the limit for a step above it, as TA-Lib does', () => {
    fc.assert(fc.property(someBars(30), (bars) => {
      expect(parabolicSar(columnsOf(bars), 0.5, 0.2)).toEqual(parabolicSar(columnsOf(bars), 0.2, 0.2));
    }), { numRuns: 20 });
  });

  it('refuses accelerations that are none', () => {
    for (const make of [() => new ParabolicSar(-0.02), () => new ParabolicSar(0.02, NaN), () => new TrailingSar(3), () => new TrailingSar(0.02, -1)]) {
      expect(make).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    }
  });

  it('of Skender tells nothing up to and with the first reversal', () => {
    const bars = [10, 11, 12, 13, 5, 4, 3].map((price): OhlcBar => ({ open: price, high: price + 0.5, low: price - 0.5, close: price, volume: 1 }));
    const outputs = run(new TrailingSar(0.02, 0.2, 'skender'), bars);
    expect(outputs.slice(0, 5)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(outputs[5]?.sar).toBeGreaterThan(bars[5]!.high);
  });
});

describe('SuperTrend', () => {
  it('is below the close in a rise and above it in a fall', () => {
    fc.assert(fc.property(someBars(30), (bars) => {
      run(new SuperTrend(5, 1.5), bars).forEach((output, i) => {
        if (output === undefined) return;
        if (output.direction === 1) expect(output.superTrend).toBeLessThan(bars[i]!.close);
        else expect(output.superTrend).toBeGreaterThanOrEqual(bars[i]!.close);
      });
    }), { numRuns: 60 });
  });
});
