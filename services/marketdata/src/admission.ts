import { RateLimitedError } from '@nautilus/model';

/** Requests with records that may wait or work at once; each holds its parsed body. */
const REQUESTS = 64;
const RETRY_AFTER_MS = 500;

/**
 * Lets requests that bring many records in one after the other. When more come than the engine can take, the surplus is
 * sent away at once instead of keeping the event loop from everything else, health probes included.
 */
export class Admission {
  #inside = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** Rejects with RateLimitedError while as many requests are inside as may be; nothing of such a request was taken. */
  async admit<T>(request: () => Promise<T>): Promise<T> {
    if (this.#inside >= REQUESTS) throw new RateLimitedError('more records arrive than can be taken now; nothing of this request was taken', RETRY_AFTER_MS);
    this.#inside += 1;
    try {
      return await request();
    } finally {
      this.#inside -= 1;
    }
  }

  /** Runs the work when the turns that were asked for before have ended. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
