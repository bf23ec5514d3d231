import { routesOf } from '@nautilus/engine';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { dailyBars, intradayBars } from '../../sources/alpha-vantage/bars.ts';
import { globalQuote, symbolSearch } from '../../sources/alpha-vantage/quotes.ts';
import { companyEarnings, companyOverview } from '../../sources/alpha-vantage/statements.ts';
import { symbol } from '../schemas.ts';
import { asked, sourceAnswerSchema, sourceErrors, sourceQuery } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';

const { get } = routesOf<Context>();
const BASE = '/api/v1/alpha-vantage';
const common = { response: sourceAnswerSchema, errors: sourceErrors };
const flag = z.stringbool().default(false);
const of = (context: Context) => context.state.sources.of('alpha_vantage');

/** What is built of the service's functions, with the path that leads there. */
const FUNCTIONS = [
  { function: 'GLOBAL_QUOTE', path: `${BASE}/quote/{symbol}` }, { function: 'TIME_SERIES_DAILY', path: `${BASE}/daily/{symbol}` },
  { function: 'TIME_SERIES_DAILY_ADJUSTED', path: `${BASE}/daily/{symbol}?adjusted=true` }, { function: 'TIME_SERIES_INTRADAY', path: `${BASE}/intraday/{symbol}` },
  { function: 'SYMBOL_SEARCH', path: `${BASE}/search` }, { function: 'OVERVIEW', path: `${BASE}/company/{symbol}` }, { function: 'EARNINGS', path: `${BASE}/earnings/{symbol}` },
];

export const alphaVantageRoutes = [
  get(`${BASE}/health`, { summary: 'State of Alpha Vantage', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/supported-functions`, { summary: 'Functions of Alpha Vantage that are built', response: z.object({ functions: z.array(z.object({ function: z.string(), path: z.string() })) }) },
    () => ({ functions: FUNCTIONS })),

  get(`${BASE}/quote/{symbol}`, { ...common, summary: 'Last price with its trading day', params: { symbol } },
    ({ params, request }, context) => asked(request, (options) => of(context).call(globalQuote, params, options))),

  get(`${BASE}/daily/{symbol}`, { ...common, summary: 'Daily bars, oldest first', params: { symbol }, query: { adjusted: flag, full: flag, ...sourceQuery } },
    ({ params, query, request }, context) => asked(request, (options) => of(context).call(dailyBars, { ...params, adjusted: query.adjusted, full: query.full }, options), query)),

  get(`${BASE}/intraday/{symbol}`, {
    ...common, summary: 'Bars within the day, oldest first', params: { symbol },
    query: { interval: z.enum(['1m', '5m', '15m', '30m', '1h']).default('5m'), full: flag, month: z.string().regex(/^\d{4}-\d{2}$/).optional(), ...sourceQuery },
  }, ({ params, query: { interval, month, full, ...part }, request }, context) =>
    asked(request, (options) => of(context).call(intradayBars, { ...params, timeframe: interval, full, ...(month === undefined ? {} : { month }) }, options), part)),

  get(`${BASE}/search`, { ...common, summary: 'Symbols by name', query: { q: z.string().min(1), ...sourceQuery } },
    ({ query, request }, context) => asked(request, (options) => of(context).call(symbolSearch, { words: query.q }, options), query)),

  get(`${BASE}/company/{symbol}`, { ...common, summary: 'Company, classification and ratios', params: { symbol } },
    ({ params, request }, context) => asked(request, (options) => of(context).call(companyOverview, params, options))),

  get(`${BASE}/earnings/{symbol}`, { ...common, summary: 'Earnings per share, reported and expected', params: { symbol }, query: sourceQuery },
    ({ params, query, request }, context) => asked(request, (options) => of(context).call(companyEarnings, params, options), query)),
];
