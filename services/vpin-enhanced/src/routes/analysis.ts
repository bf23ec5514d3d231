import { z } from 'zod';
import { computedHere, laneFields, routesOf, symbolParam } from '@nautilus/engine';
import { isoFromMs, NotFoundError, PROVENANCES } from '@nautilus/model';
import { SIGN_RULES, TRADE_SIGN_RULES, type QuoteFade, type SpreadRecord } from '@nautilus/quant';
import type { Context } from '../context.ts';
import { estimateInformedTrading } from '../estimation.ts';
import { HORIZON_NAMES, measuresOf, measuresSchema } from '../measures.ts';
import type { SymbolEntry } from '../symbol-board.ts';
import { pinEstimate, pinEstimateSchema, riskOf, riskSchema, volumeEstimate } from '../wire.ts';

const { get, post } = routesOf<Context>();

/** Unknown symbols are answered with the list of active ones. */
export function entryOf(symbol: string, context: Context): SymbolEntry {
  const entry = context.state.board.get(symbol);
  if (entry !== undefined) return entry;
  throw new NotFoundError('symbol', `no trades or quotes of ${symbol} were seen`, { active: context.state.board.symbols() });
}

const fadeSchema = z.object({
  share_after_trades: z.number().nullable(), n_after_trades: z.int(), baseline: z.number().nullable(), n_baseline: z.int(), multiple: z.number().nullable(), p_value: z.number().nullable(),
  alert: z.boolean(), window: z.literal('5m'), reason: z.string().optional(),
});

function fadeOf({ afterTrades, baseline, multiple, pValue, alert }: QuoteFade, context: Context): z.infer<typeof fadeSchema> {
  return {
    share_after_trades: afterTrades.share ?? null,
    n_after_trades: afterTrades.observations,
    baseline: baseline.share ?? null,
    n_baseline: baseline.observations,
    multiple: multiple ?? null,
    p_value: pValue ?? null,
    alert,
    window: '5m',
    ...(multiple === undefined ? { reason: context.settings.quoteFeed === 'best' ? 'the feed tells the best quote of all venues only' : 'insufficient_history' } : {}),
  };
}

const perHorizon = z.record(z.string(), z.number());
const tradeSchema = z.object({
  timestamp: z.string(), price: z.number(), size: z.number(), sign: z.union([z.literal(-1), z.literal(1)]), mid: z.number(), effective: z.number(), realised: perHorizon, impact: perHorizon,
});

function tradeOf({ timeMs, realised, impact, ...rest }: SpreadRecord): z.infer<typeof tradeSchema> {
  const named = (values: readonly number[]): Record<string, number> => Object.fromEntries(HORIZON_NAMES.map((name, h) => [name, values[h] ?? NaN]));
  const { price, size, sign, mid, effective } = rest;
  return { timestamp: isoFromMs(timeMs), price, size, sign, mid, effective, realised: named(realised), impact: named(impact) };
}

const analysisFields = {
  symbol: z.string(),
  timestamp: z.string().describe('Event time of the newest trade or quote.'),
  signing: z.object({ rule: z.enum(TRADE_SIGN_RULES).describe('Signs trades for spreads, price impact and daily counts.'), quote_lag_ms: z.number(), compared_with: z.array(z.string()) }),
  measures: measuresSchema,
  venues: z.array(z.object({ venue: z.string(), share: z.number(), vpin: z.number().nullable(), buckets: z.int(), bucket_volume: z.number() })),
  counts: z.object({ trades: z.int(), quotes: z.int(), locked_or_crossed: z.int(), without_quote: z.int(), unsigned: z.int(), spreads_pending: z.int(), spreads_without_later_mid: z.int(), book_updates: z.int(), book_gaps: z.int() }),
  identity: z.object({ trades: z.int(), largest_residual: z.number() }).describe('effective − realised − impact of every trade so far.'),
  provenance: z.enum(PROVENANCES),
};
type Analysis = z.infer<z.ZodObject<typeof analysisFields>>;

function analysisOf(entry: SymbolEntry, { settings: { signRule, quoteLagMs } }: Context): Analysis {
  const figures = entry.stream.read();
  const { counts, spreads } = figures;
  return {
    symbol: entry.symbol,
    timestamp: isoFromMs(figures.timeMs),
    signing: { rule: signRule, quote_lag_ms: quoteLagMs, compared_with: SIGN_RULES.filter((rule) => rule !== signRule) },
    measures: measuresOf(figures, entry),
    venues: figures.venues.venues.map(({ bucketVolume, ...venue }) => ({ ...venue, bucket_volume: bucketVolume })),
    counts: {
      trades: counts.trades, quotes: counts.quotes, locked_or_crossed: counts.lockedOrCrossed, without_quote: counts.withoutQuote, unsigned: counts.unsigned,
      spreads_pending: spreads.pending, spreads_without_later_mid: spreads.dropped,
      book_updates: counts.bookUpdates, book_gaps: counts.bookGaps,
    },
    identity: { trades: spreads.recorded, largest_residual: spreads.largestResidual },
    provenance: entry.provenance,
  };
}

const vpinNow = z.object({
  value: z.number().nullable(), percentile: z.number().nullable(), toxicity_level: z.string().nullable(), closed_buckets: z.int(), confidence: z.number().nullable(), series: z.string().nullable(),
});

function vpinOf(symbol: string, context: Context): z.infer<typeof vpinNow> {
  const book = context.state.vpin.books.get(symbol);
  const reading = book?.readings.at(-1);
  return {
    value: reading?.vpin ?? null,
    percentile: reading?.percentile ?? null,
    toxicity_level: reading?.level ?? null,
    closed_buckets: book?.stream.closedBuckets ?? 0,
    confidence: reading?.confidence ?? null,
    series: book?.stream.series ?? null,
  };
}

const FEWEST_DAYS = 20;
const errors = { 404: 'No trades or quotes of the symbol were seen; the active symbols are listed.' };

export const analysisRoutes = [
  get(
    '/microstructure/{symbol}/analysis',
    {
      summary: 'Every streaming measure of one symbol with n, window, standard error and reason, and its newest trades with their costs.',
      params: { symbol: symbolParam },
      query: { trades: z.coerce.number().int().min(0).max(1000).default(0).describe('Newest trades whose costs are known at every horizon.') },
      response: z.object({ ...analysisFields, trades: z.array(tradeSchema) }),
      errors,
    },
    ({ params, query }, context) => {
      const entry = entryOf(params.symbol, context);
      const { records } = entry.stream;
      return { ...analysisOf(entry, context), trades: records.slice(Math.max(0, records.length - query.trades)).map(tradeOf) };
    },
  ),
  post(
    '/analyze/comprehensive/{symbol}',
    {
      summary: 'All that is known of one symbol: measures, VPIN, PIN and IVPIN, quote fade and flash-crash risk.',
      params: { symbol: symbolParam },
      body: z.object({ pin: z.boolean().optional().describe('Estimate PIN from the daily counts of this run, default true.') }),
      response: z.object({
        ...analysisFields,
        vpin: vpinNow,
        pin: z.union([pinEstimateSchema, z.object({ probability: z.null(), reason: z.string(), n: z.int() })]),
        ivpin: z.union([pinEstimateSchema, z.object({ probability: z.null(), reason: z.string(), n: z.int() })]),
        quote_fade: fadeSchema,
        fast_quoting: z.boolean().nullable().describe('Share of quotes below 50 ms at or above the set level; says nothing of who quotes.'),
        flash_crash_risk: riskSchema,
        ...laneFields,
      }),
      errors,
      example: {},
    },
    async ({ params, body }, context) => {
      const entry = entryOf(params.symbol, context);
      const started = context.clock.monotonic();
      const days = entry.stream.days.counts().buys.length;
      const fit = body.pin === false || days < FEWEST_DAYS ? undefined : await estimateInformedTrading(entry, context);
      const analysis = analysisOf(entry, context);
      const fast = analysis.measures.fast_quote_share?.value ?? null;
      return {
        ...analysis,
        vpin: vpinOf(entry.symbol, context),
        pin: fit === undefined ? { probability: null, reason: body.pin === false ? 'not asked for' : 'insufficient_history', n: days } : pinEstimate(fit),
        ivpin: entry.informedVolume === undefined ? { probability: null, reason: 'insufficient_history', n: vpinOf(entry.symbol, context).closed_buckets } : volumeEstimate(entry.informedVolume),
        quote_fade: fadeOf(entry.stream.fade(), context),
        fast_quoting: fast === null ? null : fast >= context.settings.fastQuotes,
        flash_crash_risk: riskOf(entry.symbol, entry.stream.newestMs, entry.stream.flashCrash),
        ...computedHere(context.clock.monotonic() - started),
      };
    },
  ),
  post(
    '/toxicity/detect',
    {
      summary: 'Judges symbols by spread toxicity, VPIN in its own distribution, quote fade and fast quoting, with the level of each.',
      body: z.object({ symbols: z.array(symbolParam).optional().describe('Default: all active ones.'), threshold: z.number().min(0).max(1).optional() }),
      response: z.object({
        threshold: z.number(),
        items: z.array(
          z.object({
            symbol: z.string(), toxic: z.boolean(), causes: z.array(z.enum(['spread_toxicity', 'vpin', 'quote_fade', 'fast_quotes'])), spread_toxicity: z.number().nullable(),
            spread_toxicity_n: z.int(), vpin: vpinNow, quote_fade: fadeSchema, fast_quote_share: z.number().nullable(), standing_alert: z.boolean(),
          }),
        ),
        unknown: z.array(z.string()),
      }),
      example: { symbols: ['IBM'] },
    },
    ({ body }, context) => {
      const asked = body.symbols ?? [...context.state.board.symbols()];
      const threshold = body.threshold ?? context.settings.toxicityAlert;
      const entries = asked.map((symbol) => context.state.board.get(symbol));
      const items = entries.filter((entry) => entry !== undefined).map((entry) => {
        const measures = measuresOf(entry.stream.read(), entry);
        const vpin = vpinOf(entry.symbol, context);
        const fade = fadeOf(entry.stream.fade(), context);
        const [spread, fast] = [measures.spread_toxicity, measures.fast_quote_share];
        const found = {
          spread_toxicity: (spread.value ?? -1) >= threshold,
          vpin: (vpin.percentile ?? -1) > 0.9,
          quote_fade: fade.alert,
          fast_quotes: (fast.value ?? -1) >= context.settings.fastQuotes,
        };
        // Fast quoting alone is activity, not toxicity.
        return {
          symbol: entry.symbol,
          toxic: found.spread_toxicity || found.vpin || found.quote_fade,
          causes: (Object.keys(found) as (keyof typeof found)[]).filter((cause) => found[cause]),
          spread_toxicity: spread.value,
          spread_toxicity_n: spread.n,
          vpin,
          quote_fade: fade,
          fast_quote_share: fast.value,
          standing_alert: entry.standingToxicity,
        };
      });
      return { threshold, items, unknown: asked.filter((_, i) => entries[i] === undefined) };
    },
  ),
  get(
    '/monitoring/active',
    {
      summary: 'Symbols that are watched, with what stands out now.',
      response: z.object({
        count: z.int(),
        thresholds: z.object({ flash_crash: z.literal(0.8), toxicity: z.number(), fast_quotes: z.number() }),
        items: z.array(
          z.object({
            symbol: z.string(), timestamp: z.string(), trades: z.int(), quotes: z.int(), vpin_value: z.number().nullable(), flash_crash_level: z.string(),
            flash_crash_score: z.number().nullable(), toxicity_alert: z.boolean(), provenance: z.enum(PROVENANCES),
          }),
        ),
      }),
    },
    (_input, context) => {
      const items = context.state.board.symbols().flatMap((symbol) => {
        const entry = context.state.board.get(symbol);
        if (entry === undefined) return [];
        const risk = riskOf(symbol, entry.stream.newestMs, entry.stream.flashCrash);
        const { trades, quotes } = entry.stream.counts;
        return {
          symbol, timestamp: risk.timestamp, trades, quotes, vpin_value: vpinOf(symbol, context).value, flash_crash_level: risk.level, flash_crash_score: risk.score,
          toxicity_alert: entry.standingToxicity, provenance: entry.provenance,
        };
      });
      const { toxicityAlert, fastQuotes } = context.settings;
      return { count: items.length, thresholds: { flash_crash: 0.8 as const, toxicity: toxicityAlert, fast_quotes: fastQuotes }, items };
    },
  ),
];
