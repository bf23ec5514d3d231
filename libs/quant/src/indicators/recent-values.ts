import type { Part } from './composed.ts';

const RECENT = 64;

/** The last 64 values, more than the longest cycle, 0 before the first. */
export class RecentValues implements Part {
  readonly #values = new Float64Array(RECENT);
  #position = 0;

  push(value: number): void {
    this.#values[this.#position & (RECENT - 1)] = value;
    this.#position += 1;
  }

  /** Mean over one cycle of `period` bars, rounded to whole ones; 0 of none. */
  cycleMean(period: number): number {
    const count = Math.floor(period + 0.5);
    let total = 0;
    for (let place = this.#position - count; place < this.#position; place++) total += this.#values[place & (RECENT - 1)] ?? 0;
    return count > 0 ? total / count : 0;
  }

  /** Σ x₋ⱼ·sin(2πj/count) and Σ x₋ⱼ·cos(2πj/count) over the last `count` values. */
  harmonic(count: number): readonly [number, number] {
    let sines = 0;
    let cosines = 0;
    for (let age = 0; age < count; age++) {
      const angle = (2 * Math.PI * age) / count;
      const value = this.#values[(this.#position - 1 - age) & (RECENT - 1)] ?? 0;
      sines += Math.sin(angle) * value;
      cosines += Math.cos(angle) * value;
    }
    return [sines, cosines];
  }

  snapshot(): { readonly values: readonly number[]; readonly position: number } {
    return { values: [...this.#values], position: this.#position };
  }

  restore(state: { readonly values: readonly number[]; readonly position: number }): void {
    this.#values.set(state.values);
    this.#position = state.position;
  }
}

/** Phase in degrees, −45 … 315, of smoothed prices that go around once in `period` bars, by correlation with one cycle. */
export function phaseOf(prices: RecentValues, period: number): number {
  const [real, imaginary] = prices.harmonic(Math.floor(period + 0.5));
  const raw = imaginary === 0 ? 90 * Math.sign(real) : (Math.atan(real / imaginary) * 180) / Math.PI;
  // The smoothed price is one bar late.
  const phase = raw + 90 + (period > 0 ? 360 / period : 0) + (imaginary < 0 ? 180 : 0);
  return phase > 315 ? phase - 360 : phase;
}
