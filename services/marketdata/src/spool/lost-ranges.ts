import { isoFromMs, PROVENANCES, topics, type EpochMs } from '@nautilus/model';
import type { SnapshotRepository } from '@nautilus/store';
import { z } from 'zod';

export const lostRangeSchema = z.object({
  source: z.string(), symbol: z.string(), data_type: z.string(), provenance: z.enum(PROVENANCES),
  from: z.string().describe('Event time of the first event that was lost'), to: z.string().describe('Event time of the last one'),
  events: z.int(),
  reason: z.enum(['spool_full', 'spool_unwritable']),
  lost_at: z.string(),
  backfill_id: z.string().nullable().describe('The backfill that was started to fetch its bars; null while none was, or when no source can'),
});
type LostRange = z.infer<typeof lostRangeSchema>;

const ENGINE = 'marketdata';
const PREFIX = 'lost:';
const MARKET_DATA = topics.marketData.all.slice(0, -1);

/** What never reached the bus because it was away and the spool took no more, by feed. */
export class LostRanges {
  /** Of this outage, by feed. */
  readonly #open = new Map<string, LostRange>();
  readonly #unsaved = new Set<string>();

  /** Price and volume updates say nothing that the trades do not say: their loss is none. */
  note(topic: string, payload: unknown, reason: LostRange['reason'], nowMs: EpochMs): void {
    if (!topic.startsWith(MARKET_DATA) || typeof payload !== 'object' || payload === null) return;
    const [type = ''] = topic.slice(MARKET_DATA.length).split('.');
    const [source, symbol] = [String(Reflect.get(payload, 'source')), String(Reflect.get(payload, 'symbol'))];
    const told: unknown = Reflect.get(payload, 'provenance');
    const provenance = PROVENANCES.find((one) => one === told) ?? 'live';
    const at = isoFromMs(eventMs(payload) ?? nowMs);
    const key = `${source}:${symbol}:${type}:${provenance}`;
    const range = this.#open.get(key);
    this.#open.set(key, range === undefined
      ? { source, symbol, data_type: type, provenance, from: at, to: at, events: 1, reason, lost_at: isoFromMs(nowMs), backfill_id: null }
      : { ...range, from: at < range.from ? at : range.from, to: at > range.to ? at : range.to, events: range.events + 1 });
    this.#unsaved.add(key);
  }

  /** Writes what changed. Rejects with TransientError while the database is away; the next call writes it. */
  async save(snapshots: SnapshotRepository, nowMs: EpochMs): Promise<void> {
    for (const key of [...this.#unsaved]) {
      const range = this.#open.get(key);
      this.#unsaved.delete(key);
      if (range === undefined) continue;
      try {
        await put(snapshots, range, nowMs);
      } catch (error) {
        this.#unsaved.add(key);
        throw error;
      }
    }
  }

  /** The outage is over: gives its ranges, which later losses no longer join. */
  end(): readonly LostRange[] {
    const ended = [...this.#open.values()];
    this.#open.clear();
    return ended;
  }
}

/** A range of the same feed and start replaces the one before. */
export async function put(snapshots: SnapshotRepository, range: LostRange, nowMs: EpochMs): Promise<void> {
  const { source, symbol, data_type: type, from } = range;
  await snapshots.put(ENGINE, `${PREFIX}${source}:${symbol}:${type}:${from}`, new TextEncoder().encode(JSON.stringify(range)), null, nowMs);
}

/** All that are on record, newest first. */
export async function lostRanges(snapshots: SnapshotRepository): Promise<readonly LostRange[]> {
  const found: LostRange[] = [];
  for (const key of await snapshots.keys(ENGINE)) {
    if (!key.startsWith(PREFIX)) continue;
    const saved = await snapshots.get(ENGINE, key);
    if (saved !== undefined) found.push(lostRangeSchema.parse(JSON.parse(new TextDecoder().decode(saved.state))));
  }
  return found.sort((a, b) => (a.lost_at < b.lost_at ? 1 : -1));
}

function eventMs(payload: object): EpochMs | undefined {
  const ns: unknown = Reflect.get(payload, 'ts_event_ns');
  const start: unknown = Reflect.get(payload, 'start_ms');
  return typeof ns === 'bigint' ? Number(ns / 1_000_000n) : typeof start === 'number' ? start : undefined;
}
