import { PRIORITIES, type Priority } from '@nautilus/model';
import type { Lane } from '@nautilus/compute';

export interface Queued {
  readonly lane: Lane;
  readonly requester: string;
  readonly priority: Priority;
  /** Milliseconds of the machine's clock. */
  readonly deadline: number;
  readonly byteLength: number;
  readonly predictedMs: number;
}

export interface QueueLimits {
  /** Waiting at most, per lane. */
  readonly tasks: number;
  readonly bytes: number;
  /** Tasks that run at once. */
  readonly workers: number;
}

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly reason: Refusal; readonly retryAfterMs: number };
export type Refusal = 'lane_full' | 'requester_holds_half' | 'deadline_out_of_reach';

/** A lane is drained to this share of its limit before a reader that was stopped goes on. */
const READ_BELOW = 0.8;

/**
 * Tasks that wait for a worker: higher priority first, then the earlier deadline, then the earlier arrival. What cannot
 * be done in time is refused at once.
 */
export class TaskQueue<Task extends Queued> {
  readonly #limits: QueueLimits;
  #waiting: Task[] = [];
  #runningMs = 0;
  #room: (() => void)[] = [];

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#waiting.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Expected milliseconds until a task that comes now begins. */
  get expectedWaitMs(): number {
    return (this.#runningMs + this.#waiting.reduce((sum, { predictedMs }) => sum + predictedMs, 0)) / this.#limits.workers;
  }

  admit(task: Task, now: number): Admission {
    const { tasks, bytes } = this.#limits;
    const lane = this.#waiting.filter((other) => other.lane === task.lane);
    const wait = this.expectedWaitMs;
    const refuse = (reason: Refusal): Admission => ({ admitted: false, reason, retryAfterMs: Math.max(1, Math.ceil(wait)) });
    if (lane.length >= tasks || lane.reduce((sum, other) => sum + other.byteLength, task.byteLength) > bytes) return refuse('lane_full');
    if (lane.filter((other) => other.requester === task.requester).length >= Math.max(1, tasks / 2)) return refuse('requester_holds_half');
    if (now + wait + task.predictedMs > task.deadline) return refuse('deadline_out_of_reach');
    const at = this.#waiting.findIndex((other) => isBefore(task, other));
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, task);
    return { admitted: true };
  }

  /** Takes tasks whose time is over, wherever they stand. */
  takeExpired(now: number): readonly Task[] {
    const expired = this.#waiting.filter(({ deadline }) => deadline <= now);
    if (expired.length > 0) this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    this.#tellRoom();
    return expired;
  }

  /** The next task; its predicted time counts as running until `finished`. */
  next(): Task | undefined {
    const task = this.#waiting.shift();
    if (task !== undefined) this.#runningMs += task.predictedMs;
    this.#tellRoom();
    return task;
  }

  finished({ predictedMs }: Task): void {
    this.#runningMs = Math.max(0, this.#runningMs - predictedMs);
  }

  /** Resolves when a reader may bring more: what does not fit here stays on the bus. */
  room(): Promise<void> {
    return this.#hasRoom() ? Promise.resolve() : new Promise((resolve) => this.#room.push(resolve));
  }

  #hasRoom(): boolean {
    return this.#waiting.length < Math.max(1, this.#limits.tasks * READ_BELOW) && this.bytes < this.#limits.bytes * READ_BELOW;
  }

  #tellRoom(): void {
    if (this.#room.length > 0 && this.#hasRoom()) for (const go of this.#room.splice(0)) go();
  }
}

function isBefore(a: Queued, b: Queued): boolean {
  const [rankA, rankB] = [PRIORITIES.indexOf(a.priority), PRIORITIES.indexOf(b.priority)];
  return rankA !== rankB ? rankA < rankB : a.deadline < b.deadline;
}
