import { MinuteSums, type MinuteSumsState } from './minute-sums.ts';

export interface QuoteActivity {
  readonly quotes: number;
  readonly trades: number;
  /** Undefined without trades. */
  readonly quoteToTrade: number | undefined;
  /** Of the newest lives of the consolidated best quote, in ms; undefined without one. */
  readonly medianLifeMs: number | undefined;
  readonly lives: number;
  /** Share of lives below 50 ms in the window, with its binomial standard error. */
  readonly fastShare: number | undefined;
  readonly fastShareError: number | undefined;
}

const MINUTE_MS = 60_000;
const FAST_MS = 50;
const KEPT_LIVES = 1_000;
const [QUOTES, TRADES, LIVES, FAST] = [0, 1, 2, 3] as const;

export interface QuoteActivityState {
  readonly sums: MinuteSumsState;
  readonly lives: Float64Array;
  readonly livesSeen: number;
}

/** How busy quoting is: it says nothing of who quotes. O(1) per event. */
export class QuoteActivityWindow {
  readonly #sums: MinuteSums;
  readonly #lives = new Float64Array(KEPT_LIVES);
  #livesSeen = 0;

  constructor(minutes: number) {
    this.#sums = new MinuteSums(4, minutes);
  }

  addTrade(timeMs: number): void {
    this.#sums.add(Math.floor(timeMs / MINUTE_MS), TRADES, 1);
  }

  addQuote(timeMs: number): void {
    this.#sums.add(Math.floor(timeMs / MINUTE_MS), QUOTES, 1);
  }

  /** The best quote changed after it had stood for so long. */
  addLife(timeMs: number, lifeMs: number): void {
    const minute = Math.floor(timeMs / MINUTE_MS);
    this.#sums.add(minute, LIVES, 1);
    if (lifeMs < FAST_MS) this.#sums.add(minute, FAST, 1);
    this.#lives[this.#livesSeen % KEPT_LIVES] = lifeMs;
    this.#livesSeen += 1;
  }

  snapshot(): QuoteActivityState {
    return { sums: this.#sums.snapshot(), lives: this.#lives.slice(), livesSeen: this.#livesSeen };
  }

  restore({ sums, lives, livesSeen }: QuoteActivityState): void {
    this.#sums.restore(sums);
    this.#lives.set(lives);
    this.#livesSeen = livesSeen;
  }

  read(minute: number): QuoteActivity {
    const [quotes = 0, trades = 0, lives = 0, fast = 0] = this.#sums.totals(minute);
    const share = lives > 0 ? fast / lives : undefined;
    return {
      quotes,
      trades,
      quoteToTrade: trades > 0 ? quotes / trades : undefined,
      medianLifeMs: median(this.#lives.subarray(0, Math.min(this.#livesSeen, KEPT_LIVES))),
      lives,
      fastShare: share,
      fastShareError: share === undefined ? undefined : Math.sqrt((share * (1 - share)) / lives),
    };
  }
}

/** Undefined without values. */
export function median(values: ArrayLike<number>): number | undefined {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
