/** Values that a feature took lately: a year of trading days, or as many bars. */
const WINDOW = 252;
/** Fewer say too little about where a value stands. */
const FEWEST = 20;

/** Where a value stands among the last 252 of its series, itself included. */
export class TrailingValues {
  readonly #ring = new Float64Array(WINDOW);
  #count = 0;

  add(value: number): void {
    this.#ring[this.#count % WINDOW] = value;
    this.#count += 1;
  }

  snapshot(): { readonly values: readonly number[]; readonly count: number } {
    return { values: [...this.#ring.subarray(0, Math.min(this.#count, WINDOW))], count: this.#count };
  }

  restore(state: { readonly values: readonly number[]; readonly count: number }): void {
    this.#ring.set(state.values);
    this.#count = state.count;
  }

  /** Null below 20 values, the z-score also for a series that does not vary. Percentile is a fraction. */
  standing(value: number): { readonly zscore: number | null; readonly percentile: number | null } {
    const n = Math.min(this.#count, WINDOW);
    if (n < FEWEST) return { zscore: null, percentile: null };
    let mean = 0;
    let below = 0;
    for (let i = 0; i < n; i++) {
      const other = this.#ring[i] ?? 0;
      mean += other / n;
      if (other <= value) below += 1;
    }
    let squares = 0;
    for (let i = 0; i < n; i++) squares += ((this.#ring[i] ?? 0) - mean) ** 2;
    const deviation = Math.sqrt(squares / (n - 1));
    // Rounding leaves a constant series a deviation of a few units in the last place.
    return { zscore: deviation > 1e-12 * Math.abs(mean) ? (value - mean) / deviation : null, percentile: below / n };
  }
}
