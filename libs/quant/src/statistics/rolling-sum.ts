import { Ring } from './ring.ts';

/** Adding and removing loses digits slowly, so the sum is rebuilt from the window this often. */
const REBUILD = 10_000;

export interface RollingSumState {
  readonly values: readonly number[];
  readonly sum: number;
  readonly removals: number;
}

/** Sum of the last `window` values in O(1) per value. */
export class RollingSum {
  readonly #ring: Ring;
  #sum = 0;
  #removals = 0;

  constructor(window: number) {
    this.#ring = new Ring(window);
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#ring.count;
  }

  get full(): boolean {
    return this.#ring.full;
  }

  add(value: number): void {
    const leaving = this.#ring.push(value);
    this.#sum += leaving === undefined ? value : value - leaving;
    if (leaving === undefined) return;
    this.#removals += 1;
    if (this.#removals < REBUILD) return;
    this.#removals = 0;
    this.#sum = this.#ring.values().reduce((sum, x) => sum + x, 0);
  }

  snapshot(): RollingSumState {
    return { values: this.#ring.values(), sum: this.#sum, removals: this.#removals };
  }

  restore(state: RollingSumState): void {
    this.#ring.restore(state.values);
    this.#sum = state.sum;
    this.#removals = state.removals;
  }
}
