import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AccumulationDistribution } from './volume-flow.ts';
import { ChaikinOscillator, MoneyFlowIndex, OnBalanceVolume, onBalanceVolume } from './volume-accumulation.ts';
import { columnsOf, equalsDefinition, holdsIndicatorLaws, run, someBars, sum } from './indicator-laws.ts';
import {
  EaseOfMovement, KlingerOscillator, MarketFacilitation, NegativeVolumeIndex, PositiveVolumeIndex, WilliamsAccumulation,
} from './price-volume.ts';
import type { Indicator, OhlcBar } from './indicator.ts';

const KERNELS: Readonly<Record<string, () => Indicator<OhlcBar>>> = {
  'on-balance volume': () => new OnBalanceVolume(), 'Chaikin oscillator': () => new ChaikinOscillator(3, 7), 'money flow index': () => new MoneyFlowIndex(5),
  'money flow index of Skender': () => new MoneyFlowIndex(5, 'skender'), 'ease of movement': () => new EaseOfMovement(), 'market facilitation': () => new MarketFacilitation(),
  'Klinger oscillator': () => new KlingerOscillator(3, 7), 'positive volume index': () => new PositiveVolumeIndex(), 'negative volume index': () => new NegativeVolumeIndex(),
  'Williams accumulation': () => new WilliamsAccumulation(),
};
for (const [name, make] of Object.entries(KERNELS)) holdsIndicatorLaws(name, make);

const withoutVolume = (bar: OhlcBar): OhlcBar => ({ ...bar, volume: 0 });

describe('without volume', () => {
  it.each(['on-balance volume', 'Chaikin oscillator', 'money flow index', 'ease of movement', 'market facilitation', 'Klinger oscillator'])('%s is 0', (name) => {
    fc.assert(fc.property(someBars(30), (bars) => {
      const outputs = run(KERNELS[name]!(), bars.map(withoutVolume)).filter((output) => output !== undefined);
      expect(outputs.filter((output) => output !== 0)).toEqual([]);
    }), { numRuns: 20 });
  });

  it('the volume indexes stay at 1000', () => {
    fc.assert(fc.property(someBars(30), (bars) => {
      for (const make of [() => new PositiveVolumeIndex(), () => new NegativeVolumeIndex()]) {
        expect(new Set(run(make(), bars.map(withoutVolume)))).toEqual(new Set([1000]));
      }
    }), { numRuns: 10 });
  });
});

describe('by definition', () => {
  it('on-balance volume is the first volume and then the signed sum', () => {
    fc.assert(fc.property(someBars(20), (bars) => {
      const signed = bars.map((bar, i) => (i === 0 ? bar.volume : bar.volume * Math.sign(bar.close - bars[i - 1]!.close)));
      run(new OnBalanceVolume(), bars).forEach((output, i) => expect(output).toBe(sum(signed.slice(0, i + 1))));
      expect(onBalanceVolume(columnsOf(bars), 'tulip').values.at(-1)).toBe(sum(signed) - bars[0]!.volume);
    }));
  });

  it('the money flow index from the flows of the window', () => {
    fc.assert(fc.property(someBars(20), fc.constantFrom('talib' as const, 'skender' as const), (bars, convention) => {
      equalsDefinition(new MoneyFlowIndex(4, convention), bars, 5, (window) => {
        const typical = window.map((bar) => (bar.high + bar.low + bar.close) / 3);
        const flow = (sign: number): number => sum(window.map((bar, i) => (i > 0 && Math.sign(typical[i]! - typical[i - 1]!) === sign ? typical[i]! * bar.volume : 0)));
        const [up, down] = [flow(1), flow(-1)];
        if (down === 0 && up === 0) return convention === 'skender' ? 100 : 0;
        return (100 * up) / (up + down);
      });
    }), { numRuns: 60 });
  });

  it('the Chaikin oscillator is 0 while the accumulation line does not move', () => {
    const middle = Array.from({ length: 20 }, (_, i): OhlcBar => ({ open: 10, high: 11 + i, low: 9 - i / 10, close: 10 + (9 * i) / 20, volume: 100 }));
    expect(run(new AccumulationDistribution(), middle).at(-1)).toBeCloseTo(0, 9);
    expect(run(new ChaikinOscillator(), middle).at(-1)).toBeCloseTo(0, 9);
  });

  it('every bar moves one of the volume indexes or none, never both', () => {
    fc.assert(fc.property(someBars(20), (bars) => {
      const up = run(new PositiveVolumeIndex(), bars);
      const down = run(new NegativeVolumeIndex(), bars);
      const both = bars.filter((_, i) => i > 0 && up[i] !== up[i - 1] && down[i] !== down[i - 1]);
      expect(both).toEqual([]);
      expect(up.at(-1)! * down.at(-1)!).toBeCloseTo(
        bars.slice(1).reduce((product, bar, i) => (bar.volume === bars[i]!.volume ? product : (product * bar.close) / bars[i]!.close), 1e6), 3,
      );
    }));
  });

  it('Williams accumulation counts the close from the lowest or highest price that was there', () => {
    const bars = [[10, 9, 9.5], [12, 10, 11], [11, 8, 8.5], [9, 8, 8.5]].map(([high = 0, low = 0, close = 0]): OhlcBar => ({ open: close, high, low, close, volume: 1 }));
    expect(run(new WilliamsAccumulation(), bars)).toEqual([undefined, 1.5, -1, -1]);
  });
});
