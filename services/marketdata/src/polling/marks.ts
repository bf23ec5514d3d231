import { CorruptDataError, type EpochMs } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { z } from 'zod';
import type { FeedType } from './feeders.ts';

const schema = z.object({
  due_at: z.number(), asked_at: z.number().nullable(), seq: z.int().nonnegative(), messages: z.int(), errors: z.int(), mark: z.unknown(),
  /** Of answers that hold several series. */
  parts: z.record(z.string(), z.unknown()),
});

/** What is remembered of one subject of one feed, also over a restart. */
export interface SubjectState {
  dueAt: EpochMs;
  /** When the source last answered. */
  askedAt: EpochMs | null;
  /** Of the last event. */
  seq: number;
  messages: number;
  errors: number;
  mark: unknown;
  parts: Record<string, unknown>;
}

const ENGINE = 'marketdata';
const PREFIX = 'poll:';

/** Where polling stands: per source one entry in the store, per subject one in it. */
export class Marks {
  readonly #states = new Map<string, Map<string, SubjectState>>();

  /** @throws CorruptDataError for an entry that is none */
  async load(store: Store): Promise<void> {
    for (const key of await store.snapshots.keys(ENGINE)) {
      if (!key.startsWith(PREFIX)) continue;
      const saved = await store.snapshots.get(ENGINE, key);
      const read = z.record(z.string(), schema).safeParse(JSON.parse(new TextDecoder().decode(saved?.state)));
      if (!read.success) throw new CorruptDataError(`${key} in the store is no state of polling`);
      this.#states.set(key.slice(PREFIX.length), new Map(Object.entries(read.data).map(([subject, { due_at: dueAt, asked_at: askedAt, ...rest }]) => [subject, { dueAt, askedAt, ...rest }])));
    }
  }

  async save(source: string, store: Store, now: EpochMs): Promise<void> {
    const states = this.#states.get(source) ?? new Map<string, SubjectState>();
    const entries = [...states].map(([subject, { dueAt, askedAt, ...rest }]) => [subject, { due_at: dueAt, asked_at: askedAt, ...rest }]);
    await store.snapshots.put(ENGINE, `${PREFIX}${source}`, new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries))), null, now);
  }

  of(source: string, type: FeedType, subject: string): SubjectState {
    let states = this.#states.get(source);
    if (states === undefined) {
      states = new Map();
      this.#states.set(source, states);
    }
    const key = `${type}:${subject}`;
    let state = states.get(key);
    if (state === undefined) {
      state = { dueAt: 0, askedAt: null, seq: 0, messages: 0, errors: 0, mark: null, parts: {} };
      states.set(key, state);
    }
    return state;
  }
}
