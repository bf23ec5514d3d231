import { RollingSum, type RollingSumState } from '../statistics/rolling-sum.ts';
import { checkLength, checkValue, collect, valueAt, type Indicator, type IndicatorSeries } from './indicator.ts';

/** Mean of the last n values; starts n − 1. */
export class Sma implements Indicator<number, number, RollingSumState> {
  readonly #n: number;
  readonly #sum: RollingSum;

  constructor(n: number) {
    this.#n = checkLength(n);
    this.#sum = new RollingSum(n);
  }

  update(value: number): number | undefined {
    this.#sum.add(checkValue(value));
    return this.#sum.full ? this.#sum.sum / this.#n : undefined;
  }

  snapshot(): RollingSumState {
    return this.#sum.snapshot();
  }

  restore(state: RollingSumState): void {
    this.#sum.restore(state);
  }
}

export interface SeededAverageState {
  readonly count: number;
  /** Sum of the values while they are fewer than n, then the average. */
  readonly value: number;
}

/** Starts at n − 1 with the mean of the first n values, then moves by `weight`·(x − average). */
class SeededAverage implements Indicator<number, number, SeededAverageState> {
  readonly #n: number;
  readonly #weight: number;
  #count = 0;
  #value = 0;

  constructor(n: number, weight: number) {
    this.#n = n;
    this.#weight = weight;
  }

  update(value: number): number | undefined {
    checkValue(value);
    if (this.#count >= this.#n) {
      this.#value += this.#weight * (value - this.#value);
      return this.#value;
    }
    this.#count += 1;
    this.#value += value;
    if (this.#count < this.#n) return undefined;
    this.#value /= this.#n;
    return this.#value;
  }

  snapshot(): SeededAverageState {
    return { count: this.#count, value: this.#value };
  }

  restore(state: SeededAverageState): void {
    this.#count = state.count;
    this.#value = state.value;
  }
}

/** Exponential average with weight 2/(n + 1), TA-Lib's start: the mean of the first n values at n − 1. */
export class Ema extends SeededAverage {
  constructor(n: number) {
    super(checkLength(n), 2 / (n + 1));
  }
}

/** Wilder's smoothing, weight 1/n: (previous·(n − 1) + x)/n after the mean of the first n values. */
export class WilderAverage extends SeededAverage {
  constructor(n: number) {
    super(checkLength(n), 1 / n);
  }
}

export function sma(values: Float64Array, n: number): IndicatorSeries {
  return collect(new Sma(n), values.length, valueAt(values));
}

export function ema(values: Float64Array, n: number): IndicatorSeries {
  return collect(new Ema(n), values.length, valueAt(values));
}
