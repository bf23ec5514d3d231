import { RollingSum } from '../statistics/rolling-sum.ts';
import { Cell, Composed, Delay } from './composed.ts';
import { GuardedMoments } from './guarded-moments.ts';
import { checkLength, checkValue, overValues, type IndicatorConvention, type IndicatorSeries } from './indicator.ts';

const FASTEST = 2 / 3;
const SLOWEST = 2 / 31;

/**
 * Kaufman's adaptive average (1995): k += sc·(x − k), sc = (er·(2/3 − 2/31) + 2/31)² with the efficiency ratio
 * er = |x − x₋ₙ| / Σ|Δx| over n changes, 1 where nothing moved. It begins with x at n − 1; the first output is at n,
 * by Tulip's convention that beginning itself.
 */
export class Kama extends Composed<number> {
  readonly #beginningIsOutput: boolean;
  readonly #before: Delay;
  readonly #path: RollingSum;
  readonly #average: Cell;

  constructor(n = 30, convention: IndicatorConvention = 'talib') {
    super();
    this.#beginningIsOutput = convention === 'tulip';
    this.#before = this.part(new Delay(checkLength(n, 2)));
    this.#path = this.part(new RollingSum(n));
    this.#average = this.part(new Cell());
  }

  update(value: number): number | undefined {
    checkValue(value);
    const last = this.#before.back(0);
    if (last !== undefined) this.#path.add(Math.abs(value - last));
    const first = this.#before.push(value);
    if (first === undefined) {
      if (!this.#before.full) return undefined;
      this.#average.value = value;
      return this.#beginningIsOutput ? value : undefined;
    }
    const path = this.#path.sum;
    const way = Math.abs(value - first);
    // A running sum may be a rounding error short of the way, or above 0 after all movement has left the window.
    const efficiency = path <= way ? 1 : way / path;
    const before = this.#average.value ?? value;
    const after = before + (efficiency * (FASTEST - SLOWEST) + SLOWEST) ** 2 * (value - before);
    this.#average.value = after;
    return after;
  }
}

/**
 * Chande's variable index dynamic average (1992): v += α·(s/l)·(x − v), s and l the population deviations of the last
 * `short` and `long` values, ratio 0 where l is 0; begins with x at long − 2, as in Tulip.
 */
export class Vidya extends Composed<number> {
  readonly #alpha: number;
  readonly #long: number;
  readonly #shortMoments: GuardedMoments;
  readonly #longMoments: GuardedMoments;
  readonly #average: Cell;

  constructor(short: number, long: number, alpha: number) {
    super();
    this.#alpha = checkValue(alpha);
    this.#long = checkLength(long, checkLength(short) + 1, 'long');
    this.#shortMoments = this.part(new GuardedMoments(short));
    this.#longMoments = this.part(new GuardedMoments(long));
    this.#average = this.part(new Cell());
  }

  update(value: number): number | undefined {
    this.#shortMoments.add(checkValue(value));
    this.#longMoments.add(value);
    if (this.#longMoments.count < this.#long - 1) return undefined;
    const before = this.#average.value;
    const long = this.#longMoments.deviation();
    const ratio = long === 0 ? 0 : this.#shortMoments.deviation() / long;
    const after = before === undefined ? value : before + this.#alpha * ratio * (value - before);
    this.#average.value = after;
    return after;
  }
}

export const kama = (values: Float64Array, n?: number, convention?: IndicatorConvention): IndicatorSeries => overValues(new Kama(n, convention), values);
export const vidya = (values: Float64Array, short: number, long: number, alpha: number): IndicatorSeries => overValues(new Vidya(short, long, alpha), values);
