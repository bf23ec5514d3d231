const WINDOW_MS = 60_000;
const MAX_CLIENTS = 10_000;

/** What a limited answer tells about the client's budget. */
export interface Budget {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until one more request is allowed than now, at most; 0 with an untouched budget. */
  readonly resetMs: number;
}

/**
 * Counts requests per client exactly over the last 60 s: each client has a ring of the times of its allowed requests.
 * Denied requests are not counted, so a client that waits for `resetMs` gets through. At most 10,000 clients are
 * remembered; the one seen least recently is forgotten first.
 */
export class RateLimit {
  readonly #limit: number;
  readonly #monotonic: () => number;
  readonly #clients = new Map<string, TimeRing>();

  constructor(limit: number, monotonic: () => number) {
    this.#limit = limit;
    this.#monotonic = monotonic;
  }

  take(client: string): Budget {
    const now = this.#monotonic();
    const ring = this.#clients.get(client) ?? new TimeRing();
    // Moved to the end: the map's order is the order of last use.
    this.#clients.delete(client);
    this.#clients.set(client, ring);
    if (this.#clients.size > MAX_CLIENTS) this.#forgetOldest();
    ring.dropUntil(now - WINDOW_MS);
    const allowed = ring.size < this.#limit;
    if (allowed) ring.push(now);
    const oldest = ring.oldest;
    return { allowed, limit: this.#limit, remaining: this.#limit - ring.size, resetMs: oldest === undefined ? 0 : oldest + WINDOW_MS - now };
  }

  #forgetOldest(): void {
    const { value } = this.#clients.keys().next();
    if (value !== undefined) this.#clients.delete(value);
  }
}

/** Rising times in a ring that doubles when it is full. */
class TimeRing {
  #times = new Float64Array(8);
  #start = 0;
  size = 0;

  get oldest(): number | undefined {
    return this.size === 0 ? undefined : this.#times[this.#start];
  }

  /** Forgets times at or before `time`. */
  dropUntil(time: number): void {
    while (this.size > 0 && (this.#times[this.#start] as number) <= time) {
      this.#start = (this.#start + 1) % this.#times.length;
      this.size -= 1;
    }
  }

  push(time: number): void {
    if (this.size === this.#times.length) this.#grow();
    this.#times[(this.#start + this.size) % this.#times.length] = time;
    this.size += 1;
  }

  #grow(): void {
    const old = this.#times;
    const grown = new Float64Array(old.length * 2);
    grown.set(old.subarray(this.#start));
    grown.set(old.subarray(0, this.#start), old.length - this.#start);
    this.#times = grown;
    this.#start = 0;
  }
}
