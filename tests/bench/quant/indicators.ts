import {
  Adx, Aroon, Atr, BollingerBands, Cci, Cmo, Dema, Ema, Kama, Macd, Momentum, MoneyFlowIndex, Natr, OnBalanceVolume, RateOfChange, Rsi, Sma,
  Stochastic, Tema, Trix, TrueRange, UltimateOscillator, WilliamsR, WindowDeviation, Wma, type Indicator, type PriceBar,
} from '@nautilus/quant';
import type { Case, Outcome } from '../report.ts';
import { median, medianRatio, perSecond, spread, times } from '../statistics.ts';
import { barsOf, cpuMilliseconds, deviation, within } from './series.ts';

const BARS = 40_000;
const { high, low, close, volume } = barsOf(1, BARS);
const bars: readonly PriceBar[] = Array.from(close, (price, i) => ({ high: high[i] ?? NaN, low: low[i] ?? NaN, close: price, volume: volume[i] ?? NaN }));

const ofCloses = (): readonly Indicator<number, unknown>[] => [
  new Sma(20), new Ema(12), new Wma(20), new Dema(20), new Tema(20), new Kama(10), new Rsi(14), new Cmo(14), new RateOfChange(10), new Momentum(10),
  new Macd(), new BollingerBands(20), new WindowDeviation(20), new Trix(15),
];
const ofBars = (): readonly Indicator<PriceBar, unknown>[] => [
  new Atr(14), new Natr(14), new TrueRange(), new Adx(14), new Cci(20), new WilliamsR(14), new OnBalanceVolume(), new MoneyFlowIndex(14), new Stochastic(), new Aroon(14),
  new UltimateOscillator(),
];
const COUNT = ofCloses().length + ofBars().length;

/** Every bar goes to all indicators before the next, as it does live. */
function feedAll(): number {
  const [first, second] = [ofCloses(), ofBars()];
  let values = 0;
  for (const bar of bars) {
    for (const indicator of first) if (indicator.update(bar.close) !== undefined) values += 1;
    for (const indicator of second) if (indicator.update(bar) !== undefined) values += 1;
  }
  return values;
}

type Form = readonly [name: string, incremental: (out: Float64Array) => void, plain: (out: Float64Array) => void];

const stream = <Input>(make: () => Indicator<Input>, input: readonly Input[] | Float64Array) => (out: Float64Array): void => {
  const indicator = make();
  for (let i = 0; i < BARS; i++) out[i] = indicator.update(input[i] as Input) ?? NaN;
};

const at = (values: Float64Array, i: number): number => values[i] ?? NaN;

/** Control: each definition as one plain loop over columns, windows summed again for each bar. */
const FORMS: readonly Form[] = [
  ['SMA 20', stream(() => new Sma(20), close), (out) => {
    for (let i = 19; i < BARS; i++) {
      let sum = 0;
      for (let k = i - 19; k <= i; k++) sum += at(close, k);
      out[i] = sum / 20;
    }
  }],
  ['EMA 12', stream(() => new Ema(12), close), (out) => {
    let average = 0;
    for (let i = 0; i < 12; i++) average += at(close, i) / 12;
    out[11] = average;
    for (let i = 12; i < BARS; i++) out[i] = average += (2 / 13) * (at(close, i) - average);
  }],
  ['RSI 14', stream(() => new Rsi(14), close), (out) => {
    let [gain, loss] = [0, 0];
    for (let i = 1; i < BARS; i++) {
      const change = at(close, i) - at(close, i - 1);
      const weight = i <= 14 ? 1 : 13 / 14;
      gain = gain * weight + Math.max(0, change) / 14;
      loss = loss * weight + Math.max(0, -change) / 14;
      if (i >= 14) out[i] = (100 * gain) / (gain + loss);
    }
  }],
  ['ATR 14', stream(() => new Atr(14), bars), (out) => {
    let average = 0;
    for (let i = 1; i < BARS; i++) {
      const range = Math.max(at(high, i), at(close, i - 1)) - Math.min(at(low, i), at(close, i - 1));
      average = i <= 14 ? average + range / 14 : (average * 13 + range) / 14;
      if (i >= 14) out[i] = average;
    }
  }],
  ['Williams %R 14', stream(() => new WilliamsR(14), bars), (out) => {
    for (let i = 13; i < BARS; i++) {
      let [top, bottom] = [-Infinity, Infinity];
      for (let k = i - 13; k <= i; k++) {
        top = Math.max(top, at(high, k));
        bottom = Math.min(bottom, at(low, k));
      }
      out[i] = (-100 * (top - at(close, i))) / (top - bottom);
    }
  }],
  ['standard deviation 20', stream(() => new WindowDeviation(20), close), (out) => {
    for (let i = 19; i < BARS; i++) {
      let [sum, squares] = [0, 0];
      for (let k = i - 19; k <= i; k++) sum += at(close, k) / 20;
      for (let k = i - 19; k <= i; k++) squares += (at(close, k) - sum) ** 2 / 20;
      out[i] = Math.sqrt(squares);
    }
  }],
];

async function measure(runs: number): Promise<Outcome> {
  const [found, expected] = [new Float64Array(BARS), new Float64Array(BARS)];
  let largest = 0;
  for (const [name, incremental, plain] of FORMS) {
    found.fill(NaN);
    expected.fill(NaN);
    incremental(found);
    plain(expected);
    largest = Math.max(largest, deviation(found, expected, 1e-2, name));
  }
  const agreement = within(largest, 1e-9, 'an indicator');
  const values = feedAll();
  if (!(values > COUNT * (BARS - 100))) throw new Error(`${values} values of ${COUNT * BARS}, so nothing was measured`);
  const all: number[] = [];
  const incremental: number[] = [];
  const plain: number[] = [];
  for (let run = 0; run < runs; run++) {
    all.push((COUNT * BARS) / cpuMilliseconds(feedAll) * 1000);
    incremental.push((FORMS.length * BARS) / cpuMilliseconds(() => FORMS.forEach(([, update]) => update(found))) * 1000);
    plain.push((FORMS.length * BARS) / cpuMilliseconds(() => FORMS.forEach(([, , loop]) => loop(expected))) * 1000);
  }
  const ratio = medianRatio(incremental, plain);
  const met = median(all) >= 10_000_000;
  return {
    findings: [
      {
        claim: `${COUNT} incremental indicators on one core: ≥ 10,000,000 updates/s in total`,
        measured: spread(all, perSecond),
        ratio: times(ratio),
        method: `${BARS.toLocaleString('en-US')} bars, each to all ${COUNT} before the next, per CPU second; ratio: ${FORMS.length} of them one after the other, ${spread(incremental, perSecond)}, to plain loops of their definitions over whole columns, ${spread(plain, perSecond)}; ${agreement}`,
        verdict: met ? 'met' : 'missed',
        ...(met ? {} : { reason: 'each input is checked, and a call through the common interface costs more than the arithmetic' }),
      },
    ],
    gates: [{ name: 'incremental indicators / plain loops, updates per second', ratio, atLeast: 0.3 }],
  };
}

export const indicators: Case = { name: `${COUNT} indicators`, measure };
