import type { Part } from './composed.ts';

export interface EqualRunState {
  readonly value: number | null;
  readonly length: number;
}

/**
 * How many of the latest values are equal. A running sum keeps a rounding error after the last movement has left its
 * window; the run says exactly that the window is constant.
 */
export class EqualRun implements Part {
  #value: number | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  update(value: number): number {
    this.#length = value === this.#value ? this.#length + 1 : 1;
    this.#value = value;
    return this.#length;
  }

  snapshot(): EqualRunState {
    return { value: this.#value ?? null, length: this.#length };
  }

  restore(state: EqualRunState): void {
    this.#value = state.value ?? undefined;
    this.#length = state.length;
  }
}
