import type { Api } from './api.ts';
import { failed, Poller, type Resource } from './poller.ts';
import type { Ports } from './ports.ts';
import { ProblemError } from './problem.ts';
import { Store, type Schedule } from './store.ts';

export interface WatchedOptions<T> {
  readonly everyMs: number;
  /** What to ask for now; null = nothing yet. Another path than before makes the known value void. */
  readonly path: () => string | null;
  /** Follows the path and changes from one question to the next without making the known value void. */
  readonly query?: () => string;
  /** `undefined` for an answer that is something else. */
  readonly read: (body: unknown) => T | undefined;
  /** Field or thing that an unreadable answer lacks. */
  readonly what: string;
}

/** An answer asked for again and again while somebody looks at it. 404 is an answer too: there is no such thing now. */
export class Watched<T> {
  readonly resource: Store<Resource<T>>;
  readonly #ports: Ports;
  readonly #api: Api;
  readonly #options: WatchedOptions<T>;
  readonly #poller: Poller;
  #path: string | null = null;

  constructor(ports: Ports, api: Api, schedule: Schedule, options: WatchedOptions<T>) {
    this.#ports = ports;
    this.#api = api;
    this.#options = options;
    this.resource = new Store<Resource<T>>({ state: 'loading' }, schedule);
    this.#poller = new Poller(ports, options.everyMs, () => this.#ask(), (problem) => this.resource.update((before) => failed(before, problem)));
  }

  start(): void {
    this.#turn();
    this.#poller.start();
  }

  stop(): void {
    this.#poller.stop();
  }

  /** Asks at once if it is started: the connection came back, or the path leads elsewhere. */
  refresh(): void {
    this.#turn();
    this.#poller.now();
  }

  #turn(): void {
    const path = this.#options.path();
    if (path === this.#path) return;
    this.#path = path;
    this.resource.set({ state: 'loading' });
  }

  async #ask(): Promise<void> {
    const path = this.#path;
    if (path === null) return;
    try {
      const body = await this.#api.get(`${path}${this.#options.query?.() ?? ''}`);
      if (path !== this.#path) return;
      const value = this.#options.read(body);
      if (value === undefined) {
        throw new ProblemError({ title: 'Unreadable answer', detail: `the answer has no "${this.#options.what}"`, status: 0, requestId: null, retryAfterMs: null });
      }
      this.resource.set({ state: 'ready', value, atMs: this.#ports.now() });
    } catch (error) {
      if (path !== this.#path) return;
      if (!(error instanceof ProblemError) || error.problem.status !== 404) throw error;
      this.resource.set({ state: 'absent', problem: error.problem });
    }
  }
}
