import { Ring } from '../statistics/ring.ts';
import { checkLength, checkValue, collect, valueAt, type Indicator, type IndicatorSeries } from './indicator.ts';

/** Compares a value with the one n values before; starts n. State: the last values, oldest first. */
class Lagged implements Indicator<number, number, readonly number[]> {
  readonly #ring: Ring;
  readonly #compare: (value: number, before: number) => number;

  constructor(n: number, compare: (value: number, before: number) => number) {
    this.#ring = new Ring(checkLength(n));
    this.#compare = compare;
  }

  update(value: number): number | undefined {
    const before = this.#ring.push(checkValue(value));
    return before === undefined ? undefined : this.#compare(value, before);
  }

  snapshot(): readonly number[] {
    return this.#ring.values();
  }

  restore(state: readonly number[]): void {
    this.#ring.restore(state);
  }
}

/** x − x₋ₙ */
export class Momentum extends Lagged {
  constructor(n: number) {
    super(n, (value, before) => value - before);
  }
}

/** 100·(x/x₋ₙ − 1), in percent; 0 when the earlier value is 0. */
export class RateOfChange extends Lagged {
  constructor(n: number) {
    super(n, (value, before) => (before === 0 ? 0 : 100 * (value / before - 1)));
  }
}

/** x/x₋ₙ − 1, a fraction; 0 when the earlier value is 0. Tulip calls this one roc. */
export class RelativeChange extends Lagged {
  constructor(n: number) {
    super(n, (value, before) => (before === 0 ? 0 : value / before - 1));
  }
}

/** x/x₋ₙ; 0 when the earlier value is 0. */
export class ChangeRatio extends Lagged {
  constructor(n: number) {
    super(n, (value, before) => (before === 0 ? 0 : value / before));
  }
}

/** x₋ₙ */
export class LaggedValue extends Lagged {
  constructor(n: number) {
    super(n, (_value, before) => before);
  }
}

export function momentum(values: Float64Array, n: number): IndicatorSeries {
  return collect(new Momentum(n), values.length, valueAt(values));
}

export function rateOfChange(values: Float64Array, n: number): IndicatorSeries {
  return collect(new RateOfChange(n), values.length, valueAt(values));
}

export function relativeChange(values: Float64Array, n: number): IndicatorSeries {
  return collect(new RelativeChange(n), values.length, valueAt(values));
}

export function changeRatio(values: Float64Array, n: number): IndicatorSeries {
  return collect(new ChangeRatio(n), values.length, valueAt(values));
}

export function laggedValue(values: Float64Array, n: number): IndicatorSeries {
  return collect(new LaggedValue(n), values.length, valueAt(values));
}
