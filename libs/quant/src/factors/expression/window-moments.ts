/** Columns to fill; a family computes only what is asked for. */
export interface MomentColumns {
  readonly sum?: Float64Array | undefined;
  readonly mean?: Float64Array | undefined;
  readonly deviation?: Float64Array | undefined;
}

/**
 * Sum, mean and standard deviation, ÷(d−1), of every full window of `d` values, in O(1) per value and without
 * subtraction of what left the window: the axis is cut every d values, each window is the end of one piece and the begin
 * of the next, and both are sums that only grow. Squares are taken about the value at the cut, which lies in the window,
 * so that a constant window has a deviation of exactly 0. A missing value (NaN) makes its windows missing, and so
 * does an overflow.
 */
export function windowMoments(x: Float64Array, d: number, columns: MomentColumns): void {
  const { sum, mean, deviation } = columns;
  for (const column of [sum, mean, deviation]) column?.fill(NaN, 0, Math.min(d - 1, x.length));
  const totals = sum ?? mean;
  if (totals !== undefined) windowSums(x, d, totals);
  if (mean !== undefined && totals !== undefined) for (let t = d - 1; t < x.length; t++) mean[t] = (totals[t] ?? NaN) / d;
  if (deviation !== undefined) windowDeviations(x, d, deviation);
}

function windowSums(x: Float64Array, d: number, out: Float64Array): void {
  const n = x.length;
  const tail = new Float64Array(d);
  for (let cut = 0; cut < n; cut += d) {
    if (cut > 0) tailSums(x, cut, d, tail);
    const end = Math.min(cut + d, n);
    let head = 0;
    for (let t = cut; t < end; t++) {
      head += x[t] ?? NaN;
      if (t < d - 1) continue;
      const all = head + (tail[t - cut] ?? 0);
      out[t] = all - all === 0 ? all : NaN;
    }
  }
}

/** `tail[k]`: sum of what the window that ends at cut + k holds before the cut. */
function tailSums(x: Float64Array, cut: number, d: number, tail: Float64Array): void {
  let total = 0;
  tail[d - 1] = 0;
  for (let k = d - 2; k >= 0; k--) {
    total += x[cut + k + 1 - d] ?? NaN;
    tail[k] = total;
  }
}

function windowDeviations(x: Float64Array, d: number, out: Float64Array): void {
  const n = x.length;
  const tail = new Float64Array(d);
  const tailSquares = new Float64Array(d);
  for (let cut = 0; cut < n; cut += d) {
    const anchor = x[cut] ?? NaN;
    let total = 0;
    let squares = 0;
    tail[d - 1] = 0;
    tailSquares[d - 1] = 0;
    for (let k = d - 2; k >= 0 && cut > 0; k--) {
      const value = (x[cut + k + 1 - d] ?? NaN) - anchor;
      total += value;
      squares += value * value;
      tail[k] = total;
      tailSquares[k] = squares;
    }
    total = 0;
    squares = 0;
    const end = Math.min(cut + d, n);
    for (let t = cut; t < end; t++) {
      const value = (x[t] ?? NaN) - anchor;
      total += value;
      squares += value * value;
      if (t < d - 1) continue;
      const all = total + (tail[t - cut] ?? 0);
      const about = squares + (tailSquares[t - cut] ?? 0) - (all * all) / d;
      out[t] = about - about === 0 ? Math.sqrt(Math.max(0, about) / (d - 1)) : NaN;
    }
  }
}
