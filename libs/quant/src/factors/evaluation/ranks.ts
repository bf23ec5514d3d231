/** Ranks from 1, equal values share their mean rank; NaN keeps no rank and stays NaN. */
export function averageRanks(values: Float64Array): Float64Array {
  const order: number[] = [];
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) order.push(i);
  order.sort((a, b) => (values[a] ?? NaN) - (values[b] ?? NaN));
  const ranks = new Float64Array(values.length).fill(NaN);
  for (let first = 0; first < order.length; ) {
    const value = values[order[first] ?? -1];
    let last = first;
    while (last + 1 < order.length && values[order[last + 1] ?? -1] === value) last += 1;
    for (let k = first; k <= last; k++) ranks[order[k] ?? -1] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return ranks;
}

/** Pearson correlation of two columns without missing values, two-pass. Undefined below two pairs or where a side is constant. */
export function pearson(x: Float64Array, y: Float64Array): number | undefined {
  const n = x.length;
  if (n < 2) return undefined;
  const [anchorX, anchorY] = [x[0] ?? NaN, y[0] ?? NaN];
  let [meanX, meanY] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanX += ((x[i] ?? NaN) - anchorX) / n;
    meanY += ((y[i] ?? NaN) - anchorY) / n;
  }
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const a = (x[i] ?? NaN) - anchorX - meanX;
    const b = (y[i] ?? NaN) - anchorY - meanY;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : undefined;
}

/** Pearson correlation of the average ranks (Spearman 1904). */
export const spearman = (x: Float64Array, y: Float64Array): number | undefined => pearson(averageRanks(x), averageRanks(y));

/** The pairs of which neither is missing. */
export function completePairs(x: Float64Array, y: Float64Array): { readonly x: Float64Array; readonly y: Float64Array } {
  const [left, right]: [number[], number[]] = [[], []];
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i] ?? NaN, y[i] ?? NaN];
    if (a === a && b === b) {
      left.push(a);
      right.push(b);
    }
  }
  return { x: Float64Array.from(left), y: Float64Array.from(right) };
}
