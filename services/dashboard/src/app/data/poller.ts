import { backOffDelay, type Cancel } from '@nautilus/client';
import type { Ports } from './ports.ts';
import { asProblem, type Problem } from './problem.ts';

/**
 * What is known of something that is asked for again and again. `stale` keeps the last good value with the cause;
 * `absent` is the server's word that there is no such thing.
 */
export type Resource<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'absent'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly value: T; readonly atMs: number }
  | { readonly state: 'stale'; readonly value: T; readonly atMs: number; readonly problem: Problem }
  | { readonly state: 'failed'; readonly problem: Problem };

export function valueOf<T>(resource: Resource<T>): T | undefined {
  return resource.state === 'ready' || resource.state === 'stale' ? resource.value : undefined;
}

export function failed<T>(before: Resource<T>, problem: Problem): Resource<T> {
  if (before.state === 'ready' || before.state === 'stale') return { ...before, state: 'stale', problem };
  return { state: 'failed', problem };
}

const longestPauseMs = 15_000;

/**
 * Runs `task` every `everyMs`, never two at once. A failure backs off with jitter (or as the server's Retry-After
 * says) and is reported; a hidden page does not ask.
 */
export class Poller {
  readonly #ports: Ports;
  readonly #everyMs: number;
  readonly #task: () => Promise<void>;
  readonly #failed: (problem: Problem) => void;
  #failures = 0;
  #running = false;
  #again = false;
  #stopped = true;
  #cancel: Cancel = () => undefined;

  constructor(ports: Ports, everyMs: number, task: () => Promise<void>, onFailure: (problem: Problem) => void) {
    this.#ports = ports;
    this.#everyMs = everyMs;
    this.#task = task;
    this.#failed = onFailure;
  }

  start(): void {
    this.#stopped = false;
    this.now();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Asks at once, for instance after the connection came back. */
  now(): void {
    if (this.#stopped) return;
    this.#cancel();
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    void this.#run().then((pauseMs) => {
      this.#running = false;
      const at = this.#again ? 0 : pauseMs;
      this.#again = false;
      if (!this.#stopped) this.#cancel = this.#ports.after(at, () => this.#tick());
    });
  }

  #tick(): void {
    if (this.#ports.visible()) this.now();
    else this.#cancel = this.#ports.after(this.#everyMs, () => this.#tick());
  }

  async #run(): Promise<number> {
    try {
      await this.#task();
      this.#failures = 0;
      return this.#everyMs;
    } catch (error) {
      const problem = asProblem(error);
      this.#failed(problem);
      const pause = backOffDelay(this.#failures, this.#ports.random, { baseMs: this.#everyMs * 2, maxMs: longestPauseMs });
      this.#failures += 1;
      return Math.max(pause, problem.retryAfterMs ?? 0);
    }
  }
}
