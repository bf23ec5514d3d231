import {
  Adx, Adxr, Aroon, Atr, DirectionalIndex, DirectionalMovement, Donchian, Ichimoku, KalmanTrend, Keltner, Natr, ParabolicSar, SuperTrend, TrailingSar, TrueRange,
  type DirectionalIndexValue, type DirectionalMovementValue, type Indicator, type PriceBar,
} from '@nautilus/quant';
import { barsRead, define, ofBars, unitOf } from '../families.ts';
import type { Convention, Family, FeatureUnit } from '../feature.ts';

const price = { category: 'technical', unit: 'price' } as const;
const share = { category: 'technical', unit: '0…100' } as const;
const ALL = { conventions: ['talib', 'skender', 'tulip'] } as const;
const WITH_TULIP = { conventions: ['talib', 'tulip'] } as const;
const PERIOD = { period: 14 };
type Period = typeof PERIOD;

/** One bar earlier by Tulip's convention. */
const wilder = (p: Period, convention: Convention): number => (convention === 'tulip' ? p.period : p.period + 1);
const index = (name: string, formula: string, pick: (value: DirectionalIndexValue) => number): Family =>
  barsRead(name, { ...share, ...ALL, parameters: PERIOD, formula: (p) => `${formula} over ${p.period} bars (Wilder 1978)`, bars: wilder }, (p, convention) => new DirectionalIndex(p.period, convention), (value) => ({ number: pick(value) }));
const movement = (name: string, formula: string, pick: (value: DirectionalMovementValue) => number): Family =>
  barsRead(name, {
    ...price, ...ALL, parameters: PERIOD, formula: (p) => `Wilder's sum over ${p.period} bars of ${formula} where it is the larger move (1978)`, bars: (p, convention) => (convention === 'skender' ? p.period + 1 : p.period),
  }, (p, convention) => new DirectionalMovement(p.period, convention), (value) => ({ number: pick(value) }));

/** TA-Lib's stop does not tell its reversals, so both are read alike. */
interface Stop {
  readonly sar: number;
  readonly reversal?: boolean;
}
class PlainSar implements Indicator<PriceBar, Stop> {
  readonly #kernel: ParabolicSar;
  constructor(step: number, limit: number) {
    this.#kernel = new ParabolicSar(step, limit);
  }
  update(bar: PriceBar): Stop | undefined {
    const sar = this.#kernel.update(bar);
    return sar === undefined ? undefined : { sar };
  }
  snapshot(): unknown {
    return this.#kernel.snapshot();
  }
  restore(state: unknown): void {
    this.#kernel.restore(state as readonly unknown[]);
  }
}

function kalmanTrend(levelNoise: number, slopeNoise: number): FeatureUnit {
  const kernel = new KalmanTrend(levelNoise, slopeNoise);
  return unitOf(kernel, ({ close }) => {
    const trend = kernel.update(close);
    return trend === undefined ? {} : { number: trend.level, components: { slope: trend.slope } };
  });
}

/** Trends, their strength, and the channels and stops around them. */
export const TRENDS: readonly Family[] = [
  ofBars('adx', {
    ...share, ...ALL, parameters: PERIOD, formula: (p) => `Wilder's average of DX over ${p.period} bars (1978)`, bars: (p, convention) => (convention === 'tulip' ? 2 * p.period - 1 : 2 * p.period),
  }, (p, convention) => new Adx(p.period, convention)),
  ofBars('adxr', {
    ...share, ...ALL, parameters: PERIOD, formula: (p) => `mean of ADX ${p.period} and the one ${p.period - 1} bars before, in Skender ${p.period}`,
    bars: (p, convention) => 3 * p.period - (convention === 'skender' ? 0 : convention === 'tulip' ? 2 : 1),
  }, (p, convention) => new Adxr(p.period, convention)),
  index('dx', '100·|+DI − −DI|/(+DI + −DI)', ({ dx }) => dx),
  index('plus_di', '100·+DM/TR', ({ plus }) => plus),
  index('minus_di', '100·−DM/TR', ({ minus }) => minus),
  movement('plus_dm', 'H − H₋₁', ({ plus }) => plus),
  movement('minus_dm', 'L₋₁ − L', ({ minus }) => minus),
  barsRead('aroon', {
    category: 'technical', unit: '−100…100', parameters: { period: 25 }, conventions: ['talib', 'skender'], bars: (p) => p.period + 1,
    formula: (p) => `up − down (AROONOSC); components: up, down = 100·(${p.period} − bars since the extreme)/${p.period} (Chande 1995); of equal extremes the latest, in Skender the earliest`,
  }, (p, convention) => new Aroon(p.period, convention), ({ up, down, oscillator }) => ({ number: oscillator, components: { up, down } })),
  barsRead<Stop, unknown, { step: number; limit: number }>('sar', {
    ...price, ...ALL, parameters: { step: 0.02, limit: 0.2 }, bars: 2,
    formula: (p) => `parabolic stop and reverse, acceleration ${p.step} up to ${p.limit} (Wilder 1978); in Skender, which tells nothing up to the first reversal, and Tulip with the component reversal, 0 or 1`,
  }, (p, convention): Indicator<PriceBar, Stop> => (convention === 'talib' ? new PlainSar(p.step, p.limit) : new TrailingSar(p.step, p.limit, convention)),
  ({ sar, reversal }) => ({ number: sar, ...(reversal === undefined ? {} : { components: { reversal: Number(reversal) } }) })),
  barsRead('supertrend', {
    ...price, parameters: { period: 10, factor: 3 }, conventions: ['skender'], bars: (p) => p.period + 1,
    formula: (p) => `(H + L)/2 ± ${p.factor}·ATR ${p.period}, only tightening until the close passes it (Seban); components: direction 1 or −1, and the band in force as lower or upper`,
  }, (p) => new SuperTrend(p.period, p.factor), ({ superTrend, direction }) => ({ number: superTrend, components: { direction, [direction === 1 ? 'lower' : 'upper']: superTrend } })),
  ofBars('trange', { ...price, ...WITH_TULIP, formula: 'max(H − L, |H − C₋₁|, |L − C₋₁|)', bars: (_p, convention) => (convention === 'tulip' ? 1 : 2) }, (_p, convention) => new TrueRange(convention)),
  ofBars('atr', { ...price, ...WITH_TULIP, parameters: PERIOD, formula: (p) => `Wilder's average of the true range over ${p.period} bars`, bars: wilder }, (p, convention) => new Atr(p.period, convention)),
  ofBars('natr', { category: 'technical', unit: 'percent', ...WITH_TULIP, parameters: PERIOD, formula: (p) => `100·ATR ${p.period}/C`, bars: wilder }, (p, convention) => new Natr(p.period, convention)),
  barsRead('keltner', {
    ...price, parameters: { period: 20, factor: 2, atr_period: 10 }, conventions: ['skender'], bars: (p) => Math.max(p.period, p.atr_period + 1),
    formula: (p) => `EMA ${p.period}; components: upper, lower at ± ${p.factor}·ATR ${p.atr_period}, width as share of it`,
  }, (p) => new Keltner(p.period, p.factor, p.atr_period), ({ upper, center, lower, width }) => ({ number: center, components: { upper, lower, width } })),
  barsRead('donchian', {
    ...price, parameters: { period: 20 }, conventions: ['skender'], bars: (p) => p.period + 1, formula: (p) => `middle of the ${p.period} bars before; components: upper, lower, width as share of it`,
  }, (p) => new Donchian(p.period), ({ upper, center, lower, width }) => ({ number: center, components: { upper, lower, width } })),
  barsRead('ichimoku', {
    ...price, parameters: { conversion: 9, base: 26, span: 52 }, conventions: ['skender'], bars: (p) => p.conversion,
    formula: (p) => `middle of ${p.conversion} bars; components as they begin: base = middle of ${p.base}, leading_a, leading_b = their mean and the middle of ${p.span}, ${p.base} bars before (Hosoda 1969)`,
  }, (p) => new Ichimoku(p.conversion, p.base, p.span), ({ conversion, base, leadingA, leadingB }) => ({
    number: conversion,
    components: { ...(base === undefined ? {} : { base }), ...(leadingA === undefined ? {} : { leading_a: leadingA }), ...(leadingB === undefined ? {} : { leading_b: leadingB }) },
  })),
  define('kalman_trend', {
    ...price, parameters: { level_noise: 0.1, slope_noise: 0.001 }, conventions: ['literature'], bars: 2,
    formula: (p) => `filtered level of a local linear trend of ln C whose level and slope vary by ${p.level_noise} and ${p.slope_noise} of the noise (Harvey 1989); component: slope, a fraction a bar`,
  }, (p) => () => kalmanTrend(p.level_noise, p.slope_noise)),
];
