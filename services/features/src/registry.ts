import {
  AccumulationDistribution, Atr, BollingerBands, Ema, Macd, Momentum, RateOfChange, RealizedVolatility, Rsi, Sma, Stochastic, VolatilityClustering, VolumeProfile, Vwap, WilliamsR,
  fundamentalRatios, type FundamentalName,
} from '@nautilus/quant';
import type { Bar, ReasonCode } from '@nautilus/model';
import type { Filings } from './filings.ts';
import { GarchUnit, RegimeUnit } from './model-units.ts';

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

export interface FeatureDefinition {
  readonly name: string;
  readonly category: Category;
  readonly formula: string;
  readonly unit: string;
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

const define = (
  category: Category, name: string, requiredBars: number, unit: string, formula: string, create: FeatureDefinition['create'],
): FeatureDefinition => ({ name, category, formula, unit, requiredBars, create });

function bollinger(): FeatureUnit {
  const kernel = new BollingerBands(20, 2);
  return unit(kernel, ({ close }) => {
    const bands = kernel.update(close);
    if (bands === undefined) return {};
    const width = bands.upper - bands.lower;
    const components = { upper: bands.upper, middle: bands.middle, lower: bands.lower };
    // Rounding leaves a constant series a band of a few units in the last place.
    return width > 1e-9 * bands.middle ? { number: (close - bands.lower) / width, components } : { reason: 'constant_series' };
  });
}

function macd(): FeatureUnit {
  const kernel = new Macd(12, 26, 9);
  return unit(kernel, ({ close }) => {
    const value = kernel.update(close);
    return value === undefined ? {} : { number: value.macd, components: { signal: value.signal, histogram: value.histogram } };
  });
}

const stochastic = (pick: 'k' | 'd') => (): FeatureUnit => {
  const kernel = new Stochastic(14, 3, 3);
  return unit(kernel, (bar) => ({ number: kernel.update(bar)?.[pick] }));
};

function vwap(): FeatureUnit {
  const kernel = new Vwap();
  return unit(kernel, (bar) => ({ number: kernel.update({ ...bar, session: Math.floor(bar.start_ms / DAY_MS) }), reason: 'no_volume' }));
}

function volumeProfile(): FeatureUnit {
  const kernel = new VolumeProfile(60, 50);
  return unit(kernel, (bar) => {
    const profile = kernel.update(bar);
    if (profile === undefined) return { reason: 'no_volume' };
    return { number: profile.pointOfControl, components: { value_area_low: profile.valueAreaLow, value_area_high: profile.valueAreaHigh } };
  });
}

function clustering(): FeatureUnit {
  const kernel = new VolatilityClustering(60);
  return unit(kernel, ({ close }) => ({ number: kernel.update(close), reason: 'constant_series' }));
}

function realizedVolatility({ barsPerYear }: UnitInputs): FeatureUnit {
  const kernel = new RealizedVolatility(20, barsPerYear);
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

/** Every feature there is. Documents, routes, calculation and storage derive from this list. */
export const FEATURES: readonly FeatureDefinition[] = [
  define('technical', 'sma_20', 20, 'price', 'mean of the last 20 closes', ofClose(() => new Sma(20))),
  define('technical', 'ema_20', 20, 'price', 'e += (C − e)·2/21, started with the mean of the first 20 closes', ofClose(() => new Ema(20))),
  define('technical', 'rsi_14', 15, '0…100', "100·U/(U + D) of Wilder's averages of rises and falls over 14 bars", ofClose(() => new Rsi(14))),
  define('technical', 'macd', 34, 'price', 'EMA 12 − EMA 26; components: signal = EMA 9 of it, histogram', macd),
  define('technical', 'bollinger_bands', 20, 'share of the band', '(C − lower)/(upper − lower), bands at 2 population deviations around the mean of 20 closes', bollinger),
  define('technical', 'atr_14', 15, 'price', "Wilder's average of the true range over 14 bars", ofBar(() => new Atr(14))),
  define('technical', 'momentum_10', 11, 'price', 'C − C 10 bars before', ofClose(() => new Momentum(10))),
  define('technical', 'roc_12', 13, 'percent', '100·(C/C 12 bars before − 1)', ofClose(() => new RateOfChange(12))),
  define('technical', 'williams_r', 14, '−100…0', '−100·(HH − C)/(HH − LL) over 14 bars', ofBar(() => new WilliamsR(14))),
  define('technical', 'stochastic_k', 18, '0…100', 'slow %K (14, 3, 3): mean of 3 of 100·(C − LL)/(HH − LL)', stochastic('k')),
  define('technical', 'stochastic_d', 18, '0…100', 'mean of the last 3 slow %K', stochastic('d')),
  define('volatility', 'realized_vol', 20, 'a year', '√N·deviation of the log returns inside 20 closes', realizedVolatility),
  define('volatility', 'garch_vol', GarchUnit.REQUIRED, 'a year', 'GARCH(1,1) forecast of the next bar, fitted by maximum likelihood on up to 1,000 returns', ({ barsPerYear }) => new GarchUnit(barsPerYear)),
  define('volatility', 'vol_regime', RegimeUnit.REQUIRED, 'low, normal, high', 'filtered probability of the turbulent state of a two-state Markov model: below 1/3, between, above 2/3', () => new RegimeUnit()),
  define('volatility', 'vol_clustering', 61, 'correlation', 'lag-1 autocorrelation of squared log returns over 60 bars', clustering),
  define('volume', 'volume_sma', 20, 'volume', 'mean of the last 20 volumes', ofVolume(() => new Sma(20))),
  define('volume', 'volume_profile', 60, 'price', 'point of control of 60 bars in 50 bins; components: the 70 % value area', volumeProfile),
  define('volume', 'vwap', 1, 'price', 'Σ typical price·V / ΣV since the session (UTC day) began', vwap),
  define('volume', 'volume_rsi', 15, '0…100', 'RSI 14 of the volume', ofVolume(() => new Rsi(14))),
  define('volume', 'accumulation_distribution', 1, 'volume', 'Σ V·((C − L) − (H − C))/(H − L)', ofBar(() => new AccumulationDistribution())),
  define('fundamental', 'pe_ratio', 1, 'ratio', 'price / diluted earnings per share of the last four quarters', fundamental('pe_ratio')),
  define('fundamental', 'pb_ratio', 1, 'ratio', 'price / book value per share', fundamental('pb_ratio')),
  define('fundamental', 'roe', 1, 'fraction', 'net income of the last four quarters / mean equity', fundamental('roe')),
  define('fundamental', 'debt_to_equity', 1, 'ratio', 'total debt / equity', fundamental('debt_to_equity')),
  define('fundamental', 'revenue_growth', 1, 'fraction', 'revenue of the last four quarters against the four before, − 1', fundamental('revenue_growth')),
];

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
