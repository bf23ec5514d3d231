import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from './context.ts';
import { UnreadableRecords } from './dead-letters.ts';
import { isRefused, normalise } from './normalise.ts';

export interface IngestAnswer {
  readonly accepted: number;
  readonly rejected: readonly { readonly index: number; readonly reason: string; readonly message: string }[];
  readonly duration_ms: number;
}

/** Records between two turns of the event loop. */
const BATCH = 64;
/** Refused for what they say, and whole. */
const READABLE: ReadonlySet<string> = new Set(['reserved_source', 'time_in_future']);

const BOOK_MESSAGES: Readonly<Record<string, string>> = {
  bad_book: 'a price that is not positive or stands twice, a negative size, or a crossed snapshot',
  book_of_other_source: 'the book of this symbol comes from another source; a snapshot takes it over',
  book_gap: 'updates before this one are missing: the book is stale until a snapshot comes',
  book_waiting: 'the book is stale: send a snapshot',
};

/** Takes records one by one: a bad one is named with its place and reason, one that cannot be read becomes a dead letter, the rest go on. */
export async function ingest(records: readonly unknown[], context: Context): Promise<IngestAnswer> {
  const { admission, outbox } = context.state;
  const started = context.clock.monotonic();
  return admission.admit(async () => {
    const rejected = await admission.inTurn(() => takeAll(records, context));
    await outbox.drained();
    return { accepted: records.length - rejected.length, rejected, duration_ms: context.clock.monotonic() - started };
  });
}

/** One by one: what cannot be read becomes a dead letter. */
async function takeAll(records: readonly unknown[], context: Context): Promise<IngestAnswer['rejected']> {
  const { hub, outbox, library } = context.state;
  const nowMs = context.clock.now();
  const options = { nowMs, reservedSources: new Set(library.entries.map(({ source }) => source)), nextSeq: sequenceOf(context.state) };
  // While the bus is away and the spool is full, requests wait here, and what they bring is not piled up.
  await outbox.roomOrSpool(context.signal);
  const unreadable = new UnreadableRecords(context);
  const rejected: { index: number; reason: string; message: string }[] = [];
  for (const [index, record] of records.entries()) {
    const item = normalise(record, { ...options, nextSeq: (key) => options.nextSeq(key, nowMs) });
    if (isRefused(item)) {
      rejected.push({ index, ...item });
      if (!READABLE.has(item.reason)) unreadable.keep(record, `${item.reason}: ${item.message}`);
      context.metrics.rejected.inc({ reason: item.reason });
    } else {
      const reason = hub.take(item.event.source, item);
      if (reason !== undefined) rejected.push({ index, reason, message: BOOK_MESSAGES[reason] ?? 'refused by the quality rules' });
    }
    if (index % BATCH === BATCH - 1) {
      await nextTurn();
      await outbox.roomOrSpool(context.signal);
    }
  }
  return rejected;
}

const counters = new WeakMap<object, Map<string, number>>();

/** Sequences begin at the time of the first record, so that they also rise over a restart. */
function sequenceOf(owner: object): (key: string, nowMs: number) => number {
  let known = counters.get(owner);
  if (known === undefined) {
    known = new Map();
    counters.set(owner, known);
  }
  const sequences = known;
  return (key, nowMs) => {
    const next = (sequences.get(key) ?? Math.floor(nowMs) * 1_000) + 1;
    sequences.set(key, next);
    return next;
  };
}
