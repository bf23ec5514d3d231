import { Worker } from 'node:worker_threads';
import type { WorkerAnswer, WorkerReady, WorkerTask } from './worker-messages.ts';

/** The part of a thread that the pool uses. */
export interface Thread {
  postMessage(task: WorkerTask): void;
  on(event: 'message', hear: (answer: WorkerAnswer | WorkerReady) => void): unknown;
  on(event: 'error', hear: (error: Error) => void): unknown;
  on(event: 'exit', hear: (code: number) => void): unknown;
  terminate(): Promise<unknown>;
}

export type ThreadOutcome = WorkerAnswer | { readonly kind: 'crashed'; readonly message: string };

export interface WorkerView {
  readonly worker: number;
  readonly busy: boolean;
  readonly tasks: number;
  readonly busy_ms: number;
}

interface Slot {
  thread: Thread;
  isReady: boolean;
  tasks: number;
  busyMs: number;
  current: { readonly id: number; readonly settle: (outcome: ThreadOutcome) => void } | undefined;
}

export interface PoolParts {
  readonly size: number;
  readonly make?: () => Thread;
  /** Waits before a thread is made again that ended before it was ready. */
  readonly later: (run: () => void) => void;
  /** A thread became ready for a task. */
  readonly onIdle?: () => void;
}

/** Threads that each run one task at a time. One that ends is replaced, and its task is told. */
export class WorkerPool {
  readonly #parts: PoolParts;
  readonly #make: () => Thread;
  readonly #slots: Slot[];
  #starting: (() => void)[] = [];
  #closed = false;
  #crashes = 0;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#make = parts.make ?? workerThread;
    this.#slots = Array.from({ length: parts.size }, () => this.#slot());
  }

  /** Resolves when every thread has loaded its kernels. */
  ready(): Promise<void> {
    return this.#slots.every(({ isReady }) => isReady) ? Promise.resolve() : new Promise((resolve) => this.#starting.push(resolve));
  }

  get size(): number {
    return this.#slots.length;
  }

  get idle(): number {
    return this.#closed ? 0 : this.#slots.filter(isIdle).length;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** Milliseconds that kernels ran. */
  get busyMs(): number {
    return this.#slots.reduce((sum, { busyMs }) => sum + busyMs, 0);
  }

  get workers(): readonly WorkerView[] {
    return this.#slots.map(({ current, tasks, busyMs }, worker) => ({ worker, busy: current !== undefined, tasks, busy_ms: busyMs }));
  }

  /** Throws when no thread is idle. */
  run(task: WorkerTask): Promise<ThreadOutcome> {
    const slot = this.#slots.find(isIdle);
    if (slot === undefined || this.#closed) throw new Error('no idle worker');
    return new Promise((resolve) => {
      slot.tasks += 1;
      slot.current = { id: task.id, settle: resolve };
      slot.thread.postMessage(task);
    });
  }

  /** Ends the thread that runs the task, which then counts as crashed; another thread takes its place. */
  async kill(id: number): Promise<void> {
    await this.#slots.find(({ current }) => current?.id === id)?.thread.terminate();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map(({ thread }) => thread.terminate()));
  }

  #slot(): Slot {
    const slot: Slot = { thread: this.#make(), isReady: false, tasks: 0, busyMs: 0, current: undefined };
    this.#hear(slot);
    return slot;
  }

  #hear(slot: Slot): void {
    const { thread } = slot;
    let failure = 'the worker ended';
    thread.on('message', (answer) => {
      if (answer.kind === 'ready') return this.#ready(slot);
      slot.busyMs += answer.ended - answer.started;
      this.#settle(slot, answer);
    });
    thread.on('error', (error) => void (failure = error.message));
    thread.on('exit', () => {
      if (this.#closed) return this.#settle(slot, { kind: 'crashed', message: 'the service ends' });
      this.#crashes += 1;
      const again = (): void => {
        if (this.#closed) return;
        slot.thread = this.#make();
        this.#hear(slot);
      };
      if (slot.isReady) again();
      else this.#parts.later(again);
      slot.isReady = false;
      this.#settle(slot, { kind: 'crashed', message: failure });
    });
  }

  #ready(slot: Slot): void {
    slot.isReady = true;
    if (this.#slots.every(({ isReady }) => isReady)) for (const go of this.#starting.splice(0)) go();
    this.#parts.onIdle?.();
  }

  #settle(slot: Slot, outcome: ThreadOutcome): void {
    const { current } = slot;
    slot.current = undefined;
    current?.settle(outcome);
  }
}

const isIdle = ({ isReady, current }: Slot): boolean => isReady && current === undefined;

/** Sources are run as they are; an image carries each entry as one file. */
function workerThread(): Thread {
  return new Worker(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.mjs', import.meta.url));
}
