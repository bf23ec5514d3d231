import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics, type Message } from '@nautilus/model';
import { fitGarch, fitRegimes, nextTurbulence, nextVariance } from '@nautilus/quant';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Context } from '../../../services/features/src/context.ts';
import { features } from '../../../services/features/src/engine.ts';
import { LIMIT_MS, PATIENCE, referenceRows, referenceText, sendAll } from './reference-data.ts';

/**
 * Every feature that the running engine always computes against established programs: all values that come out on the
 * bus, bar by bar, and the last ones that are answered to posted bars.
 */

interface Bars { readonly open: readonly number[]; readonly high: readonly number[]; readonly low: readonly number[]; readonly close: readonly number[]; readonly volume: readonly number[] }
interface Feature { readonly value: number | string | null; readonly reason?: string; readonly components?: Readonly<Record<string, number>> }
type Found = Readonly<Record<string, Feature>>;
type Column = readonly (number | null)[];
/** What one feature must be at each bar: its value, or a component of it. Null: no value. */
type Expected = Readonly<Record<string, Readonly<Record<string, Column>>>>;

const BARS_PER_YEAR = { '1m': 98_280, '1d': 252 } as const;
const VALUE = 'value';

const json = <T>(path: string): T => JSON.parse(referenceText(path)) as T;
const whole = (begIdx: number, values: readonly number[]): Column => [...Array.from({ length: begIdx }, () => null), ...values];

const talib = (): { readonly bars: Bars; column(name: string, output?: number): Column } => {
  const oracle = json<{ input: Bars; functions: Record<string, { begIdx: number; out: number[][] }> }>('talib/talib_goog.json');
  return { bars: oracle.input, column: (name, output = 0) => whole(oracle.functions[name]!.begIdx, oracle.functions[name]!.out[output]!) };
};

/** 400 bars of GOOG. The windows and starts are those of the registry. */
function ofTalib(): { readonly bars: Bars; readonly expected: Expected } {
  const { bars, column } = talib();
  return {
    bars,
    expected: {
      sma_20: { [VALUE]: column('SMA') },
      rsi_14: { [VALUE]: column('RSI') },
      macd: { [VALUE]: column('MACD'), signal: column('MACD', 1), histogram: column('MACD', 2) },
      bollinger_bands: { upper: column('BBANDS'), middle: column('BBANDS', 1), lower: column('BBANDS', 2) },
      atr_14: { [VALUE]: column('ATR') },
      momentum_10: { [VALUE]: column('MOM') },
      williams_r: { [VALUE]: column('WILLR') },
      stochastic_k: { [VALUE]: column('STOCH') },
      stochastic_d: { [VALUE]: column('STOCH', 1) },
      accumulation_distribution: { [VALUE]: column('AD') },
    },
  };
}

/** The same functions of volume: the closes of the oracle stand in the column of the volumes. */
function ofTalibAsVolume(): { readonly bars: Bars; readonly expected: Expected } {
  const { bars, column } = talib();
  return { bars: { ...bars, volume: bars.close }, expected: { volume_sma: { [VALUE]: column('SMA') }, volume_rsi: { [VALUE]: column('RSI') } } };
}

/** 502 bars, all within one UTC day, so that the session of VWAP is the whole series as in the reference. */
function ofSkender(): { readonly bars: Bars; readonly expected: Expected } {
  const rows = referenceRows('skender/quotes/default.csv');
  const input = (i: number): number[] => rows.map((row) => Number(row[i]));
  const column = (file: string, name: string): Column => json<Record<string, number | null>[]>(`skender/results/${file}.json.gz`).map((row) => row[name] ?? null);
  const band = (name: string): Column => column('bb', name);
  const [k, d] = [column('stoch', 'oscillator'), column('stoch', 'signal')];
  return {
    bars: { open: input(1), high: input(2), low: input(3), close: input(4), volume: input(5) },
    expected: {
      sma_20: { [VALUE]: column('sma', 'sma') },
      ema_20: { [VALUE]: column('ema', 'ema') },
      rsi_14: { [VALUE]: column('rsi', 'rsi') },
      bollinger_bands: { [VALUE]: band('percentB'), upper: band('upperBand'), middle: band('sma'), lower: band('lowerBand') },
      atr_14: { [VALUE]: column('atr', 'atr') },
      // Told from the first %D on, as TA-Lib does.
      stochastic_k: { [VALUE]: k.map((value, i) => (d[i] === null ? null : value)) },
      stochastic_d: { [VALUE]: d },
      vwap: { [VALUE]: column('vwap', 'vwap') },
    },
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Formulas of the design page and of the registry, written out plainly, where no program gives this window. */
function ofFormula(): { readonly bars: Bars; readonly expected: Expected } {
  const { bars } = talib();
  const { close } = bars;
  const returns = close.map((price, i) => (i === 0 ? NaN : Math.log(price / close[i - 1]!)));
  const at = (from: number, value: (i: number) => number): Column => close.map((_, i) => (i < from ? null : value(i)));
  return {
    bars,
    expected: {
      roc_12: { [VALUE]: at(12, (i) => 100 * (close[i]! / close[i - 12]! - 1)) },
      realized_vol: {
        [VALUE]: at(19, (i) => {
          const inside = returns.slice(i - 18, i + 1);
          return Math.sqrt((BARS_PER_YEAR['1m'] * inside.reduce((sum, r) => sum + (r - mean(inside)) ** 2, 0)) / (inside.length - 1));
        }),
      },
      vol_clustering: {
        [VALUE]: at(60, (i) => {
          const squares = returns.slice(i - 59, i + 1).map((r) => r * r);
          const apart = squares.map((x) => x - mean(squares));
          return apart.slice(1).reduce((sum, x, j) => sum + x * apart[j]!, 0) / apart.reduce((sum, x) => sum + x * x, 0);
        }),
      },
    },
  };
}

/** Features that the tables above leave out, and what judges them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  garch_vol: 'fitted; the fit is compared with arch in libs/quant, and below the engine with the fit',
  vol_regime: 'fitted; the fit is compared with statsmodels in libs/quant, and below the engine with the fit',
  volume_profile: 'no program in ../shared/data has one; below against a plain count',
  pe_ratio: 'filings, below', pb_ratio: 'filings, below', roe: 'filings, below', debt_to_equity: 'filings, below', revenue_growth: 'filings, below',
};

describeWithSharedData('the running features engine', () => {
  let store: Store;
  let engine: TestEngine<Context>;
  let told: readonly Message[];

  beforeAll(async () => {
    store = await openTestStore();
    engine = await startForTest(features, { store });
    told = await engine.listen(topics.feature.calculation.all);
  }, LIMIT_MS);
  afterAll(async () => {
    await engine.stop();
    await store.close(30_000);
  }, LIMIT_MS);

  const START_MS = Date.UTC(2024, 0, 2);
  const publish = async (symbol: string, { open, high, low, close, volume }: Bars): Promise<readonly Found[]> => {
    await sendAll(close, (_, i) => {
      const start_ms = START_MS + i * 60_000;
      return engine.bus.publish(topics.marketData.bar.of(symbol), {
        symbol, venue: 'REFERENCE', timeframe: '1m', start_ms, end_ms: start_ms + 60_000, open: open[i], high: high[i], low: low[i], close: close[i], volume: volume[i],
        trade_count: null, vwap: null, is_final: true, revision: 0, source: 'reference', provenance: 'replay', run_id: 'reference',
      });
    });
    const own = (): Message[] => told.filter(({ topic }) => topic === topics.feature.calculation.of(symbol));
    await eventually(() => expect(own()).toHaveLength(close.length), PATIENCE);
    return own().map(({ payload }) => (payload as { features: Found }).features);
  };
  const calculate = async (symbol: string, bars: Bars, timeframe: '1m' | '1d' = '1m'): Promise<Found> => {
    const list = bars.close.map((close, i) => ({
      timestamp: new Date(START_MS + i * (timeframe === '1m' ? 60_000 : 86_400_000)).toISOString(), open: bars.open[i], high: bars.high[i], low: bars.low[i], close, volume: bars.volume[i],
    }));
    const { status, body } = await engine.request.post(`/features/calculate/${symbol}`).send({ bars: list, timeframe });
    expect([status, (body as { detail?: string }).detail]).toEqual([200, undefined]);
    return (body as { features: Found }).features;
  };

  const CASES = [
    { program: 'TA-Lib', symbol: 'TALIB', reference: ofTalib, relative: 1e-9, absolute: 1e-7 },
    { program: 'TA-Lib of volume', symbol: 'TALIBVOLUME', reference: ofTalibAsVolume, relative: 1e-9, absolute: 1e-7 },
    { program: 'Skender', symbol: 'SKENDER', reference: ofSkender, relative: 1e-8, absolute: 1e-8 },
    { program: 'the formula', symbol: 'FORMULA', reference: ofFormula, relative: 1e-9, absolute: 1e-9 },
  ] as const;

  const part = (feature: Feature | undefined, name: string): number | string | null | undefined => (name === VALUE ? feature?.value : (feature?.components?.[name] ?? null));
  /** 1 is the tolerance; NaN where one has a value and the other has none. */
  const deviation = (found: number | string | null | undefined, expected: number | null, { relative, absolute }: (typeof CASES)[number]): number => {
    if (expected === null || typeof found !== 'number') return found === expected ? 0 : NaN;
    return Math.abs(found - expected) / Math.max(absolute, relative * Math.abs(expected));
  };

  it.each(CASES)('gives on the bus what $program gives, bar by bar', async (one) => {
    const { bars, expected } = one.reference();
    const answers = await publish(one.symbol, bars);
    const beyond: string[] = [];
    for (const [name, parts] of Object.entries(expected)) {
      for (const [what, column] of Object.entries(parts)) {
        expect(column).toHaveLength(answers.length);
        column.forEach((value, i) => {
          const off = deviation(part(answers[i]?.[name], what), value, one);
          if (!(off <= 1)) beyond.push(`${name}.${what} of bar ${i}: ${part(answers[i]?.[name], what)} for ${value}`);
        });
      }
    }
    expect(beyond).toEqual([]);
  }, LIMIT_MS);

  it.each(CASES)('answers posted bars with the last value of $program', async (one) => {
    const { bars, expected } = one.reference();
    const answer = await calculate(one.symbol, bars);
    const wrong = Object.entries(expected).flatMap(([name, parts]) =>
      Object.entries(parts).filter(([what, column]) => !(deviation(part(answer[name], what), column.at(-1) ?? null, one) <= 1)).map(([what]) => `${name}.${what}`));
    expect(wrong).toEqual([]);
  }, LIMIT_MS);

  it('MACD of other starts has met the one of Skender after 502 bars', async () => {
    const last = json<Record<'macd' | 'signal' | 'histogram', number>[]>('skender/results/macd.json.gz').at(-1)!;
    const { macd } = await calculate('MACD', ofSkender().bars);
    expect([macd?.value, macd?.components?.['signal'], macd?.components?.['histogram']].map((value, i) => Math.abs(Number(value) - [last.macd, last.signal, last.histogram][i]!) < 1e-8)).toEqual([true, true, true]);
  }, LIMIT_MS);

  it('has no feature that is always present and that nothing here judges', async () => {
    const { body } = await engine.request.get('/features/registry').expect(200);
    const registered = (body as { features: { name: string; always: boolean }[] }).features.filter(({ always }) => always).map(({ name }) => name);
    const judged = CASES.flatMap(({ reference }) => Object.keys(reference().expected));
    expect([...new Set([...judged, ...Object.keys(ELSEWHERE)])].sort()).toEqual([...registered].sort());
    expect(judged.filter((name) => name in ELSEWHERE)).toEqual([]);
  });

  it('finds the point of control and the value area that a plain count finds', async () => {
    const { bars } = talib();
    const { volume_profile: profile } = await calculate('PROFILE', bars);
    const from = bars.close.length - 60;
    const [low, high] = [Math.min(...bars.low.slice(from)), Math.max(...bars.high.slice(from))];
    // Each bar spreads its volume evenly over the bins that its range touches.
    const width = (high - low) / 50;
    const binOf = (price: number): number => Math.min(49, Math.floor((price - low) / width));
    const bins = Array.from({ length: 50 }, (_, bin) =>
      bars.volume.slice(from).reduce((sum, volume, k) => {
        const [first, last] = [binOf(bars.low[from + k]!), binOf(bars.high[from + k]!)];
        return bin < first || bin > last ? sum : sum + volume / (last - first + 1);
      }, 0));
    const busiest = bins.indexOf(Math.max(...bins));
    expect(profile?.value).toBeCloseTo(low + (busiest + 0.5) * width, 9);
    const { value_area_low: bottom, value_area_high: top } = profile?.components ?? {};
    const inside = bins.filter((_, bin) => low + (bin + 0.5) * width > bottom! && low + (bin + 0.5) * width < top!).reduce((sum, volume) => sum + volume, 0);
    const share = inside / bins.reduce((sum, volume) => sum + volume, 0);
    expect(share).toBeGreaterThanOrEqual(0.7);
    expect(share).toBeLessThan(0.7 + (2 * Math.max(...bins)) / bins.reduce((sum, volume) => sum + volume, 0));
  }, LIMIT_MS);

  describe('fits the models that libs/quant fits, whose results are those of arch and statsmodels', () => {
    /** Bars whose log returns are the reference's returns in percent. */
    const along = (percent: readonly number[]): Bars => {
      let price = 100;
      const close = [price, ...percent.map((y) => (price *= Math.exp(y / 100)))];
      return { open: close, high: close, low: close, close, volume: close.map(() => 1) };
    };
    // Fits at 250 returns and every 390 after.
    const [FIRST, EVERY] = [250, 390];

    it('GARCH(1,1) over the S&P 500', async () => {
      const closes = referenceRows('arch/sp500.csv.gz').map((row) => Number(row[5]));
      const returns = closes.slice(1).map((close, i) => 100 * (close / closes[i]! - 1)).slice(0, FIRST + EVERY);
      const { garch_vol: found } = await calculate('SPX', along(returns), '1d');
      const fit = fitGarch(Float64Array.from(returns));
      expect(fit.converged).toBe(true);
      for (const name of ['omega', 'alpha', 'beta'] as const) expect(Math.abs(found!.components![name]! - fit[name])).toBeLessThan(1e-3);
      expect(Number(found?.value)).toBeCloseTo(Math.sqrt(fit.nextVariance * BARS_PER_YEAR['1d']) / 100, 4);

      const later = closes.slice(1).map((close, i) => 100 * (close / closes[i]! - 1)).slice(0, FIRST + EVERY + 5);
      let variance = fit.nextVariance;
      for (const y of later.slice(-5)) variance = nextVariance(fit, y, variance);
      expect(Number((await calculate('SPX', along(later), '1d'))['garch_vol']?.value)).toBeCloseTo(Math.sqrt(variance * BARS_PER_YEAR['1d']) / 100, 4);
    }, LIMIT_MS);

    it('two regimes over its weeks', async () => {
      const { y } = json<{ y: number[] }>('regime/markov2_sp500_weekly.json');
      const fit = fitRegimes(Float64Array.from(y.slice(0, FIRST + EVERY)));
      let probability = fit.filtered.at(-1)!;
      for (const week of y.slice(FIRST + EVERY, FIRST + EVERY + 20)) probability = nextTurbulence(fit, probability, week);
      const { vol_regime: found } = await calculate('SPXWEEK', along(y.slice(0, FIRST + EVERY + 20)), '1d');
      expect(Math.abs(found!.components!['turbulence_probability']! - probability)).toBeLessThan(1e-3);
      expect(found?.value).toBe(probability < 1 / 3 ? 'low' : probability <= 2 / 3 ? 'normal' : 'high');
    }, LIMIT_MS);
  });

  it('reads the ratios out of the filings of Snowflake as EDGAR has recorded them, none before the day after filing', async () => {
    interface Row { readonly start?: string; readonly end: string; readonly val: number; readonly filed: string }
    const recorded = json<{ facts: Record<string, Record<string, { units: Record<string, Row[]> }>> }>('sources/sec_edgar/companyfacts_SNOW.json.gz').facts;
    const facts = Object.values(recorded).flatMap((taxonomy) =>
      Object.entries(taxonomy).flatMap(([tag, { units }]) =>
        Object.values(units).flat().map(({ start, end, val, filed }) => ({ tag, start: start ?? null, end, filed, value: val }))));
    const value = (tag: string, end: string, start: string | null): number => facts.find((fact) => fact.tag === tag && fact.end === end && fact.start === start && fact.filed <= '2022-03-30')!.value;
    await engine.bus.publish(topics.marketData.fundamental.of('SNOW'), { symbol: 'SNOW', source: 'edgar', facts });
    const ratios = async (day: string): Promise<Found> => {
      const bars = [{ timestamp: `${day}T00:00:00Z`, open: 220, high: 230, low: 210, close: 225, volume: 1 }];
      return ((await engine.request.post('/features/fundamental/SNOW').send({ bars, timeframe: '1d' }).expect(200)).body as { features: Found }).features;
    };
    await eventually(async () => expect((await ratios('2022-03-30'))['pb_ratio']?.value).not.toBeNull(), PATIENCE);

    const REVENUE = 'RevenueFromContractWithCustomerExcludingAssessedTax';
    const [began, ended] = [value('StockholdersEquity', '2021-01-31', null), value('StockholdersEquity', '2022-01-31', null)];
    const after = await ratios('2022-03-30');
    expect(after['revenue_growth']?.value).toBeCloseTo(value(REVENUE, '2022-01-31', '2021-02-01') / value(REVENUE, '2021-01-31', '2020-02-01') - 1, 12);
    expect(after['pb_ratio']?.value).toBeCloseTo((225 * value('EntityCommonStockSharesOutstanding', '2022-03-18', null)) / ended, 12);
    expect(after['roe']?.value).toBeCloseTo(value('NetIncomeLoss', '2022-01-31', '2021-02-01') / ((began + ended) / 2), 12);
    expect(after['pe_ratio']).toMatchObject({ value: null, reason: 'negative_denominator' });
    expect(after['debt_to_equity']).toMatchObject({ value: null, reason: 'no_filings' });
    // The annual report was filed on the 30th.
    const before = await ratios('2022-03-29');
    expect(before['pb_ratio']?.value).toBeCloseTo((225 * value('EntityCommonStockSharesOutstanding', '2021-11-19', null)) / value('StockholdersEquity', '2021-10-31', null), 12);
  }, LIMIT_MS);
});
