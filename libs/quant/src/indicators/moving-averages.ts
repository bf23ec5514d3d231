import { RollingSum, type RollingSumState } from '../statistics/rolling-sum.ts';
import { checkLength, checkValue, collect, valueAt, type Indicator, type IndicatorConvention, type IndicatorSeries } from './indicator.ts';

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
  /** Sum of the values before the average starts, then the average. */
  readonly value: number;
}

/** Starts at `first` − 1 with the mean of the first `first` values, then moves by `weight`·(x − average). */
class SeededAverage implements Indicator<number, number, SeededAverageState> {
  readonly #first: number;
  readonly #weight: number;
  #count = 0;
  #value = 0;

  constructor(first: number, weight: number) {
    this.#first = first;
    this.#weight = weight;
  }

  update(value: number): number | undefined {
    checkValue(value);
    if (this.#count >= this.#first) {
      this.#value += this.#weight * (value - this.#value);
      return this.#value;
    }
    this.#count += 1;
    this.#value += value;
    if (this.#count < this.#first) return undefined;
    this.#value /= this.#first;
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

/**
 * Exponential average with weight 2/(n + 1). It starts at n − 1 with the mean of the first n values; by Tulip's
 * convention at 0 with the first value.
 */
export class Ema extends SeededAverage {
  constructor(n: number, convention: IndicatorConvention = 'talib') {
    super(convention === 'tulip' ? 1 : checkLength(n), 2 / (checkLength(n) + 1));
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

export function ema(values: Float64Array, n: number, convention: IndicatorConvention = 'talib'): IndicatorSeries {
  return collect(new Ema(n, convention), values.length, valueAt(values));
}

export function wilderAverage(values: Float64Array, n: number): IndicatorSeries {
  return collect(new WilderAverage(n), values.length, valueAt(values));
}
