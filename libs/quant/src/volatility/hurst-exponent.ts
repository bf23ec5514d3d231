import { Composed, Delay } from '../indicators/composed.ts';
import { checkLength } from '../indicators/indicator.ts';
import { LogReturn } from './realized-variance.ts';

/** Shorter stretches say more about the small sample than about the series. */
const SHORTEST = 8;

/**
 * Hurst exponent by rescaled range (Hurst 1951; Mandelbrot and Wallis 1969) of the last n log returns: the least-squares
 * slope of ln(R/S) on ln m, R/S the mean over the n/m stretches of m = 8, 16, … n/2 returns (and n itself) of range of
 * the summed deviations over their population deviation. ½ without memory (more in small samples), above it trends
 * last. Undefined where a length has no stretch that varies. Starts n; costs n·log₂ n steps per value, n a power of two from 16 on.
 */
export class HurstExponent extends Composed<number> {
  readonly #n: number;
  readonly #returns: LogReturn;
  readonly #window: Delay;

  constructor(n = 256) {
    super();
    this.#n = checkLength(n, 2 * SHORTEST);
    this.#returns = this.part(new LogReturn());
    this.#window = this.part(new Delay(n));
  }

  update(value: number): number | undefined {
    const latest = this.#returns.update(value);
    if (latest === undefined) return undefined;
    this.#window.push(latest);
    if (!this.#window.full) return undefined;
    return hurstOf(Float64Array.from(this.#window.snapshot()));
  }
}

function hurstOf(returns: Float64Array): number | undefined {
  const points: { readonly x: number; readonly y: number }[] = [];
  for (let length = SHORTEST; length <= returns.length; length *= 2) {
    const ratio = meanRescaledRange(returns, length);
    if (ratio === undefined) return undefined;
    points.push({ x: Math.log(length), y: Math.log(ratio) });
  }
  const mean = (of: (point: (typeof points)[number]) => number): number => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
}

/** Over the newest whole stretches; those that do not vary have no ratio and are left out. */
function meanRescaledRange(returns: Float64Array, length: number): number | undefined {
  let [sum, count] = [0, 0];
  for (let end = returns.length; end >= length; end -= length) {
    const ratio = rescaledRange(returns.subarray(end - length, end));
    if (ratio === undefined) continue;
    sum += ratio;
    count += 1;
  }
  return count === 0 ? undefined : sum / count;
}

function rescaledRange(returns: Float64Array): number | undefined {
  let mean = 0;
  for (const r of returns) mean += r / returns.length;
  let [total, highest, lowest, squares, largest] = [0, 0, 0, 0, 0];
  for (const r of returns) {
    total += r - mean;
    highest = Math.max(highest, total);
    lowest = Math.min(lowest, total);
    squares += (r - mean) ** 2;
    largest = Math.max(largest, Math.abs(r));
  }
  const deviation = Math.sqrt(squares / returns.length);
  // What is left of a constant stretch is the rounding of its logarithms.
  return deviation > 1e-12 + 1e-9 * largest ? (highest - lowest) / deviation : undefined;
}
