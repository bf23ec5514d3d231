import { expect, it } from '@jest/globals';
import { ConflictError, TransientError, type Clock } from '@nautilus/model';
import type { LeaseRecord } from './cluster.ts';
import { Lease } from './lease.ts';

/** A clock, timers and a server that keeps one lease and refuses old versions, all turned by hand. */
class World {
  nowMs = 0;
  away = false;
  record: LeaseRecord | undefined;
  readonly #timers = new Map<object, { readonly at: number; readonly run: () => void }>();
  #version = 0;

  readonly clock: Clock = { now: () => this.nowMs, monotonic: () => this.nowMs };
  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const key = {};
    this.#timers.set(key, { at: this.nowMs + delayMs, run });
    return () => void this.#timers.delete(key);
  };
  readonly cluster = {
    readLease: async (): Promise<LeaseRecord | undefined> => {
      if (this.away) throw new TransientError('away');
      return this.record;
    },
    writeLease: async (_name: string, lease: Omit<LeaseRecord, 'version'>, previous: string | undefined): Promise<void> => {
      if (this.away) throw new TransientError('away');
      if (previous !== this.record?.version) throw new ConflictError('changed');
      this.record = { ...lease, version: String((this.#version += 1)) };
    },
  };

  async pass(ms: number): Promise<void> {
    const end = this.nowMs + ms;
    for (;;) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.nowMs = Math.max(this.nowMs, next[1].at);
      next[1].run();
    }
    this.nowMs = end;
  }

  candidate(holder: string): { readonly lease: Lease; readonly events: string[] } {
    const events: string[] = [];
    const lease = new Lease({
      cluster: this.cluster, name: 'l', holder, durationMs: 15_000, renewEveryMs: 3_000, clock: this.clock, after: this.after,
      acquired: () => void events.push(`acquired ${this.nowMs}`),
      lost: () => void events.push(`lost ${this.nowMs}`),
    });
    return { lease, events };
  }
}

it('has one holder of two who ask, and keeps it while it renews', async () => {
  const world = new World();
  const [a, b] = [world.candidate('a'), world.candidate('b')];
  await world.pass(60_000);
  expect([a.lease.held, b.lease.held].filter(Boolean)).toHaveLength(1);
  expect([...a.events, ...b.events]).toHaveLength(1);
});

it('passes at the next look to another when it is given back', async () => {
  const world = new World();
  const a = world.candidate('a');
  await world.pass(1_000);
  const b = world.candidate('b');
  await world.pass(1_000);
  await a.lease.close();
  await world.pass(3_000);
  expect(a.events).toEqual(['acquired 0', 'lost 2000']);
  expect(b.lease.held).toBe(true);
  expect(world.record).toMatchObject({ holder: 'b' });
});

it('is given up before others may take it, when the API server is away', async () => {
  const world = new World();
  const a = world.candidate('a');
  await world.pass(1_000);
  world.away = true;
  await world.pass(14_000);
  expect(a.lease.held).toBe(false);
  expect(a.events).toHaveLength(2);
  world.away = false;
  await world.pass(6_000);
  expect(a.lease.held).toBe(true);
});

it('is taken over only after a whole duration without a renewal', async () => {
  const world = new World();
  world.record = { holder: 'dead', renewedAtMs: 0, durationMs: 15_000, transitions: 4, version: 'old' };
  const b = world.candidate('b');
  await world.pass(14_000);
  expect(b.lease.held).toBe(false);
  await world.pass(4_000);
  expect(b.lease.held).toBe(true);
  expect(world.record).toMatchObject({ holder: 'b', transitions: 5 });
});
