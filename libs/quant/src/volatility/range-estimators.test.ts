import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import type { Indicator, IndicatorSeries, OhlcBar, OhlcColumns } from '../indicators/indicator.ts';
import {
  closeVolatility, GapGarmanKlassVolatility, gapGarmanKlassVolatility, GarmanKlassVolatility, garmanKlassVolatility, ParkinsonVolatility, parkinsonVolatility,
  RogersSatchellVolatility, rogersSatchellVolatility, YangZhangVolatility, yangZhangVolatility,
} from './range-estimators.ts';

const BATCH: Readonly<Record<string, (bars: OhlcColumns, n: number, perYear: number) => IndicatorSeries>> = {
  close: (bars, n, perYear) => closeVolatility(bars.close, n, perYear),
  parkinson: parkinsonVolatility,
  'garman.klass': garmanKlassVolatility,
  'rogers.satchell': rogersSatchellVolatility,
  'gk.yz': gapGarmanKlassVolatility,
  'yang.zhang': yangZhangVolatility,
};

describeWithSharedData('R package TTR over 300 bars', () => {
  const reference = JSON.parse(readFileSync(sharedData('ttr_volatility_goog300.json'), 'utf8')) as Readonly<Record<string, unknown>> & { readonly n: number; readonly N: number };
  const { input } = JSON.parse(readFileSync(sharedData('talib/talib_goog.json'), 'utf8')) as { readonly input: Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', readonly number[]>> };
  const column = (name: 'open' | 'high' | 'low' | 'close' | 'volume'): Float64Array => Float64Array.from(input[name].slice(0, 300));
  const bars = { open: column('open'), high: column('high'), low: column('low'), close: column('close'), volume: column('volume') };
  const estimators = Object.keys(reference).filter((name) => Array.isArray(reference[name]));

  it('has six estimators, each computed here', () => {
    expect(estimators.toSorted()).toEqual(Object.keys(BATCH).toSorted());
  });

  it.each(estimators)('%s', (name) => {
    const expected = reference[name] as readonly (number | null)[];
    const found = BATCH[name]!(bars, reference.n, reference.N);
    expect(found.begIdx).toBe(expected.findIndex((value) => value !== null));
    let largestDeviation = 0;
    expected.slice(found.begIdx).forEach((value, i) => {
      if (value === null) throw new Error('the reference has a gap');
      largestDeviation = Math.max(largestDeviation, Math.abs(found.values[i]! / value - 1));
    });
    recordAccuracy({ reference: 'R TTR', quantity: `volatility ${name}`, values: found.values.length, largestDeviation, tolerance: 1e-9, kind: 'relative' });
    expect(found.values.length).toBe(expected.length - found.begIdx);
    expect(largestDeviation).toBeLessThanOrEqual(1e-9);
  });
});

const bar = fc
  .record({ low: fc.double({ min: 50, max: 100, noNaN: true }), range: fc.double({ min: 0, max: 20, noNaN: true }), o: fc.double({ min: 0, max: 1, noNaN: true }), c: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ low, range, o, c }): OhlcBar => {
    const high = low + range;
    return { open: Math.min(high, low + o * range), high, low, close: Math.min(high, low + c * range), volume: 1 };
  });
const list = fc.array(bar, { minLength: 8, maxLength: 40 });
const N = 252;

const MAKERS: Readonly<Record<string, (n: number) => Indicator<OhlcBar>>> = {
  parkinson: (n) => new ParkinsonVolatility(n, N),
  garmanKlass: (n) => new GarmanKlassVolatility(n, N),
  rogersSatchell: (n) => new RogersSatchellVolatility(n, N),
  gapGarmanKlass: (n) => new GapGarmanKlassVolatility(n, N),
  yangZhang: (n) => new YangZhangVolatility(n, N),
};
const run = (kernel: Indicator<OhlcBar>, bars: readonly OhlcBar[]): (number | undefined)[] => bars.map((b) => kernel.update(b));

describe.each(Object.entries(MAKERS))('%s', (_name, make) => {
  it('is not negative and does not depend on the currency', () => {
    fc.assert(
      fc.property(list, fc.constantFrom(0.25, 4, 1024), (bars, scale) => {
        const plain = run(make(5), bars);
        const scaled = run(make(5), bars.map((b) => ({ open: scale * b.open, high: scale * b.high, low: scale * b.low, close: scale * b.close, volume: b.volume })));
        plain.forEach((value, i) => {
          if (value === undefined) expect(scaled[i]).toBeUndefined();
          else {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(scaled[i]).toBeCloseTo(value, 9);
          }
        });
      }),
      { numRuns: 50 },
    );
  });

  it('forgets what has left the window', () => {
    fc.assert(
      fc.property(list, list, (before, bars) => {
        const fresh = run(make(5), bars).at(-1)!;
        expect(run(make(5), [...before, ...bars]).at(-1)).toBeCloseTo(fresh, 5);
      }),
      { numRuns: 50 },
    );
  });

  it('continues exactly after a restore, through JSON as well', () => {
    fc.assert(
      fc.property(list, fc.nat(40), (bars, cut) => {
        const whole = run(make(5), bars);
        const first = make(5);
        const start = run(first, bars.slice(0, cut));
        const second = make(5);
        second.restore(JSON.parse(JSON.stringify(first.snapshot())));
        expect([...start, ...run(second, bars.slice(cut))]).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('is exactly 0 for bars without movement, also after movement', () => {
    const wild = [1, 3, 2, 9, 4].map((x): OhlcBar => ({ open: x, high: x + 1.1, low: x - 0.3, close: x + 0.7, volume: 1 }));
    const still = Array.from({ length: 8 }, (): OhlcBar => ({ open: 10.1, high: 10.1, low: 10.1, close: 10.1, volume: 0 }));
    expect(run(make(5), [...wild, ...still]).at(-1)).toBe(0);
  });

  it('refuses a close outside the range, an open outside it, NaN and prices that are not positive', () => {
    const good: OhlcBar = { open: 10, high: 11, low: 9, close: 10, volume: 1 };
    for (const change of [{ close: 12 }, { open: 8 }, { high: NaN }, { low: 0 }, { open: NaN }]) {
      expect(() => make(5).update({ ...good, ...change })).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    }
    expect(() => make(0)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
});

describe('one bar', () => {
  it('agrees with the formulas by hand', () => {
    const only: OhlcBar = { open: 100, high: 110, low: 95, close: 105, volume: 1 };
    const range = Math.log(110 / 95);
    expect(new ParkinsonVolatility(1, 1).update(only)).toBeCloseTo(range / Math.sqrt(4 * Math.log(2)), 14);
    expect(new GarmanKlassVolatility(1, 1).update(only)).toBeCloseTo(Math.sqrt(0.5 * range ** 2 - (2 * Math.log(2) - 1) * Math.log(1.05) ** 2), 14);
    expect(new RogersSatchellVolatility(1, 1).update(only)).toBeCloseTo(
      Math.sqrt(Math.log(110 / 105) * Math.log(110 / 100) + Math.log(95 / 105) * Math.log(95 / 100)), 14,
    );
  });
});
