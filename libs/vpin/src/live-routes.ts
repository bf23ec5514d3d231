import { z } from 'zod';
import { answer, pageQuery, routesOf, symbolParam, timeQuery } from '@nautilus/engine';
import { NotFoundError, parseSymbol, InvalidInputError, isoFromMs, topics } from '@nautilus/model';
import type { Paged, VpinBucketRow } from '@nautilus/store';
import type { VpinEntry } from '@nautilus/quant';
import { ALERT_BASES } from './alert-rank.ts';
import type { VpinContext } from './host.ts';
import { storedVpinReading, toxicityAlertSchema, vpinReadingMessage, vpinReadingSchema, type VpinReadingMessage } from './reading.ts';

const { get, post } = routesOf<VpinContext>();

/** Unknown symbols are answered with the list of active ones. */
export function vpinEntryOf(symbol: string, context: VpinContext): VpinEntry {
  const entry = context.state.vpin.books.get(symbol);
  if (entry !== undefined) return entry;
  throw new NotFoundError('symbol', `no trades of ${symbol} were seen`, { active: context.state.vpin.books.symbols() });
}

const lastReading = z.union([vpinReadingSchema, z.object({ symbol: z.string(), vpin_value: z.null(), reason: z.string(), trades_seen: z.int() })]);

function latest(entry: VpinEntry): z.infer<typeof lastReading> {
  const reading = entry.readings.at(-1);
  if (reading !== undefined) return vpinReadingMessage(reading, entry);
  return { symbol: entry.symbol, vpin_value: null, reason: 'below_one_bucket', trades_seen: entry.outcomes.accepted };
}

export const vpinLiveRoutes = [
  get(
    '/realtime/{symbol}',
    {
      summary: 'The last closed bucket of one symbol.',
      params: { symbol: symbolParam },
      response: lastReading,
      errors: { 404: 'No trades of the symbol were seen; the active symbols are listed.' },
    },
    ({ params }, context) => latest(vpinEntryOf(params.symbol, context)),
  ),
  get(
    '/realtime/batch',
    {
      summary: 'The last closed bucket of several symbols, or of all active ones.',
      query: { symbols: z.string().optional().describe('Comma-separated') },
      response: z.object({ items: z.array(lastReading), unknown: z.array(z.string()) }),
    },
    ({ query }, context) => {
      const asked = query.symbols === undefined ? context.state.vpin.books.symbols() : query.symbols.split(',').map(readSymbol);
      const entries = asked.map((symbol) => context.state.vpin.books.get(symbol));
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
      response: z.object({ symbol: z.string(), items: z.array(vpinReadingSchema), next_cursor: z.string().nullable() }),
    },
    async ({ params, query }, context) => {
      const entry = context.state.vpin.books.get(params.symbol);
      if (entry !== undefined && query.stored !== true && query.cursor === undefined) {
        return { symbol: params.symbol, items: ofRun(entry, query), next_cursor: null };
      }
      const range = { ...(query.from === undefined ? {} : { from: query.from }), ...(query.to === undefined ? {} : { to: query.to }) };
      const page = await context.store.vpin.history(params.symbol, range, { limit: query.limit, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) });
      return { symbol: params.symbol, items: page.items.map(storedVpinReading), next_cursor: page.nextCursor };
    },
  ),
  get(
    '/buckets/{symbol}/export',
    {
      summary: 'Stored buckets of a range as CSV, ascending by time; at most 10,000, and a header tells whether there are more.',
      params: { symbol: symbolParam },
      query: { from: timeQuery, to: timeQuery },
      response: z.string(),
      errors: { 404: 'No bucket of the symbol is stored in the range.' },
    },
    async ({ params, query }, context) => {
      const range = { from: query.from ?? 0, ...(query.to === undefined ? {} : { to: query.to }) };
      const rows: VpinBucketRow[] = [];
      let cursor: string | null = null;
      do {
        const page: Paged<VpinBucketRow> = await context.store.vpin.history(params.symbol, range, { limit: 1_000, ...(cursor === null ? {} : { cursor }) });
        rows.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null && rows.length < MOST_EXPORTED);
      if (rows.length === 0) throw new NotFoundError('symbol', `no bucket of ${params.symbol} is stored in the range`, { active: context.state.vpin.books.symbols() });
      return answer(200, csvOf(rows), { contentType: 'text/csv; charset=utf-8', headers: { 'X-More-Rows': String(cursor !== null) } });
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
      const { stream, symbol } = vpinEntryOf(params.symbol, context);
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
  post(
    '/alerts/{symbol}/subscribe',
    {
      summary: 'Where the alerts of a symbol arrive: the topic, and the WebSocket path of this engine.',
      params: { symbol: symbolParam },
      response: z.object({ subscription_id: z.string(), symbol: z.string(), topic: z.string(), websocket_path: z.string(), level_thresholds: z.array(z.number()) }),
      status: 201,
    },
    ({ params }, context) => {
      const id = context.newId();
      context.state.vpin.alertSubscriptions.set(id, { id, symbol: params.symbol });
      return { subscription_id: id, symbol: params.symbol, topic: topics.toxicityAlert.of(params.symbol), websocket_path: `/ws/vpin/${params.symbol}`, level_thresholds: [...LEVELS] };
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
        basis: z.enum(ALERT_BASES).describe('What the thresholds rank where it is known.'),
        level_thresholds: z.array(z.number()).describe('Absolute VPIN values that operators watch.'), level_reached: z.number().nullable(),
        items: z.array(toxicityAlertSchema), next_cursor: z.string().nullable(),
      }),
    },
    async ({ params, query }, context) => {
      const range = { ...(query.from === undefined ? {} : { from: query.from }), ...(query.to === undefined ? {} : { to: query.to }) };
      const page = await context.store.vpin.alerts(params.symbol, range, { limit: query.limit, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) });
      return {
        symbol: params.symbol,
        standing: context.state.vpin.books.get(params.symbol)?.standingAlert ?? null,
        thresholds: { HIGH: 0.9, URGENT: 0.99, cleared_below: 0.85 },
        basis: context.state.vpin.alertBasis,
        level_thresholds: [...LEVELS],
        level_reached: levelReached(context.state.vpin.books.get(params.symbol)?.stream.vpin() ?? null),
        items: page.items.map((row) => ({
          id: row.id, symbol: row.symbol, timestamp: new Date(row.time).toISOString(), severity: row.severity === 'URGENT' ? ('URGENT' as const) : ('HIGH' as const),
          percentile: row.percentile, basis: row.basis, vpin_value: row.vpin, cleared: row.cleared, provenance: row.provenance,
        })),
        next_cursor: page.nextCursor,
      };
    },
  ),
];

const MOST_EXPORTED = 10_000;

function csvOf(rows: readonly VpinBucketRow[]): string {
  const header = 'symbol,series,bucket,start_time,end_time,duration_seconds,target_volume,buy_volume,sell_volume,order_imbalance,vpin,percentile,confidence,warming_up,source,provenance';
  const lines = rows.map((row) =>
    [
      row.symbol, row.series, row.bucketId, isoFromMs(row.startMs), isoFromMs(row.endMs), (row.endMs - row.startMs) / 1000, row.targetVolume, row.buyVolume, row.sellVolume,
      row.orderImbalance, row.vpin ?? '', row.percentile ?? '', row.confidence, row.warmingUp, row.source, row.provenance,
    ].map(csvCell).join(','),
  );
  return `${[header, ...lines].join('\r\n')}\r\n`;
}

/** RFC 4180: a cell with a separator, a quote or a line break stands in quotes. */
function csvCell(value: string | number | boolean): string {
  const words = String(value);
  return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
}

/** Contract, section 3.13. */
const LEVELS = [0.5, 0.7, 0.85] as const;

function levelReached(vpin: number | null): number | null {
  return vpin === null ? null : (LEVELS.findLast((level) => vpin >= level) ?? null);
}

function ofRun(entry: VpinEntry, query: { readonly from?: number | undefined; readonly to?: number | undefined; readonly limit: number }): VpinReadingMessage[] {
  const inRange = entry.readings.filter((r) => r.endMs >= (query.from ?? -Infinity) && r.endMs < (query.to ?? Infinity));
  const page = query.from === undefined ? inRange.slice(-query.limit) : inRange.slice(0, query.limit);
  return page.map((reading) => vpinReadingMessage(reading, entry));
}

function readSymbol(text: string): string {
  const symbol = parseSymbol(text);
  if (symbol === undefined) throw new InvalidInputError([{ path: 'query.symbols', message: `"${text}" is not a symbol` }]);
  return symbol;
}
