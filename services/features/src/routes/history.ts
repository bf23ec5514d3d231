import { z } from 'zod';
import { pageQuery, routesOf, symbolParam, timeQuery } from '@nautilus/engine';
import { InvalidInputError, PROVENANCES, TIMEFRAMES, isoFromMs } from '@nautilus/model';
import type { Context } from '../context.ts';
import { FEATURE_NAMES } from '../registry.ts';
import { unknownNames } from '../selection.ts';

const { get } = routesOf<Context>();

export const historyRoutes = [
  get(
    '/features/history/{symbol}',
    {
      summary: 'Stored values of one feature, bar by bar, ascending by time; null with its reason where a bar gave none.',
      description: 'Without "from" the newest up to "to". A replay that runs again stores over the values of the run before.',
      params: { symbol: symbolParam },
      query: { ...pageQuery, feature: z.string(), from: timeQuery, to: timeQuery },
      response: z.object({
        symbol: z.string(),
        feature: z.string(),
        items: z.array(
          z.object({
            timestamp: z.string().describe('End of the bar.'), timeframe: z.enum(TIMEFRAMES), value: z.number().nullable(), reason: z.string().nullable(), confidence: z.number(),
            source: z.string(), provenance: z.enum(PROVENANCES),
          }),
        ),
        next_cursor: z.string().nullable(),
      }),
    },
    async ({ params: { symbol }, query }, context) => {
      const { feature, from, to, limit, cursor } = query;
      const problem = unknownNames([feature], [...FEATURE_NAMES]).get(feature);
      if (problem !== undefined) throw new InvalidInputError([{ path: 'query.feature', message: problem }], 'malformed', '/problems/unknown-feature');
      const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      const page = await context.store.features.history(symbol, feature, range, { limit, ...(cursor === undefined ? {} : { cursor }) });
      const items = page.items.map(({ time, timeframe, value, reason, confidence, source, provenance }) => ({ timestamp: isoFromMs(time), timeframe, value, reason, confidence, source, provenance }));
      return { symbol, feature, items, next_cursor: page.nextCursor };
    },
  ),
];
