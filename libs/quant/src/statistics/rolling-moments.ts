import { Ring } from './ring.ts';

/** Removal loses digits slowly, so mean and squares are rebuilt from the window this often. */
const REBUILD = 10_000;

export interface RollingMomentsState {
  readonly values: readonly number[];
  readonly mean: number;
  readonly squares: number;
  readonly removals: number;
}

/** Mean and variance of the last `window` values in O(1) per value, by Welford's updates with removal. */
export class RollingMoments {
  readonly #ring: Ring;
  #mean = 0;
  #squares = 0;
  #removals = 0;

  constructor(window: number) {
    this.#ring = new Ring(window);
  }

  get count(): number {
    return this.#ring.count;
  }

  get full(): boolean {
    return this.#ring.full;
  }

  /** Undefined without values. */
  mean(): number | undefined {
    return this.count === 0 ? undefined : this.#mean;
  }

  /** Square root of Σ(x − mean)² / (n − 1), or / n with `lost` 0. Undefined when the divisor is not positive. Never negative. */
  deviation(lost: 0 | 1 = 1): number | undefined {
    return this.count <= lost ? undefined : Math.sqrt(Math.max(0, this.#squares) / (this.count - lost));
  }

  add(value: number): void {
    const leaving = this.#ring.push(value);
    if (leaving === undefined) {
      const delta = value - this.#mean;
      this.#mean += delta / this.count;
      this.#squares += delta * (value - this.#mean);
      return;
    }
    const before = this.#mean;
    this.#mean += (value - leaving) / this.count;
    this.#squares += (value - leaving) * (value - this.#mean + leaving - before);
    this.#removals += 1;
    if (this.#removals >= REBUILD) this.#rebuild();
  }

  snapshot(): RollingMomentsState {
    return { values: this.#ring.values(), mean: this.#mean, squares: this.#squares, removals: this.#removals };
  }

  /** Continues bit for bit where the snapshot was taken. */
  restore(state: RollingMomentsState): void {
    this.#ring.restore(state.values);
    this.#mean = state.mean;
    this.#squares = state.squares;
    this.#removals = state.removals;
  }

  #rebuild(): void {
    this.#removals = 0;
    const values = this.#ring.values();
    this.#mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    this.#squares = values.reduce((sum, v) => sum + (v - this.#mean) ** 2, 0);
  }
}
