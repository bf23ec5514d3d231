import { InvalidInputError } from '@nautilus/model';
import { checkPanel, checkSameShape, crossSectionAt, LEAST_CROSS_SECTION, type FactorPanel } from './factor-panel.ts';
import { completePairs, pearson, spearman } from './ranks.ts';

/** Mean over dates of rank correlations across instruments; or, for few instruments, over time and then over instruments. */
export type FactorCorrelationMethod = 'cross_sectional_spearman' | 'time_series_pearson_fisher_z';

export interface FactorCorrelation {
  readonly method: FactorCorrelationMethod;
  /** Undefined where no date or instrument has a correlation; 1 on the diagonal. */
  readonly values: readonly (readonly (number | undefined)[])[];
}

/** Correlations of ±1 have no Fisher z; they are taken just inside. */
const INSIDE = 1 - 1e-12;

/**
 * Correlation of each pair of factors: with at least ten instruments the mean over dates of Spearman's across instruments;
 * with fewer Pearson's over the dates of each instrument, averaged by Fisher's z.
 * @throws InvalidInputError for no panels, broken ones, and panels that differ in shape
 */
export function factorCorrelation(panels: readonly FactorPanel[]): FactorCorrelation {
  const [first] = panels;
  if (first === undefined) throw new InvalidInputError([{ path: 'panels', message: 'no panels' }]);
  panels.forEach((panel, i) => {
    checkPanel(panel, `panels[${i}]`);
    checkSameShape(first, panel);
  });
  const method: FactorCorrelationMethod = first.symbols >= LEAST_CROSS_SECTION ? 'cross_sectional_spearman' : 'time_series_pearson_fisher_z';
  const correlate = method === 'cross_sectional_spearman' ? meanOverDates : meanOverSymbols;
  const values: (number | undefined)[][] = panels.map((_, i) => panels.map((__, j) => (i === j ? 1 : undefined)));
  for (let i = 0; i < panels.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [panels[i] ?? first, panels[j] ?? first];
      const value = correlate(a, b);
      for (const [row, column] of [[i, j], [j, i]] as const) {
        const cells = values[row];
        if (cells !== undefined) cells[column] = value;
      }
    }
  }
  return { method, values };
}

function meanOverDates(a: FactorPanel, b: FactorPanel): number | undefined {
  let [sum, count] = [0, 0];
  for (let date = 0; date < a.dates; date++) {
    const pairs = completePairs(crossSectionAt(a, date), crossSectionAt(b, date));
    const value = pairs.x.length < LEAST_CROSS_SECTION ? undefined : spearman(pairs.x, pairs.y);
    if (value === undefined) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}

function meanOverSymbols(a: FactorPanel, b: FactorPanel): number | undefined {
  let [sum, count] = [0, 0];
  for (let symbol = 0; symbol < a.symbols; symbol++) {
    const over = (panel: FactorPanel): Float64Array => Float64Array.from({ length: panel.dates }, (_, date) => panel.values[date * panel.symbols + symbol] ?? NaN);
    const pairs = completePairs(over(a), over(b));
    const value = pearson(pairs.x, pairs.y);
    if (value === undefined) continue;
    sum += Math.atanh(Math.max(-INSIDE, Math.min(INSIDE, value)));
    count += 1;
  }
  return count === 0 ? undefined : Math.tanh(sum / count);
}

/**
 * Groups of factors whose mean absolute correlation is above a limit: agglomerative, average linkage, merging the most
 * alike groups until none reach the limit. An unknown correlation counts as 0.
 * @returns groups of numbers of factors, each ascending, ordered by their first member
 * @throws InvalidInputError for a matrix that is not square
 */
export function correlationClusters(correlations: FactorCorrelation['values'], limit = 0.9): readonly (readonly number[])[] {
  if (correlations.some((row) => row.length !== correlations.length)) throw new InvalidInputError([{ path: 'correlations', message: 'must be square' }]);
  let groups: number[][] = correlations.map((_, i) => [i]);
  const likeness = (a: readonly number[], b: readonly number[]): number => {
    let sum = 0;
    for (const i of a) for (const j of b) sum += Math.abs(correlations[i]?.[j] ?? 0);
    return sum / (a.length * b.length);
  };
  for (;;) {
    let best: { readonly a: number[]; readonly b: number[]; readonly value: number } | undefined;
    groups.forEach((a, i) =>
      groups.slice(i + 1).forEach((b) => {
        const value = likeness(a, b);
        if (value > limit && value > (best?.value ?? -1)) best = { a, b, value };
      }),
    );
    if (best === undefined) return groups;
    const { a, b } = best;
    groups = groups.flatMap((group) => (group === b ? [] : group === a ? [[...a, ...b].sort((x, y) => x - y)] : [group]));
  }
}

