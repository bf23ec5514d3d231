import {
  Crossing, DecayingLevel, Highest, LaggedValue, LinearRegression, Lowest, MeanDeviation, MidPoint, MidPrice, PairBeta, PairCorrelation, WindowDeviation, WindowStandardError, WindowSum, WindowVariance,
  type RegressionLine,
} from '@nautilus/quant';
import { ofBars, ofPairs, ofValues, valuesRead } from '../families.ts';
import type { Family } from '../feature.ts';

const own = { category: 'statistic', unit: 'of the input' } as const;
const window = (p: { readonly period: number }): number => p.period;

const line = (name: string, what: string, pick: (line: RegressionLine) => number): Family =>
  valuesRead(name, { ...own, parameters: { period: 14 }, formula: (p) => `${what} the least-squares line through the last ${p.period} values`, bars: window }, (p) => new LinearRegression(p.period), (found) => ({ number: pick(found) }));

/** Statistics of windows of one series, or of two. */
export const STATISTICS: readonly Family[] = [
  ofValues('stddev', { ...own, parameters: { period: 20, deviations: 1 }, formula: (p) => `${p.deviations} population deviations of the last ${p.period} values`, bars: window }, (p) => new WindowDeviation(p.period, p.deviations)),
  ofValues('var', { ...own, unit: 'of the input, squared', parameters: { period: 20 }, formula: (p) => `population variance of the last ${p.period} values`, bars: window }, (p) => new WindowVariance(p.period)),
  ofValues('stderr', { ...own, parameters: { period: 20 }, conventions: ['tulip'], formula: (p) => `population deviation of the last ${p.period} values/√${p.period}`, bars: window }, (p) => new WindowStandardError(p.period)),
  ofValues('md', { ...own, parameters: { period: 20 }, conventions: ['tulip'], formula: (p) => `mean of |x − mean| over the last ${p.period} values`, bars: window }, (p) => new MeanDeviation(p.period)),
  line('linearreg', 'end of', ({ end }) => end),
  line('linearreg_slope', 'slope of', ({ slope }) => slope),
  line('linearreg_intercept', 'oldest point of', ({ intercept }) => intercept),
  line('tsf', 'one bar ahead on', ({ next }) => next),
  ofPairs('beta', { category: 'statistic', unit: 'ratio', parameters: { period: 5 }, formula: (p) => `slope of the relative changes of the second series on those of the first over ${p.period} changes`, bars: (p) => p.period + 1 }, (p) => new PairBeta(p.period), ['high', 'low']),
  ofPairs('correl', { category: 'statistic', unit: '−1…1', parameters: { period: 30 }, formula: (p) => `Pearson's correlation of two series over ${p.period} bars`, bars: window }, (p) => new PairCorrelation(p.period), ['high', 'low']),
  ofPairs('crossing', { category: 'statistic', unit: '−1, 0, 1', conventions: ['tulip'], formula: '1 where the first series comes to stand above the second, −1 where below (crossover, crossany)', bars: 2 }, () => new Crossing(), ['close', 'open']),
  ofValues('max', { ...own, parameters: { period: 30 }, formula: (p) => `highest of the last ${p.period} values`, bars: window }, (p) => new Highest(p.period)),
  ofValues('min', { ...own, parameters: { period: 30 }, formula: (p) => `lowest of the last ${p.period} values`, bars: window }, (p) => new Lowest(p.period)),
  ofValues('sum', { ...own, parameters: { period: 30 }, conventions: ['tulip'], formula: (p) => `sum of the last ${p.period} values`, bars: window }, (p) => new WindowSum(p.period)),
  ofValues('midpoint', { ...own, parameters: { period: 14 }, formula: (p) => `(max + min)/2 of the last ${p.period} values`, bars: window }, (p) => new MidPoint(p.period)),
  ofBars('midprice', { category: 'statistic', unit: 'price', parameters: { period: 14 }, formula: (p) => `(HH + LL)/2 of the last ${p.period} bars`, bars: window }, (p) => new MidPrice(p.period)),
  ofValues('lag', { ...own, parameters: { period: 1 }, conventions: ['tulip'], formula: (p) => `x ${p.period} bars before`, bars: (p) => p.period + 1 }, (p) => new LaggedValue(p.period)),
  ofValues('decay', { ...own, parameters: { period: 5 }, conventions: ['tulip'], formula: (p) => `max(x, level before − 1/${p.period})`, bars: 1 }, (p) => new DecayingLevel(p.period, 'linear')),
  ofValues('edecay', { ...own, parameters: { period: 5 }, conventions: ['tulip'], formula: (p) => `max(x, level before·${p.period - 1}/${p.period})`, bars: 1 }, (p) => new DecayingLevel(p.period, 'exponential')),
];
