import { z } from 'zod';
import { pageQuery, routesOf, symbolParam, timeQuery } from '@nautilus/engine';
import { NotFoundError, parseSymbol, InvalidInputError } from '@nautilus/model';
import type { Context } from '../context.ts';
import { alertSchema, readingSchema, storedReading, toWireReading, type WireReading } from '../reading.ts';
import type { SymbolEntry } from '../symbol-book.ts';

const { get } = routesOf<Context>();

/** Unknown symbols are answered with the list of active ones. */
function entryOf(symbol: string, context: Context): SymbolEntry {
  const entry = context.state.books.get(symbol);
  if (entry !== undefined) return entry;
  throw new NotFoundError('symbol', `no trades of ${symbol} were seen`, { active: context.state.books.symbols() });
}

const lastReading = z.union([readingSchema, z.object({ symbol: z.string(), vpin_value: z.null(), reason: z.string(), trades_seen: z.int() })]);

function latest(entry: SymbolEntry): z.infer<typeof lastReading> {
  const reading = entry.readings.at(-1);
  if (reading !== undefined) return toWireReading(reading, entry);
  return { symbol: entry.symbol, vpin_value: null, reason: 'below_one_bucket', trades_seen: entry.outcomes.accepted };
}

export const liveRoutes = [
  get(
    '/realtime/{symbol}',
    {
      summary: 'The last closed bucket of one symbol.',
      params: { symbol: symbolParam },
      response: lastReading,
      errors: { 404: 'No trades of the symbol were seen; the active symbols are listed.' },
    },
    ({ params }, context) => latest(entryOf(params.symbol, context)),
  ),
  get(
    '/realtime/batch',
    {
      summary: 'The last closed bucket of several symbols, or of all active ones.',
      query: { symbols: z.string().optional().describe('Comma-separated') },
      response: z.object({ items: z.array(lastReading), unknown: z.array(z.string()) }),
    },
    ({ query }, context) => {
      const asked = query.symbols === undefined ? context.state.books.symbols() : query.symbols.split(',').map(readSymbol);
      const entries = asked.map((symbol) => context.state.books.get(symbol));
      return {
        items: entries.filter((entry) => entry !== undefined).map(latest),
        unknown: asked.filter((_, i) => entries[i] === undefined),
      };
    },
  ),
  get(
    '/history/{symbol}',
    {
      summary: 'Closed buckets, ascending by time.',
      description: 'Of the running stream while the symbol is active and no cursor or "stored=true" is given; otherwise from the store. Without "from" the newest up to "to".',
      params: { symbol: symbolParam },
      query: { ...pageQuery, from: timeQuery, to: timeQuery, stored: z.stringbool().optional() },
      response: z.object({ symbol: z.string(), items: z.array(readingSchema), next_cursor: z.string().nullable() }),
    },
    async ({ params, query }, context) => {
      const entry = context.state.books.get(params.symbol);
      if (entry !== undefined && query.stored !== true && query.cursor === undefined) {
        return { symbol: params.symbol, items: ofRun(entry, query), next_cursor: null };
      }
      const range = { ...(query.from === undefined ? {} : { from: query.from }), ...(query.to === undefined ? {} : { to: query.to }) };
      const page = await context.store.vpin.history(params.symbol, range, { limit: query.limit, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) });
      return { symbol: params.symbol, items: page.items.map(storedReading), next_cursor: page.nextCursor };
    },
  ),
  get(
    '/buckets/{symbol}/current',
    {
      summary: 'The bucket that is being filled.',
      params: { symbol: symbolParam },
      response: z.object({
        symbol: z.string(), bucket_id: z.int(), start_time: z.string().nullable(), target_volume: z.number(), buy_volume: z.number(), sell_volume: z.number(),
        filled_ratio: z.number(), closed_buckets: z.int(), series: z.string(),
      }),
      errors: { 404: 'No trades of the symbol were seen.' },
    },
    ({ params }, context) => {
      const { stream, symbol } = entryOf(params.symbol, context);
      const { bucketId, buyVolume, sellVolume, startMs } = stream.openBucket;
      return {
        symbol,
        bucket_id: bucketId,
        start_time: startMs === null ? null : new Date(startMs).toISOString(),
        target_volume: stream.bucketVolume,
        buy_volume: buyVolume,
        sell_volume: sellVolume,
        filled_ratio: (buyVolume + sellVolume) / stream.bucketVolume,
        closed_buckets: stream.closedBuckets,
        series: stream.series,
      };
    },
  ),
  get(
    '/alerts/{symbol}',
    {
      summary: 'Toxicity alerts, ascending by time; and the one that stands.',
      params: { symbol: symbolParam },
      query: { ...pageQuery, from: timeQuery, to: timeQuery },
      response: z.object({
        symbol: z.string(), standing: z.enum(['HIGH', 'URGENT']).nullable(), thresholds: z.object({ HIGH: z.number(), URGENT: z.number(), cleared_below: z.number() }),
        items: z.array(alertSchema), next_cursor: z.string().nullable(),
      }),
    },
    async ({ params, query }, context) => {
      const range = { ...(query.from === undefined ? {} : { from: query.from }), ...(query.to === undefined ? {} : { to: query.to }) };
      const page = await context.store.vpin.alerts(params.symbol, range, { limit: query.limit, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) });
      return {
        symbol: params.symbol,
        standing: context.state.books.get(params.symbol)?.standingAlert ?? null,
        thresholds: { HIGH: 0.9, URGENT: 0.99, cleared_below: 0.85 },
        items: page.items.map((row) => ({
          id: row.id, symbol: row.symbol, timestamp: new Date(row.time).toISOString(), severity: row.severity === 'URGENT' ? ('URGENT' as const) : ('HIGH' as const),
          percentile: row.percentile, vpin_value: row.vpin, cleared: row.cleared, provenance: row.provenance,
        })),
        next_cursor: page.nextCursor,
      };
    },
  ),
];

function ofRun(entry: SymbolEntry, query: { readonly from?: number | undefined; readonly to?: number | undefined; readonly limit: number }): WireReading[] {
  const inRange = entry.readings.filter((r) => r.endMs >= (query.from ?? -Infinity) && r.endMs < (query.to ?? Infinity));
  const page = query.from === undefined ? inRange.slice(-query.limit) : inRange.slice(0, query.limit);
  return page.map((reading) => toWireReading(reading, entry));
}

function readSymbol(text: string): string {
  const symbol = parseSymbol(text);
  if (symbol === undefined) throw new InvalidInputError([{ path: 'query.symbols', message: `"${text}" is not a symbol` }]);
  return symbol;
}
