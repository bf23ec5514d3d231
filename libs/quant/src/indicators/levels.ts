import { RollingSum } from '../statistics/rolling-sum.ts';
import { Cell, Composed } from './composed.ts';
import { checkLength, checkValue, overPairs, overValues, type IndicatorSeries, type ValuePair } from './indicator.ts';

/** Sum of the last n values; starts n − 1. */
export class WindowSum extends Composed<number> {
  readonly #sum: RollingSum;

  constructor(n: number) {
    super();
    this.#sum = this.part(new RollingSum(checkLength(n)));
  }

  update(value: number): number | undefined {
    this.#sum.add(checkValue(value));
    return this.#sum.full ? this.#sum.sum : undefined;
  }
}

/** A level that values push up and that else falls: by 1/n a step (linear) or to (n − 1)/n of itself (exponential); starts 0. */
export class DecayingLevel extends Composed<number> {
  readonly #n: number;
  readonly #exponential: boolean;
  readonly #level: Cell;

  constructor(n: number, way: 'linear' | 'exponential' = 'linear') {
    super();
    this.#n = checkLength(n);
    this.#exponential = way === 'exponential';
    this.#level = this.part(new Cell());
  }

  update(value: number): number {
    checkValue(value);
    const before = this.#level.value ?? value;
    const fallen = this.#exponential ? (before * (this.#n - 1)) / this.#n : before - 1 / this.#n;
    const level = Math.max(value, fallen);
    this.#level.value = level;
    return level;
  }
}

/** 1 where x comes to stand above y after being at or below it, −1 where it comes below after being at or above, else 0; starts 1. */
export class Crossing extends Composed<ValuePair> {
  readonly #before: Cell;

  constructor() {
    super();
    this.#before = this.part(new Cell());
  }

  update({ x, y }: ValuePair): number | undefined {
    const before = this.#before.value;
    const now = Math.sign(checkValue(x) - checkValue(y));
    this.#before.value = now;
    if (before === undefined) return undefined;
    return now !== 0 && now !== before ? now : 0;
  }
}

export const windowSum = (values: Float64Array, n: number): IndicatorSeries => overValues(new WindowSum(n), values);
export const decayingLevel = (values: Float64Array, n: number, way?: 'linear' | 'exponential'): IndicatorSeries => overValues(new DecayingLevel(n, way), values);
export const crossing = (x: Float64Array, y: Float64Array): IndicatorSeries => overPairs(new Crossing(), x, y);
