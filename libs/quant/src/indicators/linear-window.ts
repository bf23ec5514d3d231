import { Ring } from '../statistics/ring.ts';
import { checkLength, checkValue } from './indicator.ts';
import type { Part } from './composed.ts';

/** The error of Σx enters Σi·x with every step, so both are rebuilt from the window this often: sooner than a plain sum. */
const REBUILD = 500;

export interface LinearWindowState {
  readonly values: readonly number[];
  readonly sum: number;
  readonly moment: number;
  readonly removals: number;
}

/** Σx and Σi·x over the last n values, i = 0 for the oldest, in O(1) per value: what linear weights and lines need. */
export class LinearWindow implements Part {
  readonly n: number;
  readonly #ring: Ring;
  #sum = 0;
  #moment = 0;
  #removals = 0;

  constructor(n: number) {
    this.n = checkLength(n);
    this.#ring = new Ring(n);
  }

  get full(): boolean {
    return this.#ring.full;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Σi·x */
  get moment(): number {
    return this.#moment;
  }

  add(value: number): void {
    const place = this.#ring.count;
    const leaving = this.#ring.push(checkValue(value));
    if (leaving === undefined) {
      this.#moment += place * value;
      this.#sum += value;
      return;
    }
    this.#moment += leaving - this.#sum + (this.n - 1) * value;
    this.#sum += value - leaving;
    this.#removals += 1;
    if (this.#removals >= REBUILD) this.#rebuild();
  }

  snapshot(): LinearWindowState {
    return { values: this.#ring.values(), sum: this.#sum, moment: this.#moment, removals: this.#removals };
  }

  restore(state: LinearWindowState): void {
    this.#ring.restore(state.values);
    this.#sum = state.sum;
    this.#moment = state.moment;
    this.#removals = state.removals;
  }

  #rebuild(): void {
    this.#removals = 0;
    const values = this.#ring.values();
    this.#sum = values.reduce((sum, x) => sum + x, 0);
    this.#moment = values.reduce((sum, x, i) => sum + i * x, 0);
  }
}
