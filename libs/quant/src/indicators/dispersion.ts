import { RollingMoments } from '../statistics/rolling-moments.ts';
import { RollingSum } from '../statistics/rolling-sum.ts';
import { Cell, Composed, Delay } from './composed.ts';
import { EqualRun } from './equal-run.ts';
import { checkLength, checkValue, overValues, type IndicatorSeries } from './indicator.ts';

/** Population standard deviation (÷ n) of the last n values times `width`; exactly 0 when they are equal; starts n − 1. */
export class WindowDeviation extends Composed<number> {
  readonly #n: number;
  readonly #moments: RollingMoments;
  readonly #run: EqualRun;
  readonly #width: number;

  constructor(n: number, width = 1) {
    super();
    this.#n = n;
    this.#moments = this.part(new RollingMoments(checkLength(n, 2)));
    this.#run = this.part(new EqualRun());
    this.#width = checkValue(width);
  }

  update(value: number): number | undefined {
    this.#moments.add(checkValue(value));
    if (this.#run.update(value) >= this.#n) return 0;
    const deviation = this.#moments.full ? this.#moments.deviation(0) : undefined;
    return deviation === undefined ? undefined : this.#width * deviation;
  }
}

/** Population variance (÷ n) of the last n values; starts n − 1. */
export class WindowVariance extends Composed<number> {
  readonly #deviation: WindowDeviation;

  constructor(n: number) {
    super();
    this.#deviation = this.part(new WindowDeviation(n));
  }

  update(value: number): number | undefined {
    const deviation = this.#deviation.update(value);
    return deviation === undefined ? undefined : deviation * deviation;
  }
}

/** Standard error of the mean as Tulip has it: population deviation/√n; starts n − 1. */
export class StandardError extends WindowDeviation {
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
  readonly #values: Delay;
  readonly #sum: RollingSum;
  readonly #run: EqualRun;
  #mean = 0;

  constructor(n: number) {
    super();
    this.#n = checkLength(n);
    this.#run = this.part(new EqualRun());
    this.#values = this.part(new Delay(n));
    this.#sum = this.part(new RollingSum(n));
  }

  /** Mean of the values of the last output. */
  get mean(): number {
    return this.#mean;
  }

  update(value: number): number | undefined {
    this.#values.push(checkValue(value));
    this.#sum.add(value);
    const constant = this.#run.update(value) >= this.#n;
    if (!this.#values.full) return undefined;
    this.#mean = constant ? value : this.#sum.sum / this.#n;
    if (constant) return 0;
    let total = 0;
    for (let age = 0; age < this.#n; age++) total += Math.abs((this.#values.back(age) ?? 0) - this.#mean);
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
export const standardError = (values: Float64Array, n: number): IndicatorSeries => overValues(new StandardError(n), values);
export const meanDeviation = (values: Float64Array, n: number): IndicatorSeries => overValues(new MeanDeviation(n), values);
export const changeVolatility = (values: Float64Array, n: number): IndicatorSeries => overValues(new ChangeVolatility(n), values);
