import { Cell, Composed, Register } from './composed.ts';
import { checkBar, checkWithin, overBars, type BarColumns, type IndicatorConvention, type IndicatorSeries, type PriceBar } from './indicator.ts';

/** A trend that is followed: 1 up, −1 down, 0 before it is known. */
const UP = 1;
const DOWN = -1;
/** Beyond it the stop would pass the extreme that it follows by more than their distance. */
const MOST = 2;

/**
 * Wilder's parabolic stop and reverse (1978) with TA-Lib's start and order of steps; `step` is the acceleration and its
 * growth, `limit` its largest value. The first trend is down where bar 1 moved further down than up. Starts 1.
 */
export class ParabolicSar extends Composed<PriceBar> {
  readonly #step: number;
  readonly #limit: number;
  readonly #trend: Register;
  readonly #stop: Register;
  readonly #extreme: Register;
  readonly #acceleration: Register;
  readonly #previousHigh: Cell;
  readonly #previousLow: Cell;

  constructor(step = 0.02, limit = 0.2) {
    super();
    this.#limit = checkWithin(limit, 0, MOST, 'limit');
    this.#step = Math.min(checkWithin(step, 0, MOST, 'step'), limit);
    this.#trend = this.part(new Register());
    this.#stop = this.part(new Register());
    this.#extreme = this.part(new Register());
    this.#acceleration = this.part(new Register(this.#step));
    this.#previousHigh = this.part(new Cell());
    this.#previousLow = this.part(new Cell());
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    let [previousHigh, previousLow] = [this.#previousHigh.value, this.#previousLow.value];
    this.#previousHigh.value = bar.high;
    this.#previousLow.value = bar.low;
    if (previousHigh === undefined || previousLow === undefined) return undefined;
    if (this.#trend.value === 0) {
      const fall = previousLow - bar.low;
      const falls = fall > 0 && fall > bar.high - previousHigh;
      this.#trend.value = falls ? DOWN : UP;
      this.#stop.value = falls ? previousHigh : previousLow;
      this.#extreme.value = falls ? bar.low : bar.high;
      // TA-Lib's first pass takes bar 1 for the bar before it as well.
      [previousHigh, previousLow] = [bar.high, bar.low];
    }
    return this.#trend.value === UP ? this.#rising(bar, previousHigh, previousLow) : this.#falling(bar, previousHigh, previousLow);
  }

  #rising(bar: PriceBar, previousHigh: number, previousLow: number): number {
    if (bar.low <= this.#stop.value) {
      const stop = Math.max(this.#extreme.value, previousHigh, bar.high);
      this.#reverse(DOWN, bar.low);
      this.#stop.value = Math.max(this.#ahead(stop), previousHigh, bar.high);
      return stop;
    }
    const stop = this.#stop.value;
    if (bar.high > this.#extreme.value) this.#accelerate(bar.high);
    this.#stop.value = Math.min(this.#ahead(stop), previousLow, bar.low);
    return stop;
  }

  #falling(bar: PriceBar, previousHigh: number, previousLow: number): number {
    if (bar.high >= this.#stop.value) {
      const stop = Math.min(this.#extreme.value, previousLow, bar.low);
      this.#reverse(UP, bar.high);
      this.#stop.value = Math.min(this.#ahead(stop), previousLow, bar.low);
      return stop;
    }
    const stop = this.#stop.value;
    if (bar.low < this.#extreme.value) this.#accelerate(bar.low);
    this.#stop.value = Math.max(this.#ahead(stop), previousHigh, bar.high);
    return stop;
  }

  #ahead(stop: number): number {
    return stop + this.#acceleration.value * (this.#extreme.value - stop);
  }

  #reverse(trend: number, extreme: number): void {
    this.#trend.value = trend;
    this.#extreme.value = extreme;
    this.#acceleration.value = this.#step;
  }

  #accelerate(extreme: number): void {
    this.#extreme.value = extreme;
    this.#acceleration.value = Math.min(this.#limit, this.#acceleration.value + this.#step);
  }
}

export interface TrailingStopValue {
  readonly sar: number;
  /** Whether the trend turned on this bar. */
  readonly reversal: boolean;
}

/**
 * Parabolic stop and reverse as Skender and Tulip compute it: on each bar the stop of the bar before moves on, held
 * outside the two bars before, and turns to the extreme when the bar passes it.
 * Skender: begins in a rising trend from bar 0 and tells nothing up to and with the first reversal, as that trend is a
 * guess; a reversal's stop ignores the present bar. Tulip: the first trend is rising unless bar 1's middle is lower;
 * starts 1; the present bar moves the extreme before a reversal is looked for.
 */
export class TrailingSar extends Composed<PriceBar, TrailingStopValue> {
  readonly #skender: boolean;
  readonly #step: number;
  readonly #limit: number;
  readonly #trend: Register;
  readonly #stop: Register;
  readonly #extreme: Register;
  readonly #acceleration: Register;
  readonly #reversed: Register;
  readonly #lastHigh: Cell;
  readonly #lastLow: Cell;
  readonly #earlierHigh: Cell;
  readonly #earlierLow: Cell;

  constructor(step = 0.02, limit = 0.2, convention: 'skender' | 'tulip' = 'skender') {
    super();
    this.#skender = convention === 'skender';
    this.#step = checkWithin(step, 0, MOST, 'step');
    this.#limit = checkWithin(limit, 0, MOST, 'limit');
    this.#trend = this.part(new Register());
    this.#stop = this.part(new Register());
    this.#extreme = this.part(new Register());
    this.#acceleration = this.part(new Register(step));
    this.#reversed = this.part(new Register());
    this.#lastHigh = this.part(new Cell());
    this.#lastLow = this.part(new Cell());
    this.#earlierHigh = this.part(new Cell());
    this.#earlierLow = this.part(new Cell());
  }

  update(bar: PriceBar): TrailingStopValue | undefined {
    checkBar(bar);
    const [high, low] = [this.#lastHigh.value, this.#lastLow.value];
    const found = high === undefined || low === undefined ? undefined : this.#follow(bar, high, low);
    this.#earlierHigh.value = high;
    this.#earlierLow.value = low;
    this.#lastHigh.value = bar.high;
    this.#lastLow.value = bar.low;
    return found;
  }

  #follow(bar: PriceBar, lastHigh: number, lastLow: number): TrailingStopValue | undefined {
    if (this.#trend.value === 0) {
      this.#trend.value = this.#skender || lastHigh + lastLow <= bar.high + bar.low ? UP : DOWN;
      this.#stop.value = this.#trend.value === UP ? lastLow : lastHigh;
      this.#extreme.value = this.#trend.value === UP ? lastHigh : lastLow;
    }
    const rising = this.#trend.value === UP;
    const moved = this.#stop.value + this.#acceleration.value * (this.#extreme.value - this.#stop.value);
    this.#stop.value = rising ? Math.min(moved, this.#bound(lastLow, this.#earlierLow.value, Infinity)) : Math.max(moved, this.#bound(lastHigh, this.#earlierHigh.value, -Infinity));
    const passed = rising ? bar.low < this.#stop.value : bar.high > this.#stop.value;
    if (!passed || !this.#skender) this.#extend(rising ? bar.high : bar.low, rising);
    if (passed) {
      this.#stop.value = this.#extreme.value;
      this.#trend.value = rising ? DOWN : UP;
      this.#extreme.value = rising ? bar.low : bar.high;
      this.#acceleration.value = this.#step;
    }
    const told = !this.#skender || this.#reversed.value > 0;
    if (passed) this.#reversed.value = 1;
    return told ? { sar: this.#stop.value, reversal: passed } : undefined;
  }

  /** The nearer side of the last two bars; Skender waits for both. */
  #bound(last: number, earlier: number | undefined, open: number): number {
    if (earlier === undefined) return this.#skender ? open : last;
    return open > 0 ? Math.min(last, earlier) : Math.max(last, earlier);
  }

  #extend(price: number, rising: boolean): void {
    if (rising ? price <= this.#extreme.value : price >= this.#extreme.value) return;
    this.#extreme.value = price;
    this.#acceleration.value = Math.min(this.#limit, this.#acceleration.value + this.#step);
  }
}

/** By TA-Lib's convention unless told. */
export function parabolicSar(bars: BarColumns, step?: number, limit?: number, convention: IndicatorConvention = 'talib'): IndicatorSeries {
  if (convention === 'talib') return overBars(new ParabolicSar(step, limit), bars);
  const kernel = new TrailingSar(step, limit, convention);
  return overBars({ update: (bar) => kernel.update(bar)?.sar, snapshot: () => kernel.snapshot(), restore: (state) => kernel.restore(state as readonly unknown[]) }, bars);
}
