import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AbsolutePriceOscillator, AwesomeOscillator, DetrendedPrice, PercentagePriceOscillator } from './average-oscillators.ts';
import { BollingerBands, bollingerBands } from './bollinger-bands.ts';
import { BollingerPosition } from './channels.ts';
import { Cci } from './cci.ts';
import { ChaikinVolatility, FisherTransform, MassIndex, RelativeStrengthPlace, VerticalHorizontalFilter } from './range-oscillators.ts';
import { Cmo, Rsi, StochasticRsi } from './rsi.ts';
import { ChangeRatio, LaggedValue, Momentum, RateOfChange, RelativeChange } from './momentum.ts';
import { columnsOf, equalsDefinition, holdsIndicatorLaws, mean, ofClose, run, someBars, somePrices, someValues, sum } from './indicator-laws.ts';
import { FastStochastic, Stochastic, WilliamsR } from './price-position.ts';
import type { Indicator, OhlcBar } from './indicator.ts';
import { Macd, macd } from './macd.ts';
import { MesaSineWave } from './mesa-sine-wave.ts';
import { UltimateOscillator } from './ultimate-oscillator.ts';
import { Ema } from './moving-averages.ts';

const OF_VALUES: Readonly<Record<string, () => Indicator<number, unknown>>> = {
  'APO': () => new AbsolutePriceOscillator(3, 7), 'APO of Tulip': () => new AbsolutePriceOscillator(3, 7, 'ema', 'tulip'), 'PPO': () => new PercentagePriceOscillator(3, 7),
  'detrended price': () => new DetrendedPrice(5), 'MACD': () => new Macd(3, 7, 4), 'MACD of Skender': () => new Macd(3, 7, 4, 'skender'), 'MACD of Tulip': () => new Macd(3, 7, 4, 'tulip'),
  'RSI': () => new Rsi(5), 'CMO': () => new Cmo(5), 'CMO of Tulip': () => new Cmo(5, 'tulip'), 'stochastic RSI': () => new StochasticRsi(5, 4, 3, 2), 'place of the RSI': () => new RelativeStrengthPlace(5),
  'momentum': () => new Momentum(5), 'ROC': () => new RateOfChange(5), 'ROCP': () => new RelativeChange(5), 'ROCR': () => new ChangeRatio(5), 'lag': () => new LaggedValue(5),
  'Bollinger bands': () => new BollingerBands(5), 'place in Bollinger bands': () => new BollingerPosition(5), 'vertical horizontal filter': () => new VerticalHorizontalFilter(5),
  'MESA sine wave': () => new MesaSineWave(5),
};
const OF_BARS: Readonly<Record<string, () => Indicator<OhlcBar, unknown>>> = {
  'awesome oscillator': () => new AwesomeOscillator(3, 7), 'CCI': () => new Cci(5), 'CCI of Tulip': () => new Cci(5, 'tulip'), 'Chaikin volatility': () => new ChaikinVolatility(4),
  'mass index': () => new MassIndex(4), 'Fisher transform': () => new FisherTransform(5), 'Williams %R': () => new WilliamsR(5), 'stochastic': () => new Stochastic(5),
  'fast stochastic': () => new FastStochastic(5), 'ultimate oscillator': () => new UltimateOscillator(3, 5, 8),
};
for (const [name, make] of Object.entries(OF_VALUES)) holdsIndicatorLaws(name, () => ofClose(make()));
for (const [name, make] of Object.entries(OF_BARS)) holdsIndicatorLaws(name, make);

const outputsOf = (kernel: Indicator<OhlcBar, unknown>, bars: readonly OhlcBar[]): number[] =>
  run(kernel, bars).flatMap((output) => (output === undefined ? [] : typeof output === 'number' ? [output] : Object.values(output as Record<string, number>)));

describe('bounds', () => {
  const BOUNDED: readonly (readonly [string, () => Indicator<OhlcBar, unknown>, number, number])[] = [
    ['RSI', () => ofClose(new Rsi(5)), 0, 100], ['CMO', () => ofClose(new Cmo(5)), -100, 100], ['CMO of Tulip', () => ofClose(new Cmo(5, 'tulip')), -100, 100],
    ['stochastic RSI', () => ofClose(new StochasticRsi(5, 4, 3)), 0, 100], ['Williams %R', () => new WilliamsR(5), -100, 0], ['stochastic', () => new Stochastic(5), 0, 100],
    ['fast stochastic', () => new FastStochastic(5), 0, 100], ['ultimate oscillator', () => new UltimateOscillator(3, 5, 8), 0, 100],
    ['vertical horizontal filter', () => ofClose(new VerticalHorizontalFilter(5)), 0, 1], ['MESA sine wave', () => ofClose(new MesaSineWave(5)), -1, 1],
  ];
  it.each(BOUNDED)('%s', (_name, make, least, most) => {
    fc.assert(fc.property(someBars(40), (bars) => {
      expect(outputsOf(make(), bars).filter((value) => value < least - 1e-9 || value > most + 1e-9)).toEqual([]);
    }), { numRuns: 40 });
  });
});

describe('the unit of price does not matter', () => {
  const FREE: readonly (readonly [string, () => Indicator<OhlcBar, unknown>])[] = [
    ['RSI', () => ofClose(new Rsi(5))], ['PPO', () => ofClose(new PercentagePriceOscillator(3, 7))], ['ROC', () => ofClose(new RateOfChange(5))], ['CCI', () => new Cci(5)],
    ['stochastic', () => new Stochastic(5)], ['ultimate oscillator', () => new UltimateOscillator(3, 5, 8)], ['Fisher transform', () => new FisherTransform(5)],
    ['mass index', () => new MassIndex(4)], ['Chaikin volatility', () => new ChaikinVolatility(4)],
  ];
  it.each(FREE)('%s', (_name, make) => {
    fc.assert(fc.property(someBars(40), fc.constantFrom(0.25, 8), (bars, scale) => {
      const large = bars.map((bar) => ({ open: scale * bar.open, high: scale * bar.high, low: scale * bar.low, close: scale * bar.close, volume: bar.volume }));
      // Powers of two change no digit, so the outputs are the same to the last one.
      expect(outputsOf(make(), large)).toEqual(outputsOf(make(), bars));
    }), { numRuns: 40 });
  });
});

describe('by definition', () => {
  it('changes against the value n before', () => {
    fc.assert(fc.property(someValues(20), fc.integer({ min: 1, max: 9 }), (values, n) => {
      equalsDefinition(new Momentum(n), values, n + 1, (window) => window.at(-1)! - window[0]!);
      equalsDefinition(new RateOfChange(n), values, n + 1, (window) => (100 * (window.at(-1)! - window[0]!)) / window[0]!);
      equalsDefinition(new RelativeChange(n), values, n + 1, (window) => window.at(-1)! / window[0]! - 1);
      equalsDefinition(new ChangeRatio(n), values, n + 1, (window) => window.at(-1)! / window[0]!);
      equalsDefinition(new LaggedValue(n), values, n + 1, (window) => window[0]!);
    }), { numRuns: 40 });
  });

  it('a change from 0 is 0', () => {
    for (const make of [() => new RateOfChange(1), () => new RelativeChange(1), () => new ChangeRatio(1)]) expect(run(make(), [0, 5])).toEqual([undefined, 0]);
  });

  it('CMO of Tulip from the sums of rises and falls', () => {
    fc.assert(fc.property(someValues(20), (values) =>
      equalsDefinition(new Cmo(6, 'tulip'), values, 7, (window) => {
        const changes = window.slice(1).map((x, i) => x - window[i]!);
        const [up, down] = [sum(changes.filter((x) => x > 0)), -sum(changes.filter((x) => x < 0))];
        return up + down === 0 ? 0 : (100 * (up - down)) / (up + down);
      }, 1e-6)), { numRuns: 40 });
  });

  it('RSI and CMO tell the same: CMO = 2·RSI − 100 where prices moved', () => {
    fc.assert(fc.property(somePrices(20, 60), (values) => {
      fc.pre(new Set(values.slice(0, 3)).size > 1);
      const strength = run(new Rsi(5), values);
      run(new Cmo(5), values).forEach((output, i) => {
        if (output !== undefined) expect(output).toBeCloseTo(2 * strength[i]! - 100, 8);
      });
    }), { numRuns: 40 });
  });

  it('%K from the window, and %R its mirror', () => {
    fc.assert(fc.property(someBars(20), (bars) => {
      const place = (window: readonly OhlcBar[]): number => {
        const [high, low] = [Math.max(...window.map((bar) => bar.high)), Math.min(...window.map((bar) => bar.low))];
        return high === low ? 0 : (100 * (window.at(-1)!.close - low)) / (high - low);
      };
      const fast = new FastStochastic(6, 1);
      equalsDefinition({ update: (bar: OhlcBar) => fast.update(bar)?.k }, bars, 6, place);
      const strengths = run(new FastStochastic(6, 1), bars);
      run(new WilliamsR(6), bars).forEach((output, i) => {
        if (output !== undefined && strengths[i]!.k !== 0 && output !== 0) expect(output).toBeCloseTo(strengths[i]!.k - 100, 8);
      });
    }), { numRuns: 40 });
  });

  it('CCI from the mean and the mean absolute deviation', () => {
    fc.assert(fc.property(somePrices(10, 40), (closes) => {
      const bars = closes.map((close): OhlcBar => ({ open: close, high: close, low: close, close, volume: 1 }));
      equalsDefinition(new Cci(5), bars, 5, (window) => {
        const prices = window.map((bar) => (bar.high + bar.low + bar.close) / 3);
        const deviation = mean(prices.map((price) => Math.abs(price - mean(prices))));
        return deviation < 1e-9 ? 0 : (prices.at(-1)! - mean(prices)) / (0.015 * deviation);
      }, 1e-4);
    }), { numRuns: 40 });
  });

  it('the awesome oscillator from two means of the middles', () => {
    fc.assert(fc.property(someBars(20), (bars) =>
      equalsDefinition(new AwesomeOscillator(3, 8), bars, 8, (window) => {
        const middles = window.map((bar) => (bar.high + bar.low) / 2);
        return mean(middles.slice(-3)) - mean(middles);
      })), { numRuns: 40 });
  });

  it('the mass index from three runs over the ranges', () => {
    fc.assert(fc.property(someBars(40), fc.integer({ min: 1, max: 10 }), (bars, n) => {
      const [single, double] = [new Ema(9, 'tulip'), new Ema(9, 'tulip')];
      const ratios = bars.map((bar, i) => {
        const first = single.update(bar.high - bar.low)!;
        const second = i >= 8 ? double.update(first)! : 0;
        return second === 0 ? 1 : first / second;
      });
      const outputs = run(new MassIndex(n), bars);
      outputs.forEach((output, i) => {
        if (i < n + 15) expect(output).toBeUndefined();
        else expect(output).toBeCloseTo(sum(ratios.slice(i + 1 - n, i + 1)), 8);
      });
    }), { numRuns: 30 });
  });

  it('the MESA sine wave of a sine of its own length is that sine', () => {
    const wave = Array.from({ length: 50 }, (_, i) => 100 + 5 * Math.sin((2 * Math.PI * i) / 20));
    run(new MesaSineWave(20), wave).forEach((output, i) => {
      if (output === undefined) return;
      expect(output.sine).toBeCloseTo(Math.sin((2 * Math.PI * i) / 20), 9);
      expect(output.lead).toBeCloseTo(Math.sin((2 * Math.PI * i) / 20 + Math.PI / 4), 9);
    });
  });

  it('a price in the middle of its Bollinger bands is at one half, at a band at 0 or 1', () => {
    fc.assert(fc.property(somePrices(10, 40), (values) => {
      const bands = bollingerBands(Float64Array.from(values), 5, 2);
      const places = run(new BollingerPosition(5, 2), values).slice(4);
      places.forEach((place, i) => {
        const range = bands.upper[i]! - bands.lower[i]!;
        if (range < 1e-6) return;
        expect(bands.lower[i]! + place!.percentB * range).toBeCloseTo(values[i + 4]!, 6);
        expect(place!.zScore).toBeCloseTo(4 * (place!.percentB - 0.5), 8);
      });
    }), { numRuns: 40 });
  });
});

describe('starts', () => {
  const begin = (kernel: Indicator<number, unknown>): number => Array.from({ length: 60 }, (_, i) => 10 + Math.sin(i)).findIndex((value) => kernel.update(value) !== undefined);
  it('of MACD by convention', () => {
    expect([new Macd(), new Macd(12, 26, 9, 'skender'), new Macd(12, 26, 9, 'tulip')].map(begin)).toEqual([33, 33, 25]);
  });
  it('of the others', () => {
    expect([new AbsolutePriceOscillator(), new PercentagePriceOscillator(), new Rsi(), new Cmo(), new StochasticRsi(), new DetrendedPrice(20)].map(begin)).toEqual([25, 25, 14, 14, 20, 19]);
  });
  it('a fast window that is not shorter is refused', () => {
    for (const make of [() => new Macd(26, 26), () => new AbsolutePriceOscillator(9, 3)]) expect(make).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
  it('the batch form of too few values is empty', () => {
    expect(macd(Float64Array.of(1, 2, 3))).toEqual({ begIdx: 3, macd: new Float64Array(), signal: new Float64Array(), histogram: new Float64Array() });
    expect(columnsOf([]).close).toHaveLength(0);
  });
});
