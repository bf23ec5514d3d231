import { Ring } from '../statistics/ring.ts';
import { sortedTailMean, sortedTailRatio } from './empyrical-ratios.ts';
import type { Figure } from './figures.ts';
import { sortedQuantile } from './moments.ts';
import { checkReturns, checkShare, checkWindow, type Returns } from './return-series.ts';

/**
 * Quantiles of the last `window` values, kept sorted: a value enters and leaves by binary search and one move of memory.
 * NaN takes a place in the window and counts in nothing else.
 */
export class RollingQuantile {
  readonly #ring: Ring;
  readonly #sorted: Float64Array;
  #count = 0;

  /** @throws InvalidInputError unless `window` is a whole number of at least 1 */
  constructor(window: number) {
    this.#ring = new Ring(checkWindow(window));
    this.#sorted = new Float64Array(window);
  }

  get full(): boolean {
    return this.#ring.full;
  }

  add(value: number): void {
    const leaving = this.#ring.push(value);
    if (leaving !== undefined && leaving === leaving) {
      const place = this.#placeOf(leaving);
      this.#sorted.copyWithin(place, place + 1, this.#count);
      this.#count -= 1;
    }
    if (value !== value) return;
    const place = this.#placeOf(value);
    this.#sorted.copyWithin(place + 1, place, this.#count);
    this.#sorted[place] = value;
    this.#count += 1;
  }

  /** Linear (type 7) at `share`; `no_data` without values. */
  quantile(share: number): Figure {
    return sortedQuantile(this.#present(), checkShare(share, 'share'));
  }

  /** Mean of the ⌊(n − 1)·cutoff⌋ + 1 smallest. */
  tailMean(cutoff: number): Figure {
    return sortedTailMean(this.#present(), checkShare(cutoff, 'cutoff'));
  }

  /** |p95|/|p5|. */
  tailRatio(): Figure {
    return sortedTailRatio(this.#present());
  }

  /** Values of the window, oldest first; null where one was missing. */
  snapshot(): (number | null)[] {
    return this.#ring.values().map((x) => (x === x ? x : null));
  }

  /** Continues exactly where the snapshot of an equal window was taken. */
  restore(state: readonly (number | null)[]): void {
    const values = state.map((x) => x ?? NaN);
    this.#ring.restore(values);
    const present = Float64Array.from(values.filter((x) => x === x)).sort();
    this.#sorted.set(present);
    this.#count = present.length;
  }

  #present(): Float64Array {
    return this.#sorted.subarray(0, this.#count);
  }

  /** First place whose value is not below `value`. */
  #placeOf(value: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Percentile `cutoff` of the returns in each window (convention empyrical); entry i belongs to dates i … i + window − 1. */
export const rollingValueAtRisk = (returns: Returns, window: number, cutoff = 0.05): Figure[] => overWindows(returns, window, (kernel) => kernel.quantile(cutoff));

/** Mean of the ⌊(n − 1)·cutoff⌋ + 1 smallest returns in each window. */
export const rollingConditionalValueAtRisk = (returns: Returns, window: number, cutoff = 0.05): Figure[] => overWindows(returns, window, (kernel) => kernel.tailMean(cutoff));

/** |p95|/|p5| in each window. */
export const rollingTailRatio = (returns: Returns, window: number): Figure[] => overWindows(returns, window, (kernel) => kernel.tailRatio());

function overWindows(returns: Returns, window: number, read: (kernel: RollingQuantile) => Figure): Figure[] {
  checkReturns(returns);
  const kernel = new RollingQuantile(window);
  const result: Figure[] = [];
  for (let i = 0; i < returns.length; i++) {
    kernel.add(returns[i] ?? NaN);
    if (kernel.full) result.push(read(kernel));
  }
  return result;
}
