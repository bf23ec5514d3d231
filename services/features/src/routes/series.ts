import { z } from 'zod';
import { routesOf, symbolParam } from '@nautilus/engine';
import { TIMEFRAMES } from '@nautilus/model';
import type { Context } from '../context.ts';
import { seriesOver } from '../series.ts';
import { BODY_LIMIT, requestFields, requestFrom } from './request.ts';

const { post } = routesOf<Context>();

const seriesSchema = z.object({
  values: z.array(z.union([z.number(), z.string()]).nullable()),
  components: z.record(z.string(), z.array(z.number().nullable())),
  category: z.string(),
  unit: z.string(),
  convention: z.string().describe('The one that was followed'),
  parameters: z.record(z.string(), z.number()),
  inputs: z.array(z.string()),
  required_bars: z.int(),
});

export const seriesRoutes = [
  post(
    '/features/series/{symbol}',
    {
      summary: 'Every value of features of one symbol over given or stored bars, as charts and research need them.',
      description: 'Null while a feature warms up or cannot be computed. Bars that are given must ascend. Bars times features may be 500,000 at most.',
      params: { symbol: symbolParam },
      body: z.object(requestFields),
      response: z.object({
        symbol: z.string(), timeframe: z.enum(TIMEFRAMES), times: z.array(z.string()).describe('End of each bar: from then on its values are known.'), series: z.record(z.string(), seriesSchema),
        performance: z.object({ duration_ms: z.number(), bars: z.int() }),
      }),
      bodyLimitBytes: BODY_LIMIT,
      errors: { 404: 'Nothing is known of the symbol; the active ones are listed.' },
      example: { features: ['adx', 'supertrend'], parameters: { ema: { period: [12, 26] } }, timeframe: '1d' },
    },
    ({ params, body }, context) => seriesOver(requestFrom(params.symbol, body), context),
  ),
];
