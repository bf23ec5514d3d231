import { ConfigError } from '@nautilus/model';
import type { Sql } from '../driver.ts';

/** A table as a backup sees it: every column is carried as the server's text, which gives each type back exactly. */
export interface BackupTable {
  readonly name: string;
  readonly columns: readonly BackupColumn[];
}

export interface BackupColumn {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly type: string;
}

/** Where an identity or serial column goes on counting. */
export interface SequenceState {
  readonly column: string;
  readonly last: string;
  readonly called: boolean;
}

/** Rows and the digest of their lines; see `addLine` for what the digest is. */
export interface TableContent {
  readonly rows: number;
  readonly digest: string;
}

/** Kept by the migrations themselves. */
const NOT_CARRIED = 'schema_migrations';

/** The same text for the same value on every server: to be said in each transaction that writes or compares lines. */
export async function fixTextForms(sql: Sql): Promise<void> {
  await sql.script(`set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601';
    set local extra_float_digits = 1; set local bytea_output = 'hex'`);
}

/**
 * Ordinary and partitioned tables of the current schema with their stored columns; a hypertable is one table, its
 * chunks are in a schema of their own. Referenced tables come before those that refer to them. Throws ConfigError
 * for a name that a backup cannot carry.
 */
export async function tablesOf(sql: Sql): Promise<readonly BackupTable[]> {
  const rows = await sql.query<[string, string, string]>(
    `select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> $1
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by c.relname::text collate "C", a.attnum`,
    [NOT_CARRIED],
  );
  const columns = new Map<string, BackupColumn[]>();
  for (const [table, name, type] of rows) {
    if (!/^\w+$/.test(table)) throw new ConfigError([{ path: 'database', message: `has the table ${table}, whose name a backup cannot carry` }]);
    const known = columns.get(table);
    if (known === undefined) columns.set(table, [{ name, type }]);
    else known.push({ name, type });
  }
  const references = await sql.query<[string, string]>(
    `select c.relname::text, r.relname::text from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid
     where k.contype = 'f' and k.conrelid <> k.confrelid and c.relnamespace = current_schema()::regnamespace`,
  );
  return referencedFirst([...columns.keys()], references).map((name) => ({ name, columns: columns.get(name) ?? [] }));
}

/** `references` are pairs of a table and one that it refers to. A circle keeps the order given. */
export function referencedFirst(names: readonly string[], references: readonly (readonly [string, string])[]): readonly string[] {
  const ordered = new Set<string>();
  const visiting = new Set<string>();
  const visit = (name: string): void => {
    if (ordered.has(name) || visiting.has(name)) return;
    visiting.add(name);
    for (const [from, to] of references) if (from === name && names.includes(to)) visit(to);
    ordered.add(name);
  };
  for (const name of names) visit(name);
  return [...ordered];
}

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** One JSON array of texts and nulls per row: without line breaks, and the same bytes wherever the row is. */
export function selectLines({ name, columns }: BackupTable): string {
  const texts = columns.map((column) => `t.${identifier(column.name)}::text`);
  return `select array_to_json(array[${texts.join(', ')}]::text[])::text as line from ${identifier(name)} t`;
}

/** One array of texts per column; the server reads each text as the column's type. */
export function insertLines({ name, columns }: BackupTable): string {
  const names = columns.map((column) => identifier(column.name));
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`);
  const values = columns.map((column) => `u.${identifier(column.name)}::${column.type}`);
  return `insert into ${identifier(name)} (${names.join(', ')}) overriding system value
    select ${values.join(', ')} from unnest(${arrays.join(', ')}) as u (${names.join(', ')})`;
}

/** What the server holds, computed there from the same lines as `addLine` does here. */
export async function contentOf(sql: Sql, table: BackupTable): Promise<TableContent> {
  const half = (from: number): string => `coalesce(sum(('x' || substr(h, ${from}, 16))::bit(64)::int8), 0)::text`;
  const [row] = await sql.query<[bigint, string, string]>(
    `select count(*), ${half(1)}, ${half(17)}
     from (select encode(sha256(convert_to(line, 'UTF8')), 'hex') as h from (${selectLines(table)}) l) d`,
  );
  return { rows: Number(row?.[0] ?? 0n), digest: `${row?.[1] ?? '0'}:${row?.[2] ?? '0'}` };
}

export async function sequencesOf(sql: Sql, { name, columns }: BackupTable): Promise<readonly SequenceState[]> {
  const states: SequenceState[] = [];
  for (const column of columns) {
    const [found] = await sql.query<[string | null]>('select pg_get_serial_sequence($1, $2)', [identifier(name), column.name]);
    const sequence = found?.[0];
    if (sequence === null || sequence === undefined) continue;
    const [state] = await sql.query<[string, boolean]>(`select last_value::text, is_called from ${sequence}`);
    if (state !== undefined) states.push({ column: column.name, last: state[0], called: state[1] });
  }
  return states;
}

export async function setSequence(sql: Sql, table: string, { column, last, called }: SequenceState): Promise<void> {
  await sql.query('select setval(pg_get_serial_sequence($1, $2), $3::text::int8, $4)', [identifier(table), column, last, called]);
}
