import { InvalidInputError, type EpochMs } from '@nautilus/model';
import type { Parameter, Sql } from './driver.ts';
import type { Page, Paged, TimeRange } from './store.ts';
import { microsOf, timeOf, toMicros } from './table.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1000;

export interface Key {
  readonly column: string;
  readonly type: 'micros' | 'int8' | 'int4' | 'text';
}

export interface KeysetQuery<R extends readonly unknown[], T> {
  /** Comma-separated expressions that make a row of `R`. */
  readonly columns: string;
  readonly from: string;
  readonly where: Conditions;
  /** A total order of what `from` gives, most significant first. */
  readonly keys: readonly Key[];
  /** Pages lead to smaller keys; items ascend all the same, unless `descending`. */
  readonly backward: boolean;
  readonly descending?: boolean;
  readonly page: Page | undefined;
  readonly read: (row: R) => T;
}

/** Collects conditions joined by `and`, with their parameters. */
export class Conditions {
  readonly texts: string[] = [];
  readonly parameters: Parameter[] = [];

  /** Gives the placeholder of a new parameter. */
  parameter(value: Parameter): string {
    this.parameters.push(value);
    return `$${this.parameters.length}`;
  }

  /** `column = value` */
  equal(column: string, value: Parameter): this {
    this.texts.push(`${column} = ${this.parameter(value)}`);
    return this;
  }

  /** One instrument compares by `=`, because only then does an index give the order, too. */
  instrument(column: string, ids: readonly number[]): this {
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) return this.equal(column, only);
    this.texts.push(`${column} = any(${this.parameter(`{${ids.join(',')}}`)}::int4[])`);
    return this;
  }

  /** Throws InvalidInputError for a bound that is no time. */
  range(column: string, range: TimeRange): this {
    if (range.from !== undefined) this.texts.push(`${column} >= ${this.time(range.from, 'from')}`);
    if (range.to !== undefined) this.texts.push(`${column} < ${this.time(range.to, 'to')}`);
    return this;
  }

  time(ms: EpochMs, path: string): string {
    const micros = toMicros(ms);
    if (!Number.isSafeInteger(micros)) throw new InvalidInputError([{ path, message: 'is not a time' }]);
    return timeOf(`${this.parameter(micros)}::int8`);
  }

  toString(): string {
    return this.texts.length === 0 ? 'true' : this.texts.join(' and ');
  }
}

/** One page after the cursor. Throws InvalidInputError for a limit or cursor that cannot be. */
export async function readPage<R extends readonly unknown[], T>(sql: Sql, query: KeysetQuery<R, T>): Promise<Paged<T>> {
  const limit = limitOf(query.page);
  const { where, keys } = query;
  const order = query.backward ? 'desc' : 'asc';
  if (query.page?.cursor !== undefined) {
    const values = decodeCursor(query.page.cursor, keys);
    const placeholders = keys.map((key, i) => {
      const placeholder = where.parameter(values[i] as string);
      return key.type === 'micros' ? timeOf(`${placeholder}::int8`) : `${placeholder}::${key.type}`;
    });
    where.texts.push(`(${keys.map((key) => key.column).join(', ')}) ${query.backward ? '<' : '>'} (${placeholders.join(', ')})`);
  }
  const keyTexts = keys.map((key) => `(${key.type === 'micros' ? microsOf(key.column) : key.column})::text`);
  const rows = await sql.query<R>(
    `select ${query.columns}, ${keyTexts.join(', ')} from ${query.from} where ${where.toString()}
     order by ${keys.map((key) => `${key.column} ${order}`).join(', ')} limit ${limit + 1}`,
    where.parameters,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(last.slice(-keys.length) as string[]) : null;
  if (query.backward && query.descending !== true) shown.reverse();
  return { items: shown.map(query.read), nextCursor };
}

export const EMPTY_PAGE: Paged<never> = { items: [], nextCursor: null };

function limitOf(page: Page | undefined): number {
  const limit = page?.limit ?? DEFAULT_LIMIT;
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIMIT) {
    throw new InvalidInputError([{ path: 'limit', message: `must be a whole number from 1 to ${LARGEST_LIMIT}` }]);
  }
  return limit;
}

function encodeCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

function decodeCursor(cursor: string, keys: readonly Key[]): readonly string[] {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    values = undefined;
  }
  const fits = Array.isArray(values) && values.length === keys.length &&
    keys.every((key, i) => typeof values[i] === 'string' && (key.type === 'text' || /^-?\d{1,18}$/.test(values[i])));
  if (!fits) throw new InvalidInputError([{ path: 'cursor', message: 'is not a cursor of this list' }], 'malformed');
  return values as string[];
}
