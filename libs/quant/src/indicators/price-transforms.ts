import { Composed } from './composed.ts';
import { RollingSum } from '../statistics/rolling-sum.ts';
import { checkBar, checkLength, checkOhlcBar, overBars, overOhlc, type BarColumns, type Indicator, type IndicatorSeries, type OhlcBar, type OhlcColumns, type PriceBar } from './indicator.ts';

/** One number of each bar, without a memory; starts 0. */
class PerBar<Bar extends PriceBar> implements Indicator<Bar, number, null> {
  readonly #check: (bar: Bar) => void;
  readonly #price: (bar: Bar) => number;

  constructor(check: (bar: Bar) => void, price: (bar: Bar) => number) {
    this.#check = check;
    this.#price = price;
  }

  update(bar: Bar): number {
    this.#check(bar);
    return this.#price(bar);
  }

  snapshot(): null {
    return null;
  }

  restore(_state: null): void {
    // Nothing is remembered.
  }
}

/** (H + L + C)/3 */
export class TypicalPrice extends PerBar<PriceBar> {
  constructor() {
    super(checkBar, (bar) => (bar.high + bar.low + bar.close) / 3);
  }
}

/** (H + L)/2 */
export class MedianPrice extends PerBar<PriceBar> {
  constructor() {
    super(checkBar, (bar) => (bar.high + bar.low) / 2);
  }
}

/** (H + L + 2C)/4 */
export class WeightedClose extends PerBar<PriceBar> {
  constructor() {
    super(checkBar, (bar) => (bar.high + bar.low + 2 * bar.close) / 4);
  }
}

/** (O + H + L + C)/4 */
export class AveragePrice extends PerBar<OhlcBar> {
  constructor() {
    super(checkOhlcBar, (bar) => (bar.open + bar.high + bar.low + bar.close) / 4);
  }
}

/** Balance of power (C − O)/(H − L), −1 … 1; 0 for a bar without range. */
export class BalanceOfPower extends PerBar<OhlcBar> {
  constructor() {
    super(checkOhlcBar, (bar) => (bar.high > bar.low ? (bar.close - bar.open) / (bar.high - bar.low) : 0));
  }
}

/** Chande's qstick: mean of C − O over the last n bars; starts n − 1. */
export class Qstick extends Composed<OhlcBar> {
  readonly #n: number;
  readonly #sum: RollingSum;

  constructor(n: number) {
    super();
    this.#n = checkLength(n);
    this.#sum = this.part(new RollingSum(n));
  }

  update(bar: OhlcBar): number | undefined {
    checkOhlcBar(bar);
    this.#sum.add(bar.close - bar.open);
    return this.#sum.full ? this.#sum.sum / this.#n : undefined;
  }
}

export const typicalPrice = (bars: BarColumns): IndicatorSeries => overBars(new TypicalPrice(), bars);
export const medianPrice = (bars: BarColumns): IndicatorSeries => overBars(new MedianPrice(), bars);
export const weightedClose = (bars: BarColumns): IndicatorSeries => overBars(new WeightedClose(), bars);
export const averagePrice = (bars: OhlcColumns): IndicatorSeries => overOhlc(new AveragePrice(), bars);
export const balanceOfPower = (bars: OhlcColumns): IndicatorSeries => overOhlc(new BalanceOfPower(), bars);
export const qstick = (bars: OhlcColumns, n: number): IndicatorSeries => overOhlc(new Qstick(n), bars);
