import type { IndicatorConvention } from '@nautilus/quant';
import type { Bar, ReasonCode } from '@nautilus/model';
import type { Filings } from './filings.ts';

export const CATEGORIES = ['technical', 'volatility', 'volume', 'fundamental', 'statistic', 'cycle', 'pattern', 'transform'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Whose starts and corner cases may be asked for. */
export const CHOSEN_CONVENTIONS = ['talib', 'skender', 'tulip'] as const satisfies readonly IndicatorConvention[];
/** Beside them what only one source defines. */
export type Convention = IndicatorConvention | 'ttr' | 'literature' | 'point in time';

/** What of a bar a function of values may be taken of; typical is (H + L + C)/3. */
export const BAR_SERIES = ['open', 'high', 'low', 'close', 'volume', 'typical'] as const;
export type BarSeries = (typeof BAR_SERIES)[number];

const SERIES: Readonly<Record<BarSeries, (bar: Bar) => number>> = {
  open: ({ open }) => open,
  high: ({ high }) => high,
  low: ({ low }) => low,
  close: ({ close }) => close,
  volume: ({ volume }) => volume,
  typical: ({ high, low, close }) => (high + low + close) / 3,
};

export function seriesOf(name: BarSeries): (bar: Bar) => number {
  return SERIES[name];
}

/** What a feature is after one more bar. */
export interface FeatureReading {
  /** The value, also the one that z-score and percentile are about. Undefined: see `reason`. */
  readonly number?: number | undefined;
  /** Told instead of the number where a word says more. */
  readonly label?: string;
  /** What begins later than the value is absent until then. */
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

/** What the calculation of a symbol knows beside its bars. */
export interface UnitInputs {
  readonly barsPerYear: number;
  readonly filings: Filings;
}

export interface FeatureDefinition {
  readonly name: string;
  readonly category: Category;
  readonly formula: string;
  readonly unit: string;
  /** The numbers of the formula. */
  readonly parameters: Parameters;
  readonly convention: Convention;
  /** Of a function of one or two series those that it takes, in its order; empty for a function of whole bars. */
  readonly inputs: readonly BarSeries[];
  /** Bars until the first value. */
  readonly requiredBars: number;
  readonly create: (inputs: UnitInputs) => FeatureUnit;
}

/** How one feature is asked for; what is absent is as registered. */
export interface Choice {
  readonly parameters?: Parameters | undefined;
  /** Features that do not know it keep their own, as their definition then tells. */
  readonly convention?: IndicatorConvention | undefined;
  readonly inputs?: readonly BarSeries[] | undefined;
}

/** A feature whose numbers, convention and inputs may be others than the registered ones. */
export interface Family {
  readonly name: string;
  readonly parameters: Parameters;
  /** Whether other numbers may be asked for. */
  readonly isVariable: boolean;
  /** The first one unless asked for another. */
  readonly conventions: readonly Convention[];
  readonly inputs: readonly BarSeries[];
  /** Throws InvalidInputError when a function of two series is given one. */
  readonly make: (name: string, choice?: Choice) => FeatureDefinition;
}
