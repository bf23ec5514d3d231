import { RollingSum } from '../statistics/rolling-sum.ts';
import { checkLength, checkOhlcBar, type OhlcBar } from './indicator.ts';
import type { Part } from './composed.ts';

/** A bar with what candle rules ask of it. Prices and lengths in the unit of price. */
export interface Candle {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Mean |C − O| and mean H − L over the bars before this one; 0 while they are too few. */
  readonly averageBody: number;
  readonly averageRange: number;
  readonly averageNearRange: number;
}

export const bodyOf = ({ open, close }: Candle): number => Math.abs(close - open);
export const topOf = ({ open, close }: Candle): number => Math.max(open, close);
export const bottomOf = ({ open, close }: Candle): number => Math.min(open, close);
export const upperShadowOf = (candle: Candle): number => candle.high - topOf(candle);
export const lowerShadowOf = (candle: Candle): number => bottomOf(candle) - candle.low;

/** The last three bars, newest first; the older two are undefined at the start. */
export type Candles = readonly [Candle, Candle | undefined, Candle | undefined];

export interface CandleWindowState {
  readonly seen: number;
  readonly bars: readonly Candle[];
  readonly sums: readonly unknown[];
}

/** The last three bars with the averages of bodies and ranges over the `window` and `near` bars before each. */
export class CandleWindow implements Part {
  readonly #window: number;
  readonly #near: number;
  readonly #body: RollingSum;
  readonly #range: RollingSum;
  readonly #nearRange: RollingSum;
  #candles: Candle[] = [];
  #seen = 0;

  constructor(window = 10, near = 5) {
    this.#window = checkLength(window);
    this.#near = checkLength(near);
    this.#body = new RollingSum(window);
    this.#range = new RollingSum(window);
    this.#nearRange = new RollingSum(near);
  }

  /** Bars seen. */
  get seen(): number {
    return this.#seen;
  }

  add(bar: OhlcBar): Candles {
    checkOhlcBar(bar);
    const now: Candle = {
      open: bar.open,
      high: bar.high,
      low: bar.low,
      close: bar.close,
      averageBody: this.#body.full ? this.#body.sum / this.#window : 0,
      averageRange: this.#range.full ? this.#range.sum / this.#window : 0,
      averageNearRange: this.#nearRange.full ? this.#nearRange.sum / this.#near : 0,
    };
    this.#body.add(bodyOf(now));
    this.#range.add(bar.high - bar.low);
    this.#nearRange.add(bar.high - bar.low);
    this.#seen += 1;
    const [before, earlier] = this.#candles;
    this.#candles = before === undefined ? [now] : [now, before];
    return [now, before, earlier];
  }

  snapshot(): CandleWindowState {
    return { seen: this.#seen, bars: this.#candles, sums: [this.#body.snapshot(), this.#range.snapshot(), this.#nearRange.snapshot()] };
  }

  restore(state: CandleWindowState): void {
    this.#seen = state.seen;
    this.#candles = [...state.bars];
    [this.#body, this.#range, this.#nearRange].forEach((sum, i) => sum.restore(state.sums[i] as ReturnType<RollingSum['snapshot']>));
  }
}
