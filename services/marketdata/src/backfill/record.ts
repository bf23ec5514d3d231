import { CorruptDataError } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { z } from 'zod';
import { SOURCE_NAMES } from '../sources/source.ts';
import { BACKFILL_TIMEFRAMES } from './plan.ts';

export const BACKFILL_STATUSES = ['queued', 'running', 'waiting', 'completed', 'failed', 'stopped'] as const;

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/**
 * Why a hole is still there. `not_at_source`: it answered for the day and had no such bar, as for minutes without
 * trades. `unknown_to_source`: it knows nothing under the name. `refused`: its bar was incomplete or impossible.
 * `perhaps_no_session`: a weekday beyond the end of the calendar. `not_asked`: the backfill ended before.
 */
export const GAP_REASONS = ['not_at_source', 'unknown_to_source', 'refused', 'perhaps_no_session', 'not_asked'] as const;
export type GapReason = (typeof GAP_REASONS)[number];
/** Holes that are listed; all are counted. */
export const MOST_GAPS = 1_000;

const gap = z.object({ from: z.string(), to: z.string().describe('Exclusive'), bars: z.int(), reason: z.enum(GAP_REASONS) });
export type Gap = z.infer<typeof gap>;

/** What was asked for, how far it got and what came of it; kept in the store as it is shown. */
export const backfillSchema = z.object({
  backfill_id: z.string(), symbol: z.string(), timeframe: z.enum(BACKFILL_TIMEFRAMES), source: z.enum(SOURCE_NAMES),
  from: date, to: date.describe('Inclusive'),
  status: z.enum(BACKFILL_STATUSES),
  position: date.nullable().describe('Every expected day up to this one was dealt with'),
  progress: z.number().min(0).max(1), days_expected: z.int(), days_filled: z.int(),
  accepted: z.int(), duplicates: z.int(), rejected: z.int(),
  missing: z.array(date).describe('Sessions of the calendar that still have no bars'),
  unconfirmed: z.array(date).describe('Weekdays beyond the end of the calendar without bars: sessions or holidays'),
  bars_missing: z.int().default(0).describe('Bars that could lie in the sessions and are still not there'),
  gaps: z.array(gap).default([]).describe(`Where they are missing, and why; the first ${MOST_GAPS} holes`),
  waiting_until: z.string().nullable(), error: z.string().nullable(), started_at: z.string(), finished_at: z.string().nullable(),
});
export type Backfill = z.infer<typeof backfillSchema>;

const ENGINE = 'marketdata';
const PREFIX = 'backfill:';
/** Finished ones that are kept to be asked about. */
const KEPT = 200;

/** The backfills of this engine: in memory, and in the store so that they go on after a restart. */
export class Backfills {
  readonly #records = new Map<string, Backfill>();
  readonly #running = new Map<string, AbortController>();
  #isLoaded = false;

  /** Newest first. */
  get all(): readonly Backfill[] {
    return [...this.#records.values()].sort((a, b) => (newer(a, b) ? -1 : 1)).slice(0, KEPT);
  }

  get(id: string): Backfill | undefined {
    return this.#records.get(id);
  }

  /** @throws CorruptDataError for a record that is none */
  async load(store: Store): Promise<void> {
    if (this.#isLoaded) return;
    for (const key of await store.snapshots.keys(ENGINE)) {
      if (!key.startsWith(PREFIX)) continue;
      const saved = await store.snapshots.get(ENGINE, key);
      const read = backfillSchema.safeParse(JSON.parse(new TextDecoder().decode(saved?.state)));
      if (!read.success) throw new CorruptDataError(`${key} in the store is no backfill`);
      if (!this.#records.has(read.data.backfill_id)) this.#records.set(read.data.backfill_id, read.data);
    }
    this.#isLoaded = true;
  }

  async save(record: Backfill, store: Store, nowMs: number): Promise<void> {
    this.#records.set(record.backfill_id, record);
    await store.snapshots.put(ENGINE, `${PREFIX}${record.backfill_id}`, new TextEncoder().encode(JSON.stringify(record)), record.position, nowMs);
  }

  /** Ends when the backfill is stopped; undefined while it runs already: a queue may hand out the same work twice. */
  begin(id: string): AbortSignal | undefined {
    if (this.#running.has(id)) return undefined;
    const stop = new AbortController();
    this.#running.set(id, stop);
    return stop.signal;
  }

  end(id: string): void {
    this.#running.delete(id);
  }

  /** Ends it where it runs. */
  stop(id: string): void {
    this.#running.get(id)?.abort();
  }
}

function newer(a: Backfill, b: Backfill): boolean {
  return a.started_at === b.started_at ? a.backfill_id > b.backfill_id : a.started_at > b.started_at;
}

export function isOpen({ status }: Backfill): boolean {
  return status === 'queued' || status === 'running' || status === 'waiting';
}
