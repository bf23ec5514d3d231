import { bookUpdateOf, type BookUpdate } from '@nautilus/model';
import { isoMillis, isRecord, list, number, text } from './read.ts';

export interface Level {
  readonly price: number;
  readonly size: number;
}

/** An order book as it stands, best levels first. `stale`: updates are missing, and nothing is shown until a snapshot comes. */
export interface Book {
  readonly state: 'open' | 'stale';
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** Number of the last update of the source that is contained. */
  readonly update: number | null;
  readonly atMs: number | null;
  readonly source: string;
  readonly venue: string;
  readonly provenance: string | null;
  /** Why it is stale. */
  readonly reason: string | null;
}

/** `GET /books/{s}`. */
export function readBook(data: unknown): Book | undefined {
  if (!isRecord(data) || (data['state'] !== 'open' && data['state'] !== 'stale')) return undefined;
  return {
    state: data['state'], bids: pairs(data['bids']), asks: pairs(data['asks']), update: number(data['last_update_id']), atMs: isoMillis(data['timestamp']),
    source: text(data['source']) ?? '', venue: text(data['venue']) ?? '', provenance: text(data['provenance']), reason: text(data['reason']),
  };
}

/** A message of `market_data.level2.*`: nanoseconds come as digits, because JSON numbers cannot hold them. */
export function readBookUpdate(data: unknown): BookUpdate | undefined {
  if (!isRecord(data)) return undefined;
  const nanos = data['ts_event_ns'];
  if (typeof nanos !== 'string' || !/^\d+$/.test(nanos)) return undefined;
  return bookUpdateOf({ ...data, ts_event_ns: BigInt(nanos) });
}

export function bookOf(update: BookUpdate): Book {
  const levels = (side: BookUpdate['bids']): readonly Level[] => side.map(([price, size]) => ({ price, size }));
  return {
    state: update.type === 'stale' ? 'stale' : 'open', bids: levels(update.bids), asks: levels(update.asks), update: update.last_update_id,
    atMs: Number(update.ts_event_ns / 1_000_000n), source: update.source, venue: update.venue, provenance: update.provenance, reason: update.reason,
  };
}

function pairs(value: unknown): readonly Level[] {
  return list(value).flatMap((pair): Level[] => {
    const [price, size] = [number(list(pair)[0]), number(list(pair)[1])];
    return price === null || size === null ? [] : [{ price, size }];
  });
}

/** What venues quote best: `GET /orderbook/{s}/depth`. */
export interface QuotedDepth {
  readonly bids: readonly VenueLevel[];
  readonly asks: readonly VenueLevel[];
  readonly atMs: number | null;
  readonly state: string;
  readonly spread: number | null;
  readonly mid: number | null;
  readonly quotes: number | null;
  readonly provenance: string | null;
}

export interface VenueLevel extends Level {
  readonly venues: number | null;
}

export function readDepth(data: unknown): QuotedDepth | undefined {
  if (!isRecord(data) || !Array.isArray(data['bids']) || !Array.isArray(data['asks'])) return undefined;
  const levels = (side: readonly unknown[]): readonly VenueLevel[] => side.filter(isRecord).flatMap((level): VenueLevel[] => {
    const [price, size] = [number(level['price']), number(level['size'])];
    return price === null || size === null ? [] : [{ price, size, venues: number(level['venues']) }];
  });
  return {
    bids: levels(data['bids']), asks: levels(data['asks']), atMs: isoMillis(data['timestamp']), state: text(data['state']) ?? 'unknown', spread: number(data['spread']),
    mid: number(data['mid']), quotes: number(data['quotes_seen']), provenance: text(data['provenance']),
  };
}

export interface CumulativeLevel extends Level {
  /** Size of this level and of all better ones. */
  readonly total: number;
}

export function cumulated(levels: readonly Level[]): readonly CumulativeLevel[] {
  let total = 0;
  return levels.map(({ price, size }) => {
    total += size;
    return { price, size, total };
  });
}

/** Share of the size on the bid side minus that on the ask side, over the best `count` levels; null without size. */
export function imbalance({ bids, asks }: Pick<Book, 'bids' | 'asks'>, count: number): number | null {
  const sum = (side: readonly Level[]): number => side.slice(0, count).reduce((total, { size }) => total + size, 0);
  const [bid, ask] = [sum(bids), sum(asks)];
  return bid + ask === 0 ? null : (bid - ask) / (bid + ask);
}

const mostDigits = 8;

/** Decimals with which all prices can be told apart and read back: at least 2. */
export function priceDigits(levels: readonly Level[]): number {
  return levels.reduce((most, { price }) => Math.max(most, digitsOf(price)), 2);
}

function digitsOf(price: number): number {
  for (let digits = 0; digits < mostDigits; digits += 1) if (Number(price.toFixed(digits)) === price) return digits;
  return mostDigits;
}
