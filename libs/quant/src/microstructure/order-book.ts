import { InvalidInputError } from '@nautilus/model';
import type { BestQuote } from './consolidated-quote.ts';

export interface BookLevel {
  readonly price: number;
  /** 0 in a change takes the level away. */
  readonly size: number;
}

export interface BookSnapshot {
  /** Number of the last update that it contains. */
  readonly sequence: number;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

export interface BookDelta {
  /** Numbers of the first and last update in it. */
  readonly first: number;
  readonly last: number;
  /** Last number of the delta before, where the venue sends it. */
  readonly previous?: number;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** `stale`: already contained. `gap`: updates are missing. `waiting`: no snapshot since the start or the last gap. */
export type DeltaOutcome = 'applied' | 'stale' | 'gap' | 'waiting';

/**
 * Price levels of one symbol from a snapshot and the deltas that follow it. After a gap the book shows nothing until
 * the next snapshot: a book with missing updates is wrong without looking so.
 */
export class OrderBook {
  /** Prices best first. */
  #bids: BookLevel[] = [];
  #asks: BookLevel[] = [];
  #sequence: number | undefined;
  #linked = false;
  #gaps = 0;

  /** @throws InvalidInputError for prices that are not positive or stand twice, negative sizes, and a crossed book; the state stays. */
  applySnapshot({ sequence, bids, asks }: BookSnapshot): void {
    const side = (levels: readonly BookLevel[], direction: 1 | -1, path: string): BookLevel[] => {
      levels.forEach((level, i) => checkLevel(level, `${path}.${i}`));
      const sorted = levels.filter(({ size }) => size > 0).toSorted((a, b) => direction * (a.price - b.price));
      if (sorted.some(({ price }, i) => i > 0 && price === sorted[i - 1]?.price)) throw new InvalidInputError([{ path, message: 'a price stands twice' }]);
      return sorted;
    };
    const [nextBids, nextAsks] = [side(bids, -1, 'bids'), side(asks, 1, 'asks')];
    if ((nextBids[0]?.price ?? 0) >= (nextAsks[0]?.price ?? Infinity)) throw new InvalidInputError([{ path: 'bids.0', message: 'the snapshot is crossed' }]);
    [this.#bids, this.#asks, this.#sequence, this.#linked] = [nextBids, nextAsks, sequence, false];
  }

  /**
   * The first delta after a snapshot with id L holds L+1, or L itself where the venue links deltas by `previous`; later
   * ones follow each other. With `allowGap` a delta that does not follow is counted as a gap and applied all the same:
   * for looking at recordings whose beginning is missing.
   * @throws InvalidInputError for prices that are not positive and negative sizes; the state stays.
   */
  applyDelta({ first, last, previous, bids, asks }: BookDelta, { allowGap = false }: { readonly allowGap?: boolean } = {}): DeltaOutcome {
    bids.forEach((level, i) => checkLevel(level, `bids.${i}`));
    asks.forEach((level, i) => checkLevel(level, `asks.${i}`));
    const known = this.#sequence;
    if (known === undefined) return 'waiting';
    const overlaps = previous !== undefined && !this.#linked && first <= known && last >= known;
    if (last <= known && !overlaps) return 'stale';
    const follows = previous === undefined ? first <= known + 1 : overlaps || previous === known;
    if (!follows) {
      this.#gaps += 1;
      if (!allowGap) {
        this.clear();
        return 'gap';
      }
    }
    for (const level of bids) setLevel(this.#bids, level, -1);
    for (const level of asks) setLevel(this.#asks, level, 1);
    [this.#sequence, this.#linked] = [last, true];
    return 'applied';
  }

  /** Waits for a snapshot from now on. */
  clear(): void {
    [this.#bids, this.#asks, this.#sequence] = [[], [], undefined];
  }

  /** Undefined before a snapshot, after a gap and while a side is empty. */
  best(): BestQuote | undefined {
    const [bid, ask] = [this.#bids[0], this.#asks[0]];
    return bid === undefined || ask === undefined ? undefined : { bid: bid.price, bidSize: bid.size, ask: ask.price, askSize: ask.size };
  }

  /** The best levels of each side, best first. */
  depth(levels: number): { readonly bids: readonly BookLevel[]; readonly asks: readonly BookLevel[] } {
    return { bids: this.#bids.slice(0, levels), asks: this.#asks.slice(0, levels) };
  }

  /** A bid at or above an ask: deltas of one venue can leave this for a moment. */
  get crossed(): boolean {
    return (this.#bids[0]?.price ?? 0) >= (this.#asks[0]?.price ?? Infinity);
  }

  /** Undefined while it waits for a snapshot. */
  get sequence(): number | undefined {
    return this.#sequence;
  }

  get gaps(): number {
    return this.#gaps;
  }
}

function setLevel(side: BookLevel[], level: BookLevel, direction: 1 | -1): void {
  let [low, high] = [0, side.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (direction * ((side[middle]?.price ?? 0) - level.price) < 0) low = middle + 1;
    else high = middle;
  }
  const there = side[low]?.price === level.price;
  if (level.size === 0) {
    if (there) side.splice(low, 1);
  } else side.splice(low, there ? 1 : 0, level);
}

function checkLevel({ price, size }: BookLevel, path: string): void {
  if (!(price > 0 && price < Infinity && size >= 0 && size < Infinity)) throw new InvalidInputError([{ path, message: 'price must be positive, size not negative' }]);
}
