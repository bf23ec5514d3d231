import { z } from 'zod';
import { laneFields, routesOf, symbolParam } from '@nautilus/engine';
import { InvalidInputError } from '@nautilus/model';
import type { VpinBatchParameters } from '@nautilus/quant';
import { vpinBatchRows, vpinBatchSummary, runVpinBatch, vpinBands, vpinSensitivity } from './batch.ts';
import type { VpinContext } from './host.ts';

const { post } = routesOf<VpinContext>();

const time = z.iso.datetime({ offset: true });
const trades = z
  .array(z.object({ timestamp: time, price: z.number(), size: z.number() }))
  .describe('Trades to calculate over; without them the stored ones of the range are taken.');
const BODY_LIMIT = 16 * 1024 * 1024;

const parameters = {
  bar_seconds: z.number().positive().max(86_400).optional().describe('T, default 60'),
  buckets_per_day: z.int().positive().optional().describe('B, default 50'),
  sample_length: z.int().positive().optional().describe('n, default 50'),
  trading_hours: z.number().positive().max(24).optional().describe('h, default 24'),
  price_change: z.enum(['intrabar', 'close_to_close']).optional(),
  distribution: z.enum(['normal', 'student_t']).optional(),
};

const vpinResults = z.object({
  vpin: z.number().nullable(),
  reason: z.string().optional(),
  toxicity_score: z.number().nullable().describe('Share of the VPIN values of this calculation that are at most the last one.'),
  volume_imbalance: z.number().describe('(bought − sold) / volume over the sample, signed.'),
  price_impact: z.null().describe('Not estimated by this engine.'),
  informed_trading_probability: z.null().describe('Not estimated by this engine.'),
});
/** Which lane carried it, what the hardware was, how it travelled, and why it ran here if it was meant to run elsewhere. */
const ranFields = { ...laneFields, transport: z.enum(['redis', 'memory']).nullable(), fallback_reason: z.string().optional() };
const performance = z.object({ calculation_time_ns: z.number(), trades: z.int(), buckets: z.int(), trades_per_second: z.number().nullable() });

type Given = { [K in keyof typeof parameters]?: z.infer<(typeof parameters)[K]> };

/** Only what was given, under the names of the library. */
function parametersFrom(body: Given): Partial<VpinBatchParameters> {
  return {
    ...(body.bar_seconds === undefined ? {} : { barSeconds: body.bar_seconds }),
    ...(body.buckets_per_day === undefined ? {} : { bucketsPerDay: body.buckets_per_day }),
    ...(body.sample_length === undefined ? {} : { sampleLength: body.sample_length }),
    ...(body.trading_hours === undefined ? {} : { tradingHours: body.trading_hours }),
    ...(body.price_change === undefined ? {} : { priceChange: body.price_change }),
    ...(body.distribution === undefined ? {} : { distribution: body.distribution }),
  };
}

const summaryBody = { trades: trades.optional(), bucket_count: parameters.buckets_per_day, window: parameters.sample_length, from: time.optional(), to: time.optional() };
const summary = z.object({ symbol: z.string(), vpin_results: vpinResults, mlx_vpin_results: vpinResults, performance_metrics: performance, ...ranFields });

async function calculated(symbol: string, body: z.infer<z.ZodObject<typeof summaryBody>>, context: VpinContext): Promise<z.infer<typeof summary>> {
  const given = parametersFrom({ buckets_per_day: body.bucket_count, sample_length: body.window });
  const { result, ran } = await runVpinBatch({ symbol, trades: body.trades, ...rangeOf(body), parameters: given }, context);
  const durationMs = ran.processing_time_ms;
  const results = { ...vpinBatchSummary(result), price_impact: null, informed_trading_probability: null };
  return {
    symbol,
    vpin_results: results,
    mlx_vpin_results: results,
    performance_metrics: {
      calculation_time_ns: Math.round(durationMs * 1e6),
      trades: result.trades,
      buckets: result.buckets.vpin.length,
      trades_per_second: durationMs > 0 ? (result.trades / durationMs) * 1000 : null,
    },
    ...ran,
  };
}

export const vpinCalculateRoutes = [
  post(
    '/calculate/vpin/{symbol}',
    {
      summary: 'VPIN over posted or stored trades: the last value with what stands beside it.',
      params: { symbol: symbolParam },
      body: z.object(summaryBody),
      response: summary,
      bodyLimitBytes: BODY_LIMIT,
      errors: { 404: 'No trades of the symbol are stored in the range.' },
      example: { trades: [{ timestamp: '2013-10-07T13:30:00.000Z', price: 181.5, size: 200 }], bucket_count: 1, window: 1 },
    },
    ({ params, body }, context) => calculated(params.symbol, body, context),
  ),
  post(
    '/vpin/neural-calculate',
    {
      summary: 'As /calculate/vpin/{symbol}, with the symbol in the body.',
      body: z.object({ symbol: symbolParam, ...summaryBody }),
      response: summary,
      bodyLimitBytes: BODY_LIMIT,
      errors: { 404: 'No trades of the symbol are stored in the range.' },
      example: { symbol: 'IBM', trades: [{ timestamp: '2013-10-07T13:30:00.000Z', price: 181.5, size: 200 }], bucket_count: 1, window: 1 },
    },
    ({ body }, context) => calculated(body.symbol, body, context),
  ),
  post(
    '/batch',
    {
      summary: 'Every bucket and day of VPIN over posted or stored trades, by the published reference algorithm.',
      body: z.object({ symbol: symbolParam, trades: trades.optional(), from: time.optional(), to: time.optional(), ...parameters }),
      response: z.object({
        symbol: z.string(),
        parameters: z.record(z.string(), z.unknown()),
        trades: z.int(),
        days: z.int(),
        bars: z.int(),
        bucket_volume: z.number(),
        sigma: z.number(),
        buckets: z.array(
          z.object({
            bucket: z.int(), start_time: z.string(), end_time: z.string(), duration_seconds: z.number(), buy_volume: z.number(),
            sell_volume: z.number(), order_imbalance: z.number(), vpin: z.number().nullable(),
          }),
        ),
        daily: z.array(z.object({ day: z.string(), dvpin: z.number().nullable(), dwvpin: z.number().nullable() })),
        ...ranFields,
      }),
      bodyLimitBytes: BODY_LIMIT,
      errors: { 404: 'No trades of the symbol are stored in the range.' },
      example: { symbol: 'IBM', from: '2013-10-07T00:00:00Z', to: '2013-10-10T00:00:00Z' },
    },
    async ({ body }, context) => {
      const { result, ran } = await runVpinBatch({ symbol: body.symbol, trades: body.trades, ...rangeOf(body), parameters: parametersFrom(body) }, context);
      return {
        symbol: body.symbol,
        parameters: { ...result.parameters },
        trades: result.trades,
        days: result.days,
        bars: result.bars,
        bucket_volume: result.bucketVolume,
        sigma: result.sigma,
        ...vpinBatchRows(result),
        ...ran,
      };
    },
  ),
  post(
    '/batch/sensitivity',
    {
      summary: 'How VPIN over posted or stored trades depends on bar length, buckets per day and sample length.',
      body: z.object({
        symbol: symbolParam,
        trades: trades.optional(),
        from: time.optional(),
        to: time.optional(),
        bar_seconds: z.array(z.number().positive().max(86_400)).min(1).max(10).default([30, 60, 300]),
        buckets_per_day: z.array(z.int().positive()).min(1).max(10).default([20, 50, 100]),
        sample_length: z.array(z.int().positive()).min(1).max(10).default([20, 50, 100]),
      }),
      response: z.object({
        symbol: z.string(),
        items: z.array(
          z.object({
            bar_seconds: z.number(), buckets_per_day: z.int(), sample_length: z.int(), buckets: z.int(), last: z.number().nullable(), mean: z.number().nullable(), largest: z.number().nullable(),
            reason: z.string().optional(),
          }),
        ),
        ...ranFields,
      }),
      bodyLimitBytes: BODY_LIMIT,
      errors: { 404: 'No trades of the symbol are stored in the range.' },
      example: { symbol: 'IBM', from: '2013-10-07T00:00:00Z', to: '2013-10-10T00:00:00Z', bar_seconds: [60], buckets_per_day: [50], sample_length: [50] },
    },
    async ({ body }, context) => {
      const combinations = body.bar_seconds.length * body.buckets_per_day.length * body.sample_length.length;
      if (combinations > MOST_COMBINATIONS) throw new InvalidInputError([{ path: 'bar_seconds', message: `${combinations} combinations; at most ${MOST_COMBINATIONS} are calculated at once` }]);
      const grid = { barSeconds: body.bar_seconds, bucketsPerDay: body.buckets_per_day, sampleLength: body.sample_length };
      const { rows, ran } = await vpinSensitivity({ symbol: body.symbol, trades: body.trades, ...rangeOf(body), parameters: {} }, grid, context);
      return { symbol: body.symbol, items: [...rows], ...ran };
    },
  ),
  post(
    '/batch/bands',
    {
      summary: 'VPIN over posted or stored trades with a bootstrap confidence band around each of the newest values.',
      description: 'The imbalances of the buckets behind a value are resampled in blocks (stationary bootstrap, Politis & Romano 1994). Equal seeds give equal bands.',
      body: z.object({
        symbol: symbolParam, trades: trades.optional(), from: time.optional(), to: time.optional(), ...parameters,
        level: z.number().gt(0).lt(1).default(0.95),
        replications: z.int().min(100).max(10_000).default(1_000),
        mean_block: z.number().min(1).optional().describe('Mean length of a block in buckets; default the cube root of the sample length.'),
        seed: z.int().min(0).max(2 ** 32 - 1).default(1),
        points: z.int().min(1).max(2_000).default(100).describe('Newest buckets that get a band.'),
      }),
      response: z.object({
        symbol: z.string(), parameters: z.record(z.string(), z.unknown()), trades: z.int(), buckets: z.int(), bucket_volume: z.number(), level: z.number(), replications: z.int(), mean_block: z.number(), seed: z.int(),
        items: z.array(z.object({ bucket: z.int(), end_time: z.string(), vpin: z.number(), low: z.number(), high: z.number(), standard_error: z.number() })),
        reason: z.string().optional(),
        ...ranFields,
      }),
      bodyLimitBytes: BODY_LIMIT,
      errors: { 404: 'No trades of the symbol are stored in the range.' },
      example: { symbol: 'IBM', from: '2013-10-07T00:00:00Z', to: '2013-10-10T00:00:00Z', points: 50 },
    },
    async ({ body }, context) => {
      const { level, replications, seed, points, mean_block: meanBlock } = body;
      const request = { symbol: body.symbol, trades: body.trades, ...rangeOf(body), parameters: parametersFrom(body) };
      const { figures, rows, ran } = await vpinBands(request, { level, replications, seed, points, meanBlock }, context);
      return {
        symbol: body.symbol, parameters: { ...figures.parameters }, trades: figures.trades, buckets: figures.buckets, bucket_volume: figures.bucketVolume, level, replications, mean_block: figures.meanBlock, seed,
        items: [...rows],
        ...(rows.length === 0 ? { reason: 'insufficient_history' } : {}),
        ...ran,
      };
    },
  ),
];

const MOST_COMBINATIONS = 100;

function rangeOf(body: { readonly from?: string | undefined; readonly to?: string | undefined }): { readonly from: number | undefined; readonly to: number | undefined } {
  const from = body.from === undefined ? undefined : Date.parse(body.from);
  const to = body.to === undefined ? undefined : Date.parse(body.to);
  if (from !== undefined && to !== undefined && from >= to) throw new InvalidInputError([{ path: 'from', message: 'must be before "to"' }]);
  return { from, to };
}
