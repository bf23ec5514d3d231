import { z } from 'zod';
import { routesOf, symbolParam } from '@nautilus/engine';
import { asNautilusError } from '@nautilus/model';
import { calculate } from '../calculate.ts';
import type { Context } from '../context.ts';
import { featuresSchema } from '../payload.ts';
import { unknownNames } from '../selection.ts';
import { BODY_LIMIT, requestFields, requestFrom } from './request.ts';

const { post } = routesOf<Context>();

const answer = featuresSchema.extend({ performance: z.object({ duration_ms: z.number(), bars: z.int() }) });

const errors = { 404: 'Nothing is known of the symbol; the active ones are listed.' };
const example = { features: ['sma_20', 'rsi_14'] };

export const calculateRoutes = [
  post(
    '/features/calculate/{symbol}',
    { summary: 'Features of one symbol: live, as of a time, or over given bars.', params: { symbol: symbolParam }, body: z.object(requestFields), response: answer, bodyLimitBytes: BODY_LIMIT, errors, example },
    ({ params, body }, context) => calculate(requestFrom(params.symbol, body), context),
  ),
  post(
    '/features/generate',
    { summary: 'The same with the symbol in the body.', body: z.object({ symbol: symbolParam, ...requestFields }), response: answer, bodyLimitBytes: BODY_LIMIT, errors, example: { symbol: 'IBM', ...example } },
    ({ body }, context) => calculate(requestFrom(body.symbol, body), context),
  ),
  ...(['technical', 'fundamental'] as const).map((category) =>
    post(
      `/features/${category}/{symbol}`,
      { summary: `The ${category} features of one symbol.`, params: { symbol: symbolParam }, body: z.object(requestFields), response: answer, bodyLimitBytes: BODY_LIMIT, errors },
      ({ params, body }, context) => calculate({ ...requestFrom(params.symbol, body), category }, context),
    ),
  ),
  post(
    '/features/batch',
    {
      summary: 'Features of several symbols. A symbol or feature that fails is told as a problem; the others are answered.',
      body: z.object({ symbols: z.array(symbolParam).min(1).max(500), features: requestFields.features }),
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
          results[symbol] = await calculate(requestFrom(symbol, features === undefined ? {} : { features }), context);
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
