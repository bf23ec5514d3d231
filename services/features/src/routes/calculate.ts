import { z } from 'zod';
import { routesOf, symbolParam } from '@nautilus/engine';
import { TIMEFRAMES, asNautilusError } from '@nautilus/model';
import { calculate, unknownNames, type CalculationRequest } from '../calculate.ts';
import type { Context } from '../context.ts';
import { featuresSchema } from '../payload.ts';

const { post } = routesOf<Context>();

const time = z.iso.datetime({ offset: true });
const barSchema = z.object({
  timestamp: time.describe('Start of the bar'),
  open: z.number(), high: z.number(), low: z.number(), close: z.number(), volume: z.number(),
});
const request = {
  features: z.array(z.string()).min(1).optional().describe('Names; without them all.'),
  parameters: z.record(z.string(), z.record(z.string(), z.array(z.number()).min(1).max(100))).optional()
    .describe('By feature and parameter the values to try, over given or stored bars: `{"sma_20": {"period": [10, 50]}}` answers `sma_20[period=10]` and `sma_20[period=50]`. At most 200 combinations.'),
  bars: z.array(barSchema).max(50_000).optional().describe('Without them the live state is told, or stored bars up to as_of are used.'),
  as_of: time.optional(),
  timeframe: z.enum(TIMEFRAMES).optional().describe('Of the bars; default 1m.'),
};
const answer = featuresSchema.extend({ performance: z.object({ duration_ms: z.number(), bars: z.int() }) });

const requestFrom = (symbol: string, body: { features?: string[] | undefined; parameters?: CalculationRequest['grid']; bars?: CalculationRequest['bars']; as_of?: string | undefined; timeframe?: CalculationRequest['timeframe'] | undefined }): CalculationRequest => ({
  symbol,
  names: body.features,
  grid: body.parameters,
  bars: body.bars,
  asOf: body.as_of === undefined ? undefined : Date.parse(body.as_of),
  timeframe: body.timeframe ?? '1m',
});

const BODY_LIMIT = 16 * 1024 * 1024;
const errors = { 404: 'Nothing is known of the symbol; the active ones are listed.' };
const example = { features: ['sma_20', 'rsi_14'] };

export const calculateRoutes = [
  post(
    '/features/calculate/{symbol}',
    { summary: 'Features of one symbol: live, as of a time, or over given bars.', params: { symbol: symbolParam }, body: z.object(request), response: answer, bodyLimitBytes: BODY_LIMIT, errors, example },
    ({ params, body }, context) => calculate(requestFrom(params.symbol, body), context),
  ),
  post(
    '/features/generate',
    { summary: 'The same with the symbol in the body.', body: z.object({ symbol: symbolParam, ...request }), response: answer, bodyLimitBytes: BODY_LIMIT, errors, example: { symbol: 'IBM', ...example } },
    ({ body }, context) => calculate(requestFrom(body.symbol, body), context),
  ),
  ...(['technical', 'fundamental'] as const).map((category) =>
    post(
      `/features/${category}/{symbol}`,
      { summary: `The ${category} features of one symbol.`, params: { symbol: symbolParam }, body: z.object(request), response: answer, bodyLimitBytes: BODY_LIMIT, errors },
      ({ params, body }, context) => calculate({ ...requestFrom(params.symbol, body), category }, context),
    ),
  ),
  post(
    '/features/batch',
    {
      summary: 'Features of several symbols. A symbol or feature that fails is told as a problem; the others are answered.',
      body: z.object({ symbols: z.array(symbolParam).min(1).max(500), features: request.features }),
      response: z.object({ results: z.record(z.string(), answer), problems: z.record(z.string(), z.object({ type: z.string(), detail: z.string() })) }),
      bodyLimitBytes: BODY_LIMIT,
      example: { symbols: ['IBM', 'AIG'], ...example },
    },
    async ({ body }, context) => {
      const results: Record<string, z.infer<typeof answer>> = {};
      const problems: Record<string, { type: string; detail: string }> = {};
      const unknown = unknownNames(body.features ?? []);
      const known = body.features?.filter((name) => !unknown.has(name));
      // Without one known name there is nothing left to run, and the call fails as a single one does.
      const features = known?.length === 0 ? body.features : known;
      for (const [name, detail] of unknown) problems[name] = { type: '/problems/unknown-feature', detail };
      for (const symbol of new Set(body.symbols)) {
        try {
          results[symbol] = await calculate(requestFrom(symbol, { features }), context);
        } catch (error) {
          const failure = asNautilusError(error);
          if (failure === undefined || failure.kind === 'invalid_input') throw error;
          problems[symbol] = { type: failure.type, detail: failure.message };
        }
      }
      return { results, problems };
    },
  ),
];
