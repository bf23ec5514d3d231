import type { Design } from './weighted-regression.ts';

/** Columns of equal length side by side. */
export function designOf(rows: number, columns: readonly Float64Array[]): Design {
  const p = columns.length;
  const values = new Float64Array(rows * p);
  columns.forEach((column, a) => {
    for (let i = 0; i < rows; i++) values[i * p + a] = column[i] ?? NaN;
  });
  return { rows, columns: p, values };
}

/** BR: a column of ones and, for each sector but the last, its indicator less that of the last. */
export function constrainedDesign(rows: number, sectors: readonly Float64Array[]): Design {
  const last = sectors.at(-1);
  const free = sectors.slice(0, -1).map((sector) => sector.map((value, i) => value - (last?.[i] ?? 0)));
  return designOf(rows, [new Float64Array(rows).fill(1), ...free]);
}

/** Rg: the market, then the sectors, the last of which is minus the sum of the others. */
export function unconstrained(free: Float64Array, sectors: number): readonly number[] {
  if (sectors === 0) return [...free];
  return [...free, -free.subarray(1).reduce((sum, value) => sum + value, 0)];
}
