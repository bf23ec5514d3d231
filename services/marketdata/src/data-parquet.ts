import { ByteWriter, ParquetWriter, type ColumnSource, type SchemaElement } from 'hyparquet-writer';
import { columnsOf, flat } from './data-columns.ts';
import type { DataQuery } from './data-query.ts';
import type { WireRecord } from './wire-event.ts';

/** Encoding a group holds the event loop, and its rows are held in memory. */
const GROUP_ROWS = 2_000;

type Kind = Pick<SchemaElement, 'type' | 'converted_type' | 'logical_type'> & { readonly read: (value: unknown) => unknown };

const instant = (unit: 'MILLIS' | 'NANOS') => ({ type: 'TIMESTAMP', isAdjustedToUTC: true, unit }) as const;
const NANOSECONDS: Kind = { type: 'INT64', logical_type: instant('NANOS'), read: (value) => BigInt(String(value)) };
const MILLISECONDS: Kind = { type: 'INT64', logical_type: instant('MILLIS'), read: (value) => BigInt(Date.parse(String(value))) };
const DAY: Kind = { type: 'INT32', converted_type: 'DATE', read: (value) => Date.parse(String(value)) / 86_400_000 };
const WHOLE: Kind = { type: 'INT64', read: (value) => BigInt(Number(value)) };
const NUMBER: Kind = { type: 'DOUBLE', read: Number };
const TRUTH: Kind = { type: 'BOOLEAN', read: (value) => value };
const TEXT: Kind = { type: 'BYTE_ARRAY', converted_type: 'UTF8', read: String };

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...named(NANOSECONDS, 'ts_event_ns'),
  ...named(MILLISECONDS, 'timestamp', 'ingested_at'),
  ...named(DAY, 'start', 'end', 'filed', 'date', 'known_from'),
  ...named(WHOLE, 'seq', 'trade_count', 'revision', 'last_update_id'),
  ...named(TRUTH, 'suspicious', 'is_final'),
  ...named(TEXT, 'symbol', 'venue', 'source', 'provenance', 'exchange', 'condition', 'timeframe', 'bid_exchange', 'ask_exchange', 'side'),
  ...named(TEXT, 'cik', 'taxonomy', 'tag', 'unit', 'form', 'accession', 'period'),
]);

function named(kind: Kind, ...names: readonly string[]): readonly (readonly [string, Kind])[] {
  return names.map((name) => [name, kind]);
}

/**
 * Stored records as an Apache Parquet file, piece by piece: the columns of the CSV export, typed, Snappy-packed. Times
 * are INT64 instants (`ts_event_ns` in nanoseconds, others in milliseconds), days DATE, counts INT64, prices and sizes
 * DOUBLE; what is missing is null. Memory holds one row group of 2,000 rows, and the footer, which grows by about a
 * kilobyte per column and group: 6 MB for a million trades.
 */
export async function* parquetOf(query: Pick<DataQuery, 'data_type' | 'join'>, pages: AsyncIterable<readonly WireRecord[]>): AsyncGenerator<Uint8Array, void, undefined> {
  const columns = columnsOf(query).map((name) => ({ name, kind: KINDS.get(name) ?? NUMBER }));
  const bytes = new ByteWriter();
  const file = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: 'nautilus marketdata' });
  /** A copy: the buffer is written again while the piece is on its way. */
  const piece = (): Uint8Array => {
    const written = new Uint8Array(bytes.getBuffer());
    bytes.index = 0;
    return written;
  };
  let rows: WireRecord[] = [];
  for await (const page of pages) {
    rows.push(...page.map(flat));
    if (rows.length < GROUP_ROWS) continue;
    await file.write({ columnData: valuesOf(rows, columns), rowGroupSize: rows.length });
    rows = [];
    yield piece();
  }
  if (rows.length > 0) await file.write({ columnData: valuesOf(rows, columns), rowGroupSize: rows.length });
  await file.finish();
  yield piece();
}

type Columns = readonly { readonly name: string; readonly kind: Kind }[];

function schemaOf(columns: Columns): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, kind: { read: _, ...type } }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...type })),
  ];
}

function valuesOf(rows: readonly WireRecord[], columns: Columns): ColumnSource[] {
  return columns.map(({ name, kind }) => ({
    name,
    data: rows.map((row) => {
      const value = row[name];
      return value === undefined || value === null ? null : kind.read(value);
    }),
  }));
}
