import type { EpochMs } from '@nautilus/model';

/**
 * What adapters make of answers. What a source does not tell is null, never 0. Times are UTC milliseconds, dates
 * `YYYY-MM-DD`. Origin (source, provenance, time of fetching) is in the answer that carries the records.
 */
export interface BarRecord {
  readonly kind: 'bar';
  readonly symbol: string;
  /** As the source names it in our terms: `1m` … `1d`, `1w`, `1mo`. */
  readonly timeframe: string;
  /** Start of the bar; a daily bar starts at midnight UTC of its session date. */
  readonly start: EpochMs;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number | null;
  readonly volume: number | null;
  /** Adjusted for splits and dividends, where the source gives both. */
  readonly adjustedClose: number | null;
  readonly currency: string | null;
}

export interface QuoteRecord {
  readonly kind: 'quote';
  readonly symbol: string;
  /** Time at the source; null when it tells only a date or nothing. */
  readonly time: EpochMs | null;
  readonly date: string | null;
  readonly last: number | null;
  readonly bid: number | null;
  readonly bidSize: number | null;
  readonly ask: number | null;
  readonly askSize: number | null;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly previousClose: number | null;
  readonly volume: number | null;
  readonly currency: string | null;
  /** `halted`, `close` (the last price is a former close), `delayed`; null for a plain quote. */
  readonly condition: string | null;
}

/** One value of an economic series or indicator. */
export interface ObservationRecord {
  readonly kind: 'observation';
  readonly series: string;
  /** First day of the period. */
  readonly date: string;
  /** The period in the source's words where it is no date (`2020-Q1`); null otherwise. */
  readonly period: string | null;
  readonly value: number | null;
  readonly unit: string | null;
  /** First and last day on which this value was the known one; null where the source keeps no vintages. */
  readonly knownFrom: string | null;
  readonly knownTo: string | null;
}

export interface InstrumentRecord {
  readonly kind: 'instrument';
  readonly symbol: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly venue: string | null;
  readonly region: string | null;
  readonly currency: string | null;
  /** The source's own identifier: CIK, conid, series id. */
  readonly id: string | null;
}

/** One fact of a filing, as reported. */
export interface FactRecord {
  readonly kind: 'fact';
  /** CIK of ten digits. */
  readonly company: string;
  readonly taxonomy: string;
  readonly tag: string;
  readonly unit: string;
  /** Null for an instant. */
  readonly start: string | null;
  readonly end: string;
  readonly value: number;
  /** By length of the fact itself, not by the filing: `instant`, `quarter`, `half`, `nine_months`, `year`, `other`. */
  readonly duration: string;
  readonly fiscalYear: number | null;
  readonly fiscalPeriod: string | null;
  readonly form: string;
  readonly filed: string;
  readonly accession: string;
  readonly frame: string | null;
}

export interface FilingRecord {
  readonly kind: 'filing';
  readonly company: string;
  readonly accession: string;
  readonly form: string;
  readonly filed: string;
  readonly reportDate: string | null;
  readonly acceptedAt: EpochMs | null;
  readonly document: string | null;
  readonly description: string | null;
  readonly sizeBytes: number | null;
  readonly isXbrl: boolean | null;
}

/** Named figures of one company at one time: overview, statement, statistics. Texts that are no numbers stay texts. */
export interface StatementRecord {
  readonly kind: 'statement';
  readonly symbol: string;
  /** `overview`, `income`, `balance`, `cash_flow`, `earnings`, `statistics`, … */
  readonly statement: string;
  readonly period: 'annual' | 'quarterly' | 'current';
  /** Null for what is current. */
  readonly date: string | null;
  readonly currency: string | null;
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
}

/** An entry of an economic or company calendar. */
export interface ReleaseRecord {
  readonly kind: 'release';
  readonly id: string | null;
  readonly time: EpochMs;
  readonly country: string | null;
  readonly category: string | null;
  readonly event: string;
  readonly importance: number | null;
  readonly actual: number | null;
  readonly previous: number | null;
  readonly forecast: number | null;
  /** Of the three values: `%`, `K`, a currency; the values are in plain units (178K is 178000). */
  readonly unit: string | null;
}

export interface DatasetRecord {
  readonly kind: 'dataset';
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly publisher: string | null;
  readonly keywords: readonly string[];
  readonly modified: string | null;
  readonly url: string | null;
}

/** A dividend or split. */
export interface ActionRecord {
  readonly kind: 'action';
  readonly symbol: string;
  readonly action: 'dividend' | 'split';
  readonly time: EpochMs;
  /** Dividend per share, or new shares per old share. */
  readonly value: number;
}
