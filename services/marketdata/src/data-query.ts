import { InvalidInputError, isoFromMs, leastTrusted, msFromIso, TIMEFRAMES, type Bar, type EpochMs, type Provenance, type Trade } from '@nautilus/model';
import type { MarketRepository, Page, Paged, TimeRange } from '@nautilus/store';
import { z } from 'zod';
import { carried } from './carry-bars.ts';
import type { Context } from './context.ts';
import { adjusted, ADJUSTMENTS } from './corporate-actions.ts';
import { joinQuotes } from './join-quotes.ts';
import { REFERENCE_TYPES, referenceRecords, type ReferenceType } from './reference-query.ts';
import { unknownSymbol } from './subscriptions.ts';
import { wireRecord, wireSnapshot, type WireRecord } from './wire-event.ts';

const DATA_TYPES = ['tick', 'quote', 'bar', 'level2', ...REFERENCE_TYPES] as const;

export const dataQuery = {
  data_type: z.enum(DATA_TYPES).default('tick').describe('Order books as they were kept every few seconds, the best ten levels of each side, are `level2`; what a company reported is `fundamental`, by day of filing; values of an economic series are `economic`'),
  timeframe: z.enum(TIMEFRAMES).default('1m').describe('of bars'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  from: z.string().optional().describe('ISO 8601, inclusive; absent: the newest records before `to`'),
  to: z.string().optional().describe('ISO 8601, exclusive'),
  adjusted: z.enum(ADJUSTMENTS).default('raw').describe('of bars: `split` for splits, `total` for dividends too'),
  fill: z.enum(['carry']).optional().describe('Of bars shorter than a day: intervals of a day without trades repeat the close before, with volume 0 and `is_filled`; they count beside `limit`'),
  join: z.enum(['quote']).optional().describe('Of ticks: each with the best bid and ask of all exchanges that stood at its time, and the side that started it'),
  as_of: z.iso.date().optional().describe('Of bars and reported figures: the day from which they are seen. Later splits, dividends, bars and filings are not known then. Absent: all that is known'),
};
const querySchema = z.object(dataQuery);
export type DataQuery = z.infer<typeof querySchema>;

/** Payload of `data.request.*`: the same question over the bus. */
export const dataRequestSchema = querySchema.extend({ symbol: z.string() });

export interface DataAnswer {
  readonly symbol: string;
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly provenance: Provenance;
  readonly cache: { readonly hit: boolean };
  /** Present when `data` is empty. */
  readonly reason?: 'no_data';
}

/** Stored records, ascending by time. Throws NotFoundError for a symbol that is neither recorded nor known. */
export async function queryData(symbol: string, query: DataQuery, context: Context): Promise<DataAnswer> {
  const range = rangeOf(query);
  const isReference = referenceType(query) !== undefined;
  if (!isReference) await mustBeKnown(symbol, context);
  const { hit, value } = await context.state.answers.get(JSON.stringify([symbol, query]), () => read(context, symbol, query, range));
  // A company or series that is followed but not in the list of symbols is known by what is stored of it.
  if (isReference && value.length === 0) await mustBeKnown(symbol, context);
  const provenance = value.map((record) => record.provenance).reduce<Provenance | undefined>((least, next) => (least === undefined ? next : leastTrusted(least, next)), undefined);
  return {
    symbol, data: value, provenance: provenance ?? context.provenance.current, cache: { hit },
    ...(value.length === 0 ? { reason: 'no_data' as const } : {}),
  };
}

/**
 * Every stored record of the range, ascending by time, in pages as the database gives them; from the first one on when
 * the question has no `from`. `limit` does not count. Throws as `queryData` does, before the first page.
 */
export async function* exportData(symbol: string, query: DataQuery, context: Context): AsyncGenerator<readonly WireRecord[], void, undefined> {
  if (query.fill !== undefined) throw new InvalidInputError([{ path: 'fill', message: 'an export holds what is stored' }]);
  const range = { from: FIRST_MS, ...rangeOf(query) };
  let page = await recordsPage(context, symbol, query, range, { limit: PAGE });
  if (page.items.length === 0) await mustBeKnown(symbol, context);
  yield page.items;
  while (page.nextCursor !== null) {
    page = await recordsPage(context, symbol, query, range, { limit: PAGE, cursor: page.nextCursor });
    yield page.items;
  }
}

/** Throws InvalidInputError for a question that makes no sense. */
function rangeOf({ data_type: type, adjusted: adjustment, as_of: asOf, join, fill, timeframe, from, to }: DataQuery): TimeRange {
  if (fill !== undefined && (type !== 'bar' || timeframe === '1d')) throw new InvalidInputError([{ path: 'fill', message: 'only bars shorter than a day are filled' }]);
  if (type !== 'tick' && join !== undefined) throw new InvalidInputError([{ path: 'join', message: 'only ticks are joined with quotes' }]);
  if (type !== 'bar' && adjustment !== 'raw') throw new InvalidInputError([{ path: 'adjusted', message: 'only bars can be adjusted' }]);
  if (type !== 'bar' && type !== 'fundamental' && asOf !== undefined) throw new InvalidInputError([{ path: 'as_of', message: 'only bars and reported figures are seen as of a day' }]);
  return { ...timeOf(from, 'from'), ...timeOf(to, 'to') };
}

function referenceType({ data_type: type }: DataQuery): ReferenceType | undefined {
  return REFERENCE_TYPES.find((known) => known === type);
}

async function mustBeKnown(symbol: string, { state: { library, universe, hub }, store }: Context): Promise<void> {
  const recorded = library.entries.map((entry) => entry.symbol);
  if (universe.symbols(recorded).includes(symbol) || hub.lastSeen(symbol) !== undefined) return;
  if (!(await store.market.instruments()).some((instrument) => instrument.symbol === symbol)) throw unknownSymbol(symbol, recorded);
}

function timeOf(text: string | undefined, path: 'from' | 'to'): TimeRange {
  if (text === undefined) return {};
  const ms = msFromIso(text);
  if (ms === undefined) throw new InvalidInputError([{ path, message: 'not an ISO 8601 time with an offset' }]);
  return { [path]: ms };
}

async function read(context: Context, symbol: string, query: DataQuery, range: TimeRange): Promise<readonly WireRecord[]> {
  const { market } = context.store;
  const { data_type: type, limit } = query;
  if (range.from !== undefined || (type !== 'tick' && type !== 'quote')) return (await recordsPage(context, symbol, query, range, { limit })).items;
  const endMs = range.to ?? (await lastKnownMs(context, symbol));
  if (endMs === undefined) return [];
  if (type === 'quote') return (await newest(market.quotes.bind(market), symbol, endMs, limit)).map(wireRecord);
  return wireTrades(context, symbol, query, await newest(market.trades.bind(market), symbol, endMs, limit));
}

/** A page of the range, ascending; without a start of the range the newest, but for trades and quotes, whose first page it is. */
async function recordsPage(context: Context, symbol: string, query: DataQuery, range: TimeRange, page: Page): Promise<Paged<WireRecord>> {
  const { market, books, reference } = context.store;
  switch (query.data_type) {
    case 'tick': {
      const { items, nextCursor } = await market.trades(symbol, range, page);
      return { items: await wireTrades(context, symbol, query, items), nextCursor };
    }
    case 'quote': return wired(await market.quotes(symbol, range, page), wireRecord);
    case 'level2': return wired(await books.snapshots(symbol, range, page), wireSnapshot);
    case 'bar': {
      const { items, nextCursor } = await bars(context, symbol, query, range, page);
      return { items: (query.fill === undefined ? items : carried(items, (ms) => context.state.zone.dateAt(ms))).map(wireRecord), nextCursor };
    }
    case 'economic':
    case 'fundamental': return referenceRecords(reference, query.data_type, symbol, endOfDay(query.as_of, range), page);
  }
}

async function wireTrades({ store: { market } }: Context, symbol: string, { join }: DataQuery, trades: readonly Trade[]): Promise<readonly WireRecord[]> {
  return (join === undefined ? trades : await joinQuotes(trades, (range, page) => market.quotes(symbol, range, page))).map(wireRecord);
}

function wired<T>({ items, nextCursor }: Paged<T>, wire: (item: T) => WireRecord): Paged<WireRecord> {
  return { items: items.map(wire), nextCursor };
}

function endOfDay(asOf: string | undefined, range: TimeRange): TimeRange {
  return asOf === undefined ? range : { ...range, to: Math.min(range.to ?? Infinity, Date.parse(`${asOf}T00:00:00Z`) + DAY_MS) };
}

/** Stored raw; adjusted here, so that the view of any day can be had again. */
async function bars({ state, store }: Context, symbol: string, { timeframe, adjusted: adjustment, as_of: asOf }: DataQuery, range: TimeRange, page: Page): Promise<Paged<Bar>> {
  // The day as of which prices are seen has ended.
  const midnight = asOf === undefined ? undefined : Date.parse(`${asOf}T00:00:00Z`) + DAY_MS;
  const end = midnight === undefined || timeframe === '1d' ? midnight : (state.zone.toUtc(midnight) ?? midnight);
  const seen = end === undefined ? range : { ...range, to: Math.min(range.to ?? Infinity, end) };
  const found = await store.market.bars(symbol, timeframe, seen, { ...page, latest: range.from === undefined });
  if (adjustment === 'raw') return found;
  const actions = await state.corporateActions.of(symbol);
  const dayOf = ({ start_ms: start }: Bar): string => (timeframe === '1d' ? isoFromMs(start).slice(0, 10) : state.zone.dateAt(start));
  return { ...found, items: found.items.map((bar) => adjusted(bar, dayOf(bar), asOf ?? LAST_DAY, adjustment, actions)) };
}

type Ask<T> = (symbol: string, range: TimeRange, page: { limit: number; cursor?: string }) => Promise<Paged<T>>;

const DAY_MS = 86_400_000;
const LAST_DAY = '9999-12-31';
/** Before the oldest economic series. */
const FIRST_MS = Date.parse('1700-01-01T00:00:00Z');
const FIRST_LOOK_MS = 60_000;
const WIDER = 8;
const LONGEST_LOOK_MS = 30 * 86_400_000;
const PAGE = 1000;

/** The last `limit` records before `endMs`: looks back over a minute, then ever further, until there are enough. */
async function newest<T>(ask: Ask<T>, symbol: string, endMs: EpochMs, limit: number): Promise<readonly T[]> {
  for (let back = FIRST_LOOK_MS; ; back *= WIDER) {
    const found = await tail(ask, symbol, { from: endMs - back, to: endMs }, limit);
    if (found.length >= limit || back >= LONGEST_LOOK_MS) return found;
  }
}

async function tail<T>(ask: Ask<T>, symbol: string, range: TimeRange, limit: number): Promise<readonly T[]> {
  let kept: readonly T[] = [];
  let cursor: string | null = null;
  do {
    const page: Paged<T> = await ask(symbol, range, { limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    kept = [...kept, ...page.items].slice(-limit);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return kept;
}

/** Just after the newest event of the symbol: seen in this process, else the end of its newest stored bar. */
async function lastKnownMs({ state, store }: Context, symbol: string): Promise<EpochMs | undefined> {
  const seen = state.hub.lastSeen(symbol);
  const times = [seen?.trade, seen?.bid, seen?.ask].filter((event) => event !== undefined).map((event) => Number(event.ts_event_ns / 1_000_000n) + 1);
  if (times.length > 0) return Math.max(...times);
  return (await (store.market satisfies MarketRepository).bars(symbol, '1m', {}, { limit: 1, latest: true })).items[0]?.end_ms;
}
