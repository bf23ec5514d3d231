const KEPT = 1_000;

/** The newest times from bus to socket. */
export class RecentLatencies {
  readonly #seconds = new Float64Array(KEPT);
  #count = 0;

  add(seconds: number): void {
    this.#seconds[this.#count % KEPT] = seconds;
    this.#count += 1;
  }

  /** The smallest value that at least this share of them does not exceed; undefined before the first. */
  quantile(share: number): number | undefined {
    const sorted = this.#seconds.slice(0, Math.min(this.#count, KEPT)).sort();
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  }
}
