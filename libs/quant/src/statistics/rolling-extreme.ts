export interface RollingExtremeState {
  readonly position: number;
  readonly positions: readonly number[];
  readonly values: readonly number[];
}

/**
 * Highest or lowest of the last `window` values, amortised O(1): a queue holds only values that may still become the
 * extreme, best first. The queue is a ring of `window` slots.
 */
export class RollingExtreme {
  readonly #window: number;
  readonly #sign: 1 | -1;
  readonly #positions: Float64Array;
  readonly #values: Float64Array;
  #head = 0;
  #length = 0;
  #position = 0;

  constructor(window: number, which: 'highest' | 'lowest') {
    this.#window = window;
    this.#sign = which === 'highest' ? 1 : -1;
    this.#positions = new Float64Array(window);
    this.#values = new Float64Array(window);
  }

  get full(): boolean {
    return this.#position >= this.#window;
  }

  /** Undefined without values. */
  extreme(): number | undefined {
    return this.#length === 0 ? undefined : this.#values[this.#head];
  }

  add(value: number): void {
    if (this.#length > 0 && (this.#positions[this.#head] ?? 0) <= this.#position - this.#window) {
      this.#head = (this.#head + 1) % this.#window;
      this.#length -= 1;
    }
    while (this.#length > 0 && this.#sign * (this.#values[(this.#head + this.#length - 1) % this.#window] ?? 0) <= this.#sign * value) this.#length -= 1;
    this.#push(this.#position, value);
    this.#position += 1;
  }

  snapshot(): RollingExtremeState {
    const ordered = (column: Float64Array): number[] => Array.from({ length: this.#length }, (_, i) => column[(this.#head + i) % this.#window] ?? 0);
    return { position: this.#position, positions: ordered(this.#positions), values: ordered(this.#values) };
  }

  restore(state: RollingExtremeState): void {
    this.#head = 0;
    this.#length = 0;
    this.#position = state.position;
    state.values.forEach((value, i) => this.#push(state.positions[i] ?? 0, value));
  }

  #push(position: number, value: number): void {
    const slot = (this.#head + this.#length) % this.#window;
    this.#positions[slot] = position;
    this.#values[slot] = value;
    this.#length += 1;
  }
}
