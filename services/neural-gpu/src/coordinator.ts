import type { Clock, Priority } from '@nautilus/model';
import type { Timers } from '@nautilus/engine';
import { isKernelName, isShared, sharedBytes, type ComputeResult, type ComputeTask, type Lane, type Layout, type PackedColumns } from '@nautilus/compute';
import { Predictor } from './predictor.ts';
import { TaskQueue, type Queued, type QueueLimits } from './task-queue.ts';
import type { ThreadOutcome, WorkerPool } from './worker-pool.ts';

/** A task as it arrives, whichever way it came. */
export interface Arrival {
  readonly task: Omit<ComputeTask, 'columns'>;
  readonly layout: Layout;
  readonly bytes: Uint8Array;
  readonly requester: string;
  readonly priority: Priority;
  /** t1, in milliseconds of the machine's clock. */
  readonly received: number;
  /** Of the same clock. */
  readonly deadline: number;
}

/** A result whose columns are still in memory. */
export type Finished = Omit<ComputeResult, 'columns'> & { readonly packed: PackedColumns | null };

/** What is told of a finished task, for metrics. */
export interface TaskReport {
  readonly kind: string;
  readonly lane: Lane;
  readonly status: ComputeResult['status'];
  readonly reason: string | null;
  readonly queueMs: number | null;
  readonly runMs: number | null;
}

export interface CoordinatorParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly pool: WorkerPool;
  readonly clockName: string;
  readonly device: string;
  /** Lanes that settings switched off run their tasks as `cpu`. */
  readonly laneOf: (asked: Lane) => Lane;
  readonly limits: Omit<QueueLimits, 'workers'>;
  readonly onReport: (report: TaskReport) => void;
}

interface Waiting extends Queued {
  readonly number: number;
  readonly arrival: Arrival;
  readonly zeroCopy: boolean;
  readonly stop: Int32Array;
  crashes: number;
  readonly settle: (finished: Finished) => void;
}

/** Tasks since the start. */
export interface TaskCounts {
  readonly completed: number;
  readonly failed: number;
  readonly rejected: number;
  readonly expired: number;
  /** Asked for again and not computed again. */
  readonly repeated: number;
  /** Computed in the very memory that the requester wrote. */
  readonly zeroCopy: number;
}

export interface ActiveView {
  readonly task_id: string;
  readonly kind: string;
  readonly lane: Lane;
  readonly requester: string;
  readonly state: 'waiting' | 'running';
  readonly age_ms: number;
}

/** A result is given again, instead of being computed again, for this long. */
export const KEPT_MS = 60_000;
const MOST_KEPT = 10_000;
const MOST_KEPT_BYTES = 64 * 1024 * 1024;
/** A kernel looks at its stop flag between steps; one that ignores it for so long loses its thread. */
const STOP_GRACE_MS = 1_000;
/** Longest time that the end waits for tasks. */
const CLOSE_MS = 5_000;
/** A task that took so many threads along is given up. */
const MOST_CRASHES = 2;

interface Known {
  readonly outcome: Promise<Finished>;
  /** Undefined when it is finished. */
  waiting: Waiting | undefined;
  finishedAt: number;
  keptBytes: number;
}

/** Takes tasks in, has them done by the pool in order of priority and deadline, and remembers what came out. */
export class Coordinator {
  readonly #parts: CoordinatorParts;
  readonly #queue: TaskQueue<Waiting>;
  readonly #predictor = new Predictor();
  readonly #known = new Map<string, Known>();
  readonly #running = new Set<Waiting>();
  readonly #startedAt: number;
  #numbers = 0;
  #keptBytes = 0;
  readonly #counts: { -readonly [K in keyof TaskCounts]: TaskCounts[K] } = { completed: 0, failed: 0, rejected: 0, expired: 0, repeated: 0, zeroCopy: 0 };

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    this.#queue = new TaskQueue({ ...parts.limits, workers: parts.pool.size });
    this.#startedAt = parts.clock.monotonic();
  }

  get counts(): TaskCounts {
    return this.#counts;
  }

  get waiting(): { readonly tasks: number; readonly bytes: number; readonly expected_wait_ms: number } {
    return { tasks: this.#queue.size, bytes: this.#queue.bytes, expected_wait_ms: this.#queue.expectedWaitMs };
  }

  get active(): readonly ActiveView[] {
    return [...this.#known.values()].flatMap(({ waiting }) => (waiting === undefined ? [] : this.#view(waiting)));
  }

  /** Share of the workers' time since the start that kernels ran; null before one ran. */
  get efficiency(): number | null {
    const { pool, clock } = this.#parts;
    return pool.busyMs === 0 ? null : pool.busyMs / ((clock.monotonic() - this.#startedAt) * pool.size);
  }

  /** Resolves when a reader may bring more. */
  room(): Promise<void> {
    return this.#queue.room();
  }

  /** The outcome of a task that is known already, finished or not. */
  known(taskId: string): Promise<Finished> | undefined {
    this.#forgetOld();
    const known = this.#known.get(taskId);
    if (known === undefined) return undefined;
    this.#counts.repeated += 1;
    return known.outcome.then((finished) => ({ ...finished, repeated: true }));
  }

  /** Never rejects: what goes wrong is the result's status. */
  submit(arrival: Arrival): Promise<Finished> {
    const { clock, laneOf } = this.#parts;
    const { task } = arrival;
    const outcome = Promise.withResolvers<Finished>();
    const waiting: Waiting = {
      number: (this.#numbers += 1),
      arrival,
      lane: laneOf(task.lane), requester: arrival.requester, priority: arrival.priority, deadline: arrival.deadline, byteLength: arrival.bytes.byteLength,
      predictedMs: this.#predictor.predict(task.kind, arrival.bytes.byteLength),
      zeroCopy: arrival.bytes.byteLength > 0 && isShared(arrival.bytes),
      stop: new Int32Array(new SharedArrayBuffer(4)),
      crashes: 0,
      settle: outcome.resolve,
    };
    this.#remember(task.task_id, { outcome: outcome.promise, waiting, finishedAt: 0, keptBytes: 0 });
    const admission = this.#queue.admit(waiting, clock.monotonic());
    if (admission.admitted) this.dispatch();
    else this.#finish(waiting, 'rejected', { reason: admission.reason, retryAfterMs: admission.retryAfterMs });
    return outcome.promise;
  }

  /** The outcome of a task that is not taken in. */
  refuse({ task, received }: Omit<Arrival, 'bytes'>, reason: string): Finished {
    const { clock, clockName, device, laneOf, onReport } = this.#parts;
    this.#counts.rejected += 1;
    const lane = laneOf(task.lane);
    onReport({ kind: kindLabel(task.kind), lane, status: 'rejected', reason, queueMs: null, runMs: null });
    return {
      task_id: task.task_id, kind: task.kind, status: 'rejected', reason, problems: null, retry_after_ms: null,
      lane, backend: 'cpu', device, accelerated: false, clock: clockName,
      marks: { received, held: null, started: null, ended: null, replied: clock.monotonic() },
      zero_copy: false, repeated: false, value: null, packed: null,
    };
  }

  /** Finishes what was taken in, for a while; the owners of what is left send it again. */
  async close(): Promise<void> {
    const open = [...this.#known.values()].filter(({ waiting }) => waiting !== undefined).map(({ outcome }) => outcome);
    if (open.length > 0) await Promise.race([Promise.all(open), this.#parts.timers.delay(CLOSE_MS)]);
    await this.#parts.pool.close();
  }

  /** Gives waiting tasks to idle workers. */
  dispatch(): void {
    const { pool, clock } = this.#parts;
    for (const expired of this.#queue.takeExpired(clock.monotonic())) this.#finish(expired, 'expired', { reason: 'expired_before_start' });
    while (pool.idle > 0) {
      const task = this.#queue.next();
      if (task === undefined) return;
      void this.#run(task);
    }
  }

  async #run(task: Waiting): Promise<void> {
    const { pool, timers, clock } = this.#parts;
    const { arrival, stop, number } = task;
    this.#running.add(task);
    const left = Math.max(0, task.deadline - clock.monotonic());
    const cancels = [
      timers.after(left, () => void Atomics.store(stop, 0, 1)),
      timers.after(left + STOP_GRACE_MS, () => pool.kill(number)),
    ];
    const outcome = await pool.run({ id: number, kind: arrival.task.kind, parameters: arrival.task.parameters, layout: arrival.layout, bytes: sharedBytes(arrival.bytes), stop });
    for (const cancel of cancels) cancel();
    this.#running.delete(task);
    this.#queue.finished(task);
    this.#judge(task, outcome);
    this.dispatch();
  }

  #judge(task: Waiting, outcome: ThreadOutcome): void {
    const { clock } = this.#parts;
    if (outcome.kind === 'crashed') {
      task.crashes += 1;
      const late = clock.monotonic() >= task.deadline;
      if (!late && task.crashes < MOST_CRASHES && this.#queue.admit(task, clock.monotonic()).admitted) return;
      return this.#finish(task, late ? 'expired' : 'failed', { reason: late ? 'stopped_by_force' : `worker_crashed: ${outcome.message}` });
    }
    if (outcome.kind === 'done') {
      this.#predictor.learn(task.arrival.task.kind, task.byteLength, outcome.ended - outcome.started);
      if (task.zeroCopy) this.#counts.zeroCopy += 1;
      return this.#finish(task, 'completed', { outcome, value: outcome.value, packed: { layout: outcome.layout, bytes: outcome.bytes } });
    }
    if (outcome.kind === 'stopped') return this.#finish(task, 'expired', { outcome, reason: 'stopped_at_deadline' });
    return this.#finish(task, 'failed', { outcome, reason: outcome.message, ...(outcome.kind === 'refused' ? { problems: outcome.problems } : {}) });
  }

  #finish(
    task: Waiting,
    status: ComputeResult['status'],
    more: {
      readonly outcome?: { readonly held: number; readonly started: number; readonly ended: number };
      readonly reason?: string;
      readonly problems?: readonly { readonly path: string; readonly message: string }[];
      readonly retryAfterMs?: number;
      readonly value?: unknown;
      readonly packed?: PackedColumns;
    },
  ): void {
    const { clock, clockName, device, onReport } = this.#parts;
    const { outcome } = more;
    const { task: asked, received } = task.arrival;
    this.#counts[status] += 1;
    onReport({
      kind: kindLabel(asked.kind), lane: task.lane, status, reason: more.reason ?? null,
      queueMs: outcome === undefined ? null : outcome.started - received,
      runMs: outcome === undefined ? null : outcome.ended - outcome.started,
    });
    task.settle({
      task_id: asked.task_id, kind: asked.kind, status,
      reason: more.reason ?? null, problems: more.problems === undefined ? null : [...more.problems], retry_after_ms: more.retryAfterMs ?? null,
      lane: task.lane, backend: 'cpu', device, accelerated: false, clock: clockName,
      marks: { received, held: outcome?.held ?? null, started: outcome?.started ?? null, ended: outcome?.ended ?? null, replied: clock.monotonic() },
      zero_copy: task.zeroCopy && status === 'completed', repeated: false,
      value: more.value ?? null, packed: more.packed ?? null,
    });
  }

  #view(task: Waiting): ActiveView {
    const { arrival, lane, requester } = task;
    return { task_id: arrival.task.task_id, kind: arrival.task.kind, lane, requester, state: this.#running.has(task) ? 'running' : 'waiting', age_ms: this.#parts.clock.monotonic() - arrival.received };
  }

  #remember(id: string, known: Known): void {
    this.#known.set(id, known);
    void known.outcome.then((finished) => {
      known.waiting = undefined;
      known.finishedAt = this.#parts.clock.monotonic();
      known.keptBytes = finished.packed?.bytes.byteLength ?? 0;
      this.#keptBytes += known.keptBytes;
      // A refusal is no result: the next try may be taken.
      if (finished.status === 'rejected') this.#forget(id, known);
      this.#forgetOld();
    });
  }

  #forget(id: string, { keptBytes }: Known): void {
    this.#known.delete(id);
    this.#keptBytes -= keptBytes;
  }

  #forgetOld(): void {
    const oldest = this.#parts.clock.monotonic() - KEPT_MS;
    for (const [id, known] of this.#known) {
      if (known.waiting !== undefined) continue;
      if (known.finishedAt >= oldest && this.#known.size <= MOST_KEPT && this.#keptBytes <= MOST_KEPT_BYTES) return;
      this.#forget(id, known);
    }
  }
}

/** Anybody can send a task of any name, and a metric's labels are a closed set. */
function kindLabel(kind: string): string {
  return isKernelName(kind) ? kind : 'unknown';
}
