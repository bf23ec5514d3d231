import { InvalidInputError } from '@nautilus/model';
import { brentRoot } from './brent-root.ts';
import { absent, type Figure } from './figures.ts';

/** Seen from the owner: paying in is below zero, taking out and the value at the end above. */
export interface DatedFlow {
  /** Days since any origin, in any order; fractions are allowed. */
  readonly day: number;
  readonly amount: number;
}

export interface MoneyWeightedReturn {
  /** A year of 365 days; `not_converged` when no rate, or none that is the only one, solves the equation. */
  readonly rate: Figure;
  /** The flows change sign more than once over time, so that several rates may solve the equation. */
  readonly ambiguous: boolean;
  /** Every rate found; one, unless ambiguous. */
  readonly candidates: readonly number[];
}

const [LOWEST, HIGHEST] = [-0.9999, 10];
/** Cells of the search for several roots, equal in ln(1 + x). */
const CELLS = 512;

/**
 * Internal rate of dated flows (XIRR): the x with ΣF_i(1 + x)^{−days_i/365} = 0, by Brent's method on (−0.9999, 10).
 * @throws InvalidInputError for days or amounts that are not finite
 */
export function moneyWeightedReturn(flows: readonly DatedFlow[]): MoneyWeightedReturn {
  flows.forEach(({ day, amount }, i) => {
    if (!Number.isFinite(day) || !Number.isFinite(amount)) throw new InvalidInputError([{ path: `flows.${i}`, message: 'day or amount is not a finite number' }]);
  });
  const sorted = flows.filter(({ amount }) => amount !== 0).toSorted((a, b) => a.day - b.day);
  const changes = signChanges(sorted);
  const first = sorted[0]?.day ?? 0;
  const years = sorted.map(({ day }) => (day - first) / 365);
  const length = years.at(-1) ?? 0;
  if (changes === 0 || length === 0) return { rate: absent('not_converged'), ambiguous: false, candidates: [] };
  // Below zero the latest flow is the unit, so that no power overflows over long periods.
  const value = (x: number): number => sorted.reduce((sum, { amount }, i) => sum + amount * (1 + x) ** ((x < 0 ? length : 0) - (years[i] ?? 0)), 0);
  if (changes === 1) {
    const rate = brentRoot(value, LOWEST, HIGHEST);
    return { rate: rate ?? absent('not_converged'), ambiguous: false, candidates: rate === undefined ? [] : [rate] };
  }
  const candidates = rootsOf(value);
  const [only] = candidates;
  return { rate: only !== undefined && candidates.length === 1 ? only : absent('not_converged'), ambiguous: true, candidates };
}

/** Changes of sign of the sum of flows per day, in order of time. */
function signChanges(sorted: readonly DatedFlow[]): number {
  const perDay = new Map<number, number>();
  for (const { day, amount } of sorted) perDay.set(day, (perDay.get(day) ?? 0) + amount);
  const signs = [...perDay.values()].filter((amount) => amount !== 0).map(Math.sign);
  return signs.filter((sign, i) => i > 0 && sign !== signs[i - 1]).length;
}

function rootsOf(value: (x: number) => number): number[] {
  const [from, to] = [Math.log1p(LOWEST), Math.log1p(HIGHEST)];
  const edge = (i: number): number => Math.expm1(from + ((to - from) * i) / CELLS);
  const roots: number[] = [];
  for (let i = 0; i < CELLS; i++) {
    const root = brentRoot(value, edge(i), edge(i + 1));
    if (root !== undefined && !roots.some((known) => Math.abs(known - root) < 1e-9)) roots.push(root);
  }
  return roots;
}
