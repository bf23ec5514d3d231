import { InvalidInputError } from '@nautilus/model';
import { winsorised } from './cross-section-helpers.ts';
import { columnOf, perDate, perSymbol, rowsWhere, type ModelPanel } from './model-panel.ts';

export interface CleaningPlan {
  /** Share that is clipped at each end, per date. */
  readonly winsorise?: Readonly<Record<string, number>>;
  /** Columns whose gaps are filled with the last value of the symbol. */
  readonly fill?: readonly string[];
  /** Rows over which a symbol's values are averaged. */
  readonly smooth?: Readonly<Record<string, number>>;
}

/**
 * Clips, then fills, then smooths. A share above one half is taken as its complement, with a warning. Leading gaps stay;
 * a mean is missing unless every value of its window is there.
 * @throws InvalidInputError for unknown columns, shares outside 0…1, windows that are not whole numbers of at least 1
 */
export function cleanedFeatures(panel: ModelPanel, { winsorise = {}, fill = [], smooth = {} }: CleaningPlan): { readonly panel: ModelPanel; readonly warnings: readonly string[] } {
  const columns = { ...panel.columns };
  const warnings: string[] = [];
  const change = (name: string, by: (values: Float64Array) => Float64Array): void => {
    columns[name] = by(columns[name] ?? columnOf(panel, name));
  };
  for (const [name, share] of Object.entries(winsorise)) {
    if (share > 0.5) warnings.push(`${name}: ${share} is taken as ${1 - share}`);
    change(name, (values) => perDate(panel, values, (ofDate) => winsorised(ofDate, share)));
  }
  for (const name of fill) change(name, (values) => perSymbol(panel, values, carriedForward));
  for (const [name, window] of Object.entries(smooth)) {
    if (!Number.isInteger(window) || window < 1) throw new InvalidInputError([{ path: name, message: 'a window must be a whole number of at least 1' }]);
    change(name, (values) => perSymbol(panel, values, (ofSymbol) => smoothed(ofSymbol, window)));
  }
  return { panel: { ...panel, columns }, warnings };
}

/** NaN and infinities become missing, then take the last value before them. */
function carriedForward(values: Float64Array): Float64Array {
  let last = NaN;
  return values.map((value) => (last = Number.isFinite(value) ? value : last));
}

function smoothed(values: Float64Array, window: number): Float64Array {
  return values.map((_, t) => {
    if (t + 1 < window) return NaN;
    let sum = 0;
    for (let k = t + 1 - window; k <= t; k++) sum += values[k] ?? NaN;
    return sum / window;
  });
}

/**
 * For each row whether its `by` figure is among the `count` largest of its date; equal figures go by symbol, a missing
 * figure is never among them.
 * @throws InvalidInputError for an unknown column or a count that is not a whole number of at least 1
 */
export function largestOfDate(panel: ModelPanel, count: number, by = 'market_cap'): readonly boolean[] {
  if (!Number.isInteger(count) || count < 1) throw new InvalidInputError([{ path: 'top_n', message: 'must be a whole number of at least 1' }]);
  const figures = columnOf(panel, by);
  const mask = new Array<boolean>(figures.length).fill(false);
  for (let d = 0; d < panel.dates.length; d++) {
    const rows: number[] = [];
    for (let row = panel.dateStarts[d] ?? 0; row < (panel.dateStarts[d + 1] ?? 0); row++) if (!Number.isNaN(figures[row])) rows.push(row);
    rows.sort((a, b) => (figures[b] ?? 0) - (figures[a] ?? 0) || a - b);
    for (const row of rows.slice(0, count)) mask[row] = true;
  }
  return mask;
}

/** The rows among the `count` largest of their date. @throws InvalidInputError as `largestOfDate`, and when none is left. */
export function reducedUniverse(panel: ModelPanel, count = 2_000, by = 'market_cap'): ModelPanel {
  const mask = largestOfDate(panel, count, by);
  return rowsWhere(panel, (row) => mask[row] === true);
}
