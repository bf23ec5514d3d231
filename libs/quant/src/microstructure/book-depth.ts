import { BookImage, msFromNs, type BookOutcome, type BookUpdate } from '@nautilus/model';

/** Displayed sizes of a level-2 book, best first. */
export interface BookSizes {
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

interface Ordered {
  readonly book: BookUpdate | undefined;
  readonly sizes: BookSizes;
}

const DEEPEST = 25;

/** The level-2 book of one symbol, for all who look at it. It is put in order only when somebody looks, so that an update costs its own levels. */
export class BookDepth {
  readonly #image = new BookImage();
  #timeMs = -Infinity;
  #inOrder: Ordered | undefined;

  /** Of the last update; undefined before any. */
  get runId(): string | null | undefined {
    return this.#image.runId;
  }

  /** A `gap` empties the book until the next snapshot. */
  take(update: BookUpdate): BookOutcome {
    const outcome = this.#image.take(update);
    if (outcome === 'old') return outcome;
    this.#inOrder = undefined;
    this.#timeMs = msFromNs(update.ts_event_ns);
    return outcome;
  }

  /** The whole book, or a `stale` update while some of it is missing; undefined before any. A book that takes it goes on from here. */
  whole(): BookUpdate | undefined {
    return this.#look().book;
  }

  /** At most the 25 best levels; undefined while the book is unknown, empty on a side, or was not told of for longer than `staleMs`. */
  sizes(nowMs: number, staleMs: number): BookSizes | undefined {
    if (this.#image.isStale || nowMs - this.#timeMs > staleMs) return undefined;
    const { sizes } = this.#look();
    return sizes.bids.length === 0 || sizes.asks.length === 0 ? undefined : sizes;
  }

  #look(): Ordered {
    if (this.#inOrder === undefined) {
      const book = this.#image.snapshot();
      this.#inOrder = { book, sizes: sizesOf(book) };
    }
    return this.#inOrder;
  }
}

/** Sum of both sides over the best `levels`. */
export function totalDepth({ bids, asks }: BookSizes, levels: number): number {
  let sum = 0;
  for (const side of [bids, asks]) for (const size of side.slice(0, levels)) sum += size;
  return sum;
}

function sizesOf(book: BookUpdate | undefined): BookSizes {
  const best = (levels: BookUpdate['bids']): number[] => levels.slice(0, DEEPEST).map(([, size]) => size);
  return { bids: best(book?.bids ?? []), asks: best(book?.asks ?? []) };
}
