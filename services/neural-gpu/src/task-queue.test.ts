import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PRIORITIES } from '@nautilus/model';
import { TaskQueue, type Queued } from './task-queue.ts';

const limits = { tasks: 10, bytes: 1_000, workers: 2 };
const task = (change: Partial<Queued> = {}): Queued => ({ lane: 'metal_gpu', requester: 'a', priority: 'NORMAL', deadline: 1_000, byteLength: 1, predictedMs: 10, ...change });
const admit = (queue: TaskQueue<Queued>, one: Queued): string => {
  const admission = queue.admit(one, 0);
  return admission.admitted ? 'admitted' : admission.reason;
};

describe('the task queue', () => {
  it('gives higher priority first, then the earlier deadline, then the earlier arrival', () => {
    const one = fc.record({ priority: fc.constantFrom(...PRIORITIES), deadline: fc.integer({ min: 1_000_000, max: 1_000_005 }), requester: fc.constantFrom('a', 'b', 'c', 'd') });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), (given) => {
        const queue = new TaskQueue<Queued & { at: number }>({ ...limits, tasks: 1_000, bytes: 1e9 });
        const tasks = given.map((change, at) => ({ ...task(change), at }));
        for (const each of tasks) expect(queue.admit(each, 0).admitted).toBe(true);
        const rank = (each: (typeof tasks)[number]): [number, number, number] => [PRIORITIES.indexOf(each.priority), each.deadline, each.at];
        const expected = tasks.toSorted((x, y) => { const [a, b] = [rank(x), rank(y)]; return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]; });
        expect(tasks.map(() => queue.next())).toEqual(expected);
        expect(queue.next()).toBeUndefined();
      }),
    );
  });

  it('refuses what cannot be done in time, and tells when to come again', () => {
    const queue = new TaskQueue<Queued>(limits);
    for (let i = 0; i < 4; i++) expect(admit(queue, task({ predictedMs: 100, deadline: 900 }))).toBe('admitted');
    expect(queue.expectedWaitMs).toBe(200);
    expect(queue.admit(task({ predictedMs: 100, deadline: 299 }), 0)).toEqual({ admitted: false, reason: 'deadline_out_of_reach', retryAfterMs: 200 });
    expect(admit(queue, task({ predictedMs: 100, deadline: 300 }))).toBe('admitted');
  });

  it('counts what runs in the wait until it is finished', () => {
    const queue = new TaskQueue<Queued>(limits);
    expect(admit(queue, task({ predictedMs: 100 }))).toBe('admitted');
    const running = queue.next()!;
    expect(queue.expectedWaitMs).toBe(50);
    queue.finished(running);
    expect(queue.expectedWaitMs).toBe(0);
  });

  it('bounds a lane by tasks and bytes, and what one requester holds of it', () => {
    const queue = new TaskQueue<Queued>(limits);
    for (let i = 0; i < 5; i++) expect(admit(queue, task())).toBe('admitted');
    expect(admit(queue, task())).toBe('requester_holds_half');
    expect(admit(queue, task({ lane: 'cpu' }))).toBe('admitted');
    for (let i = 0; i < 5; i++) expect(admit(queue, task({ requester: 'b' }))).toBe('admitted');
    expect(admit(queue, task({ requester: 'c' }))).toBe('lane_full');
    expect(admit(new TaskQueue<Queued>(limits), task({ byteLength: 1_001 }))).toBe('lane_full');
  });

  it('stops its reader near the limit, and lets it go on when tasks were taken or expired', async () => {
    const queue = new TaskQueue<Queued>(limits);
    await queue.room();
    for (let i = 0; i < 8; i++) admit(queue, task({ requester: `r${i}`, deadline: i < 4 ? 100 : 1_000 }));
    let went = false;
    const room = queue.room().then(() => (went = true));
    await Promise.resolve();
    expect(went).toBe(false);
    expect(queue.takeExpired(100)).toHaveLength(4);
    await room;
    expect(queue.size).toBe(4);
  });
});
