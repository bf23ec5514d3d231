import { RollingSum } from '../statistics/rolling-sum.ts';
import { Composed, Delay } from './composed.ts';
import { checkLength, checkValue, overPairs, overValues, type Indicator, type IndicatorSeries, type ValuePair } from './indicator.ts';
import { LinearWindow, type LinearWindowState } from './linear-window.ts';
import { Ema, Sma } from './moving-averages.ts';

/** Average of the last n values with weights 1 (oldest) … n (newest); starts n − 1. */
export class Wma implements Indicator<number, number, LinearWindowState> {
  readonly #window: LinearWindow;
  readonly #weights: number;

  constructor(n: number) {
    this.#window = new LinearWindow(n);
    this.#weights = (n * (n + 1)) / 2;
  }

  update(value: number): number | undefined {
    this.#window.add(value);
    return this.#window.full ? (this.#window.moment + this.#window.sum) / this.#weights : undefined;
  }

  snapshot(): LinearWindowState {
    return this.#window.snapshot();
  }

  restore(state: LinearWindowState): void {
    this.#window.restore(state);
  }
}

/** Triangular weights: an SMA of an SMA of lengths n/2 and n/2 + 1 (even n), or both (n + 1)/2; starts n − 1. */
export class Trima extends Composed<number> {
  readonly #inner: Sma;
  readonly #outer: Sma;

  constructor(n: number) {
    super();
    const half = Math.floor((checkLength(n) + 1) / 2);
    this.#inner = this.part(new Sma(half));
    this.#outer = this.part(new Sma(n + 1 - half));
  }

  update(value: number): number | undefined {
    const inner = this.#inner.update(value);
    return inner === undefined ? undefined : this.#outer.update(inner);
  }
}

/** Hull's average (2005): WMA(⌊√n⌋) of 2·WMA(⌊n/2⌋) − WMA(n); starts n + ⌊√n⌋ − 2. */
export class Hma extends Composed<number> {
  readonly #half: Wma;
  readonly #whole: Wma;
  readonly #last: Wma;

  constructor(n: number) {
    super();
    this.#half = this.part(new Wma(Math.floor(checkLength(n, 2) / 2)));
    this.#whole = this.part(new Wma(n));
    this.#last = this.part(new Wma(Math.floor(Math.sqrt(n))));
  }

  update(value: number): number | undefined {
    const half = this.#half.update(value);
    const whole = this.#whole.update(value);
    return half === undefined || whole === undefined ? undefined : this.#last.update(2 * half - whole);
  }
}

/** Average of x over the last n pairs weighted by y, usually price and volume; 0 without weight; starts n − 1. */
export class Vwma extends Composed<ValuePair> {
  readonly #weighted: RollingSum;
  readonly #weights: RollingSum;

  constructor(n: number) {
    super();
    this.#weighted = this.part(new RollingSum(checkLength(n)));
    this.#weights = this.part(new RollingSum(n));
  }

  update({ x, y }: ValuePair): number | undefined {
    this.#weighted.add(checkValue(x) * checkValue(y));
    this.#weights.add(y);
    if (!this.#weights.full) return undefined;
    return this.#weights.sum === 0 ? 0 : this.#weighted.sum / this.#weights.sum;
  }
}

/**
 * EMA without the lag of a steady trend (Ehlers and Way, 2010): the average of x + (x − x₋ₗ), l = ⌊(n − 1)/2⌋. Starts
 * l − 1 with the value itself, as Tulip does (at 0 where l is 0).
 */
export class ZeroLagEma extends Composed<number> {
  readonly #before: Delay | undefined;
  readonly #average: Ema;

  constructor(n: number) {
    super();
    const lag = Math.floor((checkLength(n) - 1) / 2);
    this.#before = lag === 0 ? undefined : this.part(new Delay(lag));
    this.#average = this.part(new Ema(n, 'tulip'));
  }

  update(value: number): number | undefined {
    checkValue(value);
    if (this.#before === undefined) return this.#average.update(value);
    const before = this.#before.push(value);
    if (before !== undefined) return this.#average.update(2 * value - before);
    return this.#before.full ? this.#average.update(value) : undefined;
  }
}

export const wma = (values: Float64Array, n: number): IndicatorSeries => overValues(new Wma(n), values);
export const trima = (values: Float64Array, n: number): IndicatorSeries => overValues(new Trima(n), values);
export const hma = (values: Float64Array, n: number): IndicatorSeries => overValues(new Hma(n), values);
export const vwma = (values: Float64Array, weights: Float64Array, n: number): IndicatorSeries => overPairs(new Vwma(n), values, weights);
export const zeroLagEma = (values: Float64Array, n: number): IndicatorSeries => overValues(new ZeroLagEma(n), values);
