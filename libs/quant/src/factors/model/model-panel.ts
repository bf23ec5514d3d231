import { InvalidInputError, type Problem } from '@nautilus/model';

/** What makes rows: one for each date and symbol that exists, columns of the same length. */
export interface PanelInput {
  /** Days as `2023-01-17`. */
  readonly dates: readonly string[];
  readonly symbols: readonly string[];
  /** Figures by name, NaN where missing. */
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/** Rows in the order of date, then symbol. */
export interface ModelPanel {
  /** Ascending, each once. */
  readonly dates: readonly string[];
  readonly symbols: readonly string[];
  /** For each row the number of its date and of its symbol. */
  readonly dateOf: Int32Array;
  readonly symbolOf: Int32Array;
  /** The rows of date d are `dateStarts[d]` to before `dateStarts[d + 1]`. */
  readonly dateStarts: Int32Array;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/** Problems that an error lists at most. */
const LISTED = 20;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const isDay = (text: string): boolean => DAY.test(text);

/**
 * @throws InvalidInputError, listing up to 20 rows, for no rows, columns of unequal length, dates that are no days, empty
 * symbols, and a second row of one date and symbol
 */
export function modelPanel({ dates, symbols, columns }: PanelInput): ModelPanel {
  const rows = dates.length;
  if (rows === 0) throw new InvalidInputError([{ path: 'dates', message: 'no rows' }]);
  const lengths: Problem[] = Object.entries({ symbols, ...columns })
    .filter(([, values]) => values.length !== rows)
    .map(([path, values]) => ({ path, message: `has ${values.length} values for ${rows} dates` }));
  if (lengths.length > 0) throw new InvalidInputError(lengths);
  const keys: Problem[] = [];
  for (let i = 0; i < rows && keys.length < LISTED; i++) {
    if (!isDay(dates[i] ?? '')) keys.push({ path: `dates[${i}]`, message: 'must be a day such as 2023-01-17' });
    else if ((symbols[i] ?? '') === '') keys.push({ path: `symbols[${i}]`, message: 'must not be empty' });
  }
  if (keys.length > 0) throw new InvalidInputError(keys);
  const [days, names] = [sortedOnce(dates), sortedOnce(symbols)];
  const keyOf = keysOf(dates, symbols, days, names);
  const order = rowOrder(keyOf);
  const twice = order.filter((row, k) => k > 0 && keyOf[row] === keyOf[order[k - 1] ?? -1]).subarray(0, LISTED);
  if (twice.length > 0) throw new InvalidInputError([...twice].map((row) => ({ path: `rows[${row}]`, message: `${dates[row]} ${symbols[row]} occurs twice` })));
  const dateOf = new Int32Array(rows);
  const symbolOf = new Int32Array(rows);
  for (let k = 0; k < rows; k++) {
    const key = keyOf[order[k] ?? -1] ?? NaN;
    dateOf[k] = Math.floor(key / names.length);
    symbolOf[k] = key % names.length;
  }
  return {
    dates: days,
    symbols: names,
    dateOf,
    symbolOf,
    dateStarts: startsOf(dateOf, days.length),
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, picked(values, order)])),
  };
}

/** The values at these rows. */
export function picked(values: Float64Array, rows: ArrayLike<number>): Float64Array {
  const result = new Float64Array(rows.length);
  for (let k = 0; k < result.length; k++) result[k] = values[rows[k] ?? -1] ?? NaN;
  return result;
}

/** Date number × symbols + symbol number, for each row. */
function keysOf(dates: readonly string[], symbols: readonly string[], days: readonly string[], names: readonly string[]): Float64Array {
  const [dayNumbers, nameNumbers] = [numbersOf(days), numbersOf(names)];
  const keys = new Float64Array(dates.length);
  for (let i = 0; i < keys.length; i++) keys[i] = (dayNumbers.get(dates[i] ?? '') ?? 0) * names.length + (nameNumbers.get(symbols[i] ?? '') ?? 0);
  return keys;
}

/** The rows by ascending key; rows of one key keep their order. Key and row travel in one number, which sorts without a comparison function. */
function rowOrder(keys: Float64Array): Int32Array {
  const rows = keys.length;
  const packed = new Float64Array(rows);
  let ascending = true;
  for (let i = 0; i < rows; i++) {
    packed[i] = (keys[i] ?? NaN) * rows + i;
    if (i > 0 && (keys[i] ?? NaN) < (keys[i - 1] ?? NaN)) ascending = false;
  }
  if (!ascending) packed.sort();
  const order = new Int32Array(rows);
  for (let k = 0; k < rows; k++) order[k] = (packed[k] ?? NaN) % rows;
  return order;
}

/** @throws InvalidInputError for a column that the panel does not have */
export function columnOf(panel: ModelPanel, name: string): Float64Array {
  const column = Object.hasOwn(panel.columns, name) ? panel.columns[name] : undefined;
  if (column === undefined) throw new InvalidInputError([{ path: name, message: 'column is missing' }]);
  return column;
}

/** Applies a helper to the values of each date on its own. */
export function perDate(panel: ModelPanel, values: Float64Array, helper: (values: Float64Array) => Float64Array): Float64Array {
  const result = new Float64Array(values.length);
  for (let d = 0; d < panel.dates.length; d++) {
    const start = panel.dateStarts[d] ?? 0;
    result.set(helper(values.subarray(start, panel.dateStarts[d + 1])), start);
  }
  return result;
}

/** Applies a helper to the rows of each symbol in the order of dates. */
export function perSymbol(panel: ModelPanel, values: Float64Array, helper: (values: Float64Array) => Float64Array): Float64Array {
  const result = new Float64Array(values.length);
  for (const rows of rowsBySymbol(panel)) {
    const answer = helper(picked(values, rows));
    for (let k = 0; k < rows.length; k++) result[rows[k] ?? -1] = answer[k] ?? NaN;
  }
  return result;
}

/** The rows that `keep` holds true for, dates and symbols renumbered. */
export function rowsWhere(panel: ModelPanel, keep: (row: number) => boolean): ModelPanel {
  const rows = [...panel.dateOf.keys()].filter(keep);
  return modelPanel({
    dates: rows.map((row) => panel.dates[panel.dateOf[row] ?? 0] ?? ''),
    symbols: rows.map((row) => panel.symbols[panel.symbolOf[row] ?? 0] ?? ''),
    columns: Object.fromEntries(Object.entries(panel.columns).map(([name, values]) => [name, picked(values, rows)])),
  });
}

function rowsBySymbol(panel: ModelPanel): readonly number[][] {
  const rows: number[][] = panel.symbols.map(() => []);
  panel.symbolOf.forEach((symbol, row) => rows[symbol]?.push(row));
  return rows;
}

/** By code units, so that the order is the same in every locale. */
const sortedOnce = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();
const numbersOf = (values: readonly string[]): ReadonlyMap<string, number> => new Map(values.map((value, i) => [value, i]));

function startsOf(dateOf: Int32Array, dates: number): Int32Array {
  const starts = new Int32Array(dates + 1);
  for (const date of dateOf) starts[date + 1] = (starts[date + 1] ?? 0) + 1;
  for (let d = 0; d < dates; d++) starts[d + 1] = (starts[d + 1] ?? 0) + (starts[d] ?? 0);
  return starts;
}
