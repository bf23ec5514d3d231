import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { adx, adxr, directionalIndex, directionalMovement } from './directional-movement.ts';
import { aroon } from './aroon.ts';
import { atr, natr, trueRange } from './atr.ts';
import { absolutePriceOscillator, percentagePriceOscillator } from './average-oscillators.ts';
import { kama } from './adaptive-averages.ts';
import { averagePrice, balanceOfPower, medianPrice, typicalPrice, weightedClose } from './price-transforms.ts';
import { bollingerBands } from './bollinger-bands.ts';
import { candlePattern, type CandlePatternName } from './candle-patterns.ts';
import { cci } from './cci.ts';
import { cycleTrendline, dominantCyclePeriod } from './hilbert.ts';
import { dema, t3, tema, trix } from './nested-averages.ts';
import { highest, lowest, midPoint, midPrice } from './midpoints.ts';
import type { IndicatorSeries, OhlcColumns } from './indicator.ts';
import { linearRegression } from './linear-regression.ts';
import { macd } from './macd.ts';
import { momentum, rateOfChange, relativeChange } from './momentum.ts';
import { chaikinOscillator, moneyFlowIndex, onBalanceVolume } from './volume-accumulation.ts';
import { ema, sma } from './moving-averages.ts';
import { fastStochastic, stochastic, williamsR } from './price-position.ts';
import { parabolicSar } from './parabolic-sar.ts';
import { cmo, rsi, stochasticRsi } from './rsi.ts';
import { trima, wma } from './weighted-averages.ts';
import { ultimateOscillator } from './ultimate-oscillator.ts';
import { accumulationDistribution } from './volume-flow.ts';
import { pairBeta, pairCorrelation } from './pair-statistics.ts';
import { windowDeviation, windowVariance } from './dispersion.ts';

interface Reference {
  readonly params: readonly number[];
  readonly begIdx: number;
  readonly out?: readonly (readonly number[])[];
  /** Candle patterns: [bar, value] where the value is not 0. */
  readonly hits?: readonly (readonly [number, number])[];
}

interface Oracle {
  readonly input: Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', readonly number[]>>;
  readonly functions: Readonly<Record<string, Reference>>;
}

interface Found {
  readonly begIdx: number;
  readonly out: readonly Float64Array[];
}

type Kernel = (bars: OhlcColumns, params: readonly number[]) => Found;

const one = (series: IndicatorSeries): Found => ({ begIdx: series.begIdx, out: [series.values] });
const columns = <Name extends string>(series: { readonly begIdx: number } & { readonly [name in Name]: Float64Array }, ...names: readonly Name[]): Found => ({
  begIdx: series.begIdx,
  out: names.map((name) => series[name]),
});
const ofClose = (kernel: (close: Float64Array, n: number) => IndicatorSeries): Kernel => ({ close }, [n = 0]) => one(kernel(close, n));
const ofBars = (kernel: (bars: OhlcColumns, n: number) => IndicatorSeries): Kernel => (bars, [n = 0]) => one(kernel(bars, n));
const candle = (name: CandlePatternName): Kernel => (bars) => one(candlePattern(name, bars));

/** What each kernel gives for the oracle's bars and parameters: begin, and columns in the oracle's order. */
const KERNELS: Readonly<Record<string, Kernel>> = {
  SMA: ofClose(sma), EMA: ofClose(ema), WMA: ofClose(wma), DEMA: ofClose(dema), TEMA: ofClose(tema), TRIMA: ofClose(trima), KAMA: ofClose(kama),
  T3: ({ close }, [n, v]) => one(t3(close, n, v)),
  RSI: ofClose(rsi), CMO: ofClose(cmo), MOM: ofClose(momentum), ROC: ofClose(rateOfChange), ROCP: ofClose(relativeChange), TRIX: ofClose(trix),
  PPO: ({ close }, [fast, slow]) => one(percentagePriceOscillator(close, fast, slow)),
  APO: ({ close }, [fast, slow]) => one(absolutePriceOscillator(close, fast, slow)),
  MACD: ({ close }, [fast, slow, signal]) => columns(macd(close, fast, slow, signal), 'macd', 'signal', 'histogram'),
  BBANDS: ({ close }, [n, width]) => columns(bollingerBands(close, n, width), 'upper', 'middle', 'lower'),
  STOCHRSI: ({ close }, [n, k, d]) => columns(stochasticRsi(close, n, k, d), 'k', 'd'),
  STOCH: (bars, [n, k, , d]) => columns(stochastic(bars, n, k, d), 'k', 'd'),
  STOCHF: (bars, [n, d]) => columns(fastStochastic(bars, n, d), 'k', 'd'),
  WILLR: ofBars(williamsR), CCI: ofBars(cci), ATR: ofBars(atr), NATR: ofBars(natr), TRANGE: (bars) => one(trueRange(bars)),
  ADX: ofBars(adx), ADXR: ofBars(adxr),
  DX: (bars, [n]) => columns(directionalIndex(bars, n), 'dx'),
  PLUS_DI: (bars, [n]) => columns(directionalIndex(bars, n), 'plus'),
  MINUS_DI: (bars, [n]) => columns(directionalIndex(bars, n), 'minus'),
  PLUS_DM: (bars, [n]) => columns(directionalMovement(bars, n), 'plus'),
  MINUS_DM: (bars, [n]) => columns(directionalMovement(bars, n), 'minus'),
  AROON: (bars, [n]) => columns(aroon(bars, n), 'down', 'up'),
  AROONOSC: (bars, [n]) => columns(aroon(bars, n), 'oscillator'),
  SAR: (bars, [step, limit]) => one(parabolicSar(bars, step, limit)),
  ULTOSC: (bars, [first, second, third]) => one(ultimateOscillator(bars, first, second, third)),
  MFI: ofBars(moneyFlowIndex), AD: (bars) => one(accumulationDistribution(bars)), OBV: (bars) => one(onBalanceVolume(bars)),
  ADOSC: (bars, [fast, slow]) => one(chaikinOscillator(bars, fast, slow)),
  BOP: (bars) => one(balanceOfPower(bars)), TYPPRICE: (bars) => one(typicalPrice(bars)), MEDPRICE: (bars) => one(medianPrice(bars)),
  WCLPRICE: (bars) => one(weightedClose(bars)), AVGPRICE: (bars) => one(averagePrice(bars)),
  STDDEV: ({ close }, [n = 0, width]) => one(windowDeviation(close, n, width)),
  VAR: ofClose(windowVariance),
  LINEARREG: ({ close }, [n]) => columns(linearRegression(close, n), 'end'),
  LINEARREG_SLOPE: ({ close }, [n]) => columns(linearRegression(close, n), 'slope'),
  TSF: ({ close }, [n]) => columns(linearRegression(close, n), 'next'),
  BETA: ({ high, low }, [n]) => one(pairBeta(high, low, n)),
  CORREL: ({ high, low }, [n]) => one(pairCorrelation(high, low, n)),
  HT_TRENDLINE: ({ close }) => one(cycleTrendline(close)),
  HT_DCPERIOD: ({ close }) => one(dominantCyclePeriod(close)),
  MIDPOINT: ofClose(midPoint), MIDPRICE: ofBars(midPrice), MAX: ofClose(highest), MIN: ofClose(lowest),
  CDLDOJI: candle('doji'), CDLENGULFING: candle('engulfing'), CDLHAMMER: candle('hammer'), CDLSHOOTINGSTAR: candle('shootingStar'),
  CDL3WHITESOLDIERS: candle('threeWhiteSoldiers'), CDLHARAMI: candle('harami'), CDLMARUBOZU: candle('marubozu'), CDLSPINNINGTOP: candle('spinningTop'),
};

const TOLERANCE = 1e-9;
/** Relative to a value, or to this share of its column's largest where the value is nearer to 0. */
const NEAR_ZERO = 1e-3;

/** The reference as columns; the hits of a candle pattern become a column of the whole length. */
function columnsOf(reference: Reference, length: number): readonly (readonly number[])[] {
  if (reference.out !== undefined) return reference.out;
  const hits = new Map((reference.hits ?? []).map(([bar, value]) => [bar, value]));
  return [Array.from({ length: length - reference.begIdx }, (_, i) => hits.get(reference.begIdx + i) ?? 0)];
}

describeWithSharedData('TA-Lib 0.4.0 over 400 bars', () => {
  const oracle = JSON.parse(readFileSync(sharedData('talib/talib_goog.json'), 'utf8')) as Oracle;
  const { input, functions } = oracle;
  const bars: OhlcColumns = {
    open: Float64Array.from(input.open), high: Float64Array.from(input.high), low: Float64Array.from(input.low),
    close: Float64Array.from(input.close), volume: Float64Array.from(input.volume),
  };

  it('has 66 functions, each with a kernel here', () => {
    expect(Object.keys(functions)).toHaveLength(66);
    expect(Object.keys(functions).filter((name) => KERNELS[name] === undefined)).toEqual([]);
  });

  it.each(Object.entries(functions))('%s', (name, reference) => {
    const found = KERNELS[name]?.(bars, reference.params);
    expect(found?.begIdx).toBe(reference.begIdx);
    let values = 0;
    let largestDeviation = 0;
    columnsOf(reference, bars.close.length).forEach((column, j) => {
      const own = found?.out[j] ?? new Float64Array();
      expect(own.length).toBe(column.length);
      const least = NEAR_ZERO * Math.max(...column.map(Math.abs)) || 1;
      column.forEach((value, i) => {
        const deviation = Math.abs((own[i] ?? NaN) - value) / Math.max(Math.abs(value), least);
        expect(deviation).not.toBeNaN();
        values += 1;
        largestDeviation = Math.max(largestDeviation, deviation);
      });
    });
    recordAccuracy({ reference: 'TA-Lib 0.4.0', quantity: name, values, largestDeviation, tolerance: TOLERANCE, kind: 'relative' });
    expect(largestDeviation).toBeLessThanOrEqual(TOLERANCE);
  });
});
