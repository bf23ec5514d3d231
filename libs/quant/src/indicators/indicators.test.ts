import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { Atr, atr } from './atr.ts';
import { BollingerBands, bollingerBands } from './bollinger-bands.ts';
import type { BarColumns, Indicator, PriceBar } from './indicator.ts';
import { Macd, macd } from './macd.ts';
import { Momentum, RateOfChange, momentum, rateOfChange } from './momentum.ts';
import { Ema, Sma, ema, sma } from './moving-averages.ts';
import { Stochastic, WilliamsR, stochastic, williamsR } from './price-position.ts';
import { Rsi, rsi } from './rsi.ts';
import { AccumulationDistribution, Vwap, accumulationDistribution, vwap } from './volume-flow.ts';
import { VolumeProfile } from './volume-profile.ts';
import { RealizedVolatility } from '../volatility/realized-volatility.ts';
import { VolatilityClustering } from '../volatility/volatility-clustering.ts';

interface Oracle {
  readonly input: Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', readonly number[]>>;
  readonly functions: Readonly<Record<string, { readonly params: readonly number[]; readonly begIdx: number; readonly out: readonly (readonly number[])[] }>>;
}

/** What each kernel gives for the oracle's bars and parameters: begin and columns in the oracle's order. */
const KERNELS: Readonly<Record<string, (bars: BarColumns, p: readonly number[]) => { begIdx: number; out: readonly Float64Array[] }>> = {
  SMA: ({ close }, [n = 0]) => one(sma(close, n)),
  EMA: ({ close }, [n = 0]) => one(ema(close, n)),
  RSI: ({ close }, [n = 0]) => one(rsi(close, n)),
  MOM: ({ close }, [n = 0]) => one(momentum(close, n)),
  ROC: ({ close }, [n = 0]) => one(rateOfChange(close, n)),
  ATR: (bars, [n = 0]) => one(atr(bars, n)),
  WILLR: (bars, [n = 0]) => one(williamsR(bars, n)),
  AD: (bars) => one(accumulationDistribution(bars)),
  MACD: ({ close }, [fast = 0, slow = 0, signal = 0]) => {
    const found = macd(close, fast, slow, signal);
    return { begIdx: found.begIdx, out: [found.macd, found.signal, found.histogram] };
  },
  BBANDS: ({ close }, [n = 0, width = 0]) => {
    const found = bollingerBands(close, n, width);
    return { begIdx: found.begIdx, out: [found.upper, found.middle, found.lower] };
  },
  STOCH: (bars, [n = 0, k = 0, , d = 0]) => {
    const found = stochastic(bars, n, k, d);
    return { begIdx: found.begIdx, out: [found.k, found.d] };
  },
};
const one = (series: { begIdx: number; values: Float64Array }): { begIdx: number; out: readonly Float64Array[] } => ({ begIdx: series.begIdx, out: [series.values] });

describeWithSharedData('equals TA-Lib 0.4.0 over 400 bars', () => {
  const oracle = (): Oracle => JSON.parse(readFileSync(sharedData('talib/talib_goog.json'), 'utf8')) as Oracle;
  it.each(Object.keys(KERNELS))('%s', (name) => {
    const { input, functions } = oracle();
    const reference = functions[name];
    if (reference === undefined) throw new Error(`the oracle has no ${name}`);
    const bars = {
      high: Float64Array.from(input.high), low: Float64Array.from(input.low), close: Float64Array.from(input.close), volume: Float64Array.from(input.volume),
    };
    const found = KERNELS[name]?.(bars, reference.params);
    expect(found?.begIdx).toBe(reference.begIdx);
    reference.out.forEach((column, j) => {
      const own = found?.out[j] ?? new Float64Array();
      expect(own.length).toBe(column.length);
      column.forEach((value, i) => {
        const difference = Math.abs((own[i] ?? NaN) - value);
        expect(difference <= 1e-9 * Math.abs(value) || difference <= 1e-7).toBe(true);
      });
    });
  });
});

describeWithSharedData('equals Skender over 502 bars', () => {
  it('VWAP anchored at the first bar', () => {
    const [, ...rows] = readFileSync(sharedData('skender/quotes/default.csv'), 'utf8').trim().split('\n');
    const column = (i: number): Float64Array => Float64Array.from(rows, (row) => Number(row.split(',')[i]));
    const reference = JSON.parse(gunzipSync(readFileSync(sharedData('skender/results/vwap.json.gz'))).toString()) as { vwap: number }[];
    const found = vwap({ high: column(2), low: column(3), close: column(4), volume: column(5) });
    expect(found.begIdx).toBe(0);
    expect(found.values.length).toBe(reference.length);
    reference.forEach((row, i) => expect(Math.abs((found.values[i] ?? NaN) - row.vwap)).toBeLessThan(1e-8));
  });
});

describe('a session without volume so far', () => {
  it('has no VWAP, neither that of the session before nor 0', () => {
    const kernel = new Vwap();
    const flat = { high: 12, low: 9, close: 9 };
    expect(kernel.update({ ...flat, volume: 0, session: 1 })).toBeUndefined();
    expect(kernel.update({ ...flat, volume: 5, session: 1 })).toBe(10);
    expect(kernel.update({ ...flat, volume: 0, session: 2 })).toBeUndefined();
  });
});

const bar = fc
  .record({ a: fc.double({ min: 50, max: 150, noNaN: true }), b: fc.double({ min: 50, max: 150, noNaN: true }), at: fc.double({ min: 0, max: 1, noNaN: true }), volume: fc.nat(10_000) })
  .map(({ a, b, at, volume }): PriceBar => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return { low, high, close: Math.min(high, low + at * (high - low)), volume };
  });
const bars = fc.array(bar, { minLength: 40, maxLength: 120 });

/** Every kernel behind one face: fed with bars. */
const MAKERS: Readonly<Record<string, () => Indicator<PriceBar, unknown>>> = {
  sma: () => ofClose(new Sma(20)), ema: () => ofClose(new Ema(20)), rsi: () => ofClose(new Rsi(14)), macd: () => ofClose(new Macd()), bollinger: () => ofClose(new BollingerBands()),
  momentum: () => ofClose(new Momentum(10)), roc: () => ofClose(new RateOfChange(12)), atr: () => new Atr(14), williams: () => new WilliamsR(14), stochastic: () => new Stochastic(),
  ad: () => new AccumulationDistribution(),
  profile: () => new VolumeProfile(20, 10) as Indicator<PriceBar, unknown>,
  clustering: () => ofClose(new VolatilityClustering(20)),
  realized: () => ofClose(new RealizedVolatility(20, 252)),
  vwap: () => {
    const kernel = new Vwap();
    return { update: (b) => kernel.update({ ...b, session: 0 }), snapshot: () => kernel.snapshot(), restore: (s) => kernel.restore(s as ReturnType<Vwap['snapshot']>) };
  },
};
const ofClose = <O, S>(kernel: Indicator<number, O, S>): Indicator<PriceBar, unknown> => ({
  update: ({ close }) => kernel.update(close),
  snapshot: () => kernel.snapshot(),
  restore: (state) => kernel.restore(state as S),
});

describe.each(Object.keys(MAKERS))('%s', (name) => {
  const make = (): Indicator<PriceBar, unknown> => MAKERS[name]?.() ?? ofClose(new Sma(1));

  it('continues exactly after a restore, through JSON as well', () => {
    fc.assert(
      fc.property(bars, fc.nat(120), (list, cut) => {
        const whole = make();
        const expected = list.map((b) => whole.update(b));
        const first = make();
        const before = list.slice(0, cut).map((b) => first.update(b));
        const second = make();
        second.restore(JSON.parse(JSON.stringify(first.snapshot())));
        expect([...before, ...list.slice(cut).map((b) => second.update(b))]).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('gives finite numbers or nothing, also for a constant series', () => {
    const flat: PriceBar[] = Array.from({ length: 60 }, () => ({ high: 10, low: 10, close: 10, volume: 0 }));
    const kernel = make();
    for (const value of flat.map((b) => kernel.update(b))) {
      if (value === undefined) continue;
      for (const n of typeof value === 'number' ? [value] : Object.values(value as Record<string, number>)) expect(Number.isFinite(n)).toBe(true);
    }
  });

  it('refuses NaN', () => {
    expect(() => make().update({ high: NaN, low: NaN, close: NaN, volume: NaN })).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
});

describe('the volume profile', () => {
  it('puts the point of control where most was traded, inside a value area of at least 70 %', () => {
    const kernel = new VolumeProfile(3, 10);
    kernel.update({ low: 100, high: 101, close: 100.5, volume: 10 });
    kernel.update({ low: 104, high: 105, close: 104.5, volume: 80 });
    const profile = kernel.update({ low: 109, high: 110, close: 109.5, volume: 10 });
    expect(profile?.pointOfControl).toBeCloseTo(104.5, 9);
    expect(profile?.valueAreaLow).toBeLessThanOrEqual(104);
    expect(profile?.valueAreaHigh).toBeGreaterThanOrEqual(105);
  });

  it('has no value before its window is full and when nothing traded', () => {
    const kernel = new VolumeProfile(2);
    const empty = { low: 1, high: 2, close: 1, volume: 0 };
    expect(kernel.update(empty)).toBeUndefined();
    expect(kernel.update(empty)).toBeUndefined();
  });
});
