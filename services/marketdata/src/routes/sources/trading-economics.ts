import { routesOf } from '@nautilus/engine';
import { InvalidInputError } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { calendarEndpoint } from '../../sources/trading-economics/calendar.ts';
import { historicalEndpoint, indicatorsEndpoint } from '../../sources/trading-economics/indicators.ts';
import { MARKET_CLASSES, marketsEndpoint } from '../../sources/trading-economics/markets.ts';
import { present } from './present.ts';
import { asked, sourceAnswerSchema, sourceErrors, sourceQuery } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';

const { get } = routesOf<Context>();
const BASE = '/api/v1/trading-economics';
const common = { response: sourceAnswerSchema, errors: sourceErrors };
const country = z.string().min(1).max(200).transform((text) => text.toLowerCase()).describe('As the service spells it: united states');
const day = z.iso.date().optional();
const of = (context: Context) => context.state.sources.of('trading_economics');

function range(from: string | undefined, to: string | undefined): void {
  if (to !== undefined && from === undefined) throw new InvalidInputError([{ path: 'query.from', message: 'is needed with `to`' }]);
  if (from !== undefined && to !== undefined && from > to) throw new InvalidInputError([{ path: 'query.from', message: 'is after `to`' }]);
}

export const tradingEconomicsRoutes = [
  get(`${BASE}/health`, { summary: 'State of Trading Economics', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/calendar`, {
    ...common, summary: 'Economic releases, ascending by time',
    query: { country: country.optional(), from: day, to: day, importance: z.coerce.number().pipe(z.union([z.literal(1), z.literal(2), z.literal(3)])).optional(), ...sourceQuery },
  }, ({ query: { limit, offset, ...query }, request }, context) => {
    range(query.from, query.to);
    if (query.from !== undefined && query.to === undefined) throw new InvalidInputError([{ path: 'query.to', message: 'is needed with `from`' }]);
    return asked(request, (options) => of(context).call(calendarEndpoint, present(query), options), { limit, offset });
  }),

  get(`${BASE}/indicators/{country}`, { ...common, summary: 'Newest values of the indicators of a country', params: { country }, query: { indicator: z.string().min(1).optional(), ...sourceQuery } },
    ({ params, query: { indicator, ...part }, request }, context) =>
      asked(request, (options) => of(context).call(indicatorsEndpoint, { ...params, ...present({ indicator }) }, options), part)),

  get(`${BASE}/historical`, { ...common, summary: 'Values of one indicator, oldest first', query: { country, indicator: z.string().min(1), from: day, to: day, ...sourceQuery } },
    ({ query: { limit, offset, from, to, ...query }, request }, context) => {
      range(from, to);
      return asked(request, (options) => of(context).call(historicalEndpoint, { ...query, ...present({ from, to }) }, options), { limit, offset });
    }),

  get(`${BASE}/markets/{class}`, { ...common, summary: 'Last prices of a class of markets', params: { class: z.enum(MARKET_CLASSES) }, query: sourceQuery },
    ({ params, query, request }, context) => asked(request, (options) => of(context).call(marketsEndpoint, params, options), query)),
];
