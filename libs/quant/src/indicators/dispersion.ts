import { RollingSum } from '../statistics/rolling-sum.ts';
import { Cell, Composed } from './composed.ts';
import { EqualRun } from './equal-run.ts';
import { GuardedMoments } from './guarded-moments.ts';
import { checkLength, checkValue, overValues, type IndicatorSeries } from './indicator.ts';

/** Population standard deviation (÷ n) of the last n values times `width`; exactly 0 when they are equal; starts n − 1. */
export class WindowDeviation extends Composed<number> {
  readonly #moments: GuardedMoments;
  readonly #width: number;

  constructor(n: number, width = 1) {
    super();
    this.#moments = this.part(new GuardedMoments(checkLength(n, 2)));
    this.#width = checkValue(width);
  }

  update(value: number): number | undefined {
    this.#moments.add(checkValue(value));
    return this.#moments.full ? this.#width * this.#moments.deviation() : undefined;
  }
}

/** Population variance (÷ n) of the last n values; starts n − 1. */
export class WindowVariance extends Composed<number> {
  readonly #moments: GuardedMoments;

  constructor(n: number) {
    super();
    this.#moments = this.part(new GuardedMoments(checkLength(n, 2)));
  }

  update(value: number): number | undefined {
    this.#moments.add(checkValue(value));
    return this.#moments.full ? this.#moments.variance() : undefined;
  }
}

/** Standard error of the mean as Tulip has it: population deviation/√n; starts n − 1. */
export class WindowStandardError extends WindowDeviation {
  constructor(n: number) {
    super(n, 1 / Math.sqrt(n));
  }
}

/**
 * Mean of |x − m| over the last n values, m their mean; exactly 0 when they are equal; starts n − 1. Costs n steps: the deviations turn around a mean
 * that moves with every value, so no running sum gives them.
 */
export class MeanDeviation extends Composed<number> {
  readonly #n: number;
  readonly #run: EqualRun;
  readonly #sum: RollingSum;
  /** The last n values in any order, which is all that the loop needs. */
  readonly #values: Float64Array;
  #next = 0;
  #mean = 0;

  constructor(n: number) {
    super();
    this.#n = checkLength(n);
    this.#run = this.part(new EqualRun());
    this.#sum = this.part(new RollingSum(n));
    this.#values = new Float64Array(n);
    this.part({
      snapshot: () => ({ values: [...this.#values], next: this.#next }),
      restore: (state: { readonly values: readonly number[]; readonly next: number }) => {
        this.#values.set(state.values);
        this.#next = state.next;
      },
    });
  }

  /** Mean of the values of the last output. */
  get mean(): number {
    return this.#mean;
  }

  update(value: number): number | undefined {
    this.#sum.add(checkValue(value));
    this.#values[this.#next] = value;
    this.#next = this.#next + 1 === this.#n ? 0 : this.#next + 1;
    const constant = this.#run.update(value) >= this.#n;
    if (!this.#sum.full) return undefined;
    this.#mean = constant ? value : this.#sum.sum / this.#n;
    if (constant) return 0;
    const mean = this.#mean;
    const values = this.#values;
    let total = 0;
    for (let i = 0; i < values.length; i++) total += Math.abs((values[i] ?? 0) - mean);
    return total / this.#n;
  }
}

/** Tulip's annual volatility: √252 times the population deviation of the last n relative changes x/x₋₁ − 1; starts n. */
export class ChangeVolatility extends Composed<number> {
  readonly #deviation: WindowDeviation;
  readonly #before: Cell;

  constructor(n: number) {
    super();
    this.#deviation = this.part(new WindowDeviation(n, Math.sqrt(252)));
    this.#before = this.part(new Cell());
  }

  update(value: number): number | undefined {
    checkValue(value);
    const before = this.#before.value;
    this.#before.value = value;
    if (before === undefined) return undefined;
    return this.#deviation.update(before === 0 ? 0 : value / before - 1);
  }
}

export const windowDeviation = (values: Float64Array, n: number, width?: number): IndicatorSeries => overValues(new WindowDeviation(n, width), values);
export const windowVariance = (values: Float64Array, n: number): IndicatorSeries => overValues(new WindowVariance(n), values);
export const windowStandardError = (values: Float64Array, n: number): IndicatorSeries => overValues(new WindowStandardError(n), values);
export const meanDeviation = (values: Float64Array, n: number): IndicatorSeries => overValues(new MeanDeviation(n), values);
export const changeVolatility = (values: Float64Array, n: number): IndicatorSeries => overValues(new ChangeVolatility(n), values);
