import type { Api } from './api.ts';
import { failed, Poller, valueOf, type Resource } from './poller.ts';
import type { Ports } from './ports.ts';
import { asProblem, ProblemError, type Problem } from './problem.ts';
import { readReplay, type ReplayState } from './replay.ts';
import { Store, type Schedule } from './store.ts';

const path = '/api/marketdata/replay';
const everyMs = 1_000;

export interface ReplayCommand {
  readonly state?: 'playing' | 'paused';
  readonly speed?: number;
  /** ISO time to seek to. */
  readonly position?: string;
  readonly loop?: boolean;
}

/** The state of the replay and the commands to it. What is shown is always what the server last said. */
export class ReplayControl {
  readonly replay: Store<Resource<ReplayState>>;
  /** A command is under way. */
  readonly busy: Store<boolean>;
  readonly #ports: Ports;
  readonly #api: Api;
  readonly #poller: Poller;
  readonly #changed: (before: ReplayState | undefined, now: ReplayState) => void;
  readonly #refused: (problem: Problem) => void;
  /** Rises with each command: an answer to anything asked before the newest is out of date. */
  #commands = 0;

  constructor(
    ports: Ports,
    api: Api,
    schedule: Schedule,
    onChange: (before: ReplayState | undefined, now: ReplayState) => void,
    onRefusal: (problem: Problem) => void,
  ) {
    this.#ports = ports;
    this.#api = api;
    this.#changed = onChange;
    this.#refused = onRefusal;
    this.replay = new Store<Resource<ReplayState>>({ state: 'loading' }, schedule);
    this.busy = new Store(false, schedule);
    this.#poller = new Poller(ports, everyMs, () => this.#ask(), (problem) => this.replay.update((before) => failed(before, problem)));
  }

  start(): void {
    this.#poller.start();
  }

  stop(): void {
    this.#poller.stop();
  }

  refresh(): void {
    this.#poller.now();
  }

  async send(command: ReplayCommand): Promise<void> {
    this.#commands += 1;
    const number = this.#commands;
    this.busy.set(true);
    try {
      const body = await this.#api.post(path, command);
      if (number === this.#commands) this.#accept(body);
    } catch (error) {
      this.#refused(asProblem(error));
    } finally {
      if (number === this.#commands) this.busy.set(false);
    }
  }

  async #ask(): Promise<void> {
    const commands = this.#commands;
    const body = await this.#api.get(path);
    if (commands === this.#commands && !this.busy.get()) this.#accept(body);
  }

  #accept(body: unknown): void {
    const now = readReplay(body);
    if (now === undefined) {
      throw new ProblemError({
        title: 'Unreadable answer', detail: 'the answer has no replay state', status: 0, requestId: null, retryAfterMs: null,
      });
    }
    const before = valueOf(this.replay.get());
    this.replay.set({ state: 'ready', value: now, atMs: this.#ports.now() });
    this.#changed(before, now);
  }
}
