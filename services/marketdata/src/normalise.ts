import { msFromIso, nsFromMs, parseSymbol, TIMEFRAMES, type EpochMs, type Provenance } from '@nautilus/model';
import { z } from 'zod';
import type { MarketEvent } from './events.ts';

/** One record of `POST /data/ingest`, as it came. */
const ingestRecordSchema = z.object({
  symbol: z.string(),
  data_type: z.string(),
  source: z.string(),
  /** ISO 8601 with an offset, or milliseconds since 1970. */
  timestamp: z.union([z.string(), z.number()]),
  data: z.record(z.string(), z.unknown()),
  latency_ms: z.number().nullish(),
  provenance: z.string().nullish(),
});

type IngestReason =
  | 'malformed_record' | 'bad_symbol' | 'bad_source' | 'reserved_source' | 'bad_timestamp' | 'time_in_future' | 'bad_provenance' | 'unsupported_data_type' | 'bad_data';

export interface Refused {
  readonly reason: IngestReason;
  readonly message: string;
}

export interface NormaliseOptions {
  readonly nowMs: EpochMs;
  /** Names of recordings: what is ingested never bears the name of another source. */
  readonly reservedSources: ReadonlySet<string>;
  /** Next sequence of a source, symbol and type. */
  readonly nextSeq: (key: string) => number;
}

const FUTURE_MS = 60_000;
const SOURCE = /^[a-z0-9][a-z0-9_.-]{0,39}$/;
const amount = z.number().nullish().transform((value) => value ?? null);
/** `[price, size]`; some venues send numbers as text. */
const LEVEL = z.tuple([z.coerce.number(), z.coerce.number()]).transform(([price, size]) => ({ price, size }));
const DATA = {
  tick: z.object({ price: z.number(), size: z.number().optional(), volume: z.number().optional(), exchange: z.string().default(''), condition: z.string().default('') }),
  quote: z.object({ bid: amount, bid_size: amount, ask: amount, ask_size: amount, exchange: z.string().default(''), condition: z.string().default('') }),
  bar: z.object({
    open: z.number(), high: z.number(), low: z.number(), close: z.number(), volume: z.number(), timeframe: z.enum(TIMEFRAMES).default('1m'),
    trade_count: amount, vwap: amount, revision: z.int().nonnegative().default(0),
  }),
  level2: z.object({
    type: z.enum(['snapshot', 'delta']), bids: z.array(LEVEL).max(5_000).default([]), asks: z.array(LEVEL).max(5_000).default([]),
    first_update_id: z.int().nonnegative().optional(), last_update_id: z.int().nonnegative(), previous_update_id: z.int().nonnegative().nullish(),
    allow_gap: z.boolean().default(false),
  }),
};
const LENGTH_MS: Readonly<Record<(typeof TIMEFRAMES)[number], number>> = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': 3_600_000, '1d': 86_400_000 };

/**
 * An ingested record as an event. The timestamp of a bar is its start. Provenance is what the sender says; a sender that says
 * nothing vouches for nothing, so its records count as simulated.
 */
export function normalise(raw: unknown, options: NormaliseOptions): MarketEvent | Refused {
  const parsed = ingestRecordSchema.safeParse(raw);
  if (!parsed.success) return refuse('malformed_record', z.prettifyError(parsed.error));
  const record = parsed.data;
  const symbol = parseSymbol(record.symbol);
  if (symbol === undefined) return refuse('bad_symbol', 'not a symbol');
  if (!SOURCE.test(record.source)) return refuse('bad_source', 'a source is named by up to 40 of a-z, 0-9, "_", "." and "-"');
  if (options.reservedSources.has(record.source)) return refuse('reserved_source', 'this name belongs to a recording');
  const timeMs = typeof record.timestamp === 'number' ? record.timestamp : msFromIso(record.timestamp);
  if (timeMs === undefined || !Number.isFinite(timeMs) || timeMs <= 0) return refuse('bad_timestamp', 'neither an ISO 8601 time with an offset nor milliseconds since 1970');
  if (timeMs > options.nowMs + FUTURE_MS) return refuse('time_in_future', 'more than a minute ahead of this clock');
  const provenance = provenanceOf(record.provenance ?? 'simulated');
  if (provenance === undefined) return refuse('bad_provenance', 'must be live, replay or simulated');
  return build(record.data_type, record.data, { symbol, source: record.source, timeMs, provenance }, options);
}

export function isRefused(result: MarketEvent | Refused): result is Refused {
  return 'reason' in result;
}

interface Head {
  readonly symbol: string;
  readonly source: string;
  readonly timeMs: EpochMs;
  readonly provenance: Provenance;
}

function build(type: string, data: unknown, head: Head, options: NormaliseOptions): MarketEvent | Refused {
  switch (type) {
    case 'tick': {
      const fields = DATA.tick.safeParse(data);
      if (!fields.success) return refuse('bad_data', z.prettifyError(fields.error));
      const { price, exchange, condition } = fields.data;
      return { type: 'trade', event: { ...common('tick', head, options), price, size: fields.data.size ?? fields.data.volume ?? 0, exchange, condition, suspicious: false } };
    }
    case 'quote': {
      const fields = DATA.quote.safeParse(data);
      if (!fields.success) return refuse('bad_data', z.prettifyError(fields.error));
      return { type: 'quote', event: { ...common('quote', head, options), ...withoutEmptySides(fields.data), suspicious: false } };
    }
    case 'bar': {
      const fields = DATA.bar.safeParse(data);
      if (!fields.success) return refuse('bad_data', z.prettifyError(fields.error));
      const { symbol, source, provenance, timeMs } = head;
      const end = timeMs + LENGTH_MS[fields.data.timeframe];
      return { type: 'bar', event: { symbol, venue: '', start_ms: timeMs, end_ms: end, ...fields.data, is_final: true, source, provenance, run_id: null } };
    }
    case 'level2': {
      const fields = DATA.level2.safeParse(data);
      if (!fields.success) return refuse('bad_data', z.prettifyError(fields.error));
      const { last_update_id: last, first_update_id: first = last, previous_update_id: previous = null, allow_gap: allowGap, type: kind, bids, asks } = fields.data;
      return { type: 'level2', event: { ...common('level2', head, options), change: { isSnapshot: kind === 'snapshot', first, last, previous, bids, asks, allowGap } } };
    }
    default:
      return refuse('unsupported_data_type', 'this engine takes tick, quote, bar and level2');
  }
}

type QuoteData = z.infer<typeof DATA.quote>;

/** A side of 0 is missing, not free of charge. */
function withoutEmptySides(quote: QuoteData): QuoteData {
  const hasBid = quote.bid !== null && quote.bid !== 0;
  const hasAsk = quote.ask !== null && quote.ask !== 0;
  return {
    ...quote,
    bid: hasBid ? quote.bid : null, bid_size: hasBid ? quote.bid_size : null,
    ask: hasAsk ? quote.ask : null, ask_size: hasAsk ? quote.ask_size : null,
  };
}

function common(type: string, { symbol, source, timeMs, provenance }: Head, { nowMs, nextSeq }: NormaliseOptions) {
  return {
    symbol, venue: '', source, provenance, run_id: null, ts_event_ns: nsFromMs(timeMs), ts_ingest_ns: nsFromMs(nowMs),
    seq: nextSeq(`${source}:${symbol}:${type}`),
  };
}

function provenanceOf(text: string): Provenance | undefined {
  return text === 'live' || text === 'replay' || text === 'simulated' ? text : undefined;
}

function refuse(reason: IngestReason, message: string): Refused {
  return { reason, message };
}
