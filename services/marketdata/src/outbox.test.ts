import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { InvalidInputError, TransientError } from '@nautilus/model';
import { Outbox } from './outbox.ts';

/** A bus that accepts, refuses or holds what it is given. */
class Bus {
  readonly accepted: unknown[] = [];
  readonly refused: string[] = [];
  readonly latencies: number[] = [];
  held: (() => void)[] = [];
  mode: 'accept' | 'hold' | 'away' = 'accept';
  retry: (() => void) | undefined;
  readonly outbox = new Outbox({
    publish: (topic, payload) => this.#publish(topic, payload),
    monotonic: () => 0,
    delay: () => new Promise((resolve) => { this.retry = resolve; }),
    onLatency: (seconds) => void this.latencies.push(seconds),
    onRefused: (topic) => void this.refused.push(topic),
  });

  async #publish(topic: string, payload: unknown): Promise<void> {
    if (topic === 'bad') throw new InvalidInputError([{ path: 'topic', message: 'none' }]);
    if (this.mode === 'away') throw new TransientError('lost');
    if (this.mode === 'hold') await new Promise<void>((resolve) => this.held.push(resolve));
    this.accepted.push(payload);
  }
}

async function settled(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => { done = true; });
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  return done;
}

describe('the outbox', () => {
  it('is full while a window of messages is under way, and lets the producer go when half of them came through', async () => {
    const bus = new Bus();
    bus.mode = 'hold';
    while (!bus.outbox.isFull) bus.outbox.put('t', bus.held.length, {});
    const under = bus.held.length;
    expect(under).toBe(1_024);
    const room = bus.outbox.room();
    for (const resolve of bus.held.splice(0, 500)) resolve();
    expect(await settled(room)).toBe(false);
    for (const resolve of bus.held.splice(0, 24)) resolve();
    expect(await settled(room)).toBe(true);
    expect(bus.latencies.length).toBe(8);
  });

  it('publishes again, in order and without loss, what a lost bus did not accept', async () => {
    const bus = new Bus();
    bus.outbox.put('t', 1, {});
    bus.mode = 'away';
    for (const payload of [2, 3, 4]) bus.outbox.put('t', payload, {});
    const drained = bus.outbox.drained();
    expect(await settled(drained)).toBe(false);
    expect(bus.outbox.isFull).toBe(true);
    bus.retry?.();
    expect(await settled(drained)).toBe(false);
    bus.mode = 'accept';
    bus.retry?.();
    expect(await settled(drained)).toBe(true);
    expect(bus.accepted).toEqual([1, 2, 3, 4]);
    expect(bus.outbox.isFull).toBe(false);
  });

  it('answers a producer when its own messages are accepted, whatever becomes of later ones', async () => {
    const bus = new Bus();
    bus.mode = 'hold';
    bus.outbox.put('t', 1, {});
    const first = bus.outbox.drained();
    for (const payload of [2, 3]) bus.outbox.put('t', payload, {});
    expect(await settled(first)).toBe(false);
    bus.held.shift()?.();
    expect(await settled(first)).toBe(true);
    expect(bus.accepted).toEqual([1]);
  });

  it('queues what comes while the bus is away, and tries no more than a window of it at a time', async () => {
    const bus = new Bus();
    bus.mode = 'away';
    bus.outbox.put('t', 0, {});
    expect(await settled(bus.outbox.drained())).toBe(false);
    for (let payload = 1; payload < 3_000; payload += 1) bus.outbox.put('t', payload, {});
    const drained = bus.outbox.drained();
    bus.mode = 'hold';
    bus.retry?.();
    expect(await settled(drained)).toBe(false);
    expect(bus.held).toHaveLength(1_024);
    bus.mode = 'accept';
    for (const resolve of bus.held.splice(0)) resolve();
    expect(await settled(drained)).toBe(true);
    expect(bus.accepted).toEqual(Array.from({ length: 3_000 }, (_, i) => i));
  });

  it('gives up a message that can never be taken, and goes on', async () => {
    const bus = new Bus();
    bus.outbox.put('bad', 1, {});
    bus.outbox.put('t', 2, {});
    expect(await settled(bus.outbox.drained())).toBe(true);
    expect(bus.refused).toEqual(['bad']);
    expect(bus.accepted).toEqual([2]);
  });

  it('lets producers go when it closes or their signal ends, although the bus holds everything', async () => {
    const bus = new Bus();
    bus.mode = 'hold';
    while (!bus.outbox.isFull) bus.outbox.put('t', 0, {});
    const abort = new AbortController();
    const room = bus.outbox.room(abort.signal);
    const drained = bus.outbox.drained();
    expect(await settled(room)).toBe(false);
    abort.abort();
    expect(await settled(room)).toBe(true);
    await bus.outbox.close();
    expect(await settled(drained)).toBe(true);
  });
});
