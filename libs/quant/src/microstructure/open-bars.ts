import { InvalidInputError } from '@nautilus/model';

/** A bar that may still get trades. Times decide what is first and last, so arrival order does not matter. */
export interface OpenBar {
  readonly startMs: number;
  firstMs: number;
  firstPrice: number;
  lastMs: number;
  lastPrice: number;
  volume: number;
  /** Volume on an uptick by the tick rule, in order of arrival; used while too few bars are known for sigma. */
  upVolume: number;
}

/** Collects the trades of one symbol into bars by one rule. */
export interface BarCollector<State extends object = object> {
  /** False for a trade that came too late. */
  add(timeMs: number, price: number, size: number): boolean;
  /** Closed bars, each with trades, oldest first. `nowMs` moves the watermark without a trade. */
  takeClosed(nowMs?: number): readonly OpenBar[];
  snapshot(): State;
  restore(state: object): void;
}

export interface OpenBarsState {
  readonly bars: readonly OpenBar[];
  /** Null before a bar was closed. */
  readonly closedThroughMs: number | null;
  /** Null before a trade. */
  readonly newestMs: number | null;
  readonly lastPrice: number;
  readonly lastWasUp: boolean;
}

/**
 * Collects trades into time bars and gives each bar once the watermark (newest time − lateness) has passed its end.
 * A bar with trades is given; empty ones are not.
 */
export class OpenBars implements BarCollector<OpenBarsState> {
  readonly #barMs: number;
  readonly #latenessMs: number;
  #bars: OpenBar[] = [];
  #closedThroughMs = -Infinity;
  #newestMs = -Infinity;
  #lastPrice = 0;
  #lastWasUp = true;

  constructor(barMs: number, latenessMs: number) {
    this.#barMs = barMs;
    this.#latenessMs = latenessMs;
  }

  /** False when the watermark has passed the end of the trade's bar: it came too late, also if nothing else traded then. */
  add(timeMs: number, price: number, size: number): boolean {
    const startMs = Math.floor(timeMs / this.#barMs) * this.#barMs;
    if (startMs < this.#closedThroughMs || startMs + this.#barMs <= this.#newestMs - this.#latenessMs) return false;
    if (timeMs > this.#newestMs) this.#newestMs = timeMs;
    // Tick rule: a price above the one before is a buy, below a sell, equal repeats the side.
    if (this.#lastPrice !== 0 && price !== this.#lastPrice) this.#lastWasUp = price > this.#lastPrice;
    this.#lastPrice = price;
    const bar = this.#barAt(startMs, timeMs, price);
    if (timeMs < bar.firstMs) {
      bar.firstMs = timeMs;
      bar.firstPrice = price;
    }
    if (timeMs >= bar.lastMs) {
      bar.lastMs = timeMs;
      bar.lastPrice = price;
    }
    bar.volume += size;
    if (this.#lastWasUp) bar.upVolume += size;
    return true;
  }

  /** Bars whose end the watermark has passed, oldest first. `nowMs` moves the watermark without a trade. */
  takeClosed(nowMs?: number): readonly OpenBar[] {
    if (nowMs !== undefined && nowMs > this.#newestMs) this.#newestMs = nowMs;
    const watermark = this.#newestMs - this.#latenessMs;
    const first = this.#bars[0];
    if (first === undefined || first.startMs + this.#barMs > watermark) return [];
    const closed = this.#bars.filter((bar) => bar.startMs + this.#barMs <= watermark);
    this.#bars = this.#bars.slice(closed.length);
    this.#closedThroughMs = (closed.at(-1)?.startMs ?? 0) + this.#barMs;
    return closed;
  }

  snapshot(): OpenBarsState {
    return {
      bars: this.#bars.map((bar) => ({ ...bar })),
      closedThroughMs: finiteOrNull(this.#closedThroughMs),
      newestMs: finiteOrNull(this.#newestMs),
      lastPrice: this.#lastPrice,
      lastWasUp: this.#lastWasUp,
    };
  }

  /** @throws InvalidInputError for a state of bars by another rule. */
  restore(state: object): void {
    if (!isByTime(state)) throw new InvalidInputError([{ path: 'bars', message: 'these are no bars by time' }]);
    this.#bars = state.bars.map((bar) => ({ ...bar }));
    this.#closedThroughMs = state.closedThroughMs ?? -Infinity;
    this.#newestMs = state.newestMs ?? -Infinity;
    this.#lastPrice = state.lastPrice;
    this.#lastWasUp = state.lastWasUp;
  }

  #barAt(startMs: number, timeMs: number, price: number): OpenBar {
    const newest = this.#bars.at(-1);
    if (newest?.startMs === startMs) return newest;
    const known = this.#bars.find((bar) => bar.startMs === startMs);
    if (known !== undefined) return known;
    const bar: OpenBar = { startMs, firstMs: timeMs, firstPrice: price, lastMs: timeMs, lastPrice: price, volume: 0, upVolume: 0 };
    this.#bars.push(bar);
    if (newest !== undefined && newest.startMs > startMs) this.#bars.sort((a, b) => a.startMs - b.startMs);
    return bar;
  }
}

function isByTime(state: object): state is OpenBarsState {
  return 'bars' in state;
}

/** JSON has no infinity. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
