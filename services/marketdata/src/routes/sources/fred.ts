import { routesOf } from '@nautilus/engine';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { MACRO_SERIES } from '../../sources/fred/macro-series.ts';
import { category, categoryChildren } from '../../sources/fred/categories.ts';
import { observations, vintageDates } from '../../sources/fred/observations.ts';
import { releaseDates, releases } from '../../sources/fred/releases.ts';
import { categorySeries, releaseSeries, seriesInfo, seriesSearch } from '../../sources/fred/series.ts';
import type { ObservationRecord } from '../../sources/records.ts';
import type { CallOptions, SourceAnswer } from '../../sources/source.ts';
import { present } from './present.ts';
import { asked, oldest, refusing, sourceAnswerSchema, sourceErrors, sourceQuery } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';

const { get, post } = routesOf<Context>();
const BASE = '/api/v1/fred';
const common = { response: sourceAnswerSchema, errors: sourceErrors };
const id = z.string().regex(/^[A-Za-z0-9_]{1,60}$/, 'is no series').transform((text) => text.toUpperCase());
const day = z.iso.date().optional();
const number = z.coerce.number().int().min(0);
const of = (context: Context) => context.state.sources.of('fred');

/** Enough days for the slowest of them, which is quarterly and published late. */
const MACRO_DAYS = 400;
const DAY_MS = 86_400_000;

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const newest = (records: readonly ObservationRecord[]): ObservationRecord | undefined => records.findLast(({ value }) => value !== null);

/** The newest value of a series, as the only record of the answer. */
async function latest(context: Context, series: string, options: CallOptions): Promise<SourceAnswer<ObservationRecord>> {
  const answer = await of(context).all(observations, { series, from: dateOf(context.clock.now() - MACRO_DAYS * DAY_MS) }, options);
  const record = newest(answer.records);
  return { ...answer, records: record === undefined ? [] : [record] };
}

export const fredRoutes = [
  get(`${BASE}/health`, { summary: 'State of FRED', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/series`, { ...common, summary: 'Series by words', query: { q: z.string().min(1), limit: z.coerce.number().int().min(1).max(1_000).default(100), offset: sourceQuery.offset } },
    ({ query: { q, limit, offset }, request }, context) => asked(request, (options) => of(context).call(seriesSearch, { words: q, limit, offset }, options))),

  get(`${BASE}/series/{id}`, {
    ...common, summary: 'Values of a series, oldest first', params: { id },
    description: 'With `known_from` and `known_to` the values as they were known on those days, each with its span of validity.',
    query: { from: day, to: day, known_from: day, known_to: day, units: z.enum(['lin', 'chg', 'ch1', 'pch', 'pc1', 'pca', 'cch', 'cca', 'log']).optional(), ...sourceQuery },
  }, ({ params, query: { from, to, known_from: knownFrom, known_to: knownTo, units, ...part }, request }, context) =>
    asked(request, (options) => of(context).all(observations, { series: params.id, ...present({ from, to, knownFrom, knownTo, units }) }, options), part)),

  get(`${BASE}/series/{id}/latest`, { ...common, summary: 'The newest value of a series; no record when the last year has none', params: { id } },
    ({ params, request }, context) => asked(request, (options) => latest(context, params.id, options))),

  get(`${BASE}/series/{id}/info`, { ...common, summary: 'What a series is', params: { id } },
    ({ params, request }, context) => asked(request, (options) => of(context).call(seriesInfo, { series: params.id }, options))),

  get(`${BASE}/series/{id}/vintages`, { ...common, summary: 'Days on which values of a series were published or revised', params: { id }, query: sourceQuery },
    ({ params, query, request }, context) => asked(request, async (options) => {
      const answer = await of(context).all(vintageDates, { series: params.id }, options);
      return { ...answer, records: answer.records.map((date) => ({ kind: 'vintage', series: params.id, date })) };
    }, query)),

  get(`${BASE}/releases`, { ...common, summary: 'Publications that bring new values', query: sourceQuery },
    ({ query, request }, context) => asked(request, (options) => of(context).all(releases, {}, options), query)),

  get(`${BASE}/releases/{release}/series`, { ...common, summary: 'Series of a release', params: { release: number }, query: sourceQuery },
    ({ params, query: page, request }, context) => asked(request, (options) => of(context).call(releaseSeries, { ...params, ...page }, options))),

  get(`${BASE}/categories/{category}`, { ...common, summary: 'A shelf of the catalogue and those in it; the root is 0', params: { category: number } },
    ({ params, request }, context) => asked(request, async (options) => {
      const own = await of(context).call(category, params, options);
      const children = await of(context).call(categoryChildren, params, options);
      return { ...own, records: [...own.records, ...children.records], fetchedAt: oldest([own, children]) };
    })),

  get(`${BASE}/categories/{category}/series`, { ...common, summary: 'Series of a shelf', params: { category: number }, query: sourceQuery },
    ({ params, query: page, request }, context) => asked(request, (options) => of(context).call(categorySeries, { ...params, ...page }, options))),

  get(`${BASE}/macro-factors`, { ...common, summary: `Newest values of ${MACRO_SERIES.join(', ')}` }, ({ request }, context) =>
    asked(request, async (options) => {
      const answers = await Promise.all(MACRO_SERIES.map((series) => latest(context, series, options)));
      const [first] = answers;
      if (first === undefined) throw new TypeError('no series');
      return { ...first, endpoint: 'macro_factors', records: answers.flatMap(({ records }) => records), fetchedAt: oldest(answers) };
    })),

  get(`${BASE}/economic-calendar`, { ...common, summary: 'Days of releases, those to come included', query: { from: day, to: day, ...sourceQuery } },
    ({ query: { from, to, ...part }, request }, context) => asked(request, (options) => of(context).all(releaseDates, present({ from, to }), options), part)),

  post(`${BASE}/cache/refresh`, {
    summary: 'Asks for series anew, whatever is kept', body: z.object({ series: z.array(id).min(1).max(50).default([...MACRO_SERIES]) }), errors: sourceErrors,
    response: z.object({ refreshed: z.array(z.string()), quota_left: z.int().nullable() }), example: { series: ['UNRATE'] },
  }, ({ body, request }, context) => refusing(request, async () => {
    for (const series of body.series) await latest(context, series, { renew: true, waitMs: 10_000, signal: request.signal });
    return { refreshed: body.series, quota_left: of(context).status().quota.left };
  })),
];
