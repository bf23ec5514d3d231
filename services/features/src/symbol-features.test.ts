import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Bar } from '@nautilus/model';
import { Filings } from './filings.ts';
import { FEATURE_NAMES } from './registry.ts';
import { SymbolFeatures } from './symbol-features.ts';

const T0 = Date.UTC(2024, 0, 2, 14, 30);
const barAt = (i: number, close: number, revision = 0): Bar => ({
  symbol: 'X', venue: 'XNYS', timeframe: '1m', start_ms: T0 + i * 60_000, end_ms: T0 + (i + 1) * 60_000, open: close, high: close * 1.001, low: close * 0.999, close,
  volume: 1_000 + (i % 7) * 100, trade_count: 10, vwap: close, is_final: true, revision, source: 'test', provenance: 'replay', run_id: null,
});
const fresh = (): SymbolFeatures => new SymbolFeatures('X', null, 98_280, new Filings());
const after = (bars: readonly Bar[]): SymbolFeatures => {
  const features = fresh();
  for (const bar of bars) features.add(bar);
  return features;
};
const closes = fc.array(fc.double({ min: 90, max: 110, noNaN: true }), { minLength: 40, maxLength: 150 });

describe('a corrected bar', () => {
  it('gives what the right bar would have given at once, also when several follow each other', () => {
    fc.assert(
      fc.property(closes, fc.array(fc.record({ back: fc.integer({ min: 0, max: 29 }), close: fc.double({ min: 90, max: 110, noNaN: true }) }), { minLength: 1, maxLength: 4 }), (list, corrections) => {
        const bars = list.map((close, i) => barAt(i, close));
        const features = after(bars);
        const right = [...bars];
        corrections.forEach(({ back, close }, n) => {
          const i = bars.length - 1 - back;
          right[i] = barAt(i, close, n + 1);
          expect(features.add(right[i])).toBe(true);
        });
        expect(features.values(FEATURE_NAMES)).toEqual(after(right).values(FEATURE_NAMES));
        features.add(barAt(bars.length, 100));
        expect(features.values(FEATURE_NAMES)).toEqual(after([...right, barAt(bars.length, 100)]).values(FEATURE_NAMES));
      }),
      { numRuns: 40 },
    );
  });

  it('of the same revision, or from long ago, changes nothing', () => {
    const features = after(Array.from({ length: 100 }, (_, i) => barAt(i, 100 + Math.sin(i))));
    const before = features.values(FEATURE_NAMES);
    expect(features.add(barAt(99, 50))).toBe(false);
    expect(features.add(barAt(3, 50, 1))).toBe(false);
    expect(features.values(FEATURE_NAMES)).toEqual(before);
  });
});

describe('a snapshot', () => {
  it('continues exactly through JSON, fitted models included', () => {
    const bars = Array.from({ length: 320 }, (_, i) => barAt(i, 100 * Math.exp(0.002 * Math.sin(i * 12.9898) * (Math.floor(i / 60) % 2 === 0 ? 1 : 4))));
    for (const cut of [0, 1, 25, 255, 300]) {
      const continued = fresh();
      continued.restore(JSON.parse(JSON.stringify(after(bars.slice(0, cut)).snapshot())));
      for (const bar of bars.slice(cut)) continued.add(bar);
      expect(continued.values(FEATURE_NAMES)).toEqual(after(bars).values(FEATURE_NAMES));
    }
  });
});

describe('a bar that is none', () => {
  it('is refused with its time and touches no feature', () => {
    const features = after([barAt(0, 100), barAt(1, 101)]);
    const before = features.snapshot();
    expect(() => features.add({ ...barAt(2, 100), close: 200 })).toThrow('2024-01-02T14:32:00.000Z');
    expect(features.snapshot()).toEqual({ ...before, flagged: 1 });
  });
});

describe('a series that does not vary', () => {
  it('has no z-score and no place within its band', () => {
    const values = after(Array.from({ length: 300 }, (_, i) => barAt(i, 100.1))).values(FEATURE_NAMES);
    expect(values['sma_20']).toMatchObject({ zscore: null, percentile: 1 });
    expect(values['bollinger_bands']).toMatchObject({ value: null, reason: 'constant_series' });
    expect(values['garch_vol']).toMatchObject({ value: null, reason: 'constant_series' });
  });
});

describe('missing bars', () => {
  const confidence = (features: SymbolFeatures): number | undefined => features.values(FEATURE_NAMES)['vwap']?.confidence;

  it('flag the bar that comes after them and nothing else: the features go on', () => {
    const features = after([0, 1, 2, 5, 6].map((i) => barAt(i, 100 + i)));
    expect(features.flags()).toEqual({ after_gap: 1, missing_bars: 2, refused: 0, last_gap: { from: '2024-01-02T14:33:00.000Z', to: '2024-01-02T14:35:00.000Z' } });
    expect(features.bars).toBe(5);
    expect(confidence(features)).toBeCloseTo(4 / 5, 12);
  });

  it('are none between two sessions, and none that were refused', () => {
    const nextDay = 24 * 60;
    const features = after([barAt(0, 100), barAt(1, 100), barAt(nextDay, 100)]);
    expect(features.flags()).toMatchObject({ after_gap: 0, missing_bars: 0, last_gap: null });
    features.flag();
    features.add(barAt(nextDay + 2, 100));
    expect(features.flags()).toMatchObject({ after_gap: 0, refused: 1 });
    expect(confidence(features)).toBeCloseTo(4 / 5, 12);
  });

  it('of days are more than a weekend with holidays', () => {
    const day = (i: number): Bar => ({ ...barAt(0, 100), timeframe: '1d', start_ms: T0 + i * 86_400_000, end_ms: T0 + (i + 1) * 86_400_000 });
    expect(after([day(0), day(1), day(5)]).flags()).toMatchObject({ after_gap: 0 });
    expect(after([day(0), day(1), day(30)]).flags()).toMatchObject({ after_gap: 1, missing_bars: 28 });
  });

  it('stay flagged through a correction and a restart', () => {
    const features = after([0, 1, 4, 5].map((i) => barAt(i, 100)));
    const flags = features.flags();
    expect(features.add(barAt(1, 101, 1))).toBe(true);
    expect(features.flags()).toEqual(flags);
    const continued = fresh();
    continued.restore(JSON.parse(JSON.stringify(features.snapshot())));
    expect(continued.flags()).toEqual(flags);
  });
});
