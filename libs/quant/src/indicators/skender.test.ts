import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { adx, adxr, directionalIndex } from './directional-movement.ts';
import { aroon } from './aroon.ts';
import { atr, natr, trueRange } from './atr.ts';
import { absolutePriceOscillator } from './average-oscillators.ts';
import { bollingerBands } from './bollinger-bands.ts';
import { bollingerPosition, keltner, superTrend } from './channels.ts';
import { cci } from './cci.ts';
import { donchian, ichimoku } from './midpoints.ts';
import { ema, sma } from './moving-averages.ts';
import { fastStochastic, stochastic } from './price-position.ts';
import type { OhlcColumns } from './indicator.ts';
import { macd } from './macd.ts';
import { moneyFlowIndex, onBalanceVolume } from './volume-accumulation.ts';
import { parabolicSar, TrailingSar } from './parabolic-sar.ts';
import { rsi, stochasticRsi } from './rsi.ts';
import { vwap } from './volume-flow.ts';
import { wma } from './weighted-averages.ts';

type Column = (number | undefined)[];
type Kernel = (bars: OhlcColumns) => Readonly<Record<string, Column>>;

/** A series as one number per bar. */
function whole(begIdx: number, values: Float64Array): Column {
  return [...Array.from<undefined>({ length: begIdx }), ...values];
}
const of = ({ begIdx, values }: { readonly begIdx: number; readonly values: Float64Array }): Column => whole(begIdx, values);
function named<Name extends string>(series: { readonly begIdx: number } & { readonly [name in Name]: Float64Array }, name: Name): Column {
  return whole(series.begIdx, series[name]);
}
function rows<Row extends object, Name extends keyof Row>(list: readonly (Row | undefined)[], name: Name): Row[Name][] {
  return list.map((row) => row?.[name] as Row[Name]);
}

/** The columns of each result file of Skender, by its names. */
const KERNELS: Readonly<Record<string, Kernel>> = {
  adx: (bars) => {
    const index = directionalIndex(bars, 14, 'skender');
    return { pdi: named(index, 'plus'), mdi: named(index, 'minus'), dx: named(index, 'dx'), adx: of(adx(bars, 14, 'skender')), adxr: of(adxr(bars, 14, 'skender')) };
  },
  aroon: (bars) => {
    const found = aroon(bars, 25, 'skender');
    return { aroonUp: named(found, 'up'), aroonDown: named(found, 'down'), oscillator: named(found, 'oscillator') };
  },
  atr: (bars) => ({ tr: of(trueRange(bars)), atr: of(atr(bars, 14)), atrp: of(natr(bars, 14)) }),
  bb: (bars) => {
    const [bands, position] = [bollingerBands(bars.close, 20, 2), bollingerPosition(bars.close, 20, 2)];
    return {
      sma: named(bands, 'middle'), upperBand: named(bands, 'upper'), lowerBand: named(bands, 'lower'),
      percentB: named(position, 'percentB'), zScore: named(position, 'zScore'), width: named(position, 'bandwidth'),
    };
  },
  cci: (bars) => ({ cci: of(cci(bars, 20)) }),
  donchian: (bars) => {
    const found = donchian(bars, 20);
    return { upperBand: rows(found, 'upper'), centerline: rows(found, 'center'), lowerBand: rows(found, 'lower'), width: rows(found, 'width') };
  },
  ema: (bars) => ({ ema: of(ema(bars.close, 20, 'skender')) }),
  ichimoku: (bars) => {
    const found = ichimoku(bars, 9, 26, 52);
    return {
      tenkanSen: rows(found, 'conversion'), kijunSen: rows(found, 'base'), senkouSpanA: rows(found, 'leadingA'),
      senkouSpanB: rows(found, 'leadingB'), chikouSpan: rows(found, 'lagging'),
    };
  },
  keltner: (bars) => {
    const found = keltner(bars, 20, 2, 10);
    return { upperBand: named(found, 'upper'), centerline: named(found, 'center'), lowerBand: named(found, 'lower'), width: named(found, 'width') };
  },
  macd: ({ close }) => {
    const found = macd(close, 12, 26, 9, 'skender');
    return {
      macd: of(absolutePriceOscillator(close, 12, 26, 'ema', 'skender')), signal: named(found, 'signal'), histogram: named(found, 'histogram'),
      fastEma: of(ema(close, 12)), slowEma: of(ema(close, 26)),
    };
  },
  mfi: (bars) => ({ mfi: of(moneyFlowIndex(bars, 14, 'skender')) }),
  obv: (bars) => ({ obv: of(onBalanceVolume(bars, 'skender')) }),
  psar: (bars) => {
    const kernel = new TrailingSar(0.02, 0.2, 'skender');
    const stops = Array.from(bars.close, (close, i) => kernel.update({ high: bars.high[i]!, low: bars.low[i]!, close, volume: 0 }));
    expect(of(parabolicSar(bars, 0.02, 0.2, 'skender'))).toEqual(rows(stops, 'sar'));
    return { sar: rows(stops, 'sar'), isReversal: rows(stops, 'reversal').map((turned) => (turned === undefined ? undefined : Number(turned))) };
  },
  rsi: ({ close }) => ({ rsi: of(rsi(close, 14)) }),
  sma: ({ close }) => ({ sma: of(sma(close, 20)) }),
  stoch: (bars) => {
    const k = named(fastStochastic(bars, 14, 3), 'd');
    const d = named(stochastic(bars, 14, 3, 3), 'd');
    const j = k.map((value, i) => (value === undefined || d[i] === undefined ? undefined : 3 * value - 2 * d[i]));
    return { oscillator: k, signal: d, percentJ: j, k, d, j };
  },
  'stoch-rsi': ({ close }) => ({ stochRsi: named(stochasticRsi(close, 14, 14, 1), 'k'), signal: named(stochasticRsi(close, 14, 14, 3), 'd') }),
  supertrend: (bars) => {
    const found = superTrend(bars, 10, 3);
    const band = (direction: 1 | -1): Column => found.map((row) => (row?.direction === direction ? row.superTrend : undefined));
    return { superTrend: rows(found, 'superTrend'), upperBand: band(-1), lowerBand: band(1) };
  },
  vwap: (bars) => ({ vwap: of(vwap(bars)) }),
  wma: ({ close }) => ({ wma: of(wma(close, 14)) }),
};

const TOLERANCE = 1e-8;
type Row = Readonly<Record<string, number | boolean | string | null>>;

describeWithSharedData('Skender.Stock.Indicators over 502 bars', () => {
  const [, ...lines] = readFileSync(sharedData('skender/quotes/default.csv'), 'utf8').trim().split('\n');
  const column = (i: number): Float64Array => Float64Array.from(lines, (line) => Number(line.split(',')[i]));
  const bars: OhlcColumns = { open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
  const names = readdirSync(sharedData('skender/results')).map((file) => file.replace('.json.gz', ''));

  it('has 20 results, each with kernels here', () => {
    expect(names).toHaveLength(20);
    expect(names.toSorted()).toEqual(Object.keys(KERNELS).toSorted());
  });

  it.each(names)('%s', (name) => {
    const reference = JSON.parse(gunzipSync(readFileSync(sharedData(`skender/results/${name}.json.gz`))).toString()) as Row[];
    const found = KERNELS[name]!(bars);
    const fields = Object.keys(reference[0]!).filter((field) => field !== 'timestamp');
    expect(Object.keys(found).toSorted()).toEqual(fields.toSorted());
    let values = 0;
    let largestDeviation = 0;
    for (const field of fields) {
      const own = found[field]!;
      expect(own).toHaveLength(reference.length);
      expect(own.map((value) => value === undefined)).toEqual(reference.map((row) => row[field] === null));
      reference.forEach((row, i) => {
        if (row[field] === null) return;
        values += 1;
        largestDeviation = Math.max(largestDeviation, Math.abs(own[i]! - Number(row[field])));
      });
    }
    recordAccuracy({ reference: 'Skender.Stock.Indicators', quantity: name, values, largestDeviation, tolerance: TOLERANCE, kind: 'absolute' });
    expect(largestDeviation).toBeLessThanOrEqual(TOLERANCE);
  });
});
