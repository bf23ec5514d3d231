/** Relative width at which the search ends. */
const WIDTH = 4 * Number.EPSILON;

/**
 * Root of a continuous function between `a` and `b`, where its values have different signs, by Brent's method (Brent
 * 1973: inverse quadratic interpolation, secant and bisection). Undefined when the signs do not differ or a value is NaN.
 */
export function brentRoot(f: (x: number) => number, a: number, b: number, maxSteps = 200): number | undefined {
  let [low, high] = [a, b];
  let [fLow, fHigh] = [f(low), f(high)];
  if (fLow === 0) return low;
  if (fHigh === 0) return high;
  if (!(Math.sign(fLow) * Math.sign(fHigh) < 0)) return undefined;
  let [other, fOther] = [low, fLow];
  let step = high - low;
  let before = step;
  for (let i = 0; i < maxSteps; i++) {
    if (Math.sign(fHigh) === Math.sign(fOther)) {
      [other, fOther] = [low, fLow];
      step = high - low;
      before = step;
    }
    if (Math.abs(fOther) < Math.abs(fHigh)) {
      [low, high, other] = [high, other, high];
      [fLow, fHigh, fOther] = [fHigh, fOther, fHigh];
    }
    const width = WIDTH * Math.max(Math.abs(high), 1e-6);
    const half = (other - high) / 2;
    if (Math.abs(half) <= width || fHigh === 0) return high;
    const guess = Math.abs(before) >= width && Math.abs(fLow) > Math.abs(fHigh) ? interpolated(low, fLow, high, fHigh, other, fOther) : undefined;
    const fits = guess !== undefined && Math.abs(2 * guess) < Math.min(3 * Math.abs(half) - width, Math.abs(before)) && guess * half > 0;
    before = fits ? step : half;
    step = fits ? guess : half;
    [low, fLow] = [high, fHigh];
    high += Math.abs(step) > width ? step : Math.sign(half) * width;
    fHigh = f(high);
    if (Number.isNaN(fHigh)) return undefined;
  }
  return high;
}

/** Step from `high` by the inverse parabola through three points, or by the secant when two of them are one. */
function interpolated(low: number, fLow: number, high: number, fHigh: number, other: number, fOther: number): number {
  const s = fHigh / fLow;
  if (low === other) return (s * (high - other)) / (1 - s);
  const [q, r] = [fLow / fOther, fHigh / fOther];
  return (s * ((high - low) * (r - 1) - (other - high) * q * (q - r))) / ((q - 1) * (r - 1) * (s - 1));
}
