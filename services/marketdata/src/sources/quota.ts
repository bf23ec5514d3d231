import type { EpochMs } from '@nautilus/model';
import type { Quota, RateLimit } from './source.ts';

/**
 * Token buckets of one source, one per published limit. A bucket remembers when its calls were made, so that no
 * window of the limit's length ever holds more than `calls` of them. Times are monotonic milliseconds.
 */
export class TokenBuckets {
  readonly #limits: readonly RateLimit[];
  readonly #calls: number[][];
  /** Told by the source: until `untilMs` no more than `left` calls. */
  readonly #told: ({ left: number; untilMs: number } | undefined)[];
  #blockedUntilMs = -Infinity;

  constructor(limits: readonly RateLimit[]) {
    this.#limits = limits;
    this.#calls = limits.map(() => []);
    this.#told = limits.map(() => undefined);
  }

  /** Milliseconds until a call may be made; 0 when it may be made now. Takes nothing. */
  waitMs(nowMs: number): number {
    let wait = Math.max(0, this.#blockedUntilMs - nowMs);
    for (const index of this.#limits.keys()) wait = Math.max(wait, this.#waitOf(index, nowMs));
    return wait;
  }

  /** Notes a call. */
  take(nowMs: number): void {
    for (const [index, calls] of this.#calls.entries()) {
      this.#forget(index, nowMs);
      calls.push(nowMs);
      const told = this.#told[index];
      if (told !== undefined) told.left -= 1;
    }
  }

  /** No call for a while: the source asked for it. */
  block(untilMs: number): void {
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, untilMs);
  }

  /** The source counts fewer calls left than we do: another program uses the same key. */
  told(name: RateLimit['name'], left: number, nowMs: number): void {
    const index = this.#limits.findIndex((limit) => limit.name === name);
    const limit = this.#limits[index];
    if (limit === undefined) return;
    this.#told[index] = left < this.#leftOf(index, nowMs) ? { left, untilMs: nowMs + limit.perMs } : undefined;
  }

  /** `wallOffsetMs`: wall clock minus the monotonic one. */
  quota(nowMs: number, wallOffsetMs: number): Quota {
    const limits = this.#limits.map((limit, index) => {
      const left = this.#leftOf(index, nowMs);
      const oldest = this.#calls[index]?.[0];
      const resetsAt: EpochMs | null = oldest === undefined ? null : oldest + limit.perMs + wallOffsetMs;
      return { name: limit.name, calls: limit.calls, left, resetsAt };
    });
    return { left: limits.length === 0 ? null : Math.min(...limits.map(({ left }) => left)), limits };
  }

  #leftOf(index: number, nowMs: number): number {
    this.#forget(index, nowMs);
    const own = (this.#limits[index]?.calls ?? 0) - (this.#calls[index]?.length ?? 0);
    return Math.max(0, Math.min(own, this.#told[index]?.left ?? Infinity));
  }

  #waitOf(index: number, nowMs: number): number {
    const limit = this.#limits[index];
    if (limit === undefined || this.#leftOf(index, nowMs) > 0) return 0;
    const told = this.#told[index];
    const untilTold = told !== undefined && told.left <= 0 ? told.untilMs - nowMs : 0;
    const calls = this.#calls[index] ?? [];
    // Calls older than this one may be over the limit when the limit was told, so the window's start decides.
    const leaving = calls[calls.length - limit.calls];
    return Math.max(untilTold, leaving === undefined ? 0 : leaving + limit.perMs - nowMs);
  }

  #forget(index: number, nowMs: number): void {
    const calls = this.#calls[index] ?? [];
    const perMs = this.#limits[index]?.perMs ?? 0;
    while (calls.length > 0 && (calls[0] ?? 0) <= nowMs - perMs) calls.shift();
    const told = this.#told[index];
    if (told !== undefined && told.untilMs <= nowMs) this.#told[index] = undefined;
  }
}
