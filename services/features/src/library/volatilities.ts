import type { ReasonCode } from '@nautilus/model';
import {
  BipowerVariation, ChaikinVolatility, ChangeVolatility, GapGarmanKlassVolatility, GarmanKlassVolatility, HarForecast, HurstExponent, ParkinsonVolatility, RealizedVariance, RogersSatchellVolatility,
  YangZhangVolatility, type Indicator, type OhlcBar,
} from '@nautilus/quant';
import { define, ofBars, ofValues, unitOf } from '../families.ts';
import type { Family, FeatureUnit } from '../feature.ts';

const PERIOD = { period: 10 };
type Make = (period: number, barsPerYear: number) => Indicator<OhlcBar>;

/** `more`: bars beyond the window, for the close before it. */
const estimator = (name: string, formula: string, make: Make, more: 0 | 1 = 0): Family =>
  define<typeof PERIOD>(name, { category: 'volatility', unit: 'a year', parameters: PERIOD, conventions: ['ttr'], formula: (p) => `${formula} over ${p.period} bars`, bars: (p) => p.period + more }, (p) => ({ barsPerYear }) => {
    const kernel = make(p.period, barsPerYear);
    return unitOf(kernel, (bar) => ({ number: kernel.update(bar) }));
  });

const DAY_MS = 86_400_000;
const DAYS_A_YEAR = 252;

/** The variance of a day is of the bars that begin on it (UTC). */
function har(days: number): FeatureUnit {
  const kernel = new HarForecast(days);
  const aYear = (variance: number): number => Math.sqrt(DAYS_A_YEAR * variance);
  return unitOf(kernel, ({ close, start_ms, end_ms }) => {
    const found = kernel.update({ value: close, day: Math.floor(start_ms / DAY_MS), ends: end_ms - start_ms >= DAY_MS });
    return found === undefined ? {} : { number: aYear(found.forecast), components: { daily: aYear(found.daily), weekly: aYear(found.weekly), monthly: aYear(found.monthly) } };
  });
}

/** Logarithms need prices: these are of closes alone, as a volume may be 0. */
function ofCloses(kernel: Indicator<number>, reason: ReasonCode = 'insufficient_history'): FeatureUnit {
  return unitOf(kernel, ({ close }) => ({ number: kernel.update(close), reason }));
}

const LITERATURE = { conventions: ['literature'] } as const;

/** Volatility from the ranges of bars, N bars a year; the one from closes is realized_vol. */
export const VOLATILITIES: readonly Family[] = [
  estimator('parkinson', '√(N/(4n ln 2)·Σ ln²(H/L)) (Parkinson 1980)', (n, perYear) => new ParkinsonVolatility(n, perYear)),
  estimator('garman_klass', '√(N/n·Σ[½ ln²(H/L) − (2 ln 2 − 1) ln²(C/O)]) (Garman and Klass 1980)', (n, perYear) => new GarmanKlassVolatility(n, perYear)),
  estimator('rogers_satchell', '√(N/n·Σ[ln(H/C)ln(H/O) + ln(L/C)ln(L/O)]) (Rogers and Satchell 1991)', (n, perYear) => new RogersSatchellVolatility(n, perYear)),
  estimator('gk_yz', 'Garman and Klass with ln²(O/C₋₁) for the gap (Yang and Zhang 2000)', (n, perYear) => new GapGarmanKlassVolatility(n, perYear), 1),
  estimator('yang_zhang', 'overnight, session and Rogers-Satchell variance weighted for the least error (Yang and Zhang 2000)', (n, perYear) => new YangZhangVolatility(n, perYear), 1),
  ofBars('cvi', { category: 'volatility', unit: 'percent', parameters: PERIOD, conventions: ['tulip'], formula: (p) => `change over ${p.period} bars of EMA ${p.period} of H − L (Chaikin)`, bars: (p) => 2 * p.period }, (p) => new ChaikinVolatility(p.period)),
  ofValues('volatility', { category: 'volatility', unit: 'a year of 252 bars', parameters: { period: 20 }, conventions: ['tulip'], formula: (p) => `√252·population deviation of ${p.period} relative changes`, bars: (p) => p.period + 1 }, (p) => new ChangeVolatility(p.period)),
  define('realized_variance', { category: 'volatility', unit: 'variance', ...LITERATURE, parameters: { period: 20 }, formula: (p) => `Σ r² of ${p.period} log returns`, bars: (p) => p.period + 1 }, (p) => () => ofCloses(new RealizedVariance(p.period))),
  define('bipower_variation', {
    category: 'volatility', unit: 'variance', ...LITERATURE, parameters: { period: 20 }, formula: (p) => `(π/2)·Σ|r||r₋₁| of ${p.period} log returns: without jumps (Barndorff-Nielsen and Shephard 2004)`, bars: (p) => p.period + 1,
  }, (p) => () => ofCloses(new BipowerVariation(p.period))),
  define('har_vol', {
    category: 'volatility', unit: 'a year', ...LITERATURE, parameters: { days: 250 }, bars: (p) => p.days + 23,
    formula: (p) => `forecast for the next day: its realised variance on that of the day, week and month before, by least squares over ${p.days} days (Corsi 2009); components: daily, weekly, monthly; the bars needed are daily ones`,
  }, (p) => () => har(p.days)),
  define('hurst', {
    category: 'volatility', unit: 'exponent', ...LITERATURE, parameters: { period: 256 }, bars: (p) => p.period + 1,
    formula: (p) => `slope of ln(R/S) on ln m over stretches of m = 8, 16 … of ${p.period} log returns (Hurst 1951; Mandelbrot and Wallis 1969)`,
  }, (p) => () => ofCloses(new HurstExponent(p.period), 'constant_series')),
];
