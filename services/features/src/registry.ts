import {
  AccumulationDistribution, Atr, BollingerBands, Ema, Macd, Momentum, RateOfChange, RealizedVolatility, Rsi, Sma, Stochastic, VolatilityClustering, VolumeProfile, Vwap, WilliamsR,
  fundamentalRatios, type FundamentalName,
} from '@nautilus/quant';
import type { Bar, ReasonCode } from '@nautilus/model';
import type { Filings } from './filings.ts';
import { GarchUnit, MODEL_PARAMETERS, RegimeUnit } from './model-units.ts';

export const CATEGORIES = ['technical', 'volatility', 'volume', 'fundamental'] as const;
export type Category = (typeof CATEGORIES)[number];

/** What a feature is after one more bar. */
export interface FeatureReading {
  /** The value, also the one that z-score and percentile are about. Undefined: see `reason`. */
  readonly number?: number | undefined;
  /** Told instead of the number where a word says more. */
  readonly label?: string;
  readonly components?: Readonly<Record<string, number>>;
  readonly reason?: ReasonCode;
  /** Where other data than the bars came from. */
  readonly sources?: readonly string[];
}

/** The running calculation of one feature of one symbol. */
export interface FeatureUnit {
  update(bar: Bar): FeatureReading;
  /** Plain JSON; a unit of the same feature that restores it continues exactly. */
  snapshot(): unknown;
  restore(state: unknown): void;
}

export type Parameters = Readonly<Record<string, number>>;

export interface FeatureDefinition {
  readonly name: string;
  readonly category: Category;
  readonly formula: string;
  readonly unit: string;
  /** The numbers of the formula. */
  readonly parameters: Parameters;
  /** Whether other numbers may be asked for. */
  readonly isVariable: boolean;
  /** Bars until the first value. */
  readonly requiredBars: number;
  readonly create: (inputs: UnitInputs) => FeatureUnit;
}

/** What the calculation of a symbol knows beside its bars. */
export interface UnitInputs {
  readonly barsPerYear: number;
  readonly filings: Filings;
}

const DAY_MS = 86_400_000;

interface Kernel<S> {
  snapshot(): S;
  restore(state: S): void;
}

function unit<S>(kernel: Kernel<S>, update: (bar: Bar) => FeatureReading): FeatureUnit {
  return { update, snapshot: () => kernel.snapshot(), restore: (state) => kernel.restore(state as S) };
}

type Fed<Input, S> = Kernel<S> & { update(input: Input): number | undefined };

function ofClose<S>(make: () => Fed<number, S>): () => FeatureUnit {
  return () => {
    const kernel = make();
    return unit(kernel, (bar) => ({ number: kernel.update(bar.close) }));
  };
}

function ofVolume<S>(make: () => Fed<number, S>): () => FeatureUnit {
  return () => {
    const kernel = make();
    return unit(kernel, (bar) => ({ number: kernel.update(bar.volume) }));
  };
}

function ofBar<S>(make: () => Fed<Bar, S>): () => FeatureUnit {
  return () => {
    const kernel = make();
    return unit(kernel, (bar) => ({ number: kernel.update(bar) }));
  };
}

interface Template<P extends Parameters> {
  readonly parameters: P;
  readonly isVariable?: boolean;
  readonly formula: (parameters: P) => string;
  readonly requiredBars: (parameters: P) => number;
  readonly create: (parameters: P) => FeatureDefinition['create'];
}

/** A feature whose numbers may be others than the registered ones. */
export interface Family {
  readonly name: string;
  readonly parameters: Parameters;
  readonly isVariable: boolean;
  readonly make: (name: string, parameters: Parameters) => FeatureDefinition;
}

function define<P extends Parameters>(category: Category, name: string, unit: string, { isVariable = true, ...template }: Template<P>): Family {
  return {
    name, parameters: template.parameters, isVariable,
    make: (ownName, parameters) => {
      const own = { ...template.parameters, ...parameters };
      return { name: ownName, category, unit, parameters: own, isVariable, formula: template.formula(own), requiredBars: template.requiredBars(own), create: template.create(own) };
    },
  };
}

/** A feature without numbers, or with numbers that are part of its name. */
const fixed = (category: Category, name: string, requiredBars: number, unit: string, formula: string, create: FeatureDefinition['create'], parameters: Parameters = {}): Family =>
  define(category, name, unit, { parameters, isVariable: false, formula: () => formula, requiredBars: () => requiredBars, create: () => create });

/** A feature of one window. */
const windowed = (category: Category, name: string, unit: string, period: number, more: number, formula: (period: number) => string, create: (period: number) => FeatureDefinition['create']): Family =>
  define(category, name, unit, { parameters: { period }, formula: (p) => formula(p.period), requiredBars: (p) => p.period + more, create: (p) => create(p.period) });

function bollinger(period: number, deviations: number): FeatureUnit {
  const kernel = new BollingerBands(period, deviations);
  return unit(kernel, ({ close }) => {
    const bands = kernel.update(close);
    if (bands === undefined) return {};
    const width = bands.upper - bands.lower;
    const components = { upper: bands.upper, middle: bands.middle, lower: bands.lower };
    // Rounding leaves a constant series a band of a few units in the last place.
    return width > 1e-9 * bands.middle ? { number: (close - bands.lower) / width, components } : { reason: 'constant_series' };
  });
}

function macd(fast: number, slow: number, signal: number): FeatureUnit {
  const kernel = new Macd(fast, slow, signal);
  return unit(kernel, ({ close }) => {
    const value = kernel.update(close);
    return value === undefined ? {} : { number: value.macd, components: { signal: value.signal, histogram: value.histogram } };
  });
}

const stochastic = (pick: 'k' | 'd', period: number, slowing: number, signal: number) => (): FeatureUnit => {
  const kernel = new Stochastic(period, slowing, signal);
  return unit(kernel, (bar) => ({ number: kernel.update(bar)?.[pick] }));
};

function vwap(): FeatureUnit {
  const kernel = new Vwap();
  return unit(kernel, (bar) => ({ number: kernel.update({ ...bar, session: Math.floor(bar.start_ms / DAY_MS) }), reason: 'no_volume' }));
}

function volumeProfile(period: number, bins: number): FeatureUnit {
  const kernel = new VolumeProfile(period, bins);
  return unit(kernel, (bar) => {
    const profile = kernel.update(bar);
    if (profile === undefined) return { reason: 'no_volume' };
    return { number: profile.pointOfControl, components: { value_area_low: profile.valueAreaLow, value_area_high: profile.valueAreaHigh } };
  });
}

function clustering(period: number): FeatureUnit {
  const kernel = new VolatilityClustering(period);
  return unit(kernel, ({ close }) => ({ number: kernel.update(close), reason: 'constant_series' }));
}

function realizedVolatility(period: number, { barsPerYear }: UnitInputs): FeatureUnit {
  const kernel = new RealizedVolatility(period, barsPerYear);
  return unit(kernel, ({ close }) => ({ number: kernel.update(close) }));
}

/** The price is the bar's close; of the filings only what was known at its end counts. */
const fundamental = (name: FundamentalName) => ({ filings }: UnitInputs): FeatureUnit => ({
  // The filings are the only state, and they are kept elsewhere.
  snapshot: () => null,
  restore: () => undefined,
  update: ({ close, end_ms }) => {
    const figure = fundamentalRatios(filings.statement(end_ms), close)[name];
    return typeof figure === 'number' ? { number: figure, sources: filings.sources } : { reason: figure.reason };
  },
});

const STOCHASTIC = { period: 14, slowing: 3, signal: 3 };
const stochasticBars = (p: typeof STOCHASTIC): number => p.period + p.slowing + p.signal - 2;

/** Every feature there is. Documents, routes, calculation and storage derive from this list. */
export const FAMILIES: readonly Family[] = [
  windowed('technical', 'sma_20', 'price', 20, 0, (n) => `mean of the last ${n} closes`, (n) => ofClose(() => new Sma(n))),
  windowed('technical', 'ema_20', 'price', 20, 0, (n) => `e += (C − e)·2/${n + 1}, started with the mean of the first ${n} closes`, (n) => ofClose(() => new Ema(n))),
  windowed('technical', 'rsi_14', '0…100', 14, 1, (n) => `100·U/(U + D) of Wilder's averages of rises and falls over ${n} bars`, (n) => ofClose(() => new Rsi(n))),
  define('technical', 'macd', 'price', {
    parameters: { fast: 12, slow: 26, signal: 9 }, requiredBars: (p) => p.slow + p.signal - 1,
    formula: (p) => `EMA ${p.fast} − EMA ${p.slow}; components: signal = EMA ${p.signal} of it, histogram`, create: (p) => () => macd(p.fast, p.slow, p.signal),
  }),
  define('technical', 'bollinger_bands', 'share of the band', {
    parameters: { period: 20, deviations: 2 }, requiredBars: (p) => p.period,
    formula: (p) => `(C − lower)/(upper − lower), bands at ${p.deviations} population deviations around the mean of ${p.period} closes`, create: (p) => () => bollinger(p.period, p.deviations),
  }),
  windowed('technical', 'atr_14', 'price', 14, 1, (n) => `Wilder's average of the true range over ${n} bars`, (n) => ofBar(() => new Atr(n))),
  windowed('technical', 'momentum_10', 'price', 10, 1, (n) => `C − C ${n} bars before`, (n) => ofClose(() => new Momentum(n))),
  windowed('technical', 'roc_12', 'percent', 12, 1, (n) => `100·(C/C ${n} bars before − 1)`, (n) => ofClose(() => new RateOfChange(n))),
  windowed('technical', 'williams_r', '−100…0', 14, 0, (n) => `−100·(HH − C)/(HH − LL) over ${n} bars`, (n) => ofBar(() => new WilliamsR(n))),
  define('technical', 'stochastic_k', '0…100', {
    parameters: STOCHASTIC, requiredBars: stochasticBars,
    formula: (p) => `slow %K (${p.period}, ${p.slowing}, ${p.signal}): mean of ${p.slowing} of 100·(C − LL)/(HH − LL)`, create: (p) => stochastic('k', p.period, p.slowing, p.signal),
  }),
  define('technical', 'stochastic_d', '0…100', {
    parameters: STOCHASTIC, requiredBars: stochasticBars, formula: (p) => `mean of the last ${p.signal} slow %K`, create: (p) => stochastic('d', p.period, p.slowing, p.signal),
  }),
  windowed('volatility', 'realized_vol', 'a year', 20, 0, (n) => `√N·deviation of the log returns inside ${n} closes`, (n) => (inputs) => realizedVolatility(n, inputs)),
  fixed('volatility', 'garch_vol', GarchUnit.REQUIRED, 'a year', 'GARCH(1,1) forecast of the next bar, fitted by maximum likelihood on up to 1,000 returns', ({ barsPerYear }) => new GarchUnit(barsPerYear), MODEL_PARAMETERS),
  fixed('volatility', 'vol_regime', RegimeUnit.REQUIRED, 'low, normal, high', 'filtered probability of the turbulent state of a two-state Markov model: below 1/3, between, above 2/3', () => new RegimeUnit(), MODEL_PARAMETERS),
  windowed('volatility', 'vol_clustering', 'correlation', 60, 1, (n) => `lag-1 autocorrelation of squared log returns over ${n} bars`, (n) => () => clustering(n)),
  windowed('volume', 'volume_sma', 'volume', 20, 0, (n) => `mean of the last ${n} volumes`, (n) => ofVolume(() => new Sma(n))),
  define('volume', 'volume_profile', 'price', {
    parameters: { period: 60, bins: 50 }, requiredBars: (p) => p.period,
    formula: (p) => `point of control of ${p.period} bars in ${p.bins} bins; components: the 70 % value area`, create: (p) => () => volumeProfile(p.period, p.bins),
  }),
  fixed('volume', 'vwap', 1, 'price', 'Σ typical price·V / ΣV since the session (UTC day) began', vwap),
  windowed('volume', 'volume_rsi', '0…100', 14, 1, (n) => `RSI ${n} of the volume`, (n) => ofVolume(() => new Rsi(n))),
  fixed('volume', 'accumulation_distribution', 1, 'volume', 'Σ V·((C − L) − (H − C))/(H − L)', ofBar(() => new AccumulationDistribution())),
  fixed('fundamental', 'pe_ratio', 1, 'ratio', 'price / diluted earnings per share of the last four quarters', fundamental('pe_ratio')),
  fixed('fundamental', 'pb_ratio', 1, 'ratio', 'price / book value per share', fundamental('pb_ratio')),
  fixed('fundamental', 'roe', 1, 'fraction', 'net income of the last four quarters / mean equity', fundamental('roe')),
  fixed('fundamental', 'debt_to_equity', 1, 'ratio', 'total debt / equity', fundamental('debt_to_equity')),
  fixed('fundamental', 'revenue_growth', 1, 'fraction', 'revenue of the last four quarters against the four before, − 1', fundamental('revenue_growth')),
];

/** With the numbers under which they are known. */
export const FEATURES: readonly FeatureDefinition[] = FAMILIES.map((family) => family.make(family.name, {}));

export const FEATURE_NAMES: ReadonlySet<string> = new Set(FEATURES.map((feature) => feature.name));

/** Names that a mistyped one may have meant: those that share its beginning or most of its letters. */
export function nearNames(name: string, offered: readonly string[]): readonly string[] {
  const pairs = (text: string): Set<string> => new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)));
  const asked = pairs(name.toLowerCase());
  const likeness = (other: string): number => {
    const own = pairs(other);
    const common = [...asked].filter((pair) => own.has(pair)).length;
    return (2 * common) / Math.max(1, asked.size + own.size);
  };
  return offered.map((other) => [other, likeness(other)] as const).filter(([, score]) => score >= 0.4).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([other]) => other);
}
