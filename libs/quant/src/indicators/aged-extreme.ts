import type { Part } from './composed.ts';

export interface AgedExtremeState {
  readonly position: number;
  readonly positions: readonly number[];
  readonly values: readonly number[];
}

/**
 * How many values ago the highest or lowest of the last `window` values came; amortised O(1) by a queue of the values
 * that may still become the extreme.
 */
export class AgedExtreme implements Part {
  readonly #window: number;
  readonly #sign: 1 | -1;
  readonly #ties: 'latest' | 'earliest';
  readonly #positions: Float64Array;
  readonly #values: Float64Array;
  #head = 0;
  #length = 0;
  #position = 0;

  constructor(window: number, which: 'highest' | 'lowest', ties: 'latest' | 'earliest' = 'latest') {
    this.#window = window;
    this.#sign = which === 'highest' ? 1 : -1;
    this.#ties = ties;
    this.#positions = new Float64Array(window);
    this.#values = new Float64Array(window);
  }

  /** Age of the extreme, 0 for the present value; undefined until the window is full. */
  update(value: number): number | undefined {
    if (this.#length > 0 && (this.#positions[this.#head] ?? 0) <= this.#position - this.#window) {
      this.#head = this.#head + 1 === this.#window ? 0 : this.#head + 1;
      this.#length -= 1;
    }
    while (this.#length > 0 && this.#yields(this.#values[this.#slot(this.#length - 1)] ?? 0, value)) this.#length -= 1;
    this.#append(this.#position, value);
    this.#position += 1;
    return this.#position < this.#window ? undefined : this.#position - 1 - (this.#positions[this.#head] ?? 0);
  }

  snapshot(): AgedExtremeState {
    const ordered = (column: Float64Array): number[] => Array.from({ length: this.#length }, (_, i) => column[this.#slot(i)] ?? 0);
    return { position: this.#position, positions: ordered(this.#positions), values: ordered(this.#values) };
  }

  restore(state: AgedExtremeState): void {
    this.#head = 0;
    this.#length = 0;
    this.#position = state.position;
    state.values.forEach((value, i) => this.#append(state.positions[i] ?? 0, value));
  }

  #yields(held: number, value: number): boolean {
    return held === value ? this.#ties === 'latest' : this.#sign * held < this.#sign * value;
  }

  #slot(place: number): number {
    const slot = this.#head + place;
    return slot >= this.#window ? slot - this.#window : slot;
  }

  #append(position: number, value: number): void {
    const slot = this.#slot(this.#length);
    this.#positions[slot] = position;
    this.#values[slot] = value;
    this.#length += 1;
  }
}
