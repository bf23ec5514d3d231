import { z } from 'zod';
import { routesOf, symbolParam } from '@nautilus/engine';
import type { Context } from '../context.ts';

const { get, post } = routesOf<Context>();

const parameters = z.object({
  bar_seconds: z.number(), buckets_per_day: z.int(), sample_length: z.int(), target_volume: z.number(), enable_smart_sizing: z.boolean(), sigma_bars: z.int(), lateness_ms: z.number(),
});

function shown(symbol: string | undefined, context: Context): z.infer<typeof parameters> {
  const p = symbol === undefined ? context.state.books.defaults : context.state.books.parametersOf(symbol);
  return {
    bar_seconds: p.barSeconds,
    buckets_per_day: p.bucketsPerDay,
    sample_length: p.sampleLength,
    target_volume: p.bucketVolume,
    enable_smart_sizing: p.smartSizing,
    sigma_bars: p.sigmaBars,
    lateness_ms: p.latenessMs,
  };
}

const activity = z.object({
  symbol: z.string(), closed_buckets: z.int(), vpin_value: z.number().nullable(), standing_alert: z.string().nullable(), series: z.string(),
  trades: z.object({ accepted: z.int(), late: z.int(), flagged: z.int(), zero_size: z.int() }),
});

function activityOf(context: Context): z.infer<typeof activity>[] {
  return context.state.books.symbols().flatMap((symbol) => {
    const entry = context.state.books.get(symbol);
    if (entry === undefined) return [];
    const { stream, outcomes, standingAlert } = entry;
    return { symbol, closed_buckets: stream.closedBuckets, vpin_value: stream.vpin(), standing_alert: standingAlert ?? null, series: stream.series, trades: { ...outcomes } };
  });
}

export const configurationRoutes = [
  get('/config', { summary: 'Parameters of symbols that have none of their own.', response: parameters }, (_input, context) => shown(undefined, context)),
  post(
    '/buckets/{symbol}/configure',
    {
      summary: 'Parameters of one symbol. Its stream starts anew, because buckets of another volume are not averaged with these.',
      params: { symbol: symbolParam },
      body: z.object({
        target_volume: z.number().positive().optional(),
        bucket_count: z.int().min(1).max(10_000).optional().describe('Buckets that a VPIN value averages over.'),
        enable_smart_sizing: z.boolean().optional(),
      }),
      response: z.object({ symbol: z.string(), parameters }),
      example: { target_volume: 50_000, bucket_count: 50, enable_smart_sizing: false },
    },
    ({ params, body }, context) => {
      context.state.books.configure(params.symbol, {
        ...(body.target_volume === undefined ? {} : { bucketVolume: body.target_volume }),
        ...(body.bucket_count === undefined ? {} : { sampleLength: body.bucket_count }),
        ...(body.enable_smart_sizing === undefined ? {} : { smartSizing: body.enable_smart_sizing }),
      });
      return { symbol: params.symbol, parameters: shown(params.symbol, context) };
    },
  ),
  get(
    '/vpin/active',
    { summary: 'Symbols with trades in this run, and where they stand.', response: z.object({ count: z.int(), items: z.array(activity) }) },
    (_input, context) => {
      const items = activityOf(context);
      return { count: items.length, items };
    },
  ),
  get(
    '/status',
    {
      summary: 'What this engine is doing.',
      response: z.object({ symbols_active: z.int(), buckets_closed: z.int(), trades: z.int(), left_out: z.int(), clients: z.int() }),
    },
    (_input, context) => {
      const items = activityOf(context);
      const sum = (pick: (item: (typeof items)[number]) => number): number => items.reduce((total, item) => total + pick(item), 0);
      return {
        symbols_active: items.length,
        buckets_closed: sum((item) => item.closed_buckets),
        trades: sum((item) => item.trades.accepted),
        left_out: sum((item) => item.trades.late + item.trades.flagged + item.trades.zero_size),
        clients: context.state.hub.size,
      };
    },
  ),
];
