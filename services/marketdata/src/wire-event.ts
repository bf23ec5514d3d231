import { isoFromMs, isoFromNs, type Bar, type BookUpdate, type Provenance, type Quote, type Trade } from '@nautilus/model';

export type WireRecord = Readonly<Record<string, unknown>> & { readonly provenance: Provenance };

/** With ISO times beside the exact ones; nanoseconds as digits. */
export function wireRecord(record: Trade | Quote | Bar): WireRecord {
  if ('ts_event_ns' in record) {
    return { ...record, timestamp: isoFromNs(record.ts_event_ns), ts_event_ns: String(record.ts_event_ns), ts_ingest_ns: String(record.ts_ingest_ns) };
  }
  return { ...record, timestamp: isoFromMs(record.start_ms) };
}

/** Levels as pairs of price and size, best first. */
export function wireBook(book: BookUpdate) {
  const pairs = (side: BookUpdate['bids']): [number, number][] => side.map(([price, size]) => [price, size]);
  return {
    symbol: book.symbol, state: book.type === 'stale' ? ('stale' as const) : ('open' as const), bids: pairs(book.bids), asks: pairs(book.asks), last_update_id: book.last_update_id,
    timestamp: isoFromNs(book.ts_event_ns), source: book.source, venue: book.venue, provenance: book.provenance,
  };
}

/** As kept, with its exact times and its place in the stream. */
export function wireSnapshot(book: BookUpdate): WireRecord {
  return { ...wireBook(book), ts_event_ns: String(book.ts_event_ns), ts_ingest_ns: String(book.ts_ingest_ns), seq: book.seq };
}
