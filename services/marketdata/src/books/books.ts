import { asNautilusError, type BookUpdate, type EpochMs, type MarketEvent, type PriceLevel } from '@nautilus/model';
import { OrderBook, type BookLevel } from '@nautilus/quant';
import type { BookChange } from './book-change.ts';

/** A message about the book of one symbol, whatever it came from. */
export interface BookEvent extends MarketEvent {
  readonly change: BookChange;
}

/** `book_gap`: updates before it are missing. `book_waiting`: a snapshot must come first. */
export type BookRejection = 'bad_book' | 'book_of_other_source' | 'book_gap' | 'book_waiting';

export interface BookVerdict {
  readonly rejected: BookRejection | undefined;
  /** What subscribers are told; undefined for what they know already. */
  readonly update: BookUpdate | undefined;
  readonly isCrossed: boolean;
}

interface Entry {
  readonly lane: string;
  readonly source: string;
  readonly book: OrderBook;
  head: BookEvent;
  /** Event time of the last whole book that was published. */
  snapshotMs: EpochMs;
  isStale: boolean;
}

/**
 * Event time after which a delta is replaced by the whole book, so that whoever began to listen late, or lost
 * something, has it again.
 */
export const SNAPSHOT_EVERY_MS = 10_000;

/**
 * The books of all symbols. Each belongs to one source: that of its last snapshot. What is ingested takes a book over
 * from what is replayed, and not the other way round while it holds.
 */
export class Books {
  readonly #entries = new Map<string, Entry>();
  readonly #replayLane: string;

  constructor(replayLane: string) {
    this.#replayLane = replayLane;
  }

  take(lane: string, event: BookEvent): BookVerdict {
    const known = this.#entries.get(event.symbol);
    const isOwn = known?.lane === lane && known.source === event.source && known.head.run_id === event.run_id;
    if (!isOwn && !this.#mayOpen(lane, event, known)) return refused('book_of_other_source');
    const entry: Entry = isOwn ? known : { lane, source: event.source, book: new OrderBook(), head: event, snapshotMs: -Infinity, isStale: false };
    try {
      const verdict = event.change.isSnapshot ? snapshotOf(entry, event) : deltaOf(entry, event);
      this.#entries.set(event.symbol, entry);
      return verdict;
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'invalid_input') throw error;
      return refused('bad_book');
    }
  }

  /** Forgets the books of a stream of time that begins anew. */
  begin(lane: string): void {
    for (const [symbol, entry] of this.#entries) if (entry.lane === lane) this.#entries.delete(symbol);
  }

  /** The best levels of each side as one update, `stale` while updates are missing; undefined for a symbol without a book. */
  view(symbol: string, levels: number): BookUpdate | undefined {
    const entry = this.#entries.get(symbol);
    if (entry === undefined) return undefined;
    return entry.isStale ? staleUpdate(entry.head, 'sequence_gap') : wholeBook(entry, levels);
  }

  symbols(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  #mayOpen(lane: string, { change }: BookEvent, known: Entry | undefined): boolean {
    if (known?.book.sequence === undefined) return true;
    return change.isSnapshot && !(lane === this.#replayLane && known.lane !== this.#replayLane);
  }
}

function snapshotOf(entry: Entry, event: BookEvent): BookVerdict {
  const { last, bids, asks } = event.change;
  entry.book.applySnapshot({ sequence: last, bids, asks });
  Object.assign(entry, { head: event, isStale: false });
  return told(entry, wholeBook(entry));
}

function deltaOf(entry: Entry, event: BookEvent): BookVerdict {
  const { first, last, previous, bids, asks, allowGap } = event.change;
  const known = entry.book.sequence;
  const outcome = entry.book.applyDelta({ first, last, bids, asks, ...(previous === null ? {} : { previous }) }, { allowGap });
  if (outcome === 'gap' || outcome === 'waiting') {
    const reason = outcome === 'gap' ? 'sequence_gap' : 'no_snapshot';
    const update = entry.isStale ? undefined : staleUpdate(event, reason);
    Object.assign(entry, { head: event, isStale: true });
    return { rejected: outcome === 'gap' ? 'book_gap' : 'book_waiting', update, isCrossed: false };
  }
  if (outcome === 'stale' || known === undefined || entry.book.sequence === known) return { rejected: undefined, update: undefined, isCrossed: false };
  entry.head = event;
  if (timeOf(event) - entry.snapshotMs >= SNAPSHOT_EVERY_MS) return told(entry, wholeBook(entry));
  return told(entry, { ...headOf(event), type: 'delta', bids: pairs(bids), asks: pairs(asks), last_update_id: last, previous_update_id: known, reason: null });
}

function told(entry: Entry, update: BookUpdate): BookVerdict {
  if (update.type === 'snapshot') entry.snapshotMs = timeOf(entry.head);
  return { rejected: undefined, update, isCrossed: entry.book.crossed };
}

function wholeBook({ book, head }: Entry, levels = Infinity): BookUpdate {
  const { bids, asks } = book.depth(levels);
  return { ...headOf(head), type: 'snapshot', bids: pairs(bids), asks: pairs(asks), last_update_id: book.sequence ?? head.change.last, previous_update_id: null, reason: null };
}

function staleUpdate(event: BookEvent, reason: string): BookUpdate {
  return { ...headOf(event), type: 'stale', bids: [], asks: [], last_update_id: event.change.last, previous_update_id: null, reason };
}

function headOf({ change: _, ...head }: BookEvent): Omit<BookEvent, 'change'> {
  return head;
}

function pairs(levels: readonly BookLevel[]): readonly PriceLevel[] {
  return levels.map(({ price, size }) => [price, size]);
}

function timeOf({ ts_event_ns: ns }: BookEvent): EpochMs {
  return Number(ns / 1_000_000n);
}

function refused(rejected: BookRejection): BookVerdict {
  return { rejected, update: undefined, isCrossed: false };
}
