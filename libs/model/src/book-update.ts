import { InvalidInputError, type Problem } from './errors.ts';
import type { MarketEvent } from './market-events.ts';
import { topics } from './topics.ts';
import { matches } from './topic-match.ts';

/** Absolute size at a price; 0 in a delta takes the level away. */
export type PriceLevel = readonly [price: number, size: number];

/**
 * Payload of `market_data.level2.*`. A `snapshot` is the whole book; a `delta` changes the book whose last id is its
 * `previous_update_id`; `stale` says that updates are missing and that the book is unknown until the next snapshot.
 */
export interface BookUpdate extends MarketEvent {
  readonly type: 'snapshot' | 'delta' | 'stale';
  /** Best first in a snapshot; in any order in a delta; empty when stale. */
  readonly bids: readonly PriceLevel[];
  readonly asks: readonly PriceLevel[];
  /** Id of the last update of the source that is contained. */
  readonly last_update_id: number;
  /** Id of the update before the first that is contained; null unless a delta. */
  readonly previous_update_id: number | null;
  /** Why the book is stale; null otherwise. */
  readonly reason: string | null;
}

/** `old`: contained already. `gap`: not the successor of what is known; the image is empty until a snapshot comes. */
export type BookOutcome = 'applied' | 'old' | 'gap';

export function isBookTopic(topic: string): boolean {
  return matches(topics.marketData.level2.all, topic);
}

/** Undefined for anything but an update of a book; cheap, for hot paths that must not throw. */
export function bookUpdateOf(payload: unknown): BookUpdate | undefined {
  return problemsOf(payload).length === 0 ? (payload as BookUpdate) : undefined;
}

/** Throws InvalidInputError naming every field that is wrong. */
export function asBookUpdate(payload: unknown): BookUpdate {
  const problems = problemsOf(payload);
  if (problems.length > 0) throw new InvalidInputError(problems);
  return payload as BookUpdate;
}

/** The book of one symbol as a subscriber knows it. */
export class BookImage {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #head: BookUpdate | undefined;

  /** The last update was `stale`, or a delta did not follow. */
  get isStale(): boolean {
    return this.#head === undefined || this.#head.type === 'stale';
  }

  /** Of the last update; undefined before any. */
  get runId(): string | null | undefined {
    return this.#head?.run_id;
  }

  take(update: BookUpdate): BookOutcome {
    if (update.type === 'delta') return this.#follow(update);
    this.#bids.clear();
    this.#asks.clear();
    this.#head = update;
    if (update.type === 'snapshot') this.#apply(update);
    return 'applied';
  }

  /** The whole book as one update, levels best first; the `stale` update while there is no book; undefined before any. */
  snapshot(): BookUpdate | undefined {
    if (this.#head === undefined || this.#head.type === 'stale') return this.#head;
    return { ...this.#head, type: 'snapshot', previous_update_id: null, bids: sorted(this.#bids, -1), asks: sorted(this.#asks, 1) };
  }

  #follow(update: BookUpdate): BookOutcome {
    const head = this.#head;
    if (head === undefined || head.type === 'stale') return 'gap';
    const ofOneRun = head.source === update.source && head.run_id === update.run_id;
    if (ofOneRun && update.last_update_id <= head.last_update_id) return 'old';
    if (!ofOneRun || update.previous_update_id !== head.last_update_id) {
      this.#bids.clear();
      this.#asks.clear();
      this.#head = { ...update, type: 'stale', bids: [], asks: [], previous_update_id: null, reason: 'sequence_gap' };
      return 'gap';
    }
    this.#head = update;
    this.#apply(update);
    return 'applied';
  }

  #apply({ bids, asks }: BookUpdate): void {
    set(this.#bids, bids);
    set(this.#asks, asks);
  }
}

/**
 * One update with the effect of both: what a slow receiver gets instead of two. Undefined when `later` does not follow
 * `earlier`, which only a snapshot can mend.
 */
export function mergeBookUpdates(earlier: BookUpdate, later: BookUpdate): BookUpdate | undefined {
  if (later.type !== 'delta') return later;
  if (earlier.source !== later.source || earlier.run_id !== later.run_id || earlier.type === 'stale') return undefined;
  if (later.previous_update_id !== earlier.last_update_id) return undefined;
  if (earlier.type === 'snapshot') {
    const image = new BookImage();
    image.take(earlier);
    image.take(later);
    return image.snapshot();
  }
  return {
    ...later, previous_update_id: earlier.previous_update_id,
    bids: [...new Map([...earlier.bids, ...later.bids])], asks: [...new Map([...earlier.asks, ...later.asks])],
  };
}

function set(side: Map<number, number>, levels: readonly PriceLevel[]): void {
  for (const [price, size] of levels) {
    if (size === 0) side.delete(price);
    else side.set(price, size);
  }
}

function sorted(side: ReadonlyMap<number, number>, direction: 1 | -1): readonly PriceLevel[] {
  return [...side].sort(([a], [b]) => direction * (a - b));
}

const TYPES = new Set<unknown>(['snapshot', 'delta', 'stale']);

function problemsOf(payload: unknown): Problem[] {
  if (typeof payload !== 'object' || payload === null) return [{ path: 'payload', message: 'not an object' }];
  const fields = payload as Readonly<Record<string, unknown>>;
  const problems: Problem[] = [];
  const check = (holds: boolean, name: string, message: string): void => {
    if (!holds) problems.push({ path: `payload.${name}`, message });
  };
  check(TYPES.has(fields['type']), 'type', 'snapshot, delta or stale');
  check(typeof fields['symbol'] === 'string' && fields['symbol'] !== '', 'symbol', 'a symbol is required');
  check(typeof fields['ts_event_ns'] === 'bigint', 'ts_event_ns', 'nanoseconds as bigint are required');
  check(Number.isSafeInteger(fields['last_update_id']), 'last_update_id', 'a whole number is required');
  check(fields['type'] !== 'delta' || Number.isSafeInteger(fields['previous_update_id']), 'previous_update_id', 'a whole number is required');
  for (const side of ['bids', 'asks']) check(isLevels(fields[side]), side, 'pairs of a positive price and a size of at least 0 are required');
  return problems;
}

function isLevels(value: unknown): boolean {
  return Array.isArray(value) && value.every((level: unknown) => {
    if (!Array.isArray(level) || level.length !== 2) return false;
    const [price, size] = level as readonly unknown[];
    return typeof price === 'number' && price > 0 && price < Infinity && typeof size === 'number' && size >= 0 && size < Infinity;
  });
}
