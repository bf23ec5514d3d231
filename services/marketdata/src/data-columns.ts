import type { DataQuery } from './data-query.ts';
import type { WireRecord } from './wire-event.ts';

const HEAD = ['timestamp', 'ts_event_ns', 'symbol'];
const ORIGIN = ['venue', 'source', 'provenance'];
const QUOTED = ['bid', 'bid_size', 'bid_exchange', 'ask', 'ask_size', 'ask_exchange', 'quote_age_ms', 'side'];
const LEVELS = Array.from({ length: 10 }, (_, i) => i + 1);

/** Columns of a file by the kind of its records. */
const COLUMNS: Readonly<Record<DataQuery['data_type'], readonly string[]>> = {
  tick: [...HEAD, 'price', 'size', 'exchange', 'condition', 'suspicious', ...ORIGIN, 'seq'],
  quote: [...HEAD, 'bid', 'bid_size', 'ask', 'ask_size', 'exchange', 'condition', 'suspicious', ...ORIGIN, 'seq'],
  bar: ['timestamp', 'symbol', 'timeframe', 'open', 'high', 'low', 'close', 'volume', 'trade_count', 'vwap', 'is_final', 'revision', ...ORIGIN],
  level2: [...HEAD, 'last_update_id', ...['bid', 'ask'].flatMap((side) => LEVELS.flatMap((level) => [`${side}_${level}`, `${side}_${level}_size`])), ...ORIGIN, 'seq'],
  fundamental: ['timestamp', 'symbol', 'cik', 'taxonomy', 'tag', 'unit', 'start', 'end', 'value', 'form', 'accession', 'filed', 'source', 'provenance', 'ingested_at'],
  economic: ['timestamp', 'symbol', 'date', 'known_from', 'value', 'unit', 'period', 'source', 'provenance', 'ingested_at'],
};

/** Names of the columns of an export, in order. Of a book each level has two columns on each side, price and size, best first. */
export function columnsOf({ data_type: type, join }: Pick<DataQuery, 'data_type' | 'join'>): readonly string[] {
  return join === undefined ? COLUMNS[type] : [...COLUMNS[type], ...QUOTED];
}

/** The record with its values under the names of the columns. */
export function flat(record: WireRecord): WireRecord {
  return record['bids'] === undefined ? record : withLevels(record);
}

function withLevels(record: WireRecord): WireRecord {
  const sides = { bid: record['bids'], ask: record['asks'] };
  const levels = Object.entries(sides).flatMap(([side, pairs]) =>
    (Array.isArray(pairs) ? pairs : []).flatMap((pair: unknown, i) => (Array.isArray(pair) ? [[`${side}_${i + 1}`, pair[0]], [`${side}_${i + 1}_size`, pair[1]]] : [])));
  return { ...record, ...(Object.fromEntries(levels) as Record<string, unknown>) };
}
