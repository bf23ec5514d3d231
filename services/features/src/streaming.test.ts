import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Bar } from '@nautilus/model';
import { featuresOver } from './feature-book.ts';
import { Filings } from './filings.ts';
import { FEATURES, FEATURE_NAMES } from './registry.ts';
import { SymbolFeatures } from './symbol-features.ts';
import { variantsOf } from './variants.ts';

const T0 = Date.UTC(2024, 0, 2, 14, 30);
const BARS_A_YEAR = 98_280;
const TOLERANCE = 1e-10;

/** Prices in hundredths with ranges, ties and bars without volume, as markets have them. */
const someBars = (least: number, most: number): fc.Arbitrary<Bar[]> =>
  fc.array(fc.record({ low: fc.integer({ min: 9_000, max: 11_000 }), range: fc.nat(200), o: fc.double({ min: 0, max: 1, noNaN: true }), c: fc.double({ min: 0, max: 1, noNaN: true }), volume: fc.nat(5_000) }), { minLength: least, maxLength: most })
    .map((list) => list.map(({ low, range, o, c, volume }, i): Bar => ({
      symbol: 'X', venue: '', timeframe: '1m', start_ms: T0 + i * 60_000, end_ms: T0 + (i + 1) * 60_000, open: (low + Math.round(o * range)) / 100, high: (low + range) / 100, low: low / 100,
      close: (low + Math.round(c * range)) / 100, volume, trade_count: null, vwap: null, is_final: true, revision: 0, source: 'test', provenance: 'replay', run_id: null,
    })));

type Series = readonly (number | undefined)[];
const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;
const deviation = (x: readonly number[], less: number): number => Math.sqrt(x.reduce((sum, value) => sum + (value - mean(x)) ** 2, 0) / (x.length - less));
/** Told from the last n inputs alone. */
const over = (x: readonly number[], n: number, of: (window: readonly number[]) => number | undefined): Series => x.map((_, i) => (i < n - 1 ? undefined : of(x.slice(i + 1 - n, i + 1))));
const quotient = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** From the mean of the n values up to `begin`, each new value weighing `weight`. */
function smoothed(x: readonly number[], n: number, weight: number, begin: number): Series {
  let last = 0;
  return x.map((value, i) => {
    if (i < begin) return undefined;
    last = i === begin ? mean(x.slice(begin + 1 - n, begin + 1)) : last + weight * (value - last);
    return last;
  });
}

function strength(x: readonly number[], n: number): Series {
  const changes = x.map((value, i) => (i === 0 ? 0 : value - (x[i - 1] ?? 0)));
  const [up, down] = [changes.map((c) => Math.max(c, 0)), changes.map((c) => Math.max(-c, 0))].map((part) => smoothed(part, n, 1 / n, n));
  return x.map((_, i) => (up?.[i] === undefined ? undefined : 100 * quotient(up[i], up[i] + (down?.[i] ?? 0))));
}

function convergence(close: readonly number[]): Series {
  const [fast, slow] = [smoothed(close, 12, 2 / 13, 25), smoothed(close, 26, 2 / 27, 25)];
  return close.map((_, i) => (i < 33 ? undefined : (fast[i] ?? 0) - (slow[i] ?? 0)));
}

function fastStochastic(bars: readonly Bar[], n: number): readonly number[] {
  return bars.map(({ close }, i) => {
    const window = bars.slice(Math.max(0, i + 1 - n), i + 1);
    const [highest, lowest] = [Math.max(...window.map((bar) => bar.high)), Math.min(...window.map((bar) => bar.low))];
    return 100 * quotient(close - lowest, highest - lowest);
  });
}

function clustering(window: readonly number[]): number | undefined {
  const squares = window.slice(1).map((close, i) => Math.log(close / (window[i] ?? 0)) ** 2);
  const about = squares.map((x) => x - mean(squares));
  const spread = about.reduce((sum, x) => sum + x * x, 0);
  return spread > 0 ? about.slice(1).reduce((sum, x, i) => sum + x * (about[i] ?? 0), 0) / spread : undefined;
}

/** Over the whole series at once, each from its definition (Wilder 1978, TA-Lib conventions). */
const DEFINITIONS: Readonly<Record<string, (bars: readonly Bar[]) => Series>> = {
  sma_20: (bars) => over(bars.map(({ close }) => close), 20, mean),
  ema_20: (bars) => smoothed(bars.map(({ close }) => close), 20, 2 / 21, 19),
  rsi_14: (bars) => strength(bars.map(({ close }) => close), 14),
  macd: (bars) => convergence(bars.map(({ close }) => close)),
  bollinger_bands: (bars) => over(bars.map(({ close }) => close), 20, (w) => {
    const width = 4 * deviation(w, 0);
    return width > 1e-9 * mean(w) ? ((w.at(-1) ?? 0) - mean(w) + width / 2) / width : undefined;
  }),
  atr_14: (bars) => smoothed(bars.map(({ high, low }, i) => {
    const before = bars[i - 1]?.close ?? low;
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
  }), 14, 1 / 14, 14),
  momentum_10: (bars) => over(bars.map(({ close }) => close), 11, (w) => (w.at(-1) ?? 0) - (w[0] ?? 0)),
  roc_12: (bars) => over(bars.map(({ close }) => close), 13, (w) => 100 * ((w.at(-1) ?? 0) / (w[0] ?? 0) - 1)),
  williams_r: (bars) => fastStochastic(bars, 14).map((k, i) => {
    const window = bars.slice(Math.max(0, i - 13), i + 1);
    const flat = Math.max(...window.map((bar) => bar.high)) === Math.min(...window.map((bar) => bar.low));
    return i < 13 ? undefined : flat ? 0 : k - 100;
  }),
  stochastic_k: (bars) => over(fastStochastic(bars, 14), 3, mean).map((k, i) => (i < 17 ? undefined : k)),
  stochastic_d: (bars) => over(over(fastStochastic(bars, 14), 3, mean).map((k) => k ?? 0), 3, mean).map((d, i) => (i < 17 ? undefined : d)),
  realized_vol: (bars) => over(bars.map(({ close }) => close), 20, (w) => Math.sqrt(BARS_A_YEAR) * deviation(w.slice(1).map((close, i) => Math.log(close / (w[i] ?? 0))), 1)),
  vol_clustering: (bars) => over(bars.map(({ close }) => close), 61, clustering),
  volume_sma: (bars) => over(bars.map(({ volume }) => volume), 20, mean),
  volume_rsi: (bars) => strength(bars.map(({ volume }) => volume), 14),
  vwap: (bars) => bars.map((_, i) => {
    const so = bars.slice(0, i + 1);
    const volume = so.reduce((sum, bar) => sum + bar.volume, 0);
    return volume === 0 ? undefined : so.reduce((sum, bar) => sum + ((bar.high + bar.low + bar.close) / 3) * bar.volume, 0) / volume;
  }),
  accumulation_distribution: (bars) => {
    let sum = 0;
    return bars.map(({ high, low, close, volume }) => (sum += volume * quotient(close - low - (high - close), high - low)));
  },
};

const streamed = (bars: readonly Bar[]): Readonly<Record<string, Series>> => {
  const features = new SymbolFeatures('X', null, BARS_A_YEAR, new Filings());
  const rows = bars.map((bar) => {
    features.add(bar);
    return new Map(features.rows().map(({ feature, value }) => [feature, value ?? undefined]));
  });
  return Object.fromEntries(FEATURES.map(({ name }) => [name, rows.map((row) => row.get(name))]));
};

describe('bar by bar', () => {
  it('every indicator is what its definition gives over the whole series', () => {
    fc.assert(
      fc.property(someBars(70, 130), (bars) => {
        const found = streamed(bars);
        for (const [name, definition] of Object.entries(DEFINITIONS)) {
          const expected = definition(bars);
          const wrong = expected.flatMap((value, i) => {
            const got = found[name]?.[i];
            const same = value === undefined || got === undefined ? value === got : Math.abs(got - value) <= TOLERANCE * Math.max(100, Math.abs(value));
            return same ? [] : [{ name, i, got, value }];
          });
          expect(wrong).toEqual([]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('every feature at a bar is what it is when the series ends there', () => {
    const bars = Array.from({ length: 300 }, (_, i): Bar => {
      const close = 100 * Math.exp(0.002 * Math.sin(i * 12.9898) * (Math.floor(i / 60) % 2 === 0 ? 1 : 4));
      return { symbol: 'X', venue: '', timeframe: '1m', start_ms: T0 + i * 60_000, end_ms: T0 + (i + 1) * 60_000, open: close, high: close * 1.001, low: close * 0.999, close, volume: 100 + (i % 7), trade_count: null, vwap: null, is_final: true, revision: 0, source: 'test', provenance: 'replay', run_id: null };
    });
    const features = new SymbolFeatures('X', null, BARS_A_YEAR, new Filings());
    const seen = bars.map((bar) => {
      features.add(bar);
      return features.values(FEATURE_NAMES);
    });
    for (const end of [20, 61, 252, 300]) expect(featuresOver({ symbol: 'X', timeframe: '1m' }, bars.slice(0, end), new Filings()).values(FEATURE_NAMES)).toEqual(seen[end - 1]);
  });

  it('covers every registered feature but fitted models, the profile and filings, which have tests of their own', () => {
    const others = ['garch_vol', 'vol_regime', 'volume_profile', 'pe_ratio', 'pb_ratio', 'roe', 'debt_to_equity', 'revenue_growth'];
    expect([...Object.keys(DEFINITIONS), ...others].sort()).toEqual([...FEATURE_NAMES].sort());
  });
});

describe('a grid of parameters', () => {
  it('gives each combination under its name, with the registered value for the registered parameters', () => {
    fc.assert(
      fc.property(someBars(60, 90), (bars) => {
        const variants = variantsOf({ sma_20: { period: [5, 20] }, macd: { fast: [12], slow: [26, 30] } });
        const names = new Set(variants.map(({ name }) => name));
        expect([...names]).toEqual(['sma_20[period=5]', 'sma_20[period=20]', 'macd[fast=12,slow=26,signal=9]', 'macd[fast=12,slow=30,signal=9]']);
        const values = featuresOver({ symbol: 'X', timeframe: '1m' }, bars, new Filings(), variants).values(names);
        const registered = featuresOver({ symbol: 'X', timeframe: '1m' }, bars, new Filings()).values(FEATURE_NAMES);
        expect(values['sma_20[period=20]']).toEqual(registered['sma_20']);
        expect(values['macd[fast=12,slow=26,signal=9]']).toEqual(registered['macd']);
        expect(Math.abs(Number(values['sma_20[period=5]']?.value) - mean(bars.slice(-5).map(({ close }) => close)))).toBeLessThan(1e-9);
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ['an unknown feature', { sma_21: { period: [5] } }, 'did you mean sma_20'],
    ['an unknown parameter', { sma_20: { periods: [5] } }, 'did you mean period'],
    ['a feature without parameters', { pe_ratio: { period: [5] } }, 'no parameters'],
    ['a period that is none', { sma_20: { period: [2.5] } }, 'whole number'],
    ['a fast average that is slow', { macd: { fast: [26] } }, 'fast must be shorter'],
    ['too many combinations', { macd: { fast: Array.from({ length: 21 }, (_, i) => i + 2), slow: Array.from({ length: 10 }, (_, i) => i + 30) } }, '210 combinations'],
  ])('refuses %s', (_what, grid, message) => {
    expect(() => variantsOf(grid as never)).toThrow(message);
  });
});
