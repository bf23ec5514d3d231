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

/**
 * Stored records as comma-separated values (RFC 4180): a line of names, then a line per record. What is missing is
 * empty; of a book each level has two columns, price and size, best first.
 */
export async function* csvOf({ data_type: type, join }: Pick<DataQuery, 'data_type' | 'join'>, pages: AsyncIterable<readonly WireRecord[]>): AsyncGenerator<string, void, undefined> {
  const columns = join === undefined ? COLUMNS[type] : [...COLUMNS[type], ...QUOTED];
  let names = line(columns);
  for await (const records of pages) {
    const flat = type === 'level2' ? records.map(withLevels) : records;
    yield names + flat.map((record) => line(columns.map((column) => field(record, column)))).join('');
    names = '';
  }
}

function withLevels(record: WireRecord): WireRecord {
  const sides = { bid: record['bids'], ask: record['asks'] };
  const levels = Object.entries(sides).flatMap(([side, pairs]) =>
    (Array.isArray(pairs) ? pairs : []).flatMap((pair: unknown, i) => (Array.isArray(pair) ? [[`${side}_${i + 1}`, pair[0]], [`${side}_${i + 1}_size`, pair[1]]] : [])));
  return { ...record, ...(Object.fromEntries(levels) as Record<string, unknown>) };
}

function field(record: WireRecord, column: string): string {
  const value = record[column];
  return value === undefined || value === null ? '' : String(value);
}

function line(fields: readonly string[]): string {
  return `${fields.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')}\r\n`;
}
