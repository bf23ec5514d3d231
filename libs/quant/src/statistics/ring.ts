/** The last `window` values, oldest to newest. `window` must be a whole number of at least 1. */
export class Ring {
  readonly #values: Float64Array;
  #count = 0;
  #next = 0;

  constructor(window: number) {
    this.#values = new Float64Array(window);
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === this.#values.length;
  }

  /** The value that had to leave; undefined while the ring was not full. */
  push(value: number): number | undefined {
    const leaving = this.full ? this.#values[this.#next] : undefined;
    this.#values[this.#next] = value;
    this.#next = this.#next + 1 === this.#values.length ? 0 : this.#next + 1;
    if (leaving === undefined) this.#count += 1;
    return leaving;
  }

  /** 0 is the newest value; undefined when the ring does not reach back so far. */
  back(age: number): number | undefined {
    if (age >= this.#count) return undefined;
    const place = this.#next - 1 - age;
    return this.#values[place < 0 ? place + this.#values.length : place];
  }

  /** Oldest first. */
  values(): number[] {
    return Array.from({ length: this.#count }, (_, i) => this.back(this.#count - 1 - i) ?? 0);
  }

  /** Replaces what the ring holds by `values`, oldest first; only the last `window` of them stay. */
  restore(values: readonly number[]): void {
    this.#count = 0;
    this.#next = 0;
    for (const value of values) this.push(value);
  }
}
