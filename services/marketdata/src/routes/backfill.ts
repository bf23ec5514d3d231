import { routesOf } from '@nautilus/engine';
import { z } from 'zod';
import { BACKFILL_TIMEFRAMES } from '../backfill/plan.ts';
import { backfillSchema } from '../backfill/record.ts';
import { startBackfill, stopBackfills } from '../backfill/run.ts';
import type { Context } from '../context.ts';
import { lostRangeSchema, lostRanges } from '../spool/lost-ranges.ts';
import { SOURCE_NAMES } from '../sources/source.ts';
import { page, pageOf, pageQuery, symbol } from './schemas.ts';
import { refusing, sourceErrors } from './sources/source-answer.ts';

const { get, post } = routesOf<Context>();
const date = z.iso.date();

export const backfillRoutes = [
  post('/backfill', {
    summary: 'Fetches the bars that are missing in the store',
    description: 'Gaps are found against the sessions of the exchange. The work goes on after a restart from its position. Bars are stored raw, with the source and provenance `live`.',
    aliases: ['/api/v1/ib/backfill'],
    body: z.object({
      symbol, timeframe: z.enum(BACKFILL_TIMEFRAMES).default('1d'), from: date, to: date.describe('Inclusive'),
      source: z.enum(SOURCE_NAMES).optional().describe('Default: the first source that gives raw bars and can be asked'),
    }),
    response: backfillSchema,
    status: 202,
    errors: { 422: 'An empty range, or a source without raw bars.', 503: sourceErrors[503] },
    example: { symbol: 'IBM', timeframe: '1d', from: '2022-12-01', to: '2022-12-30' },
  }, ({ body, request }, context) => refusing(request, () => startBackfill(body, context))),

  get('/api/v1/historical/backfill/status', { summary: 'Backfills and how far they are, newest first', aliases: ['/backfill/status'], query: pageQuery, response: pageOf(backfillSchema) },
    async ({ query }, context) => {
      await context.state.backfills.load(context.store);
      const { all } = context.state.backfills;
      const order = new Map(all.map(({ backfill_id: id }, index) => [id, String(index).padStart(6, '0')]));
      return page(all, ({ backfill_id: id }) => order.get(id) ?? '', query);
    }),

  get('/backfill/lost', {
    summary: 'Events that never reached the bus, by feed and outage, newest first',
    description: 'While the bus is away events wait in a file; these came when it was full. Where a source can be asked, their minute bars are fetched by the backfill that is named.',
    query: pageQuery, response: pageOf(lostRangeSchema),
  }, async ({ query }, context) => {
    const all = await lostRanges(context.store.snapshots);
    const order = new Map(all.map((range, index) => [range, String(index).padStart(6, '0')]));
    return page(all, (range) => order.get(range) ?? '', query);
  }),

  post('/api/v1/historical/backfill/stop', {
    summary: 'Stops a backfill, or all of them', description: 'What was fetched stays; the same range asked for again goes on with what is missing.', aliases: ['/backfill/stop'],
    body: z.object({ backfill_id: z.string().optional() }), response: z.object({ items: z.array(backfillSchema) }), errors: { 404: 'No such backfill.' },
  }, async ({ body }, context) => ({ items: [...(await stopBackfills(body.backfill_id, context))] })),
];
