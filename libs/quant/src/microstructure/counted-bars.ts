import { InvalidInputError } from '@nautilus/model';
import { finiteOrNull, type BarCollector, type OpenBar } from './open-bars.ts';

const DAY_MS = 86_400_000;

interface WaitingTrade {
  readonly timeMs: number;
  readonly price: number;
  readonly size: number;
}

export interface CountedBarsState {
  /** Trades that an earlier one may still come before, by time. */
  readonly waiting: readonly WaitingTrade[];
  readonly open: OpenBar | null;
  readonly trades: number;
  /** Null before a trade. */
  readonly newestMs: number | null;
  readonly lastPrice: number;
  readonly lastWasUp: boolean;
}

/**
 * Bars that close with their `size`-th trade (`ticks`), or with the trade that brings their volume to `size` (`volume`;
 * no trade is split). Trades are put in order of time within the lateness window before they are counted, so bars do not
 * depend on the order of arrival within it. A bar also closes, as it stands, at the end of its session (a UTC day): trades
 * on both sides of a longer gap never share a bar.
 *
 * Source: tick and volume bars as in Easley, López de Prado, O'Hara (2012).
 */
export class CountedBars implements BarCollector<CountedBarsState> {
  readonly #rule: 'ticks' | 'volume';
  readonly #size: number;
  readonly #latenessMs: number;
  #waiting: WaitingTrade[] = [];
  #open: OpenBar | undefined;
  #trades = 0;
  #newestMs = -Infinity;
  #lastPrice = 0;
  #lastWasUp = true;

  constructor(rule: 'ticks' | 'volume', size: number, latenessMs: number) {
    this.#rule = rule;
    this.#size = size;
    this.#latenessMs = latenessMs;
  }

  add(timeMs: number, price: number, size: number): boolean {
    if (timeMs < this.#newestMs - this.#latenessMs) return false;
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1]?.timeMs ?? 0) > timeMs) at -= 1;
    const trade = { timeMs, price, size };
    if (at === this.#waiting.length) this.#waiting.push(trade);
    else this.#waiting.splice(at, 0, trade);
    return true;
  }

  takeClosed(nowMs?: number): readonly OpenBar[] {
    if (nowMs !== undefined && nowMs > this.#newestMs) this.#newestMs = nowMs;
    const watermark = this.#newestMs - this.#latenessMs;
    const closed: OpenBar[] = [];
    let taken = 0;
    for (let next = this.#waiting[0]; next !== undefined && next.timeMs <= watermark; next = this.#waiting[taken]) {
      this.#count(next, closed);
      taken += 1;
    }
    if (taken > 0) this.#waiting.splice(0, taken);
    if (this.#open !== undefined && sessionOf(watermark) > sessionOf(this.#open.startMs)) this.#close(closed);
    return closed;
  }

  snapshot(): CountedBarsState {
    return {
      waiting: [...this.#waiting],
      open: this.#open === undefined ? null : { ...this.#open },
      trades: this.#trades,
      newestMs: finiteOrNull(this.#newestMs),
      lastPrice: this.#lastPrice,
      lastWasUp: this.#lastWasUp,
    };
  }

  /** @throws InvalidInputError for a state of bars by time. */
  restore(state: object): void {
    if (!isCounted(state)) throw new InvalidInputError([{ path: 'bars', message: 'these are bars by time' }]);
    this.#waiting = [...state.waiting];
    this.#open = state.open === null ? undefined : { ...state.open };
    this.#trades = state.trades;
    this.#newestMs = state.newestMs ?? -Infinity;
    this.#lastPrice = state.lastPrice;
    this.#lastWasUp = state.lastWasUp;
  }

  #count({ timeMs, price, size }: WaitingTrade, closed: OpenBar[]): void {
    if (this.#open !== undefined && sessionOf(timeMs) > sessionOf(this.#open.startMs)) this.#close(closed);
    // Tick rule, as for bars by time.
    if (this.#lastPrice !== 0 && price !== this.#lastPrice) this.#lastWasUp = price > this.#lastPrice;
    this.#lastPrice = price;
    this.#open ??= { startMs: timeMs, firstMs: timeMs, firstPrice: price, lastMs: timeMs, lastPrice: price, volume: 0, upVolume: 0 };
    this.#open.lastMs = timeMs;
    this.#open.lastPrice = price;
    this.#open.volume += size;
    if (this.#lastWasUp) this.#open.upVolume += size;
    this.#trades += 1;
    if ((this.#rule === 'ticks' ? this.#trades : this.#open.volume) >= this.#size) this.#close(closed);
  }

  #close(closed: OpenBar[]): void {
    if (this.#open !== undefined) closed.push(this.#open);
    this.#open = undefined;
    this.#trades = 0;
  }
}

function sessionOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

function isCounted(state: object): state is CountedBarsState {
  return 'waiting' in state;
}
