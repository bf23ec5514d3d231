import { z } from 'zod';
import { routesOf, saveOrTell, symbolParam } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import type { VpinConfiguration, VpinEntry } from '@nautilus/quant';
import type { VpinContext } from './host.ts';
import { vpinEntryOf } from './live-routes.ts';

const { get, post, del } = routesOf<VpinContext>();

const parameters = z.object({
  bar_rule: z.enum(['time', 'ticks', 'volume']), bar_size: z.number().describe('Trades or volume of a bar that is not one by time.'), bar_seconds: z.number(), buckets_per_day: z.int(), sample_length: z.int(), target_volume: z.number(), enable_smart_sizing: z.boolean(), sigma_bars: z.int(),
  sigma_half_life_bars: z.number().nullable().describe('Null: the trailing sigma over sigma_bars.'), price_change: z.enum(['intrabar', 'close_to_close']), distribution: z.enum(['normal', 'student_t']),
  fixed_sigma: z.number().nullable().describe('Null: sigma follows the bars.'), lateness_ms: z.number(),
});

const changes = {
  bar_rule: z.enum(['time', 'ticks', 'volume']).optional().describe('What closes a bar: its time, its number of trades, or its volume.'),
  bar_size: z.number().positive().optional().describe('Trades or volume of a bar that is not one by time.'),
  bar_seconds: z.int().min(1).max(3_600).optional(),
  buckets_per_day: z.int().min(1).max(10_000).optional(),
  bucket_count: z.int().min(1).max(10_000).optional().describe('Buckets that a VPIN value averages over.'),
  target_volume: z.number().positive().optional(),
  enable_smart_sizing: z.boolean().optional(),
  sigma_bars: z.int().min(30).max(100_000).optional(),
  sigma_half_life_bars: z.number().positive().optional().describe('Instead of sigma_bars: weights that halve every so many bars.'),
  price_change: z.enum(['intrabar', 'close_to_close']).optional(),
  distribution: z.enum(['normal', 'student_t']).optional(),
  lateness_ms: z.number().min(0).optional(),
};

type Changes = { [K in keyof typeof changes]?: z.infer<(typeof changes)[K]> };

/** Only what was given, under the names of the library. */
function changesFrom(body: Changes): Partial<Omit<VpinConfiguration, 'frozenSigma'>> {
  return {
    ...(body.bar_rule === undefined ? {} : { barRule: body.bar_rule }),
    ...(body.bar_size === undefined ? {} : { barSize: body.bar_size }),
    ...(body.bar_seconds === undefined ? {} : { barSeconds: body.bar_seconds }),
    ...(body.buckets_per_day === undefined ? {} : { bucketsPerDay: body.buckets_per_day }),
    ...(body.bucket_count === undefined ? {} : { sampleLength: body.bucket_count }),
    ...(body.target_volume === undefined ? {} : { bucketVolume: body.target_volume }),
    ...(body.enable_smart_sizing === undefined ? {} : { smartSizing: body.enable_smart_sizing }),
    ...(body.sigma_bars === undefined ? {} : { sigmaBars: body.sigma_bars }),
    ...(body.sigma_half_life_bars === undefined ? {} : { sigmaHalfLifeBars: body.sigma_half_life_bars }),
    ...(body.price_change === undefined ? {} : { priceChange: body.price_change }),
    ...(body.distribution === undefined ? {} : { distribution: body.distribution }),
    ...(body.lateness_ms === undefined ? {} : { latenessMs: body.lateness_ms }),
  };
}

/** What operators set outlives the process at once, together with what it did to the streams. */
async function saved(symbols: readonly string[], { state, log }: VpinContext): Promise<void> {
  for (const symbol of symbols) state.checkpoints.touch(symbol);
  await saveOrTell(state.checkpoints, log);
}

function shown(symbol: string | undefined, context: VpinContext): z.infer<typeof parameters> {
  const { books } = context.state.vpin;
  const p: Partial<Pick<VpinConfiguration, 'frozenSigma'>> & typeof books.defaults = symbol === undefined ? books.defaults : books.parametersOf(symbol);
  return {
    bar_rule: p.barRule,
    bar_size: p.barSize,
    bar_seconds: p.barSeconds,
    buckets_per_day: p.bucketsPerDay,
    sample_length: p.sampleLength,
    target_volume: p.bucketVolume,
    enable_smart_sizing: p.smartSizing,
    sigma_bars: p.sigmaBars,
    sigma_half_life_bars: p.sigmaHalfLifeBars ?? null,
    price_change: p.priceChange,
    distribution: p.distribution,
    fixed_sigma: p.frozenSigma ?? null,
    lateness_ms: p.latenessMs,
  };
}

const activity = z.object({
  symbol: z.string(), closed_buckets: z.int(), vpin_value: z.number().nullable(), standing_alert: z.string().nullable(), series: z.string(),
  trades: z.object({ accepted: z.int(), late: z.int(), flagged: z.int(), zero_size: z.int() }),
});

function activityOf(context: VpinContext): z.infer<typeof activity>[] {
  return context.state.vpin.books.symbols().flatMap((symbol) => {
    const entry = context.state.vpin.books.get(symbol);
    return entry === undefined ? [] : activityFrom(entry);
  });
}

function activityFrom({ symbol, stream, outcomes, standingAlert }: VpinEntry): z.infer<typeof activity> {
  return { symbol, closed_buckets: stream.closedBuckets, vpin_value: stream.vpin(), standing_alert: standingAlert ?? null, series: stream.series, trades: { ...outcomes } };
}

const subscription = z.object({ symbol: z.string(), subscribed: z.boolean(), changed: z.boolean().describe('False when it was so already.'), topic: z.string() });
const timing = z.object({ count: z.int(), mean_ms: z.number().nullable(), longest_ms: z.number().nullable() });

export const vpinConfigurationRoutes = [
  get('/config', { summary: 'Parameters of symbols that have none of their own.', response: parameters }, (_input, context) => shown(undefined, context)),
  post(
    '/config/update',
    {
      summary: 'Changes parameters for all symbols without their own. Streams that they concern start anew and are named.',
      body: z.object(changes),
      response: z.object({ parameters, restarted: z.array(z.string()) }),
      scope: 'admin',
      example: { target_volume: 50_000, bucket_count: 50 },
    },
    async ({ body }, context) => {
      const restarted = context.state.vpin.books.configureDefaults(changesFrom(body));
      await saved(restarted, context);
      return { parameters: shown(undefined, context), restarted: [...restarted] };
    },
  ),
  post(
    '/symbols/{symbol}/subscribe',
    {
      summary: 'Calculates a symbol again after it was unsubscribed. Every symbol is calculated until then.',
      params: { symbol: symbolParam },
      response: subscription,
    },
    async ({ params: { symbol } }, context) => {
      const changed = context.state.vpin.books.subscribe(symbol);
      await saved([symbol], context);
      return { symbol, subscribed: true, changed, topic: topics.vpin.calculation.of(symbol) };
    },
  ),
  del(
    '/symbols/{symbol}/unsubscribe',
    {
      summary: 'Drops the stream of a symbol; its trades are left out until it is subscribed again.',
      params: { symbol: symbolParam },
      response: subscription,
    },
    async ({ params: { symbol } }, context) => {
      const changed = context.state.vpin.books.unsubscribe(symbol);
      await saved([symbol], context);
      return { symbol, subscribed: false, changed, topic: topics.vpin.calculation.of(symbol) };
    },
  ),
  get(
    '/performance',
    {
      summary: 'Measured durations since the start: stream updates (every 64th trade) and batch calculations.',
      aliases: ['/vpin/performance'],
      response: z.object({ trades: z.int(), buckets_closed: z.int(), stream_updates: timing, batch_calculations: timing }),
    },
    (_input, context) => {
      const items = activityOf(context);
      const { updates, batches } = context.state.vpin.timings;
      return {
        trades: items.reduce((sum, item) => sum + item.trades.accepted, 0),
        buckets_closed: items.reduce((sum, item) => sum + item.closed_buckets, 0),
        stream_updates: updates.view,
        batch_calculations: batches.view,
      };
    },
  ),
  get(
    '/metrics/{symbol}',
    {
      summary: 'What is known of one symbol now.',
      aliases: ['/vpin/metrics/{symbol}'],
      params: { symbol: symbolParam },
      response: activity,
      errors: { 404: 'No trades of the symbol were seen.' },
    },
    ({ params }, context) => activityFrom(vpinEntryOf(params.symbol, context)),
  ),
  post(
    '/buckets/{symbol}/configure',
    {
      summary: 'Parameters of one symbol. Its stream starts anew, because buckets of another volume are not averaged with these.',
      params: { symbol: symbolParam },
      body: z.object({
        ...changes,
        fixed_sigma: z.number().positive().optional().describe('Of price changes per bar. With it and without smart sizing the stream gives what the batch calculation gives.'),
        reset: z.boolean().default(false).describe('Forgets what was set for the symbol before.'),
      }),
      response: z.object({ symbol: z.string(), parameters }),
      example: { target_volume: 50_000, bucket_count: 50, enable_smart_sizing: false },
    },
    async ({ params, body }, context) => {
      const sigma = body.fixed_sigma === undefined ? {} : { frozenSigma: body.fixed_sigma };
      context.state.vpin.books.configure(params.symbol, { ...changesFrom(body), ...sigma }, body.reset);
      await saved([params.symbol], context);
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
      response: z.object({ symbols_active: z.int(), buckets_closed: z.int(), trades: z.int(), left_out: z.int(), clients: z.int(), unsubscribed: z.array(z.string()) }),
    },
    (_input, context) => {
      const items = activityOf(context);
      const sum = (pick: (item: (typeof items)[number]) => number): number => items.reduce((total, item) => total + pick(item), 0);
      return {
        symbols_active: items.length,
        buckets_closed: sum((item) => item.closed_buckets),
        trades: sum((item) => item.trades.accepted),
        left_out: sum((item) => item.trades.late + item.trades.flagged + item.trades.zero_size),
        clients: context.state.vpin.hub.size,
        unsubscribed: [...context.state.vpin.books.unsubscribed()],
      };
    },
  ),
];
