/** Columns to fill; only those that are given. */
export interface ExtremeColumns {
  readonly value?: Float64Array | undefined;
  /** Counted from 1 at the begin of the window; of equal extremes the first. */
  readonly place?: Float64Array | undefined;
}

/**
 * Extreme of every full window of `d` values and its place. The axis is cut every d values: the extreme of a window is
 * that of its part before the cut or of its part after it (van Herk 1992), O(1) per value.
 */
export function windowExtremes(x: Float64Array, d: number, which: 'highest' | 'lowest', columns: ExtremeColumns): void {
  const { value, place } = columns;
  const n = x.length;
  const sign = which === 'highest' ? 1 : -1;
  value?.fill(NaN, 0, Math.min(d - 1, n));
  place?.fill(NaN, 0, Math.min(d - 1, n));
  const tail = new Float64Array(d);
  const tailAt = new Int32Array(d);
  let missingAt = -1;
  for (let cut = 0; cut < n; cut += d) {
    let best = -Infinity;
    let at = cut - 1;
    tail[d - 1] = -Infinity;
    for (let k = d - 2; k >= 0 && cut > 0; k--) {
      const from = cut + k + 1 - d;
      const candidate = sign * (x[from] ?? NaN);
      if (candidate >= best) {
        best = candidate;
        at = from;
      }
      tail[k] = best;
      tailAt[k] = at;
    }
    best = -Infinity;
    at = cut;
    const end = Math.min(cut + d, n);
    for (let t = cut; t < end; t++) {
      const candidate = sign * (x[t] ?? NaN);
      if (candidate > best) {
        best = candidate;
        at = t;
      } else if (candidate !== candidate) missingAt = t;
      if (t < d - 1) continue;
      const full = missingAt <= t - d;
      const before = cut > 0 && (tail[t - cut] ?? -Infinity) >= best;
      const found = before ? (tailAt[t - cut] ?? 0) : at;
      if (value !== undefined) value[t] = full ? (x[found] ?? NaN) : NaN;
      if (place !== undefined) place[t] = full ? found - (t - d) : NaN;
    }
  }
}
