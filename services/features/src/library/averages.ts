import { CycleTrendline, Dema, Ema, Hma, Kama, Mama, Sma, T3, Tema, Trima, Vidya, Vwma, WilderAverage, Wma, ZeroLagEma } from '@nautilus/quant';
import { ofPairs, ofValues, valuesRead } from '../families.ts';
import type { Family } from '../feature.ts';

const average = { category: 'technical', unit: 'of the input' } as const;
const window = (p: { readonly period: number }): number => p.period;

/** Moving averages. */
export const AVERAGES: readonly Family[] = [
  ofValues('sma', { ...average, parameters: { period: 20 }, formula: (p) => `mean of the last ${p.period} values`, bars: window }, (p) => new Sma(p.period)),
  ofValues('ema', {
    ...average, parameters: { period: 20 }, conventions: ['talib', 'skender', 'tulip'], formula: (p) => `e += (x − e)·2/${p.period + 1}, started with the mean of the first ${p.period} values, in Tulip with the first`,
    bars: (p, convention) => (convention === 'tulip' ? 1 : p.period),
  }, (p, convention) => new Ema(p.period, convention)),
  ofValues('wma', { ...average, parameters: { period: 14 }, formula: (p) => `mean with weights 1…${p.period}, the newest heaviest`, bars: window }, (p) => new Wma(p.period)),
  ofValues('dema', { ...average, parameters: { period: 14 }, conventions: ['talib', 'tulip'], formula: (p) => `2e₁ − e₂ of nested EMAs of ${p.period} (Mulloy 1994)`, bars: (p) => 2 * p.period - 1 }, (p, convention) => new Dema(p.period, convention)),
  ofValues('tema', { ...average, parameters: { period: 14 }, conventions: ['talib', 'tulip'], formula: (p) => `3e₁ − 3e₂ + e₃ of nested EMAs of ${p.period} (Mulloy 1994)`, bars: (p) => 3 * p.period - 2 }, (p, convention) => new Tema(p.period, convention)),
  ofValues('trima', { ...average, parameters: { period: 14 }, formula: (p) => `mean of means, together ${p.period} values`, bars: window }, (p) => new Trima(p.period)),
  ofValues('kama', {
    ...average, parameters: { period: 30 }, conventions: ['talib', 'tulip'], formula: (p) => `k += (er·(2/3 − 2/31) + 2/31)²·(x − k), er the net over the whole movement of ${p.period} changes (Kaufman 1995)`,
    bars: (p, convention) => (convention === 'tulip' ? p.period : p.period + 1),
  }, (p, convention) => new Kama(p.period, convention)),
  ofValues('t3', { ...average, parameters: { period: 5, volume_factor: 0.7 }, formula: (p) => `six nested EMAs of ${p.period}, weighted by v = ${p.volume_factor} (Tillson 1998)`, bars: (p) => 6 * p.period - 5 }, (p) => new T3(p.period, p.volume_factor)),
  ofValues('hma', { ...average, parameters: { period: 16 }, conventions: ['tulip'], formula: (p) => `WMA(⌊√n⌋) of 2·WMA(⌊n/2⌋) − WMA(n), n = ${p.period} (Hull 2005)`, bars: (p) => p.period + Math.floor(Math.sqrt(p.period)) - 1 }, (p) => new Hma(p.period)),
  ofValues('vidya', {
    ...average, parameters: { short_period: 14, long_period: 34, alpha: 0.2 }, conventions: ['tulip'], bars: (p) => p.long_period - 1,
    formula: (p) => `v += ${p.alpha}·(s/l)·(x − v), s and l the deviations of ${p.short_period} and ${p.long_period} values (Chande 1992)`,
  }, (p) => new Vidya(p.short_period, p.long_period, p.alpha)),
  ofValues('wilders', { ...average, parameters: { period: 14 }, formula: (p) => `(previous·${p.period - 1} + x)/${p.period} after the mean of the first ${p.period} values (Wilder 1978)`, bars: window }, (p) => new WilderAverage(p.period)),
  ofValues('zlema', {
    ...average, parameters: { period: 14 }, conventions: ['tulip'], formula: (p) => `EMA ${p.period} of x + (x − x ${Math.floor((p.period - 1) / 2)} bars before) (Ehlers and Way 2010)`,
    bars: (p) => Math.max(1, Math.floor((p.period - 1) / 2)),
  }, (p) => new ZeroLagEma(p.period)),
  ofPairs('vwma', { ...average, parameters: { period: 20 }, conventions: ['tulip'], formula: (p) => `mean of the last ${p.period} of the first series weighted by the second`, bars: window }, (p) => new Vwma(p.period), ['close', 'volume']),
  valuesRead('mama', {
    ...average, parameters: { fast_limit: 0.5, slow_limit: 0.05 }, bars: 33,
    formula: (p) => `EMA whose weight ${p.slow_limit}…${p.fast_limit} follows the rate of phase of the dominant cycle; component: fama, half as fast (Ehlers 2001)`,
  }, (p) => new Mama(p.fast_limit, p.slow_limit), ({ mama, fama }) => ({ number: mama, components: { fama } })),
  ofValues('ht_trendline', { ...average, formula: 'means over one dominant cycle, weighted 4, 3, 2, 1 (Ehlers 2001)', bars: 64 }, () => new CycleTrendline()),
];
