import { routesOf } from '@nautilus/engine';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { datasetsEndpoint, lastUpdatesEndpoint, providersEndpoint, searchEndpoint } from '../../sources/dbnomics/catalogue.ts';
import { seriesEndpoint } from '../../sources/dbnomics/series.ts';
import { asked, sourceAnswerSchema, sourceErrors, sourceQuery } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';

const { get } = routesOf<Context>();
const BASE = '/api/v1/dbnomics';
const common = { response: sourceAnswerSchema, errors: sourceErrors };
const code = z.string().min(1).max(200);
const paging = { limit: z.coerce.number().int().min(1).max(1_000).default(100), offset: z.coerce.number().int().min(0).default(0) };
const of = (context: Context) => context.state.sources.of('dbnomics');

export const dbnomicsRoutes = [
  get(`${BASE}/health`, { summary: 'State of DBnomics', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/statistics`, { summary: 'What was asked of DBnomics since the start', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/providers`, { ...common, summary: 'Providers of series, with their terms', query: sourceQuery },
    ({ query, request }, context) => asked(request, (options) => of(context).all(providersEndpoint, {}, options), query)),

  get(`${BASE}/providers/{provider}/datasets`, { ...common, summary: 'Datasets of a provider', params: { provider: code }, query: sourceQuery },
    ({ params, query, request }, context) => asked(request, (options) => of(context).all(datasetsEndpoint, params, options), query)),

  get(`${BASE}/last-updates`, { ...common, summary: 'Datasets that were fetched anew last', query: paging },
    ({ query: page, request }, context) => asked(request, (options) => of(context).call(lastUpdatesEndpoint, page, options))),

  get(`${BASE}/series`, { ...common, summary: 'Series by their identifiers', query: { ids: z.string().min(1).describe('provider/dataset/series, separated by commas') } },
    ({ query, request }, context) => asked(request, (options) => of(context).all(seriesEndpoint, { ids: query.ids.split(',').map((id) => id.trim()) }, options))),

  get(`${BASE}/series/search`, { ...common, summary: 'Datasets that hold series on a subject', query: { q: z.string().min(1), ...paging } },
    ({ query: { q, ...page }, request }, context) => asked(request, (options) => of(context).call(searchEndpoint, { text: q, ...page }, options))),

  get(`${BASE}/series/{provider}/{dataset}/{series}`, {
    ...common, summary: 'A series with its values, or several by a mask', params: { provider: code, dataset: code, series: code }, query: { align_periods: z.stringbool().default(false), ...paging },
  }, ({ params, query: { align_periods: alignPeriods, ...page }, request }, context) =>
    asked(request, (options) => of(context).call(seriesEndpoint, { ...params, alignPeriods, ...page }, options))),
];
