import { DAY_MS, QUOTE_FRESH_MS } from '../freshness.ts';
import { jsonOf } from '../json-body.ts';
import type { InstrumentRecord, QuoteRecord, StatementRecord } from '../records.ts';
import { MalformedError, RefusedError, type Endpoint, type HttpResponse } from '../source.ts';
import { isObject, listOf, numberOf, objectOf, requiredText, textOf, type JsonObject } from '../values.ts';
import { USER_AGENT } from './chart.ts';
import { showing, type WithPass } from './session.ts';

/** The results under the one member at the top. @throws RefusedError when there are none */
function resultsOf(response: HttpResponse, name: string, what: string): readonly unknown[] {
  const results = listOf(objectOf(objectOf(jsonOf(response), 'the answer')[name], name)['result'], 'result');
  if (results.length === 0) throw new RefusedError({ fault: 'not_found', message: `nothing on ${what}` });
  return results;
}

/** Last prices; sizes of both sides are in units of the instrument as the service gives them. */
export const quotes: Endpoint<WithPass & { readonly symbols: readonly string[] }, QuoteRecord> = {
  name: 'quote',
  freshMs: () => QUOTE_FRESH_MS,
  request: ({ symbols, pass }) => ({ path: '/v7/finance/quote', query: { symbols: symbols.join(',') }, ...showing(pass) }),
  parse: (response, { symbols }) => ({ records: resultsOf(response, 'quoteResponse', symbols.join(', ')).map((result) => quoteOf(objectOf(result, 'a quote'))) }),
};

function quoteOf(quote: JsonObject): QuoteRecord {
  const number = (name: string): number | null => numberOf(quote[name], name);
  // The service writes 0 for a side that nobody quotes.
  const side = (name: string): number | null => number(name) || null;
  const seconds = number('regularMarketTime');
  const delayMinutes = number('exchangeDataDelayedBy');
  return {
    kind: 'quote', symbol: requiredText(quote['symbol'], 'symbol'), time: seconds === null ? null : seconds * 1000, date: null, last: number('regularMarketPrice'),
    bid: side('bid'), bidSize: side('bidSize'), ask: side('ask'), askSize: side('askSize'), open: number('regularMarketOpen'), high: number('regularMarketDayHigh'),
    low: number('regularMarketDayLow'), previousClose: number('regularMarketPreviousClose'), volume: number('regularMarketVolume'), currency: textOf(quote['currency'], 'currency'),
    condition: delayMinutes !== null && delayMinutes > 0 ? 'delayed' : quote['marketState'] === 'CLOSED' ? 'close' : null,
  };
}

/** Instruments like the given words, best first. */
export const search: Endpoint<{ readonly words: string; readonly limit?: number }, InstrumentRecord> = {
  name: 'search',
  freshMs: () => DAY_MS,
  request: ({ words, limit = 10 }) => ({ path: '/v1/finance/search', headers: USER_AGENT, query: { q: words, quotesCount: limit, newsCount: 0 } }),
  parse: (response) => ({
    records: listOf(objectOf(jsonOf(response), 'the answer')['quotes'], 'quotes').map((value) => objectOf(value, 'a match')).filter((match) => match['symbol'] !== undefined)
      .map((match): InstrumentRecord => ({
        kind: 'instrument', symbol: requiredText(match['symbol'], 'symbol'), name: textOf(match['longname'] ?? match['shortname'], 'name'), type: textOf(match['quoteType'], 'quoteType'),
        venue: textOf(match['exchange'], 'exchange'), region: null, currency: null, id: null,
      })),
  }),
};

/** Modules of figures on one instrument: `price`, `financialData`, `defaultKeyStatistics`, … Only plain members are taken. */
export const quoteSummary: Endpoint<WithPass & { readonly symbol: string; readonly modules: readonly string[] }, StatementRecord> = {
  name: 'quote_summary',
  freshMs: () => DAY_MS,
  request: ({ symbol, modules, pass }) => ({
    path: `/v10/finance/quoteSummary/${encodeURIComponent(symbol)}`, query: { formatted: false, modules: modules.join(',') }, ...showing(pass),
  }),
  parse: (response, { symbol }) => ({
    records: resultsOf(response, 'quoteSummary', symbol).flatMap((result) => Object.entries(objectOf(result, 'result')).map(([module, members]): StatementRecord => {
      const fields = objectOf(members, module);
      return {
        kind: 'statement', symbol, statement: module, period: 'current', date: null, currency: textOf(fields['financialCurrency'] ?? fields['currency'], 'currency'),
        values: Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (isPlain(value) ? [[name, value]] : []))),
      };
    })),
  }),
};

function isPlain(value: unknown): value is number | string | boolean | null {
  return value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
}

export interface FundamentalsParameters extends WithPass {
  readonly symbol: string;
  /** `annualNetIncome`, `quarterlyTotalAssets`, `trailingNetIncome`, … */
  readonly types: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** Statement figures by date, oldest first; a figure that was not reported for a date is absent. */
export const fundamentals: Endpoint<FundamentalsParameters, StatementRecord> = {
  name: 'fundamentals',
  freshMs: () => DAY_MS,
  request: ({ symbol, types, from, to, pass }) => ({
    path: `/ws/fundamentals-timeseries/v1/finance/timeseries/${encodeURIComponent(symbol)}`,
    query: { period1: Math.floor(from / 1000), period2: Math.ceil(to / 1000), type: types.join(',') }, ...showing(pass),
  }),
  parse(response, { symbol }) {
    const statements = new Map<string, { readonly period: StatementRecord['period']; readonly date: string; currency: string | null; readonly values: Record<string, number> }>();
    for (const entry of resultsOf(response, 'timeseries', symbol)) {
      const result = objectOf(entry, 'result');
      const type = requiredText(listOf(objectOf(result['meta'], 'meta')['type'], 'type')[0], 'type');
      const [, span = '', name = ''] = /^(annual|quarterly|trailing)(.+)$/.exec(type) ?? [];
      if (name === '') throw new MalformedError(`an unknown kind of figure: ${type}`);
      // Types without a figure have no member of their own.
      for (const figure of listOf(result[type] ?? [], type)) {
        if (!isObject(figure)) continue;
        const date = requiredText(figure['asOfDate'], 'asOfDate');
        const value = numberOf(objectOf(figure['reportedValue'], 'reportedValue')['raw'], type);
        const key = `${date} ${span}`;
        const statement = statements.get(key) ?? { period: span === 'annual' ? 'annual' : span === 'quarterly' ? 'quarterly' : 'current', date, currency: null, values: {} };
        statement.currency ??= textOf(figure['currencyCode'], 'currencyCode');
        if (value !== null) statement.values[name] = value;
        statements.set(key, statement);
      }
    }
    const ordered = [...statements].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, statement]) => statement);
    return { records: ordered.map((statement): StatementRecord => ({ kind: 'statement', symbol, statement: 'fundamentals', ...statement })) };
  },
};
