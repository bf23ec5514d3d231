import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DeliveryContext, Lane } from '@nautilus/bus';
import { TransientError, type Message } from '@nautilus/model';
import { FakeClock, silentLog } from '@nautilus/testkit';
import { Checkpoints } from './checkpoints.ts';

interface Saved { readonly state: Uint8Array; readonly position: string | null; readonly time: number }

/** One message of the stream: its lane, entry and key. */
interface Event { readonly lane: Lane; readonly entryId: string; readonly id: string; readonly key: string }

const KEYS = ['A', 'B', 'C'];
const delivered = ({ lane, entryId }: Event): DeliveryContext => ({ bus: 'marketdata', lane, entryId, attempt: 1, signal: new AbortController().signal });
const messageOf = (event: Event): Message => ({ message_id: event.id, replayed: false }) as Message;

/** Counts the messages of each key: a state in which nothing may be missing and nothing twice. */
class Counting {
  readonly seen = new Map<string, string[]>();
  readonly checkpoints: Checkpoints;
  setting = 'a';

  constructor(rows: Map<string, Saved>, clock: FakeClock, isAway: () => boolean = () => false) {
    const reachable = (): void => {
      if (isAway()) throw new TransientError('away');
    };
    this.checkpoints = new Checkpoints(
      {
        snapshot: (key) => this.seen.get(key),
        restore: (key, state) => {
          this.seen.set(key, state as string[]);
          return true;
        },
        snapshotCommon: () => this.setting,
        restoreCommon: (state) => void (this.setting = state as string),
      },
      {
        engine: 'counting',
        clock,
        log: silentLog,
        store: {
          snapshots: {
            put: async (_engine, key, state, position, time) => {
              await Promise.resolve();
              reachable();
              rows.set(key, { state, position, time });
            },
            get: (_engine, key) => Promise.resolve(rows.get(key)),
            keys: () => Promise.resolve([...rows.keys()]),
          },
        },
      },
    );
  }

  handle(event: Event): void {
    if (this.checkpoints.take(event.key, messageOf(event), delivered(event))) this.seen.set(event.key, [...(this.seen.get(event.key) ?? []), event.id]);
  }
}

describe('checkpoints', () => {
  let clock: FakeClock;
  beforeEach(() => void (clock = new FakeClock(1_000_000)));

  /** What the bus delivers after a restart: of each lane everything from its point on. */
  const after = (stream: readonly Event[], { checkpoints }: Counting): readonly Event[] => {
    const points = checkpoints.resumePoints;
    if (points === undefined) return stream;
    return stream.filter(({ lane, entryId }) => {
      const first = points.entries.marketdata?.[lane];
      const [ms, seq] = entryId.split('-').map(Number) as [number, number];
      if (first === undefined) return ms >= points.sinceMs;
      const [firstMs, firstSeq] = first.split('-').map(Number) as [number, number];
      return ms > firstMs || (ms === firstMs && seq >= firstSeq);
    });
  };

  it('give each message its effect once, wherever the process ends and whatever a saving had written by then', async () => {
    const entry = fc.record({ lane: fc.constantFrom<Lane>('NORMAL', 'HIGH'), keys: fc.array(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 4 }) });
    const life = fc.record({ events: fc.nat(12), saves: fc.boolean(), writes: fc.nat(5), more: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 12 }), fc.array(life, { maxLength: 5 }), async (entries, lives) => {
        const stream = entries.flatMap(({ lane, keys }, i) => keys.map((key, k): Event => ({ lane, entryId: `${clock.now() + (i >> 1)}-${i}`, id: `${i}.${k}`, key })));
        const rows = new Map<string, Saved>();
        for (const { events, saves, writes, more } of lives) {
          const process = new Counting(rows, clock);
          await process.checkpoints.load();
          const coming = after(stream, process);
          for (const event of coming.slice(0, events)) process.handle(event);
          if (!saves) continue;
          const saving = process.checkpoints.save();
          // The process goes on while it saves, and ends after some of the writes.
          for (let turn = 0; turn < writes; turn++) {
            await Promise.resolve();
            const event = turn < more ? coming[events + turn] : undefined;
            if (event !== undefined) process.handle(event);
          }
          const ended = new Map(rows);
          await saving;
          rows.clear();
          for (const [key, row] of ended) rows.set(key, row);
        }
        const last = new Counting(rows, clock);
        await last.checkpoints.load();
        for (const event of after(stream, last)) last.handle(event);
        for (const key of KEYS) {
          const expected = stream.filter((event) => event.key === key).map(({ id }) => id);
          expect([...(last.seen.get(key) ?? [])].sort()).toEqual(expected.sort());
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keep for the next saving what could not be written', async () => {
    const rows = new Map<string, Saved>();
    let away = false;
    const first = new Counting(rows, clock, () => away);
    await first.checkpoints.load();
    away = true;
    const event: Event = { lane: 'NORMAL', entryId: `${clock.now()}-0`, id: 'm', key: 'A' };
    first.handle(event);
    first.setting = 'b';
    await expect(first.checkpoints.save()).rejects.toMatchObject({ kind: 'transient' });
    expect(rows.has('A')).toBe(false);
    away = false;
    await first.checkpoints.save();
    expect(rows.get('A')?.position).toBe(JSON.stringify({ marketdata: { NORMAL: event.entryId } }));
    const second = new Counting(rows, clock);
    await second.checkpoints.load();
    expect(second.seen.get('A')).toEqual(['m']);
    expect(second.setting).toBe('b');
  });

  it('leave what was saved as it is until they have read it', async () => {
    const rows = new Map<string, Saved>();
    const first = new Counting(rows, clock);
    await first.checkpoints.load();
    first.handle({ lane: 'NORMAL', entryId: `${clock.now()}-0`, id: 'm', key: 'A' });
    await first.checkpoints.save();
    const saved = new Map(rows);
    clock.advance(60_000);
    // One that waits for its turn, or whose start failed, saves at its end all the same.
    const waiting = new Counting(rows, clock);
    waiting.checkpoints.touch('A');
    await waiting.checkpoints.save();
    expect(rows).toEqual(saved);
  });

  it('begin anew with a state that is damaged', async () => {
    const rows = new Map<string, Saved>();
    const first = new Counting(rows, clock);
    await first.checkpoints.load();
    first.handle({ lane: 'NORMAL', entryId: `${clock.now()}-0`, id: 'm', key: 'A' });
    await first.checkpoints.save();
    rows.set('A', { state: new Uint8Array([1]), position: null, time: 0 });
    const second = new Counting(rows, clock);
    await second.checkpoints.load();
    expect(second.seen.size).toBe(0);
    rows.set('*', { state: new Uint8Array([1]), position: null, time: 0 });
    const third = new Counting(rows, clock);
    await third.checkpoints.load();
    expect(third.checkpoints.resumePoints).toBeUndefined();
  });
});
