const RETURNS = 20;

/** Standard deviation (n − 1) of the last 20 close-to-close returns that ended before a bar. */
export class RecentVolatility {
  readonly #close: ArrayLike<number>;

  constructor(close: ArrayLike<number>) {
    this.#close = close;
  }

  /** Undefined before two returns have ended. */
  before(bar: number): number | undefined {
    const first = Math.max(1, bar - RETURNS);
    const count = bar - first;
    if (count < 2) return undefined;
    const returns = Array.from({ length: count }, (_, k) => (this.#close[first + k] as number) / (this.#close[first + k - 1] as number) - 1);
    const mean = returns.reduce((sum, r) => sum + r, 0) / count;
    return Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (count - 1));
  }
}
