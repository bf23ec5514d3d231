import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Kama, Vidya } from './adaptive-averages.ts';
import { equalsDefinition, holdsIndicatorLaws, mean, ofClose, ofPair, run, someValues, sum } from './indicator-laws.ts';
import type { Indicator, ValuePair } from './indicator.ts';
import { Ema, ema, Sma, WilderAverage, wilderAverage } from './moving-averages.ts';
import { Dema, T3, Tema, Trix } from './nested-averages.ts';
import { Hma, Trima, Vwma, Wma, ZeroLagEma } from './weighted-averages.ts';

const AVERAGES: Readonly<Record<string, () => Indicator<number>>> = {
  'SMA': () => new Sma(5), 'EMA': () => new Ema(5), 'EMA of Tulip': () => new Ema(5, 'tulip'), 'Wilder': () => new WilderAverage(5), 'WMA': () => new Wma(5),
  'TRIMA even': () => new Trima(6), 'TRIMA odd': () => new Trima(5), 'HMA': () => new Hma(9), 'zero-lag EMA': () => new ZeroLagEma(5), 'zero-lag EMA without lag': () => new ZeroLagEma(2),
  'DEMA': () => new Dema(4), 'DEMA of Tulip': () => new Dema(4, 'tulip'), 'TEMA': () => new Tema(4), 'T3': () => new T3(3),
  'KAMA': () => new Kama(5), 'KAMA of Tulip': () => new Kama(5, 'tulip'), 'VIDYA': () => new Vidya(2, 5, 0.2),
};

for (const [name, make] of Object.entries(AVERAGES)) {
  holdsIndicatorLaws(name, () => ofClose(make()));

  describe(name, () => {
    it('of a constant is the constant', () => {
      for (const output of run(make(), Array.from({ length: 40 }, () => 7.3))) if (output !== undefined) expect(output).toBeCloseTo(7.3, 12);
    });

    it('moves with the level and the unit of its input', () => {
      fc.assert(
        fc.property(someValues(30), fc.double({ min: 0.1, max: 10, noNaN: true }), fc.double({ min: -50, max: 50, noNaN: true }), (values, scale, level) => {
          const plain = run(make(), values);
          const moved = run(make(), values.map((x) => scale * x + level));
          // VIDYA divides deviations, which are right to about 8 digits.
          const tolerance = (name === 'VIDYA' ? 1e-7 : 1e-9) * (50 + scale * 1000);
          const wrong = plain.filter((output, i) => (output === undefined ? moved[i] !== undefined : Math.abs(moved[i]! - (scale * output + level)) > tolerance));
          expect(wrong).toEqual([]);
        }),
        { numRuns: 40 },
      );
    });
  });
}

holdsIndicatorLaws('TRIX', () => ofClose(new Trix(4)));
holdsIndicatorLaws('VWMA', () => ofPair(new Vwma(5)));

describe('averages by their definition', () => {
  const weighted = (window: readonly number[], weights: readonly number[]): number => sum(window.map((x, i) => x * weights[i]!)) / sum(weights);

  it('WMA has weights 1 … n', () => {
    fc.assert(fc.property(someValues(20), fc.integer({ min: 1, max: 15 }), (values, n) =>
      equalsDefinition(new Wma(n), values, n, (window) => weighted(window, window.map((_, i) => i + 1)))));
  });

  it('TRIMA has weights that rise by 1 to the middle and fall again', () => {
    fc.assert(fc.property(someValues(20), fc.integer({ min: 1, max: 15 }), (values, n) =>
      equalsDefinition(new Trima(n), values, n, (window) => weighted(window, window.map((_, i) => Math.min(i + 1, n - i))))));
  });

  it('VWMA is Σxy/Σy, and 0 without weight', () => {
    const pairs = fc.array(fc.record({ x: fc.double({ min: 1, max: 100, noNaN: true }), y: fc.nat(5) }), { minLength: 10, maxLength: 40 });
    fc.assert(fc.property(pairs, (list) =>
      equalsDefinition<ValuePair>(new Vwma(4), list, 4, (window) => (sum(window.map(({ y }) => y)) === 0 ? 0 : sum(window.map(({ x, y }) => x * y)) / sum(window.map(({ y }) => y))))));
  });

  it('HMA(16) follows a straight line two thirds of a step behind, where WMA(16) is five steps behind', () => {
    const line = Array.from({ length: 40 }, (_, i) => 100 + 3 * i);
    expect(run(new Hma(16), line).at(-1)).toBeCloseTo(line.at(-1)! - 2, 9);
    expect(run(new Wma(16), line).at(-1)).toBeCloseTo(line.at(-1)! - 15, 9);
  });

  it('DEMA and TEMA of a straight line come to the line', () => {
    const line = Array.from({ length: 400 }, (_, i) => 5 + 0.25 * i);
    expect(run(new Dema(10), line).at(-1)).toBeCloseTo(line.at(-1)!, 9);
    expect(run(new Tema(10), line).at(-1)).toBeCloseTo(line.at(-1)!, 9);
  });

  it('T3 without volume factor is the third of its averages', () => {
    fc.assert(fc.property(someValues(40), (values) => {
      let nested = run(new Ema(3), values);
      for (let level = 1; level < 3; level++) {
        const average = new Ema(3);
        nested = nested.map((x) => (x === undefined ? undefined : average.update(x)));
      }
      run(new T3(3, 0), values).forEach((output, i) => {
        if (output !== undefined) expect(output).toBeCloseTo(nested[i]!, 8);
      });
    }));
  });

  it('KAMA moves by 4/9 of the distance on a straight line, where all movement is progress', () => {
    const line = Array.from({ length: 30 }, (_, i) => 10 + i);
    const outputs = run(new Kama(5), line);
    const [before, after] = [outputs.at(-2)!, outputs.at(-1)!];
    expect(after - before).toBeCloseTo((4 / 9) * (line.at(-1)! - before), 9);
  });

  it('the linear weights stay exact over many values after a huge one', () => {
    const kernel = new Wma(5);
    kernel.update(1e17);
    const outputs = Array.from({ length: 1_010 }, (_, i) => kernel.update(i % 3));
    const window = [1_005, 1_006, 1_007, 1_008, 1_009].map((i) => i % 3);
    expect(outputs.at(-1)).toBeCloseTo(weighted(window, [1, 2, 3, 4, 5]), 12);
  });
});

describe('the batch forms', () => {
  it('give what the stream gives and say where it began', () => {
    const values = Float64Array.of(1, 2, 4, 8, 16);
    expect(ema(values, 3).begIdx).toBe(2);
    expect(ema(values, 3).values[0]).toBe(mean([1, 2, 4]));
    expect(ema(values, 3, 'tulip').begIdx).toBe(0);
    expect(wilderAverage(values, 5)).toEqual({ begIdx: 4, values: Float64Array.of(6.2) });
  });

  it('of too few values are empty and begin after them', () => {
    expect(ema(Float64Array.of(1, 2), 3)).toEqual({ begIdx: 2, values: new Float64Array() });
  });

  it('refuse windows that are none', () => {
    for (const make of [() => new Ema(0), () => new Ema(0, 'tulip'), () => new Wma(0), () => new Trima(1.5), () => new Hma(1), () => new Kama(1), () => new Vidya(5, 5, 0.2), () => new T3(0)]) {
      expect(make).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    }
  });
});
