import { z } from 'zod';
import { PROVENANCES, type Provenance } from './provenance.ts';
import type { EpochMs, EpochNs } from './time.ts';

/**
 * Market events as payloads on the market data bus. Event time is never rewritten, not even in replay.
 * Prices are doubles in the quote currency; sizes are in units of the instrument.
 */
export interface MarketEvent {
  /** The true symbol, upper case; its topic segment may differ. */
  readonly symbol: string;
  readonly venue: string;
  /** Time at the source. */
  readonly ts_event_ns: EpochNs;
  /** Time of arrival here. */
  readonly ts_ingest_ns: EpochNs;
  /** Strictly rising per source, symbol and type within one recording or connection. */
  readonly seq: number;
  readonly source: string;
  readonly provenance: Provenance;
  /**
   * Changes whenever a replay starts, seeks or loops; null for live data. Streaming state that was built under
   * another run id must be dropped, because its time may lie ahead.
   */
  readonly run_id: string | null;
}

export interface Trade extends MarketEvent {
  readonly price: number;
  readonly size: number;
  readonly exchange: string;
  readonly condition: string;
  /** Flagged by the source or by the quality rules: stored, but not aggregated. */
  readonly suspicious: boolean;
}

/** A side that the update does not carry is null, never zero. */
export interface Quote extends MarketEvent {
  readonly bid: number | null;
  readonly bid_size: number | null;
  readonly ask: number | null;
  readonly ask_size: number | null;
  readonly exchange: string;
  readonly condition: string;
  readonly suspicious: boolean;
}

export const TIMEFRAMES = ['1m', '5m', '15m', '1h', '1d'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

export interface Bar {
  readonly symbol: string;
  readonly venue: string;
  readonly timeframe: Timeframe;
  readonly start_ms: EpochMs;
  readonly end_ms: EpochMs;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Null when the recording gives bars only. */
  readonly trade_count: number | null;
  /** Σ price·size / Σ size; null when the recording gives bars only. */
  readonly vwap: number | null;
  readonly is_final: boolean;
  /** 0 at first; rises when a late trade corrects a final bar. */
  readonly revision: number;
  readonly source: string;
  readonly provenance: Provenance;
  readonly run_id: string | null;
}

const epochNs = z.bigint().transform((value) => value as EpochNs);

const marketEvent = {
  symbol: z.string().min(1),
  venue: z.string(),
  ts_event_ns: epochNs,
  ts_ingest_ns: epochNs,
  seq: z.int().nonnegative(),
  source: z.string().min(1),
  provenance: z.enum(PROVENANCES),
  run_id: z.string().nullable(),
};

/** Payload of `market_data.tick.*`. */
export const tradeSchema = z.object({
  ...marketEvent,
  price: z.number().positive(),
  size: z.number().nonnegative(),
  exchange: z.string(),
  condition: z.string(),
  suspicious: z.boolean(),
});

/** Payload of `market_data.quote.*`. */
export const quoteSchema = z.object({
  ...marketEvent,
  bid: z.number().positive().nullable(),
  bid_size: z.number().nonnegative().nullable(),
  ask: z.number().positive().nullable(),
  ask_size: z.number().nonnegative().nullable(),
  exchange: z.string(),
  condition: z.string(),
  suspicious: z.boolean(),
});

/** Payload of `market_data.bar.*`. */
export const barSchema = z.object({
  symbol: z.string().min(1),
  venue: z.string(),
  timeframe: z.enum(TIMEFRAMES),
  start_ms: z.number(),
  end_ms: z.number(),
  open: z.number().positive(),
  high: z.number().positive(),
  low: z.number().positive(),
  close: z.number().positive(),
  volume: z.number().nonnegative(),
  trade_count: z.int().nonnegative().nullable(),
  vwap: z.number().positive().nullable(),
  is_final: z.boolean(),
  revision: z.int().nonnegative(),
  source: z.string().min(1),
  provenance: z.enum(PROVENANCES),
  run_id: z.string().nullable(),
});

/** Payload of `price.update.*`: the last trusted price. */
export interface PriceUpdate {
  readonly symbol: string;
  readonly price: number;
  readonly ts_event_ns: EpochNs;
  readonly provenance: Provenance;
}

/** Payload of `volume.update.*`: what traded since the update before. */
export interface VolumeUpdate {
  readonly symbol: string;
  readonly volume: number;
  readonly cumulative_volume: number;
  readonly ts_event_ns: EpochNs;
  readonly provenance: Provenance;
}
