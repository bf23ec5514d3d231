const SECONDS = 60;

/** Hand-offs of the last minute: how many, and how long they took. */
export class Handoffs {
  readonly #buckets = Array.from({ length: SECONDS }, () => ({ second: -1, count: 0, sumMs: 0 }));

  add(milliseconds: number, monotonicMs: number): void {
    const second = Math.floor(monotonicMs / 1_000);
    const bucket = this.#buckets[second % SECONDS];
    if (bucket === undefined) return;
    if (bucket.second !== second) Object.assign(bucket, { second, count: 0, sumMs: 0 });
    bucket.count += 1;
    bucket.sumMs += milliseconds;
  }

  /** `averageNs` is null when there was none. */
  recent(monotonicMs: number): { readonly perSecond: number; readonly averageNs: number | null } {
    const now = Math.floor(monotonicMs / 1_000);
    const recent = this.#buckets.filter(({ second }) => second >= 0 && now - second < SECONDS);
    const count = recent.reduce((sum, bucket) => sum + bucket.count, 0);
    const sumMs = recent.reduce((sum, bucket) => sum + bucket.sumMs, 0);
    return { perSecond: count / SECONDS, averageNs: count === 0 ? null : Math.round((sumMs / count) * 1e6) };
  }
}
