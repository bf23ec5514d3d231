import { BookImage, msFromNs, type BookOutcome, type BookUpdate } from '@nautilus/model';

/** Displayed sizes of a level-2 book, best first. */
export interface BookSizes {
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

export interface BookDepthState {
  readonly book: BookUpdate | undefined;
}

const DEEPEST = 25;

/** The level-2 book of one symbol. It is put in order only when somebody looks, so that an update costs its own levels. */
export class BookDepth {
  #image = new BookImage();
  #timeMs = -Infinity;
  #sizes: BookSizes | undefined;

  /** A `gap` empties the book until the next snapshot. */
  take(update: BookUpdate): BookOutcome {
    const outcome = this.#image.take(update);
    if (outcome === 'old') return outcome;
    this.#sizes = undefined;
    this.#timeMs = msFromNs(update.ts_event_ns);
    return outcome;
  }

  /** At most the 25 best levels; undefined while the book is unknown, empty on a side, or was not told of for longer than `staleMs`. */
  sizes(nowMs: number, staleMs: number): BookSizes | undefined {
    if (this.#image.isStale || nowMs - this.#timeMs > staleMs) return undefined;
    this.#sizes ??= sizesOf(this.#image.snapshot());
    return this.#sizes.bids.length === 0 || this.#sizes.asks.length === 0 ? undefined : this.#sizes;
  }

  snapshot(): BookDepthState {
    return { book: this.#image.snapshot() };
  }

  restore({ book }: BookDepthState): void {
    this.#image = new BookImage();
    this.#timeMs = -Infinity;
    if (book !== undefined) this.take(book);
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
