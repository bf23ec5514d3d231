import { describe, expect, it } from '@jest/globals';
import { createIds, createTimers, type Delay } from './ambient.ts';

describe('ids', () => {
  it('are UUIDv7 whose time is readable', () => {
    const id = createIds(() => 0x0123_4567_89ab, (bytes) => bytes.fill(0xff))();
    expect(id).toBe('01234567-89ab-7000-bfff-ffffffffffff');
  });

  it('rise within a millisecond, past the counter, and when the clock is set back', () => {
    let now = 1_700_000_000_000;
    const next = createIds(() => now);
    const ids = Array.from({ length: 10_000 }, () => next());
    now -= 60_000;
    ids.push(next(), next());
    now += 120_000;
    ids.push(next());
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('timers', () => {
  /** Delays that the test turns by hand. */
  function manual(): { delay: Delay; pending: { ms: number; run: () => void }[]; fire: () => Promise<void> } {
    const pending: { ms: number; run: () => void }[] = [];
    return {
      pending,
      delay: (ms, run) => {
        const entry = { ms, run };
        pending.push(entry);
        return () => void (pending.includes(entry) && pending.splice(pending.indexOf(entry), 1));
      },
      fire: async () => {
        for (const { run } of pending.splice(0)) run();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  it('run again only after the run before has ended', async () => {
    const { delay, pending, fire } = manual();
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    createTimers(delay, () => undefined).every(10, () => {
      runs += 1;
      return gate.promise;
    });
    await fire();
    expect([runs, pending.length]).toEqual([1, 0]);
    gate.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pending.map(({ ms }) => ms)).toEqual([10]);
  });

  it('tell of a throw and go on', async () => {
    const { delay, fire } = manual();
    const errors: unknown[] = [];
    let runs = 0;
    createTimers(delay, (error) => errors.push(error)).every(10, () => {
      runs += 1;
      throw new Error(`run ${runs}`);
    });
    await fire();
    await fire();
    expect(errors).toEqual([new Error('run 1'), new Error('run 2')]);
  });

  it('stop when cancelled, also from inside a run', async () => {
    const { delay, pending, fire } = manual();
    const timers = createTimers(delay, () => undefined);
    const cancel = timers.every(10, () => cancel());
    timers.after(20, () => undefined)();
    await fire();
    expect(pending).toEqual([]);
  });

  it('end together with the engine: nothing runs and nobody waits for ever', async () => {
    const { delay, pending } = manual();
    const timers = createTimers(delay, () => undefined);
    timers.every(10, () => undefined);
    const waiting = timers.delay(1_000);
    timers.close();
    await waiting;
    await timers.delay(1_000);
    timers.after(1, () => undefined);
    expect(pending).toEqual([]);
  });

  it('resolve a delay at once when its signal ends', async () => {
    const { delay, pending } = manual();
    const ending = new AbortController();
    const waiting = createTimers(delay, () => undefined).delay(1_000, ending.signal);
    ending.abort();
    await waiting;
    expect(pending).toEqual([]);
  });
});
