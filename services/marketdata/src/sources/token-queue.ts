import { TokenBuckets } from './quota.ts';
import type { SourcePorts } from './ports.ts';
import type { RateLimit } from './source.ts';

interface Waiter {
  readonly priority: number;
  readonly order: number;
  readonly untilMs: number;
  readonly settle: (waitMs: number) => void;
}

/** Callers in front of the token buckets: higher priority first, then in order of arrival. */
export class TokenQueue {
  readonly buckets: TokenBuckets;
  readonly #ports: Pick<SourcePorts, 'monotonic' | 'after'>;
  #waiting: Waiter[] = [];
  #order = 0;
  #cancel: (() => void) | undefined;

  constructor(limits: readonly RateLimit[], ports: Pick<SourcePorts, 'monotonic' | 'after'>) {
    this.buckets = new TokenBuckets(limits);
    this.#ports = ports;
  }

  /** Takes a token and gives 0, now or within `waitMs`; else takes none and gives the milliseconds until the next one. Rejects when the signal ends. */
  async take(waitMs: number, priority: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const nowMs = this.#ports.monotonic();
    const toWait = this.buckets.waitMs(nowMs);
    if (toWait === 0 && this.#waiting.length === 0) {
      this.buckets.take(nowMs);
      return 0;
    }
    if (toWait > waitMs || waitMs === 0) return Math.max(1, toWait);
    return new Promise<number>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(signal.reason instanceof Error ? signal.reason : new Error('given up'));
      };
      const settle = (result: number): void => {
        signal.removeEventListener('abort', leave);
        resolve(result);
      };
      const waiter: Waiter = { priority, order: (this.#order += 1), untilMs: nowMs + waitMs, settle };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiter);
      this.#waiting.sort((a, b) => b.priority - a.priority || a.order - b.order);
      this.#serve();
    });
  }

  #serve(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const nowMs = this.#ports.monotonic();
    const late = this.#waiting.filter(({ untilMs }) => untilMs < nowMs);
    this.#waiting = this.#waiting.filter(({ untilMs }) => untilMs >= nowMs);
    while (this.#waiting.length > 0 && this.buckets.waitMs(nowMs) === 0) {
      this.buckets.take(nowMs);
      this.#waiting.shift()?.settle(0);
    }
    const toWait = this.buckets.waitMs(nowMs);
    for (const waiter of late) waiter.settle(Math.max(1, toWait));
    const next = Math.min(toWait, ...this.#waiting.map(({ untilMs }) => untilMs - nowMs + 1));
    if (this.#waiting.length > 0) this.#cancel = this.#ports.after(Math.max(1, next), () => this.#serve());
  }
}
