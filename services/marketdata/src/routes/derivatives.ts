import { routesOf } from '@nautilus/engine';
import { NotFoundError } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { futuresMargins, heldOn, interestRates } from '../derivatives/dated-values.ts';
import { optionChain } from '../derivatives/option-chain.ts';
import { provenance, symbol } from './schemas.ts';

const { get } = routesOf<Context>();

const day = z.iso.date().optional();
const asOf = day.describe('Only the value that held on this day; all without it');
const greeks = z.object({ implied_volatility: z.number(), delta: z.number(), gamma: z.number(), vega: z.number(), theta: z.number(), rho: z.number() });
const quote = z.object({
  expiry: z.string(), strike: z.number(), right: z.enum(['call', 'put']), open: z.number(), high: z.number(), low: z.number(), close: z.number(), volume: z.number().nullable(), open_interest: z.number().nullable(),
  recorded: greeks.nullable().describe('As the vendor gave them, who tells neither model nor units; null where it gave none'),
  computed: greeks.extend({ vanna: z.number(), volga: z.number() }).nullable().describe('Black & Scholes at the implied volatility of the close: vega and rho per 1.00, theta per year'),
  reason: z.string().optional().describe('Why nothing was computed'),
});

/** The values of one day, or all. */
function dated<T extends { readonly date: string }>(what: string, values: readonly T[], asOfDay: string | undefined): T[] {
  if (asOfDay === undefined) return [...values];
  const held = heldOn(values, asOfDay);
  if (held === undefined) throw new NotFoundError(what, `nothing is recorded before ${values[0]?.date ?? 'now'}`);
  return [held];
}

export const derivativesRoutes = [
  get('/options/{symbol}/chain', {
    summary: 'Options on a symbol at the close of a recorded day, with greeks',
    description: 'The computed greeks take options for European; years are days over 365. A long option on a stock that pays dividends has no implied volatility until its yield is told.',
    params: { symbol },
    query: {
      date: day.describe('The newest recorded day by default'), expiry: day, right: z.enum(['call', 'put']).optional(),
      rate: z.coerce.number().min(-1).max(1).optional().describe('Continuously compounded, a year; the recorded discount rate of the day by default'),
      dividend_yield: z.coerce.number().min(0).max(1).optional().describe('Continuous, a year; 0 by default'),
    },
    response: z.object({ symbol: z.string(), date: z.string(), spot: z.number(), rate: z.number(), dividend_yield: z.number(), quotes: z.array(quote), provenance }),
    errors: { 404: 'No chain of the symbol or day is recorded; those that are, are listed.' },
  }, async ({ params, query: { date, expiry, right, rate, dividend_yield: dividendYield } }, { dataDirectory }) => {
    const chain = await optionChain({ symbol: params.symbol, date, rate, dividendYield }, dataDirectory);
    const quotes = chain.quotes.filter((one) => (expiry === undefined || one.expiry === expiry) && (right === undefined || one.right === right));
    return { symbol: params.symbol, ...chain, quotes: quotes.map((one) => ({ ...one })), provenance: 'replay' as const };
  }),

  get('/futures/{symbol}/margins', {
    summary: 'Exchange margins per contract of a futures root, in US dollars',
    params: { symbol },
    query: { as_of: asOf },
    response: z.object({ symbol: z.string(), margins: z.array(z.object({ date: z.string().describe('From this day on'), initial: z.number(), maintenance: z.number() })), provenance }),
    errors: { 404: 'No margins of the root are recorded; those that are, are listed.' },
  }, async ({ params, query }, { dataDirectory }) => ({ symbol: params.symbol, margins: dated('futures margins', await futuresMargins(params.symbol, dataDirectory), query.as_of), provenance: 'replay' as const })),

  get('/rates/{name}', {
    summary: 'Recorded interest rates, percent a year',
    params: { name: z.string().min(1).max(40) },
    query: { as_of: asOf },
    response: z.object({ name: z.string(), rates: z.array(z.object({ date: z.string().describe('From this day on'), percent: z.number() })), provenance }),
    errors: { 404: 'The rate is not recorded; those that are, are listed.' },
  }, async ({ params, query }, { dataDirectory }) => ({ name: params.name, rates: dated('interest rate', await interestRates(params.name, dataDirectory), query.as_of), provenance: 'replay' as const })),
];
