import type { EpochMs } from '@nautilus/model';
import { EncodingError } from './failures.ts';

/** `micros`: whole microseconds since the epoch in JavaScript, timestamptz in the table. */
export type ColumnType = 'int2' | 'int4' | 'int8' | 'float8' | 'text' | 'bool' | 'jsonb' | 'micros';

export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: (row: Row, instrumentId: number) => string | number | bigint | boolean | null;
}

/** How rows of one kind get into one table. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  /** `on conflict …`; `t` is the name of the row that exists. */
  readonly onConflict: string;
  /**
   * Given when `onConflict` updates, which a statement may do once per key only: of several rows with the same
   * `key` the first by `prefer` is written, and of equal ones the last given.
   */
  readonly deduplicate?: { readonly key: readonly string[]; readonly prefer: readonly string[] };
  /** Wraps the finished insert, e.g. to use what it returns. */
  readonly wrap?: (insert: string) => string;
}

/** `timestamptz` from whole microseconds: exact, where `to_timestamp` rounds a double of seconds. */
export function timeOf(micros: string): string {
  return `(timestamptz 'epoch' + ${micros} * interval '1 microsecond')`;
}

export function microsOf(time: string): string {
  return `(extract(epoch from ${time}) * 1000000)::int8`;
}

export function toMicros(ms: EpochMs): number {
  return Math.round(ms * 1000);
}

export function fromMicros(micros: bigint): EpochMs {
  return Number(micros) / 1000;
}

export function fromMicrosOrNull(micros: bigint | null): EpochMs | null {
  return micros === null ? null : fromMicros(micros);
}

/** One array parameter per column. */
export function insertText<Row>(table: Table<Row>): string {
  const names = table.columns.map((column) => column.name);
  const arrays = table.columns.map((column, i) => `$${i + 1}::${column.type === 'micros' ? 'int8' : column.type}[]`);
  const values = table.columns.map((column) => (column.type === 'micros' ? timeOf(`u.${column.name}`) : `u.${column.name}`));
  const distinct = table.deduplicate;
  const select = distinct === undefined
    ? `select ${values.join(', ')} from unnest(${arrays.join(', ')}) as u (${names.join(', ')})`
    : `select distinct on (${distinct.key.join(', ')}) ${values.join(', ')}
       from unnest(${arrays.join(', ')}) with ordinality as u (${names.join(', ')}, given)
       order by ${[...distinct.key, ...distinct.prefer, 'given desc'].join(', ')}`;
  const insert = `insert into ${table.name} as t (${names.join(', ')}) ${select} ${table.onConflict}`;
  return table.wrap?.(insert) ?? insert;
}

/** Throws EncodingError for a value that is not of the column's type. */
export function columnLiteral<Row>(column: Column<Row>, rows: readonly Row[], instrumentIds: readonly number[]): string {
  const quoted = column.type === 'text' || column.type === 'jsonb';
  let literal = '{';
  for (let i = 0; i < rows.length; i++) {
    if (i > 0) literal += ',';
    const value = column.value(rows[i] as Row, instrumentIds[i] ?? 0);
    if (value === null) literal += 'NULL';
    else if (quoted) literal += quote(value, column.name);
    else if (value === undefined || typeof value === 'object') throw new EncodingError(`${column.name} is missing`);
    else literal += value;
  }
  return `${literal}}`;
}

/** `{"a",NULL}` for a parameter of type text[]. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quote(value, 'value'))).join(',')}}`;
}

function quote(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new EncodingError(`${name} is not text`);
  return /["\\]/.test(value) ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : `"${value}"`;
}
