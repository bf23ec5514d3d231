import { deserialize, serialize } from 'node:v8';

/** Below this a list of rows is not worth turning into columns. */
const FEWEST_ROWS = 16;

interface Columns {
  readonly $columns: readonly (readonly [string, readonly unknown[] | Float64Array])[];
  readonly rows: number;
}

/**
 * Bytes of a state made of numbers (infinities and NaN included), texts, booleans, null, undefined, lists, maps,
 * typed arrays and plain objects. `decodeState` gives it back bit for bit. Lists of rows with the same fields become
 * columns on the way: their names are then written once, and their numbers take eight bytes each.
 */
export function encodeState(state: unknown): Uint8Array {
  return serialize(packed(state));
}

/** Undefined for bytes that are no such state, because they were damaged or written by a newer program. */
export function decodeState(bytes: Uint8Array): unknown {
  try {
    return unpacked(deserialize(bytes));
  } catch {
    return undefined;
  }
}

function packed(value: unknown): unknown {
  if (Array.isArray(value)) return columnsOf(value) ?? (typeof value[0] === 'object' ? value.map(packed) : value);
  if (isMap(value)) return new Map([...value].map(([key, one]) => [key, packed(one)]));
  return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, packed(one)])) : value;
}

function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return typeof value[0] === 'object' ? value.map(unpacked) : value;
  if (isMap(value)) return new Map([...value].map(([key, one]) => [key, unpacked(one)]));
  if (!isPlain(value)) return value;
  if ('$columns' in value) return rowsOf(value as unknown as Columns);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unpacked(one)]));
}

/** Undefined unless all are flat objects with the same fields in the same order. */
function columnsOf(rows: readonly unknown[]): Columns | undefined {
  const [first] = rows;
  if (rows.length < FEWEST_ROWS || !isPlain(first)) return undefined;
  const names = Object.keys(first);
  const same = rows.every((row) => isPlain(row) && Object.values(row).every((cell) => typeof cell !== 'object' || cell === null) && sameNames(Object.keys(row), names));
  if (!same) return undefined;
  return {
    rows: rows.length,
    $columns: names.map((name) => {
      const cells = rows.map((row) => (row as Record<string, unknown>)[name]);
      return [name, cells.every((cell) => typeof cell === 'number') ? Float64Array.from(cells) : cells];
    }),
  };
}

function rowsOf({ $columns, rows }: Columns): readonly unknown[] {
  return Array.from({ length: rows }, (_, i) => Object.fromEntries($columns.map(([name, cells]) => [name, cells[i]])));
}

function sameNames(names: readonly string[], expected: readonly string[]): boolean {
  return names.length === expected.length && names.every((name, i) => name === expected[i]);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return Object.prototype.toString.call(value) === '[object Map]';
}
