import { routesOf } from '@nautilus/engine';
import { PROVENANCES, TIMEFRAMES } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { dataQuery, queryData } from '../../data-query.ts';
import { marketRegime, REGIMES } from '../../market-regime.ts';
import { symbol } from '../schemas.ts';
import { refusing, sourceErrors } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';

const { get } = routesOf<Context>();
const record = z.record(z.string(), z.unknown());

export const overviewRoutes = [
  get('/api/v1/sources', { summary: 'State, quota, hit rate and last error of every outside source', response: z.object({ sources: z.array(sourceHealthSchema) }) },
    (_input, context) => ({ sources: context.state.sources.all.map(healthOf) })),

  get('/api/v1/market-regime', {
    summary: 'The market by the VIX: LOW below 12, NORMAL below 20, ELEVATED below 30, HIGH below 40, CRISIS', errors: sourceErrors,
    description: 'From FRED (VIXCLS); without it the last day of the recorded series, as `replay`.',
    response: z.object({ vix: z.number(), regime: z.enum(REGIMES), as_of: z.string().describe('Day of the observation'), source: z.string(), provenance: z.enum(PROVENANCES) }),
  }, ({ request }, context) => refusing(request, () => marketRegime(context, { signal: request.signal, waitMs: 2_000 }))),

  get('/api/v1/market-data/historical/bars', {
    summary: 'Stored bars of one instrument, ascending by time', query: { symbol, timeframe: z.enum(TIMEFRAMES).default('1d'), limit: dataQuery.limit, from: dataQuery.from, to: dataQuery.to, adjusted: dataQuery.adjusted, as_of: dataQuery.as_of },
    response: z.object({ symbol: z.string(), bars: z.array(record), provenance: z.enum(PROVENANCES), cache: z.object({ hit: z.boolean() }), reason: z.string().optional() }),
    errors: { 404: 'The symbol is not known here.', 503: 'The database is away.' },
  }, async ({ query: { symbol: name, ...query } }, context) => {
    const { data, ...answer } = await queryData(name, { ...query, data_type: 'bar' }, context);
    return { ...answer, bars: data.map((item) => ({ ...item })) };
  }),
];
