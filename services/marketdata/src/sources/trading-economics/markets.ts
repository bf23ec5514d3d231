import { z } from 'zod';
import type { QuoteRecord } from '../records.ts';
import type { Endpoint } from '../source.ts';
import { optionalNumber, optionalText, rowsOf, someRows, timeIn } from './rows.ts';

export const MARKET_CLASSES = ['commodities', 'currency', 'index', 'bond', 'crypto'] as const;
export type MarketClass = (typeof MARKET_CLASSES)[number];

const FRESH_MS = 60_000;

const market = z.object({
  Symbol: z.string(), Name: optionalText, Date: optionalText, Last: optionalNumber, yesterday: optionalNumber, day_high: optionalNumber, day_low: optionalNumber,
  state: optionalText, State: optionalText, unit: optionalText,
});

/** Last prices of one class of markets. Bid, ask and volume are not part of it. */
export const marketsEndpoint: Endpoint<{ readonly class: MarketClass }, QuoteRecord> = {
  name: 'markets',
  freshMs: () => FRESH_MS,
  staleMs: 10 * FRESH_MS,
  request: (parameters) => ({ path: `/markets/${parameters.class}`, query: { f: 'json' } }),
  parse: (response, parameters) => ({
    records: someRows(rowsOf(response, market), parameters.class).map((row): QuoteRecord => ({
      kind: 'quote', symbol: row.Symbol, time: row.Date === null ? null : timeIn(row.Date, 'Date'), date: null,
      last: row.Last, bid: null, bidSize: null, ask: null, askSize: null, open: null, high: row.day_high, low: row.day_low, previousClose: row.yesterday, volume: null,
      currency: /^[A-Z]{3}$/.test(row.unit ?? '') ? row.unit : null,
      condition: (row.state ?? row.State)?.toUpperCase() === 'CLOSED' ? 'close' : null,
    })),
  }),
};
