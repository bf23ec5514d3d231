import { Ring } from '../statistics/ring.ts';
import type { Part } from './composed.ts';

/** Rounding of one operation, and how many digits its sum may cost: the squares are rebuilt when less than 8 are left. */
const ROUNDING = 2 ** -52;
const DIGITS_LEFT = 1e8;

export interface GuardedMomentsState {
  readonly values: readonly number[];
  readonly mean: number;
  readonly squares: number;
  readonly error: number;
}

/**
 * Mean and population variance of the last n values, O(1) per value by Welford's updates with removal. A bound of the
 * rounding error goes along; when a large value has left and what remains is small against that bound, both are rebuilt
 * from the window. So a variance is right to about 8 digits whatever came before, and exactly 0 for equal values.
 */
export class GuardedMoments implements Part {
  readonly #ring: Ring;
  #mean = 0;
  #squares = 0;
  #error = 0;

  constructor(n: number) {
    this.#ring = new Ring(n);
  }

  get count(): number {
    return this.#ring.count;
  }

  get full(): boolean {
    return this.#ring.full;
  }

  /** 0 without values. */
  get mean(): number {
    return this.#mean;
  }

  /** Σ(x − mean)², never negative. */
  get squares(): number {
    return this.#squares;
  }

  /** Σ(x − mean)²/n; 0 without values. */
  variance(): number {
    return this.count === 0 ? 0 : this.#squares / this.count;
  }

  deviation(): number {
    return Math.sqrt(this.variance());
  }

  add(value: number): void {
    const leaving = this.#ring.push(value);
    const count = this.#ring.count;
    const before = this.#mean;
    const change = leaving === undefined ? value - before : value - leaving;
    this.#mean += change / count;
    const term = leaving === undefined ? change * (value - this.#mean) : change * (value - this.#mean + leaving - before);
    this.#squares += term;
    this.#error += ROUNDING * (Math.abs(change) * (Math.abs(value) + Math.abs(before) + Math.abs(leaving ?? 0)) + Math.abs(this.#squares));
    if (this.#squares < this.#error * DIGITS_LEFT) this.#rebuild();
  }

  snapshot(): GuardedMomentsState {
    return { values: this.#ring.values(), mean: this.#mean, squares: this.#squares, error: this.#error };
  }

  restore(state: GuardedMomentsState): void {
    this.#ring.restore(state.values);
    this.#mean = state.mean;
    this.#squares = state.squares;
    this.#error = state.error;
  }

  /** Around the newest value, so that equal values have exactly themselves for mean and no squares. */
  #rebuild(): void {
    const count = this.#ring.count;
    const newest = this.#ring.back(0) ?? 0;
    let away = 0;
    for (let age = 0; age < count; age++) away += (this.#ring.back(age) ?? 0) - newest;
    this.#mean = newest + away / count;
    this.#squares = 0;
    for (let age = 0; age < count; age++) this.#squares += ((this.#ring.back(age) ?? 0) - this.#mean) ** 2;
    this.#error = 0;
  }
}
