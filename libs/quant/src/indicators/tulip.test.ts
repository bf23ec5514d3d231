import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { adx, adxr, directionalIndex, directionalMovement } from './directional-movement.ts';
import { aroon } from './aroon.ts';
import { atr, natr, trueRange } from './atr.ts';
import { absolutePriceOscillator, awesomeOscillator, detrendedPrice, percentagePriceOscillator } from './average-oscillators.ts';
import { averagePrice, balanceOfPower, medianPrice, qstick, typicalPrice, weightedClose } from './price-transforms.ts';
import { BAR_SHAPES, barShapes, type BarShapeName } from './bar-shapes.ts';
import { bollingerBands } from './bollinger-bands.ts';
import { cci } from './cci.ts';
import { chaikinVolatility, fisherTransform, massIndex, relativeStrengthPlace, verticalHorizontalFilter } from './range-oscillators.ts';
import { changeRatio, laggedValue, momentum, relativeChange } from './momentum.ts';
import { changeVolatility, meanDeviation, windowStandardError, windowDeviation, windowVariance } from './dispersion.ts';
import { chaikinOscillator, moneyFlowIndex, onBalanceVolume } from './volume-accumulation.ts';
import { cmo, rsi } from './rsi.ts';
import { crossing, decayingLevel, windowSum } from './levels.ts';
import { dema, tema, trix } from './nested-averages.ts';
import {
  easeOfMovement, klingerOscillator, marketFacilitation, negativeVolumeIndex, positiveVolumeIndex, williamsAccumulation,
} from './price-volume.ts';
import { elementwise, pairwise, type ElementwiseName, type PairwiseName } from './elementwise.ts';
import { ema, sma, wilderAverage } from './moving-averages.ts';
import { forecastOscillator, linearRegression } from './linear-regression.ts';
import { highest, lowest } from './midpoints.ts';
import { hma, trima, vwma, wma, zeroLagEma } from './weighted-averages.ts';
import type { IndicatorSeries, OhlcColumns } from './indicator.ts';
import { kama, vidya } from './adaptive-averages.ts';
import { macd } from './macd.ts';
import { mesaSineWave } from './mesa-sine-wave.ts';
import { parabolicSar } from './parabolic-sar.ts';
import { stochastic, williamsR } from './price-position.ts';
import { ultimateOscillator } from './ultimate-oscillator.ts';
import { accumulationDistribution } from './volume-flow.ts';

interface Found {
  readonly begIdx: number;
  readonly out: readonly Float64Array[];
}

/** The input lines of a case as letters (o, h, l, c, v, x, y) and what we give for them and the options. */
type Case = readonly [inputs: string, kernel: (inputs: OhlcColumns & { readonly x: Float64Array; readonly y: Float64Array }, options: readonly number[]) => Found];

const one = (series: IndicatorSeries): Found => ({ begIdx: series.begIdx, out: [series.values] });
const columns = <Name extends string>(series: { readonly begIdx: number } & { readonly [name in Name]: Float64Array }, ...names: readonly Name[]): Found => ({
  begIdx: series.begIdx,
  out: names.map((name) => series[name]),
});
const ofValues = (kernel: (values: Float64Array, n: number) => IndicatorSeries): Case => ['x', ({ x }, [n = 0]) => one(kernel(x, n))];
const ofBars = (inputs: string, kernel: (bars: OhlcColumns, n: number) => IndicatorSeries): Case => [inputs, (bars, [n = 0]) => one(kernel(bars, n))];
const each = (name: ElementwiseName): Case => ['x', ({ x }) => one(elementwise(name, x))];
const both = (name: PairwiseName): Case => ['xy', ({ x, y }) => one(pairwise(name, x, y))];
const signs = (series: IndicatorSeries, map: (sign: number) => number): Found => ({ begIdx: series.begIdx, out: [series.values.map(map)] });

const CASES: Readonly<Record<string, Case>> = {
  abs: each('abs'), acos: each('acos'), asin: each('asin'), atan: each('atan'), ceil: each('ceil'), cos: each('cos'), cosh: each('cosh'), exp: each('exp'),
  floor: each('floor'), ln: each('ln'), log10: each('log10'), round: each('round'), sin: each('sin'), sinh: each('sinh'), sqrt: each('sqrt'), tan: each('tan'),
  tanh: each('tanh'), todeg: each('toDegrees'), torad: each('toRadians'), trunc: each('trunc'),
  add: both('add'), sub: both('subtract'), mul: both('multiply'), div: both('divide'),
  ad: ofBars('hlcv', accumulationDistribution),
  adosc: ['hlcv', (bars, [fast, slow]) => one(chaikinOscillator(bars, fast, slow))],
  adx: ofBars('hl', (bars, n) => adx(bars, n, 'tulip')),
  adxr: ofBars('hl', (bars, n) => adxr(bars, n, 'tulip')),
  ao: ['hl', (bars) => one(awesomeOscillator(bars))],
  apo: ['x', ({ x }, [fast, slow]) => one(absolutePriceOscillator(x, fast, slow, 'ema', 'tulip'))],
  aroon: ['hl', (bars, [n]) => columns(aroon(bars, n), 'down', 'up')],
  aroonosc: ['hl', (bars, [n]) => columns(aroon(bars, n), 'oscillator')],
  atr: ofBars('hlc', (bars, n) => atr(bars, n, 'tulip')),
  avgprice: ofBars('ohlc', averagePrice),
  bbands: ['x', ({ x }, [n, width]) => columns(bollingerBands(x, n, width), 'lower', 'middle', 'upper')],
  bop: ofBars('ohlc', balanceOfPower),
  cci: ofBars('hlc', (bars, n) => cci(bars, n, 'tulip')),
  cmo: ofValues((x, n) => cmo(x, n, 'tulip')),
  crossany: ['xy', ({ x, y }) => signs(crossing(x, y), Math.abs)],
  crossover: ['xy', ({ x, y }) => signs(crossing(x, y), (sign) => Math.max(0, sign))],
  cvi: ofBars('hl', chaikinVolatility),
  decay: ofValues((x, n) => decayingLevel(x, n, 'linear')),
  dema: ofValues((x, n) => dema(x, n, 'tulip')),
  di: ['hlc', (bars, [n]) => columns(directionalIndex(bars, n, 'tulip'), 'plus', 'minus')],
  dm: ['hl', (bars, [n]) => columns(directionalMovement(bars, n, 'tulip'), 'plus', 'minus')],
  dpo: ofValues(detrendedPrice),
  dx: ['hl', (bars, [n]) => columns(directionalIndex(bars, n, 'tulip'), 'dx')],
  edecay: ofValues((x, n) => decayingLevel(x, n, 'exponential')),
  ema: ofValues((x, n) => ema(x, n, 'tulip')),
  emv: ofBars('hlv', easeOfMovement),
  fisher: ['hl', (bars, [n]) => columns(fisherTransform(bars, n), 'fisher', 'signal')],
  fosc: ofValues(forecastOscillator),
  hma: ofValues(hma),
  kama: ofValues((x, n) => kama(x, n, 'tulip')),
  kvo: ['hlcv', (bars, [fast, slow]) => one(klingerOscillator(bars, fast, slow))],
  lag: ofValues(laggedValue),
  linreg: ['x', ({ x }, [n]) => columns(linearRegression(x, n), 'end')],
  linregintercept: ['x', ({ x }, [n]) => columns(linearRegression(x, n), 'intercept')],
  linregslope: ['x', ({ x }, [n]) => columns(linearRegression(x, n), 'slope')],
  macd: ['x', ({ x }, [fast, slow, signal]) => columns(macd(x, fast, slow, signal, 'tulip'), 'macd', 'signal', 'histogram')],
  marketfi: ofBars('hlv', marketFacilitation),
  mass: ofBars('hl', massIndex),
  max: ofValues(highest),
  md: ofValues(meanDeviation),
  medprice: ofBars('hl', medianPrice),
  mfi: ofBars('hlcv', moneyFlowIndex),
  min: ofValues(lowest),
  mom: ofValues(momentum),
  msw: ['x', ({ x }, [n = 0]) => columns(mesaSineWave(x, n), 'sine', 'lead')],
  natr: ofBars('hlc', (bars, n) => natr(bars, n, 'tulip')),
  nvi: ofBars('cv', negativeVolumeIndex),
  obv: ofBars('cv', (bars) => onBalanceVolume(bars, 'tulip')),
  ppo: ['x', ({ x }, [fast, slow]) => one(percentagePriceOscillator(x, fast, slow, 'ema', 'tulip'))],
  psar: ['hl', (bars, [step, limit]) => one(parabolicSar(bars, step, limit, 'tulip'))],
  pvi: ofBars('cv', positiveVolumeIndex),
  qstick: ofBars('oc', qstick),
  roc: ofValues(relativeChange),
  rocr: ofValues(changeRatio),
  rsi: ofValues(rsi),
  sma: ofValues(sma),
  stddev: ofValues(windowDeviation),
  stderr: ofValues(windowStandardError),
  stoch: ['hlc', (bars, [n, k, d]) => columns(stochastic(bars, n, k, d), 'k', 'd')],
  stochrsi: ofValues(relativeStrengthPlace),
  sum: ofValues(windowSum),
  tema: ofValues((x, n) => tema(x, n, 'tulip')),
  tr: ofBars('hlc', (bars) => trueRange(bars, 'tulip')),
  trima: ofValues(trima),
  trix: ofValues((x, n) => trix(x, n, 'tulip')),
  tsf: ['x', ({ x }, [n]) => columns(linearRegression(x, n), 'next')],
  typprice: ofBars('hlc', typicalPrice),
  ultosc: ['hlc', (bars, [first, second, third]) => one(ultimateOscillator(bars, first, second, third))],
  var: ofValues(windowVariance),
  vhf: ofValues(verticalHorizontalFilter),
  vidya: ['x', ({ x }, [short = 0, long = 0, alpha = 0]) => one(vidya(x, short, long, alpha))],
  volatility: ofValues(changeVolatility),
  vosc: ['v', ({ volume }, [fast, slow]) => one(percentagePriceOscillator(volume, fast, slow))],
  vwma: ['xy', ({ x, y }, [n = 0]) => one(vwma(x, y, n))],
  wad: ofBars('hlc', williamsAccumulation),
  wcprice: ofBars('hlc', weightedClose),
  wilders: ofValues(wilderAverage),
  willr: ofBars('hlc', williamsR),
  wma: ofValues(wma),
  zlema: ofValues(zeroLagEma),
};

/** What is given is kept; what a case does not give gets values that make an allowed bar and do not enter the result. */
function inputsOf(letters: string, given: readonly Float64Array[]): OhlcColumns & { readonly x: Float64Array; readonly y: Float64Array } {
  const at = (letter: string): Float64Array | undefined => given[letters.indexOf(letter)];
  const any = given[0]!;
  const [open, close] = [at('o'), at('c')];
  const outermost = (side: 1 | -1): Float64Array => (open === undefined ? close : open.map((o, i) => side * Math.max(side * o, side * (close?.[i] ?? o)))) ?? any;
  const high = at('h') ?? outermost(1);
  const low = at('l') ?? outermost(-1);
  const middle = high.map((value, i) => (value + low[i]!) / 2);
  return { open: open ?? close ?? middle, high, low, close: close ?? middle, volume: at('v') ?? any.map(() => 1), x: at('x') ?? any, y: at('y') ?? any };
}

interface Block {
  readonly title: string;
  readonly lines: readonly string[];
}

const numbersOf = (line: string): Float64Array => Float64Array.from(line.replace(/[{}]/g, '').split(',').filter((cell) => cell.trim() !== ''), Number);
const blocksOf = (text: string): Block[] =>
  text
    .split(/\n\s*\n/)
    .map((block) => block.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')))
    .filter((lines) => lines.length > 0)
    .map(([title = '', ...lines]) => ({ title, lines }));

/** Half of the last printed digit. */
const TOLERANCE = 0.0005;

describeWithSharedData('Tulip Indicators over 15 bars', () => {
  const blocks = blocksOf(readFileSync(sharedData('tulip/untest.txt'), 'utf8'));
  const nameOf = (title: string): string => title.split(' ')[0]!;

  it('has 104 cases, each with a kernel here', () => {
    expect(blocks).toHaveLength(104);
    expect(blocks.map(({ title }) => nameOf(title)).filter((name) => CASES[name] === undefined)).toEqual([]);
  });

  it.each(blocks)('$title', ({ title, lines }) => {
    const [letters, kernel] = CASES[nameOf(title)]!;
    const given = lines.slice(0, letters.length).map(numbersOf);
    const expected = lines.slice(letters.length).map(numbersOf);
    const found = kernel(inputsOf(letters, given), title.split(' ').slice(1).map(Number));
    expect(found.out).toHaveLength(expected.length);
    let largestDeviation = 0;
    expected.forEach((column, j) => {
      expect(found.out[j]).toHaveLength(column.length);
      // Both end with the last input.
      expect(found.begIdx).toBe(given[0]!.length - column.length);
      column.forEach((value, i) => {
        // Beyond 2^53/1000 a number has no third decimal; then the numbers themselves must agree to its last digits.
        const unit = Math.max(1, Math.abs(value) / 1e12);
        const deviation = Math.abs(found.out[j]![i]! - value) / unit;
        expect(deviation).not.toBeNaN();
        largestDeviation = Math.max(largestDeviation, deviation);
      });
    });
    const values = expected.reduce((sum, column) => sum + column.length, 0);
    recordAccuracy({ reference: 'Tulip Indicators (3 printed decimals)', quantity: title, values, largestDeviation, tolerance: TOLERANCE, kind: 'absolute' });
    expect(largestDeviation).toBeLessThanOrEqual(TOLERANCE * (1 + 1e-9));
  });
});

describeWithSharedData('Tulip candle patterns', () => {
  const blocks = blocksOf(readFileSync(sharedData('tulip/candles.txt'), 'utf8'));
  /** Patterns do not change with the level of prices; some bars of the file have a price of 0, which no bar may have. */
  const LEVEL = 100;
  const barsOf = ({ lines }: Block): OhlcColumns => {
    const [open, high, low, close] = lines.slice(0, 4).map((line) => numbersOf(line).map((price) => price + LEVEL));
    return { open: open!, high: high!, low: low!, close: close!, volume: open!.map(() => 0) };
  };

  it('are all known', () => {
    const named = blocks.flatMap(({ lines }) => lines.slice(4).map((line) => line.replace('!', '').split(' ')[0]!));
    expect(named.filter((name) => !(BAR_SHAPES as readonly string[]).includes(name))).toEqual([]);
  });

  it('are found where they are and not where they are not', () => {
    const [missed, values]: [string[], number[]] = [[], []];
    blocks.forEach((block, number) => {
      const bars = barsOf(block);
      const impossible = bars.low.findIndex((low, i) => low > Math.min(bars.open[i]!, bars.close[i]!));
      if (impossible >= 0) {
        // One bar of the file closes below its low. We refuse such a bar, and find the patterns once the low is the close.
        expect(() => barShapes(bars)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
        bars.low[impossible] = Math.min(bars.open[impossible]!, bars.close[impossible]!);
      }
      const found = barShapes(bars);
      for (const line of block.lines.slice(4)) {
        const [word = '', ...at] = line.split(' ');
        const name = word.replace('!', '') as BarShapeName;
        for (const i of at.map(Number)) {
          values.push(i);
          if ((found[i] ?? []).includes(name) === word.startsWith('!')) missed.push(`block ${number}: ${word} ${i}`);
        }
      }
    });
    recordAccuracy({ reference: 'Tulip candles', quantity: 'pattern hits and misses', values: values.length, largestDeviation: missed.length, tolerance: 0, kind: 'absolute' });
    expect(missed).toEqual([]);
    expect(values.length).toBeGreaterThan(50);
  });
});
