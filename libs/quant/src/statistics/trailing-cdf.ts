/**
 * Empirical distribution of the last `window` values, exact: a ring tells which value leaves, a sorted copy gives the
 * rank by binary search. Adding costs one move within the sorted copy; a window of a year of buckets is 12,600 values.
 */
export class TrailingCdf {
  readonly #ring: Float64Array;
  readonly #sorted: Float64Array;
  #count = 0;
  #next = 0;

  constructor(window: number) {
    this.#ring = new Float64Array(window);
    this.#sorted = new Float64Array(window);
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Where `value` stands: the share of values below it and half of those equal to it, so that a series that does not
   * vary stands in its middle. Undefined when there are no values.
   */
  at(value: number): number | undefined {
    return this.#count === 0 ? undefined : (this.#lowerBound(value) + this.#upperBound(value)) / 2 / this.#count;
  }

  add(value: number): void {
    if (this.#count === this.#ring.length) {
      const leaving = this.#upperBound(this.#ring[this.#next] ?? 0) - 1;
      this.#sorted.copyWithin(leaving, leaving + 1, this.#count);
      this.#count -= 1;
    }
    const place = this.#upperBound(value);
    this.#sorted.copyWithin(place + 1, place, this.#count);
    this.#sorted[place] = value;
    this.#count += 1;
    this.#ring[this.#next] = value;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  /** Oldest first. */
  values(): number[] {
    const size = this.#ring.length;
    const first = (this.#next - this.#count + size) % size;
    return Array.from({ length: this.#count }, (_, i) => this.#ring[(first + i) % size] ?? 0);
  }

  /** Values at most `value`. */
  #upperBound(value: number): number {
    return this.#firstWhere((other) => other > value);
  }

  /** Values below `value`. */
  #lowerBound(value: number): number {
    return this.#firstWhere((other) => other >= value);
  }

  #firstWhere(holds: (other: number) => boolean): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#sorted[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
