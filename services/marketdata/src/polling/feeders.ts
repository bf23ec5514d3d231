import { isoFromMs, parseSymbol, type EpochMs } from '@nautilus/model';
import { dailyBars } from '../sources/alpha-vantage/bars.ts';
import { seriesEndpoint } from '../sources/dbnomics/series.ts';
import { companyTickers } from '../sources/edgar/companies.ts';
import { companyFacts } from '../sources/edgar/facts.ts';
import { observations } from '../sources/fred/observations.ts';
import { MACRO_SERIES } from '../sources/fred/macro-series.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../sources/freshness.ts';
import type { Sources } from '../sources/open-sources.ts';
import type { BarRecord, FactRecord, ObservationRecord, QuoteRecord } from '../sources/records.ts';
import { SourceError, type CallOptions, type SourceName } from '../sources/source.ts';
import { indicatorsEndpoint } from '../sources/trading-economics/indicators.ts';
import { chart } from '../sources/yahoo/chart.ts';
import { quotes } from '../sources/yahoo/quotes.ts';

export const FEED_TYPES = ['quote', 'bar', 'economic', 'fundamental'] as const;
export type FeedType = (typeof FEED_TYPES)[number];

/** What one question brought of one subject. */
export type Brought =
  | { readonly type: 'quote'; readonly records: readonly QuoteRecord[] }
  | { readonly type: 'bar'; readonly timeframe: '1m' | '1d'; readonly records: readonly BarRecord[] }
  /** One entry per series: an answer may hold several. */
  | { readonly type: 'economic'; readonly series: ReadonlyMap<string, readonly ObservationRecord[]> }
  | { readonly type: 'fundamental'; readonly cik: string; readonly records: readonly FactRecord[] };

/** One kind of data that a source is asked for again and again. */
export interface Feeder {
  readonly source: SourceName;
  readonly type: FeedType;
  /** Between two questions on the same subject; as often as the source has news, not as often as it would bear. */
  readonly everyMs: number;
  /** Subjects that one question holds. */
  readonly atOnce: number;
  /** Followed without a subscription: the symbols of the universe, or a list; undefined: nothing. */
  readonly unasked?: 'universe' | readonly string[];
  /** A subject as the source takes it; undefined for what cannot be one. */
  subjectOf(text: string): string | undefined;
  ask(subjects: readonly string[], sources: Sources, nowMs: EpochMs, options: CallOptions): Promise<ReadonlyMap<string, Brought>>;
}

const seriesOf = (text: string): string | undefined => (/^[\w.+/:@-]{1,160}$/.test(text) ? text : undefined);
/** A country, or a country and one of its indicators: `united states/gdp growth rate`. */
const countryOf = (text: string): string | undefined => (/^[a-z][a-z -]{1,60}(\/[a-z0-9][a-z0-9 ()&,.-]{0,120})?$/.test(text.toLowerCase()) ? text.toLowerCase() : undefined);

/** Revisions of the last year are seen; older ones are asked for by vintage. */
const LOOK_BACK_MS = 400 * DAY_MS;
/** Minute bars that a restart or a rest of the source may have missed are still brought. */
const MINUTES_BACK_MS = 2 * HOUR_MS;

/** A catalogue of datasets has no events, so Data.gov is not here. */
export const FEEDERS: readonly Feeder[] = [
  {
    source: 'ibkr', type: 'quote', everyMs: 5_000, atOnce: 1, unasked: 'universe', subjectOf: parseSymbol,
    async ask([symbol = ''], { portal }, _nowMs, options) {
      const { records } = await portal.quote(symbol, {}, options);
      return new Map([[symbol, { type: 'quote', records }]]);
    },
  },
  {
    source: 'ibkr', type: 'bar', everyMs: MINUTE_MS, atOnce: 1, unasked: 'universe', subjectOf: parseSymbol,
    async ask([symbol = ''], { portal }, _nowMs, options) {
      const { records } = await portal.bars(symbol, { period: '2h', bar: '1min' }, options);
      return new Map([[symbol, { type: 'bar', timeframe: '1m', records }]]);
    },
  },
  {
    source: 'yahoo', type: 'quote', everyMs: 15_000, atOnce: 50, unasked: 'universe', subjectOf: parseSymbol,
    async ask(subjects, { yahoo }, _nowMs, options) {
      const { records } = await yahoo.call(quotes, { symbols: subjects }, options);
      return new Map(subjects.map((symbol) => [symbol, { type: 'quote', records: records.filter((record) => record.symbol === symbol) }]));
    },
  },
  {
    source: 'yahoo', type: 'bar', everyMs: MINUTE_MS, atOnce: 1, unasked: 'universe', subjectOf: parseSymbol,
    async ask([symbol = ''], sources, nowMs, options) {
      const to = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
      const { records } = await sources.of('yahoo').call(chart, { symbol, timeframe: '1m', from: to - MINUTES_BACK_MS, to }, options);
      return new Map([[symbol, { type: 'bar', timeframe: '1m', records: records.filter((record): record is BarRecord => record.kind === 'bar') }]]);
    },
  },
  {
    // Its free plan has 25 calls a day and no prices of the day: a bar a day, and only of what somebody asked for.
    source: 'alpha_vantage', type: 'bar', everyMs: DAY_MS / 2, atOnce: 1, subjectOf: parseSymbol,
    async ask([symbol = ''], sources, _nowMs, options) {
      const { records } = await sources.of('alpha_vantage').call(dailyBars, { symbol, full: false }, options);
      return new Map([[symbol, { type: 'bar', timeframe: '1d', records: records.filter((record): record is BarRecord => record.kind === 'bar') }]]);
    },
  },
  {
    source: 'fred', type: 'economic', everyMs: HOUR_MS, atOnce: 1, unasked: MACRO_SERIES, subjectOf: (text) => seriesOf(text.toUpperCase()),
    async ask([series = ''], sources, nowMs, options) {
      const { records } = await sources.of('fred').all(observations, { series, from: isoFromMs(nowMs - LOOK_BACK_MS).slice(0, 10) }, options);
      return new Map([[series, { type: 'economic', series: new Map([[series, records]]) }]]);
    },
  },
  {
    source: 'dbnomics', type: 'economic', everyMs: HOUR_MS, atOnce: 20, subjectOf: (text) => (/^[^/]+\/[^/]+\/[^/]+$/.test(text) ? seriesOf(text) : undefined),
    async ask(subjects, sources, _nowMs, options) {
      const { records } = await sources.of('dbnomics').all(seriesEndpoint, { ids: subjects }, options);
      return new Map(records.map(({ id, observations: values }) => [id, { type: 'economic', series: new Map([[id, values ?? []]]) }]));
    },
  },
  {
    source: 'trading_economics', type: 'economic', everyMs: HOUR_MS, atOnce: 1, subjectOf: countryOf,
    async ask([subject = ''], sources, _nowMs, options) {
      const [country = '', indicator] = subject.split('/');
      const { records } = await sources.of('trading_economics').call(indicatorsEndpoint, { country, ...(indicator === undefined ? {} : { indicator }) }, options);
      const series = new Map(records.map(({ country: where, category, series: id, unit, latest, previous }) => {
        const name = id ?? `${where}/${category}`;
        const values = [previous, latest].filter((value) => value !== null);
        return [name, values.map(({ date, value }): ObservationRecord => ({ kind: 'observation', series: name, date, period: null, value, unit, knownFrom: null, knownTo: null }))] as const;
      }));
      return new Map([[subject, { type: 'economic', series }]]);
    },
  },
  {
    source: 'edgar', type: 'fundamental', everyMs: DAY_MS, atOnce: 1, unasked: 'universe', subjectOf: parseSymbol,
    async ask([symbol = ''], sources, _nowMs, options) {
      const edgar = sources.of('edgar');
      // Share classes are written with a hyphen there.
      const ticker = symbol.replaceAll(/[./]/g, '-');
      const cik = (await edgar.call(companyTickers, {}, { ...options, renew: false })).records.find((company) => company.symbol.toUpperCase() === ticker)?.id ?? null;
      if (cik === null) throw new SourceError('edgar', { fault: 'not_found', message: `no company files under ${symbol}` });
      return new Map([[symbol, { type: 'fundamental', cik, records: (await edgar.call(companyFacts, { cik }, options)).records }]]);
    },
  },
];
