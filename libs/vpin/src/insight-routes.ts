import { z } from 'zod';
import { computedHere, laneFields, routesOf, symbolParam } from '@nautilus/engine';
import { NotFoundError, PROVENANCES, isoFromMs } from '@nautilus/model';
import { normaliseByTimeOfDay, vpinPatterns, type UsualVpin } from '@nautilus/quant';
import type { VpinContext } from './host.ts';
import { depthOf, depthSchema, symbolsWithDepth } from './depth.ts';
import { vpinEntryOf } from './live-routes.ts';

const { get } = routesOf<VpinContext>();

const slot = z.object({
  start: z.string().describe('Time of the day in UTC.'),
  sessions: z.int().describe('Earlier sessions (UTC days) with a value in the slot, at most 20.'),
  mean: z.number().nullable(),
  standard_deviation: z.number().nullable(),
});

function slotOf({ startMinute, sessions, mean, deviation }: UsualVpin): z.infer<typeof slot> {
  return { start: new Date(startMinute * 60_000).toISOString().slice(11, 16), sessions, mean, standard_deviation: deviation };
}

export const vpinInsightRoutes = [
  get(
    '/patterns/{symbol}/time-of-day',
    {
      summary: 'VPIN against what is usual at its time of the day, for the newest buckets of the running stream.',
      description: 'Usual are the mean and deviation of the session means of the same slot on the last 20 sessions before; unknown below five. Sessions differ in bucket volume when it follows their volume.',
      params: { symbol: symbolParam },
      query: { slot_minutes: z.coerce.number().int().min(1).max(1_440).default(30).describe('Divides the day.'), limit: z.coerce.number().int().min(1).max(1_000).default(50) },
      response: z.object({
        symbol: z.string(),
        slot_minutes: z.int(),
        usual: z.array(slot).describe('Of all sessions so far, the running one included.'),
        items: z.array(z.object({
          bucket_id: z.int(), timestamp: z.string(), vpin_value: z.number(), ratio: z.number().nullable().describe('VPIN over the usual mean.'),
          z_score: z.number().nullable().describe('(VPIN − usual mean) / usual deviation.'), usual: slot, reason: z.string().optional(),
        })),
        provenance: z.enum(PROVENANCES),
      }),
      errors: { 404: 'No trades of the symbol were seen.' },
    },
    ({ params, query }, context) => {
      const entry = vpinEntryOf(params.symbol, context);
      const { usual, values } = normaliseByTimeOfDay(entry.readings, query.slot_minutes);
      const items = values.slice(-query.limit).map((one) => ({
        bucket_id: one.reading.bucketId, timestamp: isoFromMs(one.reading.endMs), vpin_value: one.vpin, ratio: one.ratio, z_score: one.score, usual: slotOf(one.usual),
        ...(one.usual.mean === null ? { reason: 'insufficient_history' } : {}),
      }));
      return { symbol: entry.symbol, slot_minutes: query.slot_minutes, usual: usual.map(slotOf), items, provenance: entry.provenance };
    },
  ),
  get(
    '/patterns/{symbol}/analysis',
    {
      summary: 'Statistics over the newest buckets: trend of VPIN, persistence of the imbalance, acceleration of buckets, one-sided runs.',
      description: 'Statistical measures with their standard errors; no pattern model is built. One below 30 buckets is null with its reason.',
      params: { symbol: symbolParam },
      query: { window: z.coerce.number().int().min(30).max(1000).default(100) },
      response: z.object({
        symbol: z.string(),
        method: z.literal('statistics'),
        window: z.int(),
        buckets: z.int(),
        patterns: z.array(
          z.object({
            name: z.string(), value: z.number().nullable(), standard_error: z.number().nullable(), observations: z.int(), present: z.boolean().nullable(), reason: z.string().optional(),
          }),
        ),
        provenance: z.enum(PROVENANCES),
        ...laneFields,
      }),
      aliases: ['/patterns/{symbol}/neural-analysis'],
      errors: { 404: 'No trades of the symbol were seen.' },
    },
    ({ params, query }, context) => {
      const started = context.clock.monotonic();
      const entry = vpinEntryOf(params.symbol, context);
      const patterns = vpinPatterns(entry.readings, query.window).map(({ standardError, ...rest }) => ({ ...rest, standard_error: standardError }));
      return { symbol: entry.symbol, method: 'statistics' as const, window: query.window, buckets: entry.readings.length, patterns, provenance: entry.provenance, ...computedHere(context.clock.monotonic() - started) };
    },
  ),
  get(
    '/orderbook/{symbol}/depth',
    {
      summary: 'Displayed depth: the level-2 book of the symbol, or the best quotes of all venues as price levels where there is none.',
      description: 'A book of which updates are missing is not shown: the best quotes take its place until the next snapshot.',
      params: { symbol: symbolParam },
      query: { levels: z.coerce.number().int().min(1).max(100).default(10) },
      response: depthSchema,
      errors: { 404: 'Neither a book nor quotes of the symbol were seen; the symbols with them are listed.' },
    },
    ({ params, query }, context) => {
      const depth = depthOf(params.symbol, query.levels, context.state.vpin);
      if (depth === undefined) throw new NotFoundError('symbol', `neither a book nor quotes of ${params.symbol} were seen`, { quoted: symbolsWithDepth(context.state.vpin) });
      return depth;
    },
  ),
];
