const HOUR_MS = 3_600_000;

/** How many crashes within a span are borne before giving up is better than trying again. */
export class CrashBudget {
  readonly #monotonic: () => number;
  readonly #allowed: number;
  readonly #windowMs: number;
  #crashes: readonly number[] = [];

  constructor(monotonic: () => number, allowed = 5, windowMs = HOUR_MS) {
    this.#monotonic = monotonic;
    this.#allowed = allowed;
    this.#windowMs = windowMs;
  }

  /** Notes a crash. False when there were more than allowed within the window that ends now. */
  spend(): boolean {
    const now = this.#monotonic();
    this.#crashes = [...this.#crashes.filter((at) => now - at < this.#windowMs), now];
    return this.#crashes.length <= this.#allowed;
  }
}
