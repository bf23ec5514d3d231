import { z } from 'zod';
import { computedHere, laneFields, routesOf, symbolParam } from '@nautilus/engine';
import { NotFoundError, PROVENANCES, isoFromMs } from '@nautilus/model';
import { depthImbalance, vpinPatterns } from '@nautilus/quant';
import type { VpinContext, VpinHost } from './host.ts';
import { vpinEntryOf } from './live-routes.ts';

const { get } = routesOf<VpinContext>();

const level = z.object({ price: z.number(), size: z.number(), venues: z.int() });
const depthSchema = z.object({
  symbol: z.string(),
  timestamp: z.string().describe('Event time of the newest quote.'),
  source: z.literal('best_quotes_by_venue'),
  bids: z.array(level),
  asks: z.array(level),
  spread: z.number().nullable(),
  mid: z.number().nullable(),
  state: z.enum(['open', 'locked', 'crossed', 'one_sided']),
  imbalance: z.record(z.string(), z.number().nullable()).describe('(Σbid − Σask)/(Σbid + Σask) over the best 1, 5, 10 and 25 levels.'),
  quotes_seen: z.int(),
  provenance: z.enum(PROVENANCES),
});

/** What venues show now, from the best quote of each; undefined before a quote of the symbol. */
export function vpinDepth(symbol: string, levels: number, { quotes }: VpinHost): z.infer<typeof depthSchema> | undefined {
  const entry = quotes.get(symbol);
  if (entry === undefined) return undefined;
  const [bids, asks] = [entry.quote.levels('bid'), entry.quote.levels('ask')];
  const [bid, ask] = [bids[0]?.price, asks[0]?.price];
  const state = bid === undefined || ask === undefined ? 'one_sided' : bid < ask ? 'open' : bid === ask ? 'locked' : 'crossed';
  const sizes = (side: readonly { readonly size: number }[]): number[] => side.map(({ size }) => size);
  return {
    symbol,
    timestamp: isoFromMs(entry.timeMs),
    source: 'best_quotes_by_venue',
    bids: bids.slice(0, levels).map((one) => ({ ...one })),
    asks: asks.slice(0, levels).map((one) => ({ ...one })),
    spread: bid === undefined || ask === undefined ? null : ask - bid,
    mid: state === 'open' && bid !== undefined && ask !== undefined ? (bid + ask) / 2 : null,
    state,
    imbalance: Object.fromEntries([1, 5, 10, 25].map((count) => [String(count), depthImbalance(sizes(bids), sizes(asks), count) ?? null])),
    quotes_seen: entry.updates,
    provenance: entry.provenance,
  };
}

export const vpinInsightRoutes = [
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
      summary: 'Displayed depth: the best quotes of all venues as price levels.',
      params: { symbol: symbolParam },
      query: { levels: z.coerce.number().int().min(1).max(100).default(10) },
      response: depthSchema,
      errors: { 404: 'No quotes of the symbol were seen; the quoted symbols are listed.' },
    },
    ({ params, query }, context) => {
      const depth = vpinDepth(params.symbol, query.levels, context.state.vpin);
      if (depth === undefined) throw new NotFoundError('symbol', `no quotes of ${params.symbol} were seen`, { quoted: context.state.vpin.quotes.symbols() });
      return depth;
    },
  ),
];
