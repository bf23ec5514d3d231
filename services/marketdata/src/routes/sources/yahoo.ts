import { routesOf } from '@nautilus/engine';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { chart } from '../../sources/yahoo/chart.ts';
import { quotes, search } from '../../sources/yahoo/quotes.ts';
import { asked, sourceAnswerSchema, sourceErrors, sourceQuery } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';

const { get } = routesOf<Context>();
const BASE = '/api/v1/yahoo';
const DAY_MS = 86_400_000;
const common = { response: sourceAnswerSchema, errors: sourceErrors };
/** The service's own symbols: `^VIX`, `EURUSD=X`, `BTC-USD`. */
const symbol = z.string().regex(/^[\^A-Za-z0-9.=-]{1,24}$/, 'is no symbol').transform((text) => text.toUpperCase());
const of = (context: Context) => context.state.sources.of('yahoo');

export const yahooRoutes = [
  get(`${BASE}/health`, { summary: 'State of Yahoo Finance', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/quote/{symbol}`, { ...common, summary: 'Last quote', params: { symbol } },
    ({ params, request }, context) => asked(request, (options) => context.state.sources.yahoo.call(quotes, { symbols: [params.symbol] }, options))),

  get(`${BASE}/chart/{symbol}`, {
    ...common, summary: 'Bars, then dividends and splits, each oldest first', params: { symbol },
    query: { timeframe: z.enum(['1m', '5m', '15m', '30m', '1h', '1d', '1w', '1mo', '3mo']).default('1d'), from: z.iso.date().optional(), to: z.iso.date().optional().describe('Exclusive'), ...sourceQuery },
  }, ({ params, query: { timeframe, from, to, ...part }, request }, context) => {
    const end = to === undefined ? context.clock.now() : Date.parse(to);
    const start = from === undefined ? end - (/[mh]$/.test(timeframe) ? 5 : 365) * DAY_MS : Date.parse(from);
    return asked(request, (options) => of(context).call(chart, { symbol: params.symbol, timeframe, from: start, to: end }, options), part);
  }),

  get(`${BASE}/search`, { ...common, summary: 'Symbols by name', query: { q: z.string().min(1), limit: z.coerce.number().int().min(1).max(50).default(10) } },
    ({ query, request }, context) => asked(request, (options) => of(context).call(search, { words: query.q, limit: query.limit }, options))),
];
