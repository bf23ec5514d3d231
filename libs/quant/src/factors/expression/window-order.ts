/** Columns to fill. */
export interface OrderColumns {
  readonly rank?: Float64Array | undefined;
  readonly quantiles: readonly { readonly quantile: number; readonly column: Float64Array }[];
}

/** Value at the linear position (d − 1)·q of the first `d` of `sorted`. */
export function sortedQuantile(sorted: ArrayLike<number>, d: number, quantile: number): number {
  const position = (d - 1) * quantile;
  const low = Math.floor(position);
  const below = sorted[low] ?? NaN;
  return low + 1 >= d ? below : below + ((sorted[low + 1] ?? NaN) - below) * (position - low);
}

/**
 * Quantiles of every full window of `d` values and the rank of its last: (count below + (count equal + 1)/2)/d. One
 * sorted window serves all: the value that enters takes the place of the one that leaves and moves to where it belongs.
 */
export function windowOrder(x: Float64Array, d: number, columns: OrderColumns): void {
  const { rank, quantiles } = columns;
  const n = x.length;
  rank?.fill(NaN);
  for (const { column } of quantiles) column.fill(NaN);
  const sorted = new Float64Array(d);
  let held = 0;
  for (let t = 0; t < n; t++) {
    const entering = x[t] ?? NaN;
    const leaving = t >= d ? (x[t - d] ?? NaN) : NaN;
    let place = held;
    if (leaving === leaving) {
      place = lowerBound(sorted, held, leaving);
      if (entering !== entering) sorted.copyWithin(place, place + 1, held--);
    } else if (entering === entering) held += 1;
    if (entering !== entering) continue;
    while (place > 0 && (sorted[place - 1] ?? NaN) > entering) {
      sorted[place] = sorted[place - 1] ?? NaN;
      place -= 1;
    }
    while (place < held - 1 && (sorted[place + 1] ?? NaN) < entering) {
      sorted[place] = sorted[place + 1] ?? NaN;
      place += 1;
    }
    sorted[place] = entering;
    if (held < d) continue;
    if (rank !== undefined) rank[t] = rankAt(sorted, d, place);
    for (let q = 0; q < quantiles.length; q++) {
      const asked = quantiles[q];
      if (asked !== undefined) asked.column[t] = sortedQuantile(sorted, d, asked.quantile);
    }
  }
}

/** Rank of the value at `place`; its equals lie beside it. */
function rankAt(sorted: Float64Array, d: number, place: number): number {
  const value = sorted[place];
  let first = place;
  let last = place;
  while (first > 0 && sorted[first - 1] === value) first -= 1;
  while (last < d - 1 && sorted[last + 1] === value) last += 1;
  return (first + last + 2) / 2 / d;
}

/** The first of `held` sorted values that is at least `value`. */
function lowerBound(sorted: Float64Array, held: number, value: number): number {
  let low = 0;
  let high = held;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NaN) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
