import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import fc from 'fast-check';
import { FactorCalculator } from '../calculator/factor-calculator.ts';
import { parseFactorId } from '../catalogue/factor-ids.ts';
import type { Fact } from '../../fundamentals/trailing-year.ts';
import { filingFactors } from './filing-factors.ts';
import { amihudIlliquidity, corwinSchultzSpread, rollingCorwinSchultz } from './liquidity.ts';
import { logChanges, rollingRegression } from './market-regression.ts';
import { orderFlowImbalance, timeWeightedSpread, type FactorQuote } from './quote-factors.ts';
import { exponentialVolatility, rollingDrawdown, rollingSkewness } from './return-shape.ts';
import { knownSeries, latestDifference, latestScore, twelveMonthChange, type SeriesObservation } from './series-factors.ts';

const column = (values: readonly number[]): Float64Array => Float64Array.from(values);
const readJson = (path: string): unknown => JSON.parse(readFileSync(sharedData(path), 'utf8'));

describeWithSharedData('factors of the catalogue against the references of their indicators', () => {
  interface Golden {
    readonly input: Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', readonly number[]>>;
    readonly functions: Readonly<Record<string, { readonly begIdx: number; readonly out: readonly (readonly number[])[] }>>;
  }
  const golden = readJson('talib/talib_goog.json') as Golden;
  const barsOf = (rows: number) => {
    const of = (name: keyof Golden['input']): Float64Array => column(golden.input[name].slice(0, rows));
    return { open: of('open'), high: of('high'), low: of('low'), close: of('close'), volume: of('volume') };
  };
  const valuesOf = (id: string, rows: number, barsPerYear: number): Float64Array => {
    const [found] = new FactorCalculator([parseFactorId(id)]).calculate({ '1d': { bars: barsOf(rows), barsPerYear } });
    if (found === undefined || !('values' in found)) throw new Error(`no ${id}`);
    return found.values;
  };
  const compare = (id: string, actual: Float64Array, expected: readonly (number | null)[], reference: string, floor = 0.01): void => {
    let [largestDeviation, values] = [0, 0];
    expected.forEach((value, t) => {
      if (value === null) return expect([id, t, actual[t]]).toEqual([id, t, NaN]);
      largestDeviation = Math.max(largestDeviation, Math.abs((actual[t] ?? Infinity) - value) / Math.max(floor, Math.abs(value)));
      values += 1;
    });
    recordAccuracy({ reference, quantity: `factor ${id}`, values, largestDeviation, tolerance: 1e-9, kind: 'relative' });
    expect(values).toBeGreaterThan(200);
    expect(largestDeviation).toBeLessThanOrEqual(1e-9);
  };
  const rows = golden.input.close.length;
  const out = (name: string, k = 0): (number | null)[] => {
    const { begIdx, out: columns } = golden.functions[name]!;
    return Array.from({ length: rows }, (_, t) => columns[k]?.[t - begIdx] ?? null);
  };

  it.each([['rsi', 'RSI'], ['adx', 'ADX'], ['cci@20', 'CCI'], ['willr', 'WILLR'], ['mfi', 'MFI'], ['aroon_osc@25', 'AROONOSC'], ['natr', 'NATR'], ['ultosc', 'ULTOSC'], ['trix', 'TRIX']])('%s is %s', (id, name) => {
    compare(id, valuesOf(id, rows, 252), out(name), 'TA-Lib');
  });

  it('factors that divide an indicator by the close have the reference behind them', () => {
    const close = golden.input.close;
    const by = (values: readonly (number | null)[], make: (value: number, t: number) => number): (number | null)[] => values.map((value, t) => (value === null ? null : make(value, t)));
    compare('sar_distance', valuesOf('sar_distance', rows, 252), by(out('SAR'), (stop, t) => ((close[t] ?? NaN) - stop) / (close[t] ?? NaN)), 'TA-Lib');
    compare('macd_hist', valuesOf('macd_hist', rows, 252), by(out('MACD', 2), (histogram, t) => histogram / (close[t] ?? NaN)), 'TA-Lib');
    // Near 0 it is a small difference of bands that are printed with twelve digits, so there the deviation is one of the width.
    const lower = out('BBANDS', 2);
    compare('bb_pctb', valuesOf('bb_pctb', rows, 252), by(out('BBANDS', 0), (upper, t) => ((close[t] ?? NaN) - (lower[t] ?? NaN)) / (upper - (lower[t] ?? NaN))), 'TA-Lib', 1);
  });

  it('volatilities of ten bars are those of TTR', () => {
    const reference = readJson('ttr_volatility_goog300.json') as Readonly<Record<string, readonly (number | null)[]>>;
    compare('vol_close@10', valuesOf('vol_close@10', 300, 260), reference['close'] ?? [], 'R TTR');
    compare('yang_zhang@10', valuesOf('yang_zhang@10', 300, 260), reference['yang.zhang'] ?? [], 'R TTR');
  });
});

describe('the shape of returns', () => {
  it('the exponential volatility weighs normalised squares and passes over gaps', () => {
    const values = exponentialVolatility(column([0.01, NaN, -0.02]), 252, 0.94, 2);
    expect([...values.slice(0, 2)]).toEqual([NaN, NaN]);
    expect(values[2]).toBeCloseTo(Math.sqrt((252 * (0.94 * 1e-4 + 4e-4)) / 1.94), 14);
    expect(exponentialVolatility(new Float64Array(30).fill(0.01), 100)[29]).toBeCloseTo(0.1, 14);
  });

  it('skewness is 0 for a symmetric window, changes sign with it, and is missing without spread', () => {
    expect(rollingSkewness(column([1, 2, 3]), 3)[2]).toBeCloseTo(0, 14);
    // 0, 0, 3: mean 1, m₂ 2, m₃ 2 → 2/2^1.5
    expect(rollingSkewness(column([0, 0, 3]), 3)[2]).toBeCloseTo(Math.SQRT1_2, 14);
    expect(rollingSkewness(column([0, 0, -3]), 3)[2]).toBeCloseTo(-Math.SQRT1_2, 14);
    expect(rollingSkewness(new Float64Array(4).fill(0.1), 3)[3]).toBeNaN();
  });

  it('drawdown is the deepest within the window, whatever lies before', () => {
    expect([...rollingDrawdown(column([100, 80, 90, 99, 101, NaN]), 3)]).toEqual([NaN, NaN, 1 - 80 / 100, 0, 0, NaN]);
  });
});

describe('liquidity', () => {
  it('Amihud leaves bars without volume out and needs the least count', () => {
    const [r, c] = [column([NaN, 0.01, -0.02, 0.03]), column([10, 10, 10, 10])];
    expect(amihudIlliquidity(r, c, column([1e6, 1e6, 0, 1e6]), 3, 2)[3]).toBeCloseTo((1e6 * (0.01 / 1e7 + 0.03 / 1e7)) / 2, 15);
    expect(amihudIlliquidity(r, c, column([1e6, 1e6, 0, 0]), 3, 2)[3]).toBeNaN();
  });

  it('Corwin–Schultz has the spread that was put around a price that rests', () => {
    // A resting price with a spread of s: every range is the spread, γ equals the single ranges, β twice that.
    const spread = 0.02;
    const bar = { high: 100 * (1 + spread / 2), low: 100 * (1 - spread / 2), close: 100 };
    expect(corwinSchultzSpread(bar, bar)).toBeCloseTo(spread, 4);
    expect(corwinSchultzSpread({ ...bar, close: 120 }, bar)).toBeCloseTo(0, 12);
    expect(rollingCorwinSchultz(column([101, 101, 101]), column([99, 99, 99]), column([100, 100, 100]), 2)[2]).toBeCloseTo(spread, 4);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 50, noNaN: true }), { minLength: 5, maxLength: 5 }), ([a = 1, b = 1, c = 1, d = 1, e = 1]) => {
        const value = corwinSchultzSpread({ low: a, high: a + b, close: c }, { low: d, high: d + e });
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(2);
      }),
    );
  });
});

describe('regressions over a window', () => {
  it('have no value where x rests, a value is missing, or the input is impossible', () => {
    expect([...rollingRegression(column([1, 2, 3, 4]), column([5, 5, 5, 6]), 3).slope].map((x) => Number.isNaN(x))).toEqual([true, true, true, false]);
    expect(rollingRegression(column([1, NaN, 3]), column([1, 2, 4]), 3).slope[2]).toBeNaN();
    expect(rollingRegression(column([3, 5, 7]), column([1, 2, 3]), 3)).toEqual({ slope: column([NaN, NaN, 2]), residualDeviation: column([NaN, NaN, 0]) });
    expect(() => rollingRegression(column([1]), column([1, 2]), 3)).toThrow('x: has 2 values');
    expect(() => rollingRegression(column([1]), column([1]), 2)).toThrow('window');
    expect([...logChanges(column([1, -1, 1, Math.E]))]).toEqual([NaN, NaN, NaN, 1]);
  });
});

describe('quotes', () => {
  const quote = (timeMs: number, bid: number, ask: number, bidSize = 1, askSize = 1): FactorQuote => ({ timeMs, bid, ask, bidSize, askSize });

  it('the spread is weighted by the time that a quote holds', () => {
    expect(timeWeightedSpread([quote(0, 99, 101), quote(30, 99.5, 100.5)], 0, 40)).toBeCloseTo((30 * 0.02 + 10 * 0.01) / 40, 14);
    expect(timeWeightedSpread([quote(-5, 99, 101)], 0, 10)).toBeCloseTo(0.02, 14);
    expect(timeWeightedSpread([quote(0, 99, 101), quote(10, 102, 101), quote(20, 99, 101)], 0, 40)).toBeCloseTo(0.02, 14);
    expect(timeWeightedSpread([quote(50, 99, 101)], 0, 40)).toBeUndefined();
    expect(() => timeWeightedSpread([quote(5, 99, 101), quote(0, 99, 101)], 0, 40)).toThrow('quotes[1]: is earlier');
  });

  it('order flow counts what joined and left the best queues', () => {
    // The bid rises to a queue of 5 (+5); the ask rests and grows from 4 to 6 (−6 + 4).
    expect(orderFlowImbalance([quote(0, 99, 101, 3, 4), quote(1, 99.5, 101, 5, 6)])).toBeCloseTo((5 - 6 + 4) / ((3.5 + 5.5) / 2), 14);
    // The bid falls: its queue of 3 left (−3); the ask falls to a queue of 2 (−2).
    expect(orderFlowImbalance([quote(0, 99, 101, 3, 4), quote(1, 98, 100, 9, 2)])).toBeCloseTo(-5 / ((3.5 + 5.5) / 2), 14);
    expect(orderFlowImbalance([quote(0, 99, 101)])).toBeUndefined();
    expect(orderFlowImbalance([quote(0, 99, 101, 0, 0), quote(1, 99, 101, 0, 0)])).toBeUndefined();
  });
});

describeWithSharedData('filings as recorded from EDGAR', () => {
  interface Row { readonly start?: string; readonly end: string; readonly val: number; readonly filed: string }
  const text = gunzipSync(readFileSync(sharedData('sources/sec_edgar/companyfacts_SNOW.json.gz'))).toString();
  const taxonomies = Object.values((JSON.parse(text) as { readonly facts: Readonly<Record<string, Readonly<Record<string, { readonly units: Readonly<Record<string, readonly Row[]>> }>>>> }).facts);
  const facts = ['Assets', 'Liabilities', 'StockholdersEquity', 'GrossProfit', 'NetIncomeLoss', 'EntityCommonStockSharesOutstanding'].flatMap((tag) =>
    taxonomies.flatMap((taxonomy) =>
      Object.values(taxonomy[tag]?.units ?? {}).flat().map((row): Fact => ({ tag, startMs: row.start === undefined ? null : Date.parse(row.start), endMs: Date.parse(row.end), filedMs: Date.parse(row.filed), value: row.val })),
    ),
  );

  it('give the six factors from what was filed by then, and the day before from the reports before', () => {
    const annual = filingFactors(facts, Date.parse('2025-03-21'), 150);
    const capitalisation = 334_100_000 * 150;
    expect(annual.size).toBe(-Math.log(capitalisation));
    expect(annual.book_to_price).toBe(2_999_929_000 / capitalisation);
    expect(annual.earnings_yield).toBe(-1_285_640_000 / capitalisation);
    expect(annual.gross_profitability).toBe(2_411_723_000 / 9_033_938_000);
    expect(annual.leverage).toBe(6_027_295_000 / 9_033_938_000);
    const yearBefore = facts.find(({ tag, endMs }) => tag === 'Assets' && endMs === Date.parse('2024-01-31'))?.value ?? NaN;
    expect(annual.asset_growth).toBe(9_033_938_000 / yearBefore - 1);
    expect(filingFactors(facts, Date.parse('2025-03-20'), 150).leverage).toBe(5_267_849_000 / 8_202_258_000);
  });

  it('are not there without filings or price', () => {
    expect(Object.values(filingFactors(facts, 0, 150)).every((value) => value === undefined)).toBe(true);
    expect(filingFactors(facts, Date.parse('2025-03-21'), undefined)).toMatchObject({ size: undefined, book_to_price: undefined, earnings_yield: undefined, leverage: expect.any(Number) });
    expect(filingFactors(facts, Date.parse('2025-03-21'), 0).size).toBeUndefined();
  });
});

describe('economic series', () => {
  const day = 86_400_000;
  const month = (year: number, number: number, value: number, releasedMs?: number): SeriesObservation => ({ periodMs: Date.UTC(year, number - 1, 1), periodEndMs: Date.UTC(year, number, 1), value, releasedMs });

  it('count from their release, or from 45 days after their period, which is told', () => {
    const series = [month(2024, 1, 1), month(2024, 2, 2, Date.UTC(2024, 2, 12)), month(2024, 2, 3, Date.UTC(2024, 3, 12))];
    const at = (time: number): readonly [readonly number[], boolean] => {
      const { observations, assumed } = knownSeries(series, time);
      return [observations.map(({ value }) => value), assumed];
    };
    expect(at(Date.UTC(2024, 1, 1) + 45 * day - 1)).toEqual([[2], false]);
    expect(at(Date.UTC(2024, 1, 1) + 45 * day)).toEqual([[1, 2], true]);
    expect(at(Date.UTC(2024, 3, 12))).toEqual([[1, 3], true]);
    expect(() => knownSeries([month(2024, 1, NaN)], 0)).toThrow('observations[0]');
  });

  it('difference, score and twelve-month change are their definitions, and undefined where a value is not known', () => {
    const known = (values: readonly SeriesObservation[]) => knownSeries(values, Infinity);
    const a = known(Array.from({ length: 13 }, (_, i) => month(2023, 1 + i, 100 + i)));
    const b = known([month(2023, 2, 5), month(2024, 1, 7)]);
    expect(latestDifference(a, b)).toBe(112 - 7);
    expect(latestDifference(a, known([]))).toBeUndefined();
    expect(twelveMonthChange(a)).toBeCloseTo(0.12, 14);
    expect(twelveMonthChange(b)).toBeUndefined();
    expect(latestScore(a, 3)).toBeCloseTo(1, 14);
    expect(latestScore(a, 14)).toBeUndefined();
    expect(latestScore(known([month(2023, 1, 4), month(2023, 2, 4)]), 2)).toBeUndefined();
  });
});

describeWithSharedData('the bundled series', () => {
  const rowsOf = (file: string): readonly (readonly string[])[] => gunzipSync(readFileSync(sharedData(`arch/${file}`))).toString().trim().split('\n').slice(1).map((line) => line.trim().split(','));
  const seriesOf = (file: string, place: number, periodDays: number): SeriesObservation[] =>
    rowsOf(file).flatMap(([date = '', ...cells]) => {
      const [m = 1, d = 1, y = 0] = date.split('/').map(Number);
      const periodMs = Date.UTC(y, m - 1, d);
      const cell = cells[place] ?? '';
      return cell === '' || !Number.isFinite(Number(cell)) ? [] : [{ periodMs, periodEndMs: periodMs + periodDays * 86_400_000, value: Number(cell) }];
    });

  it('credit spread, score of the VIX and core inflation are those of their rows', () => {
    const [aaa, baa] = [knownSeries(seriesOf('default.csv.gz', 0, 30), Date.UTC(1919, 3, 1)), knownSeries(seriesOf('default.csv.gz', 1, 30), Date.UTC(1919, 3, 1))];
    expect(latestDifference(baa, aaa)).toBeCloseTo(7.12 - 5.35, 12);
    const vix = seriesOf('vix.csv.gz', 0, 0);
    const values = vix.slice(0, 252).map(({ value }) => value);
    const mean = values.reduce((sum, value) => sum + value, 0) / 252;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 251);
    expect(latestScore(knownSeries(vix.slice(0, 252), Infinity), 252)).toBeCloseTo(((values[251] ?? NaN) - mean) / deviation, 12);
    const cpi = seriesOf('core-cpi.csv.gz', 0, 31);
    const change = twelveMonthChange(knownSeries(cpi.slice(0, 13), Infinity));
    expect(change).toBe((cpi[12]?.value ?? NaN) / 28.5 - 1);
  });
});
