const OPENS_AFTER = 5;
export const OPEN_MS = 30_000;

/** Keeps calls from a source that is down: opens after five failures in a row, and lets one probe through after 30 s. */
export class Circuit {
  #failures = 0;
  #openUntilMs: number | undefined;
  #probing = false;

  state(nowMs: number): 'closed' | 'open' | 'half_open' {
    if (this.#openUntilMs === undefined) return 'closed';
    return this.#probing || nowMs >= this.#openUntilMs ? 'half_open' : 'open';
  }

  /** Milliseconds until the next probe; 0 when a call may go now. The caller that gets 0 must report its outcome. */
  enter(nowMs: number): number {
    if (this.#openUntilMs === undefined) return 0;
    if (this.#probing) return OPEN_MS;
    if (nowMs < this.#openUntilMs) return this.#openUntilMs - nowMs;
    this.#probing = true;
    return 0;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntilMs = undefined;
    this.#probing = false;
  }

  failed(nowMs: number): void {
    this.#failures += 1;
    if (this.#probing || this.#failures >= OPENS_AFTER) this.#openUntilMs = nowMs + OPEN_MS;
    this.#probing = false;
  }

  /** A call that ended without telling anything about the source: given up, or refused before it was sent. */
  left(): void {
    this.#probing = false;
  }
}
