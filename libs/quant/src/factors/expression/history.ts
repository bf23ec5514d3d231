/** The last `capacity` values as one piece of memory; twice the space, so that moving them is rare. NaN where missing. */
export class History {
  readonly capacity: number;
  /** To be read with `start` only; every add may move what it holds. */
  readonly buffer: Float64Array;
  #end = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.buffer = new Float64Array(2 * capacity);
  }

  add(value: number): void {
    if (this.#end === this.buffer.length) {
      this.buffer.copyWithin(0, this.#end - this.capacity + 1, this.#end);
      this.#end = this.capacity - 1;
    }
    this.buffer[this.#end] = value;
    this.#end += 1;
  }

  /** The value `age` adds ago, 0 the last; NaN where there is none. */
  back(age: number): number {
    return age < this.#end ? (this.buffer[this.#end - 1 - age] ?? NaN) : NaN;
  }

  /** Where the last `count`, at most the capacity, begin in the buffer; −1 while there are fewer. */
  start(count: number): number {
    return count > this.#end ? -1 : this.#end - count;
  }

  /** A view of the last `count`, at most the capacity, oldest first; undefined while there are fewer. */
  last(count: number): Float64Array | undefined {
    return count > this.#end ? undefined : this.buffer.subarray(this.#end - count, this.#end);
  }

  /** All that is kept, oldest first, null where missing. Plain JSON. */
  snapshot(): (number | null)[] {
    return [...this.buffer.subarray(Math.max(0, this.#end - this.capacity), this.#end)].map((value) => (Number.isNaN(value) ? null : value));
  }

  restore(values: readonly (number | null)[]): void {
    this.#end = 0;
    for (const value of values) this.add(value ?? NaN);
  }
}
