import { describe, expect, it } from '@jest/globals';
import { packColumns } from '@nautilus/compute';
import { FakeClock } from '@nautilus/testkit';
import { Coordinator, type Arrival, type Finished, type TaskReport } from './coordinator.ts';
import type { WorkerAnswer, WorkerReady, WorkerTask } from './worker-messages.ts';
import { WorkerPool, type Thread } from './worker-pool.ts';

/** A thread whose answers the test gives. */
class FakeThread implements Thread {
  readonly tasks: WorkerTask[] = [];
  readonly #hear: Record<string, ((value: never) => void)[]> = {};
  postMessage(task: WorkerTask): void {
    this.tasks.push(task);
  }
  on(event: string, hear: (value: never) => void): void {
    (this.#hear[event] ??= []).push(hear);
  }
  tell(answer: WorkerAnswer | WorkerReady): void {
    for (const hear of this.#hear['message'] ?? []) hear(answer as never);
  }
  end(): void {
    for (const hear of this.#hear['exit'] ?? []) hear(1 as never);
  }
  terminate(): Promise<void> {
    this.end();
    return Promise.resolve();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(size = 1) {
  const clock = new FakeClock();
  const threads: FakeThread[] = [];
  const timers: { at: number; run: () => void }[] = [];
  const reports: TaskReport[] = [];
  const pool = new WorkerPool({ size, later: (run) => run(), onIdle: () => coordinator.dispatch(), make: () => { const thread = new FakeThread(); threads.push(thread); return thread; } });
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: clock.monotonic() + ms, run };
    timers.push(timer);
    return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
  };
  const coordinator: Coordinator = new Coordinator({
    clock, pool, clockName: 'here', device: 'cpu', laneOf: (lane) => lane, limits: { tasks: 10, bytes: 1e6 }, onReport: (report) => void reports.push(report),
    timers: { after, every: () => () => undefined, delay: () => Promise.resolve() },
  });
  const pass = (ms: number): void => {
    clock.advance(ms);
    for (const timer of timers.filter(({ at }) => at <= clock.monotonic())) {
      timers.splice(timers.indexOf(timer), 1);
      timer.run();
    }
  };
  const submit = (id: string, timeoutMs = 1_000): Promise<Finished> => {
    const { layout, bytes } = packColumns({ a: Float64Array.of(1) });
    const arrival: Arrival = {
      task: { task_id: id, kind: 'empty', lane: 'metal_gpu', parameters: null, timeout_ms: timeoutMs, clock: 'here', sent: clock.monotonic() },
      layout, bytes, requester: id, priority: 'NORMAL', received: clock.monotonic(), deadline: clock.monotonic() + timeoutMs,
    };
    return coordinator.submit(arrival);
  };
  const done = (thread: FakeThread, change: Partial<WorkerAnswer> = {}): void => {
    const now = clock.monotonic();
    thread.tell({ kind: 'done', id: thread.tasks.at(-1)!.id, held: now, started: now, ended: now, value: 'out', ...packColumns({}), ...change } as WorkerAnswer);
  };
  for (const thread of [...threads]) thread.tell({ kind: 'ready' });
  return { clock, threads, coordinator, pool, reports, pass, submit, done };
}

describe('the coordinator', () => {
  it('computes a task once however often it is asked for, and forgets it after a minute', async () => {
    const { coordinator, threads, submit, done, pass } = setUp();
    const first = submit('one');
    const again = coordinator.known('one')!;
    done(threads[0]!);
    expect(await first).toMatchObject({ status: 'completed', value: 'out', repeated: false, zero_copy: true });
    expect(await again).toMatchObject({ status: 'completed', value: 'out', repeated: true });
    expect(threads[0]!.tasks).toHaveLength(1);
    expect(coordinator.counts).toMatchObject({ completed: 1, repeated: 1, zeroCopy: 1 });
    pass(60_001);
    expect(coordinator.known('one')).toBeUndefined();
  });

  it('drops a task whose time was over before it began, and never starts it', async () => {
    const { threads, submit, done, pass, reports } = setUp();
    const [first, second] = [submit('long', 10_000), submit('short', 100)];
    pass(200);
    done(threads[0]!);
    expect(await first).toMatchObject({ status: 'completed' });
    expect(await second).toMatchObject({ status: 'expired', reason: 'expired_before_start', marks: { held: null } });
    expect(threads[0]!.tasks).toHaveLength(1);
    expect(reports.map(({ status }) => status).sort()).toEqual(['completed', 'expired']);
  });

  it('flags a kernel at its deadline, and takes the thread from one that goes on for a second', async () => {
    const { threads, submit, pass } = setUp();
    const outcome = submit('endless', 100);
    const [task] = threads[0]!.tasks;
    pass(99);
    expect(Atomics.load(task!.stop, 0)).toBe(0);
    pass(1);
    expect(Atomics.load(task!.stop, 0)).toBe(1);
    pass(1_000);
    expect(await outcome).toMatchObject({ status: 'expired', reason: 'stopped_by_force' });
    expect(threads).toHaveLength(2);
  });

  it('gives a task of a thread that ended to another one, once', async () => {
    const { threads, submit, pool } = setUp();
    const outcome = submit('poison');
    threads[0]!.end();
    await settled();
    threads[1]!.tell({ kind: 'ready' });
    await settled();
    expect(threads[1]!.tasks.map(({ kind }) => kind)).toEqual(['empty']);
    threads[1]!.end();
    expect(await outcome).toMatchObject({ status: 'failed', reason: expect.stringContaining('worker_crashed') });
    expect(pool.crashes).toBe(2);
  });

  it('lets a refused task be tried again', async () => {
    const { coordinator, submit } = setUp(1);
    void submit('busy', 10_000);
    const rejected = await submit('late', -1);
    expect(rejected).toMatchObject({ status: 'rejected', reason: 'deadline_out_of_reach' });
    await settled();
    expect(coordinator.known('late')).toBeUndefined();
  });
});
