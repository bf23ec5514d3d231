import { InvalidInputError, isoFromMs, isoFromNs, leastTrusted, msFromIso, TIMEFRAMES, type Bar, type EpochMs, type Provenance, type Quote, type Trade } from '@nautilus/model';
import type { MarketRepository, Paged, TimeRange } from '@nautilus/store';
import { z } from 'zod';
import type { Context } from './context.ts';
import { adjusted, ADJUSTMENTS } from './corporate-actions.ts';
import { REFERENCE_TYPES, referenceRecords, type ReferenceRecord, type ReferenceType } from './reference-query.ts';
import { unknownSymbol } from './subscriptions.ts';

const DATA_TYPES = ['tick', 'quote', 'bar', ...REFERENCE_TYPES] as const;

export const dataQuery = {
  data_type: z.enum(DATA_TYPES).default('tick').describe('What a company reported is `fundamental`, by day of filing; values of an economic series are `economic`'),
  timeframe: z.enum(TIMEFRAMES).default('1m').describe('of bars'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  from: z.string().optional().describe('ISO 8601, inclusive; absent: the newest records before `to`'),
  to: z.string().optional().describe('ISO 8601, exclusive'),
  adjusted: z.enum(ADJUSTMENTS).default('raw').describe('of bars: `split` for splits, `total` for dividends too'),
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
  const { data_type: type, adjusted: adjustment, as_of: asOf } = query;
  const reference = REFERENCE_TYPES.find((known) => known === type);
  if (reference === undefined) await mustBeKnown(symbol, context);
  if (type !== 'bar' && adjustment !== 'raw') throw new InvalidInputError([{ path: 'adjusted', message: 'only bars can be adjusted' }]);
  if (type !== 'bar' && type !== 'fundamental' && asOf !== undefined) throw new InvalidInputError([{ path: 'as_of', message: 'only bars and reported figures are seen as of a day' }]);
  const range = { ...timeOf(query.from, 'from'), ...timeOf(query.to, 'to') };
  const { hit, value } = await context.state.answers.get(JSON.stringify([symbol, query]), () => (reference === undefined ? read(context, symbol, query, range) : readReference(context, reference, symbol, query, range)));
  // A company or series that is followed but not in the list of symbols is known by what is stored of it.
  if (reference !== undefined && value.length === 0) await mustBeKnown(symbol, context);
  const provenance = value.map((record) => record.provenance).reduce<Provenance | undefined>((least, next) => (least === undefined ? next : leastTrusted(least, next)), undefined);
  return {
    symbol, data: value, provenance: provenance ?? context.provenance.current, cache: { hit },
    ...(value.length === 0 ? { reason: 'no_data' as const } : {}),
  };
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

function readReference({ store }: Context, type: ReferenceType, symbol: string, { limit, as_of: asOf }: DataQuery, range: TimeRange): Promise<readonly ReferenceRecord[]> {
  const seen = asOf === undefined ? range : { ...range, to: Math.min(range.to ?? Infinity, Date.parse(`${asOf}T00:00:00Z`) + DAY_MS) };
  return referenceRecords(store.reference, type, symbol, seen, limit);
}

async function read(context: Context, symbol: string, query: DataQuery, range: TimeRange): Promise<readonly WireRecord[]> {
  return (await events(context, symbol, query, range)).map(wireRecord);
}

async function events(context: Context, symbol: string, query: DataQuery, range: TimeRange): Promise<readonly (Trade | Quote | Bar)[]> {
  const { market } = context.store;
  const { limit } = query;
  if (query.data_type === 'bar') return bars(context, symbol, query, range);
  const ask = query.data_type === 'tick' ? market.trades.bind(market) : market.quotes.bind(market);
  if (range.from !== undefined) return (await ask(symbol, range, { limit })).items;
  const endMs = range.to ?? (await lastKnownMs(context, symbol));
  return endMs === undefined ? [] : await newest(ask, symbol, endMs, limit);
}

/** Stored raw; adjusted here, so that the view of any day can be had again. */
async function bars({ state, store }: Context, symbol: string, { timeframe, limit, adjusted: adjustment, as_of: asOf }: DataQuery, range: TimeRange): Promise<readonly Bar[]> {
  // The day as of which prices are seen has ended.
  const midnight = asOf === undefined ? undefined : Date.parse(`${asOf}T00:00:00Z`) + DAY_MS;
  const end = midnight === undefined || timeframe === '1d' ? midnight : (state.zone.toUtc(midnight) ?? midnight);
  const seen = end === undefined ? range : { ...range, to: Math.min(range.to ?? Infinity, end) };
  const { items } = await store.market.bars(symbol, timeframe, seen, { limit, latest: range.from === undefined });
  if (adjustment === 'raw') return items;
  const actions = await state.corporateActions.of(symbol);
  const dayOf = ({ start_ms: start }: Bar): string => (timeframe === '1d' ? isoFromMs(start).slice(0, 10) : state.zone.dateAt(start));
  return items.map((bar) => adjusted(bar, dayOf(bar), asOf ?? LAST_DAY, adjustment, actions));
}

type Ask = (symbol: string, range: TimeRange, page: { limit: number; cursor?: string }) => Promise<Paged<Trade | Quote>>;

const DAY_MS = 86_400_000;
const LAST_DAY = '9999-12-31';
const FIRST_LOOK_MS = 60_000;
const WIDER = 8;
const LONGEST_LOOK_MS = 30 * 86_400_000;
const PAGE = 1000;

/** The last `limit` records before `endMs`: looks back over a minute, then ever further, until there are enough. */
async function newest(ask: Ask, symbol: string, endMs: EpochMs, limit: number): Promise<readonly (Trade | Quote)[]> {
  for (let back = FIRST_LOOK_MS; ; back *= WIDER) {
    const found = await tail(ask, symbol, { from: endMs - back, to: endMs }, limit);
    if (found.length >= limit || back >= LONGEST_LOOK_MS) return found;
  }
}

async function tail(ask: Ask, symbol: string, range: TimeRange, limit: number): Promise<readonly (Trade | Quote)[]> {
  let kept: readonly (Trade | Quote)[] = [];
  let cursor: string | null = null;
  do {
    const page: Paged<Trade | Quote> = await ask(symbol, range, { limit: PAGE, ...(cursor === null ? {} : { cursor }) });
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

type WireRecord = Readonly<Record<string, unknown>> & { readonly provenance: Provenance };

/** With ISO times beside the exact ones; nanoseconds as digits. */
export function wireRecord(record: Trade | Quote | Bar): WireRecord {
  if ('ts_event_ns' in record) {
    return { ...record, timestamp: isoFromNs(record.ts_event_ns), ts_event_ns: String(record.ts_event_ns), ts_ingest_ns: String(record.ts_ingest_ns) };
  }
  return { ...record, timestamp: isoFromMs(record.start_ms) };
}
