/**
 * Chooses a target by round robin. A target that failed `FAILURES` times in a row rests for `REST_MS`; when all
 * rest, the one that has rested longest is tried, because an answer that may fail beats a sure refusal.
 */
const FAILURES = 3;
const REST_MS = 30_000;

interface Target {
  readonly url: string;
  failures: number;
  restsUntil: number;
}

export class Balancer {
  readonly #targets: readonly Target[];
  readonly #monotonic: () => number;
  #next = 0;

  constructor(urls: readonly string[], monotonic: () => number) {
    this.#targets = urls.map((url) => ({ url, failures: 0, restsUntil: 0 }));
    this.#monotonic = monotonic;
  }

  /** Undefined when every target is in `tried`. */
  pick(tried: readonly string[] = []): string | undefined {
    const now = this.#monotonic();
    const order = this.#targets.map((_, i) => this.#targets[(this.#next + i) % this.#targets.length]).filter((t) => t !== undefined);
    const open = order.filter((target) => !tried.includes(target.url));
    const chosen = open.find((target) => target.restsUntil <= now) ?? open.toSorted((a, b) => a.restsUntil - b.restsUntil)[0];
    if (chosen === undefined) return undefined;
    this.#next = (this.#targets.indexOf(chosen) + 1) % this.#targets.length;
    return chosen.url;
  }

  succeeded(url: string): void {
    const target = this.#find(url);
    if (target === undefined) return;
    target.failures = 0;
    target.restsUntil = 0;
  }

  failed(url: string): void {
    const target = this.#find(url);
    if (target === undefined) return;
    target.failures += 1;
    if (target.failures >= FAILURES) target.restsUntil = this.#monotonic() + REST_MS;
  }

  #find(url: string): Target | undefined {
    return this.#targets.find((target) => target.url === url);
  }
}
