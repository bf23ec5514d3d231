import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@nautilus/testkit';
import { TransientError } from '@nautilus/model';
import { Outbox } from '../outbox.ts';
import { LostRanges } from './lost-ranges.ts';
import { Spool } from './spool.ts';

interface Sent {
  readonly payload: unknown;
  readonly id: string | undefined;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outbox-'));
});
afterEach(async () => {
  for (const { outbox, spool } of started.splice(0)) {
    await outbox.close();
    await spool.close();
  }
  await rm(folder, { recursive: true, force: true });
});

/** A bus that takes everything, or is away: then it holds what it is given, as a client with a buffer does, or refuses it. */
class Process {
  readonly taken: Sent[] = [];
  readonly lost: unknown[] = [];
  readonly spool: Spool;
  readonly outbox: Outbox;
  held: { readonly sent: Sent; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  isAway = false;
  ids = 0;

  private constructor(spool: Spool, name: string, isAway: boolean) {
    this.spool = spool;
    this.isAway = isAway;
    this.outbox = new Outbox({
      publish: (_topic, payload, { messageId: id }) => {
        const sent = { payload, id };
        if (!this.isAway) this.taken.push(sent);
        return this.isAway ? new Promise((resolve, reject) => this.held.push({ sent, resolve, reject })) : Promise.resolve();
      },
      monotonic: () => 0,
      delay: () => new Promise((resolve) => setImmediate(resolve)),
      onLatency: () => undefined,
      onRefused: (_topic, error) => {
        throw error;
      },
      spooling: {
        spool, newId: () => `${name}-${(this.ids += 1)}`,
        onLost: (_topic, payload) => void this.lost.push(payload),
        onFailure: (error) => {
          throw error;
        },
      },
    });
  }

  static async start(name: string, { largestBytes = 10_000_000, isAway = false } = {}): Promise<Process> {
    const process = new Process(await Spool.open({ folder, largestBytes, onDamage: () => undefined }), name, isAway);
    started.push(process);
    return process;
  }

  put(from: number, to: number): void {
    for (let n = from; n < to; n += 1) this.outbox.put('t', n, {});
  }

  leave(): void {
    this.isAway = true;
    this.outbox.away(true);
  }

  /** `keeps`: the client's buffer still holds what it was given; else it was too small. */
  comeBack(keeps: boolean): void {
    this.isAway = false;
    for (const { sent, resolve, reject } of this.held.splice(0)) {
      if (keeps) {
        this.taken.push(sent);
        resolve();
      } else reject(new TransientError('the buffer overflowed'));
    }
    this.outbox.away(false);
  }

  /** What readers see: they leave out an id that they had. */
  get read(): readonly unknown[] {
    const seen = new Set<string | undefined>();
    return this.taken.filter(({ id }) => !seen.has(id) && seen.add(id)).map(({ payload }) => payload);
  }
}

const started: Process[] = [];
const numbers = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('the outbox with a spool', () => {
  it.each([['still has what it was given', true], ['gave it up', false]])('sends everything once to its readers and in order after an outage, when the client %s', async (_what, keeps) => {
    const process = await Process.start('a');
    process.put(0, 100);
    process.isAway = true;
    process.put(100, 150);
    process.leave();
    process.put(150, 5_000);
    await process.outbox.drained();
    expect(process.outbox.isFull).toBe(true);
    expect(process.taken).toHaveLength(100);
    process.comeBack(keeps);
    process.put(5_000, 5_100);
    await process.outbox.room();
    expect(process.read).toEqual(numbers(0, 5_100));
    expect(process.spool.isEmpty).toBe(true);
    const before = process.spool.bytes;
    process.put(5_100, 5_200);
    expect([process.spool.bytes, process.taken.at(-1)?.payload]).toEqual([before, 5_199]);
    expect(process.lost).toEqual([]);
  });

  it('loses nothing of what it had accepted when its process ends during the outage, or while it catches up', async () => {
    const first = await Process.start('a');
    first.put(0, 10);
    first.leave();
    first.put(10, 3_000);
    await first.outbox.drained();
    await first.spool.close();
    const second = await Process.start('b');
    await eventually(() => expect(second.taken.length).toBeGreaterThan(1_000));
    await second.outbox.close();
    await second.spool.close();
    const third = await Process.start('c');
    await third.outbox.room();
    const taken = [...first.taken, ...second.taken, ...third.taken];
    const seen = new Set<string | undefined>();
    expect(taken.filter(({ id }) => !seen.has(id) && seen.add(id)).map(({ payload }) => payload)).toEqual(numbers(0, 3_000));
  });

  it('goes on keeping order when the bus leaves again before it has taken everything', async () => {
    const process = await Process.start('a');
    process.leave();
    process.put(0, 3_000);
    await process.outbox.drained();
    process.comeBack(true);
    await eventually(() => expect(process.taken.length).toBeGreaterThanOrEqual(1_024));
    process.leave();
    process.put(3_000, 3_500);
    await process.outbox.drained();
    process.comeBack(false);
    await process.outbox.room();
    expect(process.read).toEqual(numbers(0, 3_500));
  });

  it('lets feeds that cannot wait go on until the spool is full, then holds them; what comes all the same is lost and told', async () => {
    const process = await Process.start('a', { largestBytes: 20_000 });
    process.leave();
    let put = 0;
    for (; !process.spool.isFull; put += 1) {
      await process.outbox.roomOrSpool();
      process.put(put, put + 1);
    }
    let isHeld = true;
    const room = process.outbox.roomOrSpool().then(() => {
      isHeld = false;
    });
    process.put(put, put + 100);
    await process.outbox.drained();
    expect(isHeld).toBe(true);
    expect(process.lost.length).toBeGreaterThan(0);
    const kept = put + 100 - process.lost.length;
    expect(process.lost).toEqual(numbers(kept, put + 100));
    process.comeBack(true);
    await room;
    await process.outbox.room();
    expect(process.read).toEqual(numbers(0, kept));
  });
});

describe('lost events', () => {
  it('are recorded by feed with the range of their times; updates of prices are no loss', async () => {
    const saved = new Map<string, string>();
    const snapshots = { put: async (_engine: string, key: string, state: Uint8Array) => void saved.set(key, new TextDecoder().decode(state)), get: async () => undefined, keys: async () => [] };
    const lost = new LostRanges();
    const tick = (ms: number) => ({ source: 'desk', symbol: 'ACME', provenance: 'live', ts_event_ns: BigInt(ms) * 1_000_000n });
    for (const ms of [2_000, 1_000, 3_000]) lost.note('market_data.tick.ACME', tick(ms), 'spool_full', 9_000);
    lost.note('market_data.bar.ACME', { source: 'desk', symbol: 'ACME', provenance: 'simulated', start_ms: 60_000 }, 'spool_full', 9_000);
    lost.note('price.update.ACME', tick(1), 'spool_full', 9_000);
    await lost.save(snapshots, 9_000);
    expect([...saved.values()].map((text) => JSON.parse(text) as unknown)).toEqual([
      { source: 'desk', symbol: 'ACME', data_type: 'tick', provenance: 'live', from: '1970-01-01T00:00:01.000Z', to: '1970-01-01T00:00:03.000Z', events: 3, reason: 'spool_full', lost_at: '1970-01-01T00:00:09.000Z', backfill_id: null },
      { source: 'desk', symbol: 'ACME', data_type: 'bar', provenance: 'simulated', from: '1970-01-01T00:01:00.000Z', to: '1970-01-01T00:01:00.000Z', events: 1, reason: 'spool_full', lost_at: '1970-01-01T00:00:09.000Z', backfill_id: null },
    ]);
    expect(lost.end()).toHaveLength(2);
    expect(lost.end()).toEqual([]);
  });
});
