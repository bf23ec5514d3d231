/**
 * Pearson correlation of every full window of `d` pairs; missing where a side is constant. Piecewise sums about the pair
 * at the cut as in `windowMoments`.
 */
export function windowCorrelation(x: Float64Array, y: Float64Array, d: number, out: Float64Array): void {
  const n = x.length;
  out.fill(NaN, 0, Math.min(d - 1, n));
  const tails = Array.from({ length: 5 }, () => new Float64Array(d));
  const [tailX = out, tailY = out, tailXx = out, tailYy = out, tailXy = out] = tails;
  for (let cut = 0; cut < n; cut += d) {
    const anchorX = x[cut] ?? NaN;
    const anchorY = y[cut] ?? NaN;
    let [sumX, sumY, sumXx, sumYy, sumXy] = [0, 0, 0, 0, 0];
    for (const tail of tails) tail[d - 1] = 0;
    for (let k = d - 2; k >= 0 && cut > 0; k--) {
      const a = (x[cut + k + 1 - d] ?? NaN) - anchorX;
      const b = (y[cut + k + 1 - d] ?? NaN) - anchorY;
      tailX[k] = sumX += a;
      tailY[k] = sumY += b;
      tailXx[k] = sumXx += a * a;
      tailYy[k] = sumYy += b * b;
      tailXy[k] = sumXy += a * b;
    }
    sumX = sumY = sumXx = sumYy = sumXy = 0;
    const end = Math.min(cut + d, n);
    for (let t = cut; t < end; t++) {
      const a = (x[t] ?? NaN) - anchorX;
      const b = (y[t] ?? NaN) - anchorY;
      sumX += a;
      sumY += b;
      sumXx += a * a;
      sumYy += b * b;
      sumXy += a * b;
      if (t < d - 1) continue;
      const k = t - cut;
      const allX = sumX + (tailX[k] ?? 0);
      const allY = sumY + (tailY[k] ?? 0);
      out[t] = correlationOf(
        sumXx + (tailXx[k] ?? 0) - (allX * allX) / d,
        sumYy + (tailYy[k] ?? 0) - (allY * allY) / d,
        sumXy + (tailXy[k] ?? 0) - (allX * allY) / d,
      );
    }
  }
}

/** From sums of squares and products about the means; NaN where a side does not vary. Within [−1, 1]. */
export function correlationOf(squaresX: number, squaresY: number, products: number): number {
  if (!(squaresX > 0 && squaresY > 0)) return NaN;
  return Math.max(-1, Math.min(1, products / Math.sqrt(squaresX) / Math.sqrt(squaresY)));
}
