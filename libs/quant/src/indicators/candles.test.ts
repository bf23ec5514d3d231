import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AveragePrice, BalanceOfPower, MedianPrice, Qstick, TypicalPrice, WeightedClose } from './price-transforms.ts';
import { BAR_SHAPES, BarShapes, barShapes } from './bar-shapes.ts';
import { CANDLE_PATTERNS, CandlePattern, candlePattern } from './candle-patterns.ts';
import { columnsOf, holdsIndicatorLaws, run, someBars } from './indicator-laws.ts';
import type { OhlcBar } from './indicator.ts';

for (const name of CANDLE_PATTERNS) holdsIndicatorLaws(name, () => new CandlePattern(name));
holdsIndicatorLaws('bar shapes', () => new BarShapes());
holdsIndicatorLaws('average price', () => new AveragePrice());
holdsIndicatorLaws('balance of power', () => new BalanceOfPower());
holdsIndicatorLaws('median price', () => new MedianPrice());
holdsIndicatorLaws('typical price', () => new TypicalPrice());
holdsIndicatorLaws('weighted close', () => new WeightedClose());
holdsIndicatorLaws('qstick', () => new Qstick(5));

const bar = (open: number, high: number, low: number, close: number): OhlcBar => ({ open, high, low, close, volume: 1 });
/** Twelve bars with bodies of 1 and ranges of 3, white and black in turn. */
const usual = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? bar(50, 52, 49, 51) : bar(51, 52, 49, 50)));

describe('TA-Lib patterns', () => {
  const last = (name: (typeof CANDLE_PATTERNS)[number], ...after: readonly OhlcBar[]): number | undefined => run(new CandlePattern(name), [...usual, ...after]).at(-1);

  it('three white soldiers: three long white bars, each from within the one before, without upper shadows', () => {
    const soldiers = [bar(50, 52.1, 50, 52), bar(51.5, 53.6, 51, 53.5), bar(53, 55.1, 52.5, 55)];
    expect(last('threeWhiteSoldiers', ...soldiers)).toBe(100);
    expect(last('threeWhiteSoldiers', soldiers[0]!, soldiers[1]!, bar(53, 57, 52.5, 55))).toBe(0);
    expect(last('threeWhiteSoldiers', soldiers[0]!, soldiers[1]!, bar(53, 53.4, 52.5, 53.4))).toBe(0);
    expect(last('threeWhiteSoldiers', soldiers[0]!, soldiers[2]!, soldiers[1]!)).toBe(0);
  });

  it('engulfing: the opposite colour beyond both ends of the body before', () => {
    expect(last('engulfing', bar(51, 52, 49, 50), bar(49.5, 52, 49, 51.5))).toBe(100);
    expect(last('engulfing', bar(50, 52, 49, 51), bar(51.5, 52, 49, 49.5))).toBe(-100);
    expect(last('engulfing', bar(51, 52, 49, 50), bar(50, 52, 49, 51.5))).toBe(0);
  });

  it('marubozu: a long body without shadows, with its colour as sign', () => {
    expect(last('marubozu', bar(50, 54, 50, 54))).toBe(100);
    expect(last('marubozu', bar(54, 54, 50, 50))).toBe(-100);
    expect(last('marubozu', bar(50, 55, 50, 54))).toBe(0);
  });

  it('say one of three things, on no bar before their start', () => {
    fc.assert(fc.property(someBars(30), fc.constantFrom(...CANDLE_PATTERNS), (bars, name) => {
      const { begIdx, values } = candlePattern(name, columnsOf(bars));
      expect([2, 10, 11, 12]).toContain(begIdx);
      expect([...values].filter((value) => ![0, 100, -100].includes(value))).toEqual([]);
    }), { numRuns: 60 });
  });
});

describe('Tulip shapes', () => {
  it('turned upside down become their counterparts', () => {
    const counterparts: readonly (readonly [string, string])[] = [
      ['abandoned_baby_bear', 'abandoned_baby_bull'], ['big_black_candle', 'big_white_candle'], ['black_marubozu', 'white_marubozu'], ['dragonfly_doji', 'gravestone_doji'],
      ['engulfing_bear', 'engulfing_bull'], ['evening_doji_star', 'morning_doji_star'], ['evening_star', 'morning_star'], ['three_black_crows', 'three_white_soldiers'],
      ['doji', 'doji'], ['four_price_doji', 'four_price_doji'], ['long_legged_doji', 'long_legged_doji'], ['marubozu', 'marubozu'], ['spinning_top', 'spinning_top'], ['star', 'star'],
    ];
    const other = new Map(counterparts.flatMap(([a, b]) => [[a, b], [b, a]] as const));
    const tied = someBars(30).map((bars) => bars.map((b) => bar(Math.round(b.open), Math.round(b.high), Math.round(b.low), Math.round(b.close))));
    fc.assert(fc.property(tied, (bars) => {
      const upside = barShapes(columnsOf(bars));
      const down = barShapes(columnsOf(bars.map((b) => bar(1000 - b.open, 1000 - b.low, 1000 - b.high, 1000 - b.close))));
      upside.forEach((shapes, i) => {
        const expected = (shapes ?? []).flatMap((shape) => other.get(shape) ?? []).toSorted();
        expect((down[i] ?? []).filter((shape) => other.has(shape)).toSorted()).toEqual(expected);
      });
    }), { numRuns: 60 });
  });

  it('refuse a window that is none', () => {
    for (const n of [0, -1, 2.5]) expect(() => new BarShapes(n)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });

  it('a shooting star rises from a gap on a long upper shadow', () => {
    expect(run(new BarShapes(), [...usual, bar(51.5, 55, 51.45, 51.8)]).at(-1)).toEqual(['shooting_star']);
    expect(BAR_SHAPES).toHaveLength(26);
  });
});

describe('prices of a bar', () => {
  it('lie within it', () => {
    fc.assert(fc.property(someBars(5), (bars) => {
      for (const make of [() => new AveragePrice(), () => new MedianPrice(), () => new TypicalPrice(), () => new WeightedClose()]) {
        run(make(), bars).forEach((price, i) => {
          expect(price).toBeGreaterThanOrEqual(bars[i]!.low * (1 - 1e-12));
          expect(price).toBeLessThanOrEqual(bars[i]!.high * (1 + 1e-12));
        });
      }
    }), { numRuns: 40 });
  });

  it('balance of power is 1 from low to high, −1 back, 0 without range', () => {
    expect(run(new BalanceOfPower(), [bar(1, 2, 1, 2), bar(2, 2, 1, 1), bar(1, 1, 1, 1)])).toEqual([1, -1, 0]);
  });

  it('an open outside the bar is refused where it is read', () => {
    for (const make of [() => new AveragePrice(), () => new BalanceOfPower(), () => new Qstick(3), () => new CandlePattern('doji')]) {
      expect(() => make().update(bar(5, 2, 1, 2))).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    }
  });
});
