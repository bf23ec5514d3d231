import { routesOf } from '@nautilus/engine';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { datasetEndpoint, harvestEndpoint, keywordsEndpoint, locationsEndpoint, organizationsEndpoint, searchEndpoint } from '../../sources/data-gov/catalogue.ts';
import { ckanSearchEndpoint } from '../../sources/data-gov/ckan.ts';
import type { GovernmentDataset } from '../../sources/data-gov/dataset.ts';
import { SourceError, type CallOptions, type SourceAnswer } from '../../sources/source.ts';
import { present } from './present.ts';
import { asked, oldest, sourceAnswerSchema, sourceErrors, sourceQuery } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';

const { get } = routesOf<Context>();
const BASE = '/api/v1/datagov';
const common = { response: sourceAnswerSchema, errors: sourceErrors };
const of = (context: Context) => context.state.sources.of('data_gov');

/** What moves markets and is published by the government. */
const TOPICS = ['consumer price index', 'employment situation', 'gross domestic product', 'interest rates', 'treasury securities', 'commodity futures', 'petroleum stocks', 'housing starts'] as const;

interface Search {
  readonly text: string;
  readonly perPage: number;
  readonly organization?: string;
}

/** The older catalogue answers when the newer one is down, and only then. */
async function search(context: Context, parameters: Search, options: CallOptions): Promise<SourceAnswer<GovernmentDataset>> {
  try {
    return await of(context).call(searchEndpoint, parameters, options);
  } catch (error) {
    if (!(error instanceof SourceError) || error.fault !== 'unavailable' || parameters.organization !== undefined) throw error;
    return of(context).call(ckanSearchEndpoint, { text: parameters.text, rows: parameters.perPage }, options);
  }
}

export const dataGovRoutes = [
  get(`${BASE}/health`, { summary: 'State of Data.gov', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/datasets/search`, {
    ...common, summary: 'Datasets by words', query: { q: z.string().min(1), organization: z.string().min(1).optional(), limit: z.coerce.number().int().min(1).max(100).default(20) },
  }, ({ query: { q, limit, organization }, request }, context) => asked(request, (options) => search(context, { text: q, perPage: limit, ...present({ organization }) }, options))),

  get(`${BASE}/datasets/trading-relevant`, { ...common, summary: `Datasets on ${TOPICS.join(', ')}`, query: sourceQuery }, ({ query, request }, context) =>
    asked(request, async (options) => {
      const answers: SourceAnswer<GovernmentDataset>[] = [];
      for (const text of TOPICS) answers.push(await search(context, { text, perPage: 10 }, options));
      const [first] = answers;
      if (first === undefined) throw new TypeError('no topics');
      const byId = new Map(answers.flatMap(({ records }) => records).map((dataset) => [dataset.id, dataset]));
      return { ...first, records: [...byId.values()], fetchedAt: oldest(answers) };
    }, query)),

  get(`${BASE}/datasets/{id}`, { ...common, summary: 'A dataset by its harvest record', params: { id: z.uuid() } },
    ({ params, request }, context) => asked(request, (options) => of(context).call(datasetEndpoint, params, options))),

  get(`${BASE}/categories`, { ...common, summary: 'Keywords, most used first', query: { limit: z.coerce.number().int().min(1).max(1_000).default(100) } },
    ({ query, request }, context) => asked(request, (options) => of(context).call(keywordsEndpoint, { size: query.limit }, options))),

  get(`${BASE}/harvest-records/{id}`, { ...common, summary: 'How a dataset came into the catalogue', params: { id: z.uuid() } },
    ({ params, request }, context) => asked(request, (options) => of(context).call(harvestEndpoint, params, options))),

  get(`${BASE}/locations`, { ...common, summary: 'Places by a part of their name', query: { q: z.string().min(1), limit: z.coerce.number().int().min(1).max(100).default(20) } },
    ({ query, request }, context) => asked(request, (options) => of(context).call(locationsEndpoint, { text: query.q, size: query.limit }, options))),

  get(`${BASE}/organizations`, { ...common, summary: 'Bodies that publish datasets', query: sourceQuery },
    ({ query, request }, context) => asked(request, (options) => of(context).call(organizationsEndpoint, {}, options), query)),
];
