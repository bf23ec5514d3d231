/**
 * Standard deviation (n − 1) of the last `window` values, by Welford's updates with removal. Removal loses digits
 * slowly, so the sums are rebuilt from the window every `REBUILD` removals.
 */
const REBUILD = 10_000;

export interface RollingDeviationState {
  readonly values: readonly number[];
}

export class RollingDeviation {
  readonly #values: Float64Array;
  #count = 0;
  #next = 0;
  #mean = 0;
  #squares = 0;
  #removals = 0;

  constructor(window: number) {
    this.#values = new Float64Array(window);
  }

  get count(): number {
    return this.#count;
  }

  /** Undefined below two values. Never negative. */
  deviation(): number | undefined {
    return this.#count < 2 ? undefined : Math.sqrt(Math.max(0, this.#squares) / (this.#count - 1));
  }

  add(value: number): void {
    if (this.#count === this.#values.length) this.#remove(this.#values[this.#next] ?? 0);
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#values.length;
    this.#count += 1;
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (value - this.#mean);
    if (this.#removals >= REBUILD) this.#rebuild();
  }

  snapshot(): RollingDeviationState {
    return { values: this.#ordered() };
  }

  restore(state: RollingDeviationState): void {
    this.#count = 0;
    this.#next = 0;
    this.#mean = 0;
    this.#squares = 0;
    for (const value of state.values) this.add(value);
  }

  #ordered(): number[] {
    const size = this.#values.length;
    const first = (this.#next - this.#count + size) % size;
    return Array.from({ length: this.#count }, (_, i) => this.#values[(first + i) % size] ?? 0);
  }

  #remove(value: number): void {
    this.#removals += 1;
    if (this.#count === 1) {
      this.#count = 0;
      this.#mean = 0;
      this.#squares = 0;
      return;
    }
    const before = this.#mean;
    this.#count -= 1;
    this.#mean = (before * (this.#count + 1) - value) / this.#count;
    this.#squares -= (value - before) * (value - this.#mean);
  }

  #rebuild(): void {
    this.#removals = 0;
    const values = this.#ordered();
    this.#mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    this.#squares = values.reduce((sum, v) => sum + (v - this.#mean) ** 2, 0);
  }
}
