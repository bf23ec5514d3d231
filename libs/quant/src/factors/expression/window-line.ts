/** Columns to fill; only those that are given. */
export interface LineColumns {
  readonly slope?: Float64Array | undefined;
  readonly rsquare?: Float64Array | undefined;
  readonly residual?: Float64Array | undefined;
}

/**
 * Least-squares line of every full window of `d` values on 1…d: slope, share of the variance explained and residual of
 * the last value. Piecewise sums about the value at the cut as in `windowMoments`. The share of a constant window is
 * missing, its slope and residual are 0.
 */
export function windowLine(x: Float64Array, d: number, columns: LineColumns): void {
  const { slope, rsquare, residual } = columns;
  const n = x.length;
  for (const column of [slope, rsquare, residual]) column?.fill(NaN, 0, Math.min(d - 1, n));
  const tail = new Float64Array(d);
  const tailSquares = new Float64Array(d);
  const tailMoment = new Float64Array(d);
  const places = (d * (d * d - 1)) / 12;
  for (let cut = 0; cut < n; cut += d) {
    const anchor = x[cut] ?? NaN;
    let total = 0;
    let squares = 0;
    let moment = 0;
    tail[d - 1] = 0;
    tailSquares[d - 1] = 0;
    tailMoment[d - 1] = 0;
    for (let k = d - 2; k >= 0 && cut > 0; k--) {
      const value = (x[cut + k + 1 - d] ?? NaN) - anchor;
      total += value;
      squares += value * value;
      moment += (k + 1 - d) * value;
      tail[k] = total;
      tailSquares[k] = squares;
      tailMoment[k] = moment;
    }
    total = 0;
    squares = 0;
    moment = 0;
    const end = Math.min(cut + d, n);
    for (let t = cut; t < end; t++) {
      const k = t - cut;
      const value = (x[t] ?? NaN) - anchor;
      total += value;
      squares += value * value;
      moment += k * value;
      if (t < d - 1) continue;
      const all = total + (tail[k] ?? 0);
      const about = squares + (tailSquares[k] ?? 0) - (all * all) / d;
      const product = moment + (tailMoment[k] ?? 0) - (k - (d - 1) / 2) * all;
      const steepness = about - about === 0 ? product / places : NaN;
      if (slope !== undefined) slope[t] = steepness;
      if (rsquare !== undefined) rsquare[t] = about > 0 ? Math.min(1, (product * steepness) / about) : NaN;
      if (residual !== undefined) residual[t] = value - all / d - (steepness * (d - 1)) / 2;
    }
  }
}
