import {
  AbsolutePriceOscillator, AwesomeOscillator, BalanceOfPower, BollingerPosition, Cci, ChangeRatio, Cmo, DetrendedPrice, FastStochastic, FisherTransform, ForecastOscillator, MassIndex, Momentum,
  PercentagePriceOscillator, Qstick, RateOfChange, RelativeChange, RelativeStrengthPlace, Rsi, Stochastic, StochasticRsi, Trix, UltimateOscillator, VerticalHorizontalFilter,
} from '@nautilus/quant';
import { barsRead, ofBars, ofValues, valuesRead } from '../families.ts';
import type { Family } from '../feature.ts';

const CATEGORY = { category: 'technical' } as const;
const percent = { ...CATEGORY, unit: 'percent' } as const;
const price = { ...CATEGORY, unit: 'of the input' } as const;
const share = { ...CATEGORY, unit: '0…100' } as const;
const ratio = { ...CATEGORY, unit: 'ratio' } as const;
const after = (p: { readonly period: number }): number => p.period + 1;
const STOCHASTIC = { period: 14, slowing: 3, signal: 3 };
const TWO = { fast: 12, slow: 26 };
/** Tulip's EMAs begin with the first value, where both agree. */
const twoAverages = (p: typeof TWO, convention: string): number => (convention === 'tulip' ? 2 : p.slow);

/** Changes, and where prices stand in their recent range. */
export const OSCILLATORS: readonly Family[] = [
  ofValues('mom', { ...price, parameters: { period: 10 }, formula: (p) => `x − x ${p.period} bars before`, bars: after }, (p) => new Momentum(p.period)),
  ofValues('roc', { ...percent, parameters: { period: 10 }, formula: (p) => `100·(x/x ${p.period} bars before − 1)`, bars: after }, (p) => new RateOfChange(p.period)),
  ofValues('rocp', { ...CATEGORY, unit: 'fraction', parameters: { period: 10 }, formula: (p) => `x/x ${p.period} bars before − 1; Tulip calls it roc`, bars: after }, (p) => new RelativeChange(p.period)),
  ofValues('rocr', { ...ratio, parameters: { period: 10 }, formula: (p) => `x/x ${p.period} bars before`, bars: after }, (p) => new ChangeRatio(p.period)),
  ofValues('rsi', { ...share, parameters: { period: 14 }, formula: (p) => `100·U/(U + D) of Wilder's averages of rises and falls over ${p.period} bars`, bars: after }, (p) => new Rsi(p.period)),
  ofValues('cmo', { ...CATEGORY, unit: '−100…100', parameters: { period: 14 }, conventions: ['talib', 'tulip'], formula: (p) => `100·(U − D)/(U + D), U and D Wilder's averages of rises and falls over ${p.period} bars, in Tulip their sums`, bars: after }, (p, convention) => new Cmo(p.period, convention)),
  ofValues('trix', { ...percent, parameters: { period: 15 }, conventions: ['talib', 'tulip'], formula: (p) => `change in percent of the third of nested EMAs of ${p.period} (Hutson)`, bars: (p) => 3 * p.period - 1 }, (p, convention) => new Trix(p.period, convention)),
  ofValues('apo', { ...price, parameters: TWO, conventions: ['talib', 'skender', 'tulip'], formula: (p) => `EMA ${p.fast} − EMA ${p.slow}, each with its own start`, bars: twoAverages }, (p, convention) => new AbsolutePriceOscillator(p.fast, p.slow, 'ema', convention)),
  ofValues('ppo', { ...percent, parameters: TWO, conventions: ['talib', 'tulip'], formula: (p) => `100·(fast − slow)/slow of means of ${p.fast} and ${p.slow} values, in Tulip of EMAs`, bars: twoAverages }, (p, convention) => new PercentagePriceOscillator(p.fast, p.slow, convention === 'tulip' ? 'ema' : 'sma', convention)),
  barsRead('stoch', {
    ...share, parameters: STOCHASTIC, bars: (p) => p.period + p.slowing + p.signal - 2,
    formula: (p) => `slow %K = mean of ${p.slowing} of 100·(C − LL)/(HH − LL) over ${p.period} bars; components: d, its mean over ${p.signal}, and j = 3·%K − 2·%D`,
  }, (p) => new Stochastic(p.period, p.slowing, p.signal), ({ k, d }) => ({ number: k, components: { d, j: 3 * k - 2 * d } })),
  barsRead('stochf', {
    ...share, parameters: { period: 5, signal: 3 }, formula: (p) => `fast %K = 100·(C − LL)/(HH − LL) over ${p.period} bars; component: d, its mean over ${p.signal}`, bars: (p) => p.period + p.signal - 1,
  }, (p) => new FastStochastic(p.period, p.signal), ({ k, d }) => ({ number: k, components: { d } })),
  valuesRead('stochrsi', {
    ...share, parameters: { period: 14, k_period: 5, d_period: 3, smooth: 1 }, bars: (p) => p.period + p.k_period + p.smooth + p.d_period - 2,
    formula: (p) => `mean of ${p.smooth} of where RSI ${p.period} stands among its last ${p.k_period}; component: d, its mean over ${p.d_period} (Chande and Kroll 1994)`,
  }, (p) => new StochasticRsi(p.period, p.k_period, p.d_period, p.smooth), ({ k, d }) => ({ number: k, components: { d } })),
  ofValues('rsi_place', { ...CATEGORY, unit: '0…1', parameters: { period: 14 }, conventions: ['tulip'], formula: (p) => `(RSI − min)/(max − min) of the last ${p.period} values of RSI ${p.period}; Tulip calls it stochrsi`, bars: (p) => 2 * p.period }, (p) => new RelativeStrengthPlace(p.period)),
  ofBars('cci', {
    ...ratio, parameters: { period: 20 }, conventions: ['talib', 'tulip'], formula: (p) => `(t − m)/(0.015·mean absolute deviation) of the typical price over ${p.period} bars (Lambert 1980)`,
    bars: (p, convention) => (convention === 'tulip' ? 2 * p.period - 1 : p.period),
  }, (p, convention) => new Cci(p.period, convention)),
  ofBars('ultosc', {
    ...share, parameters: { first: 7, second: 14, third: 28 }, formula: (p) => `100·(4a₁ + 2a₂ + a₃)/7, a the buying pressure over the true range of ${p.first}, ${p.second}, ${p.third} bars (Williams 1985)`,
    bars: (p) => Math.max(p.first, p.second, p.third) + 1,
  }, (p) => new UltimateOscillator(p.first, p.second, p.third)),
  ofBars('bop', { ...CATEGORY, unit: '−1…1', formula: '(C − O)/(H − L)', bars: 1 }, () => new BalanceOfPower()),
  ofBars('ao', { ...CATEGORY, unit: 'price', parameters: { fast: 5, slow: 34 }, conventions: ['tulip'], formula: (p) => `mean of ${p.fast} − mean of ${p.slow} of (H + L)/2 (Williams)`, bars: (p) => p.slow }, (p) => new AwesomeOscillator(p.fast, p.slow)),
  ofValues('dpo', { ...price, parameters: { period: 20 }, conventions: ['tulip'], formula: (p) => `x ${Math.floor(p.period / 2) + 1} bars before − mean of the last ${p.period}`, bars: (p) => Math.max(p.period, Math.floor(p.period / 2) + 2) }, (p) => new DetrendedPrice(p.period)),
  ofValues('fosc', { ...percent, parameters: { period: 14 }, conventions: ['tulip'], formula: (p) => `100·(x − f)/x, f what the line through the ${p.period} values before forecasts`, bars: after }, (p) => new ForecastOscillator(p.period)),
  barsRead('fisher', {
    ...ratio, parameters: { period: 10 }, conventions: ['tulip'], formula: (p) => `Fisher transform of where (H + L)/2 stands in its range of ${p.period} bars; component: signal, the value before (Ehlers 2002)`, bars: (p) => p.period,
  }, (p) => new FisherTransform(p.period), ({ fisher, signal }) => ({ number: fisher, components: { signal } })),
  ofBars('mass', { ...ratio, parameters: { period: 25 }, conventions: ['tulip'], formula: (p) => `Σ over ${p.period} bars of EMA 9 / EMA 9 of EMA 9 of H − L (Dorsey 1992)`, bars: (p) => p.period + 16 }, (p) => new MassIndex(p.period)),
  ofValues('vhf', { ...ratio, parameters: { period: 28 }, conventions: ['tulip'], formula: (p) => `(max − min)/Σ|Δx| over ${p.period} changes (White 1991)`, bars: after }, (p) => new VerticalHorizontalFilter(p.period)),
  ofBars('qstick', { ...CATEGORY, unit: 'price', parameters: { period: 14 }, conventions: ['tulip'], formula: (p) => `mean of C − O over ${p.period} bars (Chande)`, bars: (p) => p.period }, (p) => new Qstick(p.period)),
  valuesRead('bollinger_position', {
    ...CATEGORY, unit: 'share of the band', parameters: { period: 20, deviations: 2 }, conventions: ['skender'], bars: (p) => p.period,
    formula: (p) => `(x − lower)/(upper − lower), bands at ${p.deviations} population deviations around the mean of ${p.period}; components: z_score, bandwidth`,
  }, (p) => new BollingerPosition(p.period, p.deviations), ({ percentB, zScore, bandwidth }) => ({ number: percentB, components: { z_score: zScore, bandwidth } })),
];
