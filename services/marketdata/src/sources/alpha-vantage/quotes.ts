import { DAY_MS, QUOTE_FRESH_MS } from '../freshness.ts';
import type { InstrumentRecord, QuoteRecord } from '../records.ts';
import { MalformedError, RefusedError, type Endpoint } from '../source.ts';
import { dateOf, listOf } from '../values.ts';
import { bodyOf, Fields, member, utcOf } from './fields.ts';

export interface SymbolParameters {
  readonly symbol: string;
}

const BLANK = { bid: null, bidSize: null, ask: null, askSize: null, condition: null } as const;

/** The last price with its trading day; the service tells no time. */
export const globalQuote: Endpoint<SymbolParameters, QuoteRecord> = {
  name: 'quote',
  freshMs: () => QUOTE_FRESH_MS,
  request: ({ symbol }) => ({ path: '/query', query: { function: 'GLOBAL_QUOTE', symbol } }),
  parse(response, { symbol }) {
    const quote = member(bodyOf(response, symbol), 'Global Quote');
    if (Object.keys(quote).length === 0) throw new RefusedError({ fault: 'not_found', message: `no quote of ${symbol}` });
    const fields = new Fields(quote, 'Global Quote');
    return {
      records: [{
        ...BLANK, kind: 'quote', symbol: fields.required('symbol'), time: null, date: dateOf(fields.required('latest trading day'), 'latest trading day'),
        last: fields.number('price'), open: fields.number('open'), high: fields.number('high'), low: fields.number('low'),
        previousClose: fields.number('previous close'), volume: fields.number('volume'), currency: null,
      }],
    };
  },
};

/** The rate of a pair of currencies, with both sides where the service gives them. */
export const exchangeRate: Endpoint<{ readonly from: string; readonly to: string }, QuoteRecord> = {
  name: 'exchange_rate',
  freshMs: () => QUOTE_FRESH_MS,
  request: ({ from, to }) => ({ path: '/query', query: { function: 'CURRENCY_EXCHANGE_RATE', from_currency: from, to_currency: to } }),
  parse(response, { from, to }) {
    const fields = new Fields(member(bodyOf(response, `${from}/${to}`), 'Realtime Currency Exchange Rate'), 'the rate');
    const time = utcOf(fields.required('Last Refreshed'), fields.required('Time Zone'));
    const last = fields.number('Exchange Rate');
    if (last === null) throw new MalformedError('a rate without a value');
    const currency = fields.required('To_Currency Code');
    return {
      records: [{
        ...BLANK, kind: 'quote', symbol: `${fields.required('From_Currency Code')}/${currency}`, time, date: null, last,
        bid: fields.number('Bid Price'), ask: fields.number('Ask Price'), open: null, high: null, low: null, previousClose: null, volume: null, currency,
      }],
    };
  },
};

/** Symbols like the given words, best first. */
export const symbolSearch: Endpoint<{ readonly words: string }, InstrumentRecord> = {
  name: 'search',
  freshMs: () => DAY_MS,
  request: ({ words }) => ({ path: '/query', query: { function: 'SYMBOL_SEARCH', keywords: words } }),
  parse: (response) => ({
    records: listOf(bodyOf(response, 'these words')['bestMatches'], 'bestMatches').map((match): InstrumentRecord => {
      const fields = new Fields(match, 'a match');
      return {
        kind: 'instrument', symbol: fields.required('symbol'), name: fields.text('name'), type: fields.text('type'), venue: null,
        region: fields.text('region'), currency: fields.text('currency'), id: null,
      };
    }),
  }),
};
