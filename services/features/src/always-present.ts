import {
  AccumulationDistribution, Atr, BollingerBands, Ema, Macd, Momentum, RateOfChange, RealizedVolatility, Rsi, Sma, Stochastic, VolatilityClustering, VolumeProfile, Vwap, WilliamsR,
  fundamentalRatios, type FundamentalName,
} from '@nautilus/quant';
import { barsRead, define, ofBars, ofValues, unitOf, valuesRead } from './families.ts';
import type { Family, FeatureUnit, UnitInputs } from './feature.ts';
import { GarchUnit, MODEL_PARAMETERS, RegimeUnit } from './model-units.ts';

const DAY_MS = 86_400_000;

function vwap(): FeatureUnit {
  const kernel = new Vwap();
  return unitOf(kernel, (bar) => ({ number: kernel.update({ ...bar, session: Math.floor(bar.start_ms / DAY_MS) }), reason: 'no_volume' }));
}

function volumeProfile(period: number, bins: number): FeatureUnit {
  const kernel = new VolumeProfile(period, bins);
  return unitOf(kernel, (bar) => {
    const profile = kernel.update(bar);
    if (profile === undefined) return { reason: 'no_volume' };
    return { number: profile.pointOfControl, components: { value_area_low: profile.valueAreaLow, value_area_high: profile.valueAreaHigh } };
  });
}

function clustering(period: number): FeatureUnit {
  const kernel = new VolatilityClustering(period);
  return unitOf(kernel, ({ close }) => ({ number: kernel.update(close), reason: 'constant_series' }));
}

function realizedVolatility(period: number, { barsPerYear }: UnitInputs): FeatureUnit {
  const kernel = new RealizedVolatility(period, barsPerYear);
  return unitOf(kernel, ({ close }) => ({ number: kernel.update(close) }));
}

/** The price is the bar's close; of the filings only what was known at its end counts. */
const ratio = (name: FundamentalName, unit: string, formula: string): Family =>
  define(name, { category: 'fundamental', unit, formula, bars: 1, conventions: ['point in time'] }, () => ({ filings }) => ({
    // The filings are the only state, and they are kept elsewhere.
    snapshot: () => null,
    restore: () => undefined,
    update: ({ close, end_ms }) => {
      const figure = fundamentalRatios(filings.statement(end_ms), close)[name];
      return typeof figure === 'number' ? { number: figure, sources: filings.sources } : { reason: figure.reason };
    },
  }));

const STOCHASTIC = { period: 14, slowing: 3, signal: 3 };
const stochasticBars = (p: typeof STOCHASTIC): number => p.period + p.slowing + p.signal - 2;
const slowStochastic = (p: typeof STOCHASTIC): Stochastic => new Stochastic(p.period, p.slowing, p.signal);

/** The 25 that run for every symbol, bar by bar. */
export const ALWAYS_PRESENT: readonly Family[] = [
  ofValues('sma_20', { category: 'technical', unit: 'price', parameters: { period: 20 }, formula: (p) => `mean of the last ${p.period} closes`, bars: (p) => p.period }, (p) => new Sma(p.period)),
  ofValues('ema_20', { category: 'technical', unit: 'price', parameters: { period: 20 }, formula: (p) => `e += (C − e)·2/${p.period + 1}, started with the mean of the first ${p.period} closes`, bars: (p) => p.period }, (p) => new Ema(p.period)),
  ofValues('rsi_14', { category: 'technical', unit: '0…100', parameters: { period: 14 }, formula: (p) => `100·U/(U + D) of Wilder's averages of rises and falls over ${p.period} bars`, bars: (p) => p.period + 1 }, (p) => new Rsi(p.period)),
  valuesRead('macd', {
    category: 'technical', unit: 'price', parameters: { fast: 12, slow: 26, signal: 9 }, conventions: ['talib', 'skender', 'tulip'],
    formula: (p) => `EMA ${p.fast} − EMA ${p.slow}; components: signal = EMA ${p.signal} of it, histogram`, bars: (p, convention) => (convention === 'tulip' ? p.slow : p.slow + p.signal - 1),
  }, (p, convention) => new Macd(p.fast, p.slow, p.signal, convention), ({ macd, signal, histogram }) => ({ number: macd, components: { signal, histogram } })),
  valuesRead('bollinger_bands', {
    category: 'technical', unit: 'share of the band', parameters: { period: 20, deviations: 2 }, bars: (p) => p.period,
    formula: (p) => `(C − lower)/(upper − lower), bands at ${p.deviations} population deviations around the mean of ${p.period} closes`,
  }, (p) => new BollingerBands(p.period, p.deviations), ({ upper, middle, lower }, value) => {
    const width = upper - lower;
    // Rounding leaves a constant series a band of a few units in the last place.
    return width > 1e-9 * middle ? { number: (value - lower) / width, components: { upper, middle, lower } } : { reason: 'constant_series' };
  }),
  ofBars('atr_14', { category: 'technical', unit: 'price', parameters: { period: 14 }, formula: (p) => `Wilder's average of the true range over ${p.period} bars`, bars: (p) => p.period + 1 }, (p) => new Atr(p.period)),
  ofValues('momentum_10', { category: 'technical', unit: 'price', parameters: { period: 10 }, formula: (p) => `C − C ${p.period} bars before`, bars: (p) => p.period + 1 }, (p) => new Momentum(p.period)),
  ofValues('roc_12', { category: 'technical', unit: 'percent', parameters: { period: 12 }, formula: (p) => `100·(C/C ${p.period} bars before − 1)`, bars: (p) => p.period + 1 }, (p) => new RateOfChange(p.period)),
  ofBars('williams_r', { category: 'technical', unit: '−100…0', parameters: { period: 14 }, formula: (p) => `−100·(HH − C)/(HH − LL) over ${p.period} bars`, bars: (p) => p.period }, (p) => new WilliamsR(p.period)),
  barsRead('stochastic_k', {
    category: 'technical', unit: '0…100', parameters: STOCHASTIC, bars: stochasticBars, formula: (p) => `slow %K (${p.period}, ${p.slowing}, ${p.signal}): mean of ${p.slowing} of 100·(C − LL)/(HH − LL)`,
  }, slowStochastic, ({ k }) => ({ number: k })),
  barsRead('stochastic_d', { category: 'technical', unit: '0…100', parameters: STOCHASTIC, bars: stochasticBars, formula: (p) => `mean of the last ${p.signal} slow %K` }, slowStochastic, ({ d }) => ({ number: d })),
  define('realized_vol', { category: 'volatility', unit: 'a year', parameters: { period: 20 }, formula: (p) => `√N·deviation of the log returns inside ${p.period} closes`, bars: (p) => p.period }, (p) => (inputs) => realizedVolatility(p.period, inputs)),
  define('garch_vol', {
    category: 'volatility', unit: 'a year', parameters: MODEL_PARAMETERS, isVariable: false, bars: GarchUnit.REQUIRED, formula: 'GARCH(1,1) forecast of the next bar, fitted by maximum likelihood on up to 1,000 returns',
  }, () => ({ barsPerYear }) => new GarchUnit(barsPerYear)),
  define('vol_regime', {
    category: 'volatility', unit: 'low, normal, high', parameters: MODEL_PARAMETERS, isVariable: false, bars: RegimeUnit.REQUIRED,
    formula: 'filtered probability of the turbulent state of a two-state Markov model: below 1/3, between, above 2/3',
  }, () => () => new RegimeUnit()),
  define('vol_clustering', { category: 'volatility', unit: 'correlation', parameters: { period: 60 }, formula: (p) => `lag-1 autocorrelation of squared log returns over ${p.period} bars`, bars: (p) => p.period + 1 }, (p) => () => clustering(p.period)),
  ofValues('volume_sma', { category: 'volume', unit: 'volume', parameters: { period: 20 }, formula: (p) => `mean of the last ${p.period} volumes`, bars: (p) => p.period }, (p) => new Sma(p.period), 'volume'),
  define('volume_profile', {
    category: 'volume', unit: 'price', parameters: { period: 60, bins: 50 }, bars: (p) => p.period, formula: (p) => `point of control of ${p.period} bars in ${p.bins} bins; components: the 70 % value area`,
  }, (p) => () => volumeProfile(p.period, p.bins)),
  define('vwap', { category: 'volume', unit: 'price', formula: 'Σ typical price·V / ΣV since the session (UTC day) began', bars: 1 }, () => vwap),
  ofValues('volume_rsi', { category: 'volume', unit: '0…100', parameters: { period: 14 }, formula: (p) => `RSI ${p.period} of the volume`, bars: (p) => p.period + 1 }, (p) => new Rsi(p.period), 'volume'),
  ofBars('accumulation_distribution', { category: 'volume', unit: 'volume', formula: 'Σ V·((C − L) − (H − C))/(H − L)', bars: 1 }, () => new AccumulationDistribution()),
  ratio('pe_ratio', 'ratio', 'price / diluted earnings per share of the last four quarters'),
  ratio('pb_ratio', 'ratio', 'price / book value per share'),
  ratio('roe', 'fraction', 'net income of the last four quarters / mean equity'),
  ratio('debt_to_equity', 'ratio', 'total debt / equity'),
  ratio('revenue_growth', 'fraction', 'revenue of the last four quarters against the four before, − 1'),
];
