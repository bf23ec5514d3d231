import { Cell, Composed, Delay, Register } from './composed.ts';
import {
  barAt, checkBar, checkLength, collectNamed, overBars, type BarColumns, type IndicatorConvention, type IndicatorSeries, type NamedSeries, type PriceBar,
} from './indicator.ts';
import { WilderAverage } from './moving-averages.ts';

/** Wilder's running sum: the plain sum of the first `first` values, then S − S/n + x. */
class WilderSum extends Composed<number> {
  readonly #n: number;
  readonly #first: number;
  readonly #count: Register;
  readonly #sum: Register;

  constructor(n: number, first: number) {
    super();
    this.#n = n;
    this.#first = first;
    this.#count = this.part(new Register());
    this.#sum = this.part(new Register());
  }

  update(value: number): number | undefined {
    if (this.#count.value >= this.#first) this.#sum.value += value - this.#sum.value / this.#n;
    else {
      this.#sum.value += value;
      this.#count.value += 1;
    }
    return this.#count.value < this.#first ? undefined : this.#sum.value;
  }
}

export interface DirectionalMovementValue {
  /** +DM and −DM in the unit of price, summed over about n bars. */
  readonly plus: number;
  readonly minus: number;
  /** Wilder's sum of the true range. */
  readonly range: number;
}

/**
 * Wilder's directional movement (1978): the larger of ΔH and −ΔL counts where it is positive, a tie counts for
 * neither. TA-Lib and Tulip: the sums of bars 1 … n − 1 at n − 1; Skender: those of bars 1 … n at n. Then S − S/n + x.
 */
export class DirectionalMovement extends Composed<PriceBar, DirectionalMovementValue> {
  readonly #previousHigh: Cell;
  readonly #previousLow: Cell;
  readonly #previousClose: Cell;
  readonly #plus: WilderSum;
  readonly #minus: WilderSum;
  readonly #range: WilderSum;

  constructor(n = 14, convention: IndicatorConvention = 'talib') {
    super();
    const first = convention === 'skender' ? checkLength(n, 2) : checkLength(n, 2) - 1;
    this.#previousHigh = this.part(new Cell());
    this.#previousLow = this.part(new Cell());
    this.#previousClose = this.part(new Cell());
    this.#plus = this.part(new WilderSum(n, first));
    this.#minus = this.part(new WilderSum(n, first));
    this.#range = this.part(new WilderSum(n, first));
  }

  update(bar: PriceBar): DirectionalMovementValue | undefined {
    checkBar(bar);
    const [high, low, close] = [this.#previousHigh.value, this.#previousLow.value, this.#previousClose.value];
    this.#previousHigh.value = bar.high;
    this.#previousLow.value = bar.low;
    this.#previousClose.value = bar.close;
    if (high === undefined || low === undefined || close === undefined) return undefined;
    const up = bar.high - high;
    const down = low - bar.low;
    const plus = this.#plus.update(up > down && up > 0 ? up : 0);
    const minus = this.#minus.update(down > up && down > 0 ? down : 0);
    const range = this.#range.update(Math.max(bar.high - bar.low, Math.abs(bar.high - close), Math.abs(bar.low - close)));
    return plus === undefined || minus === undefined || range === undefined ? undefined : { plus, minus, range };
  }
}

export interface DirectionalIndexValue {
  /** +DI and −DI, 0 … 100. */
  readonly plus: number;
  readonly minus: number;
  /** DX = 100·|+DI − −DI|/(+DI + −DI). */
  readonly dx: number;
}

/**
 * ±DI = 100·DM/TR and DX; 0 where the denominator is 0. Starts n; by Tulip's convention with the sums themselves, at
 * n − 1.
 */
export class DirectionalIndex extends Composed<PriceBar, DirectionalIndexValue> {
  readonly #movement: DirectionalMovement;
  readonly #skip: number;
  readonly #skipped: Register;

  constructor(n = 14, convention: IndicatorConvention = 'talib') {
    super();
    this.#movement = this.part(new DirectionalMovement(n, convention));
    this.#skip = convention === 'talib' ? 1 : 0;
    this.#skipped = this.part(new Register());
  }

  update(bar: PriceBar): DirectionalIndexValue | undefined {
    const movement = this.#movement.update(bar);
    if (movement === undefined) return undefined;
    if (this.#skipped.value < this.#skip) {
      this.#skipped.value += 1;
      return undefined;
    }
    const plus = movement.range > 0 ? (100 * movement.plus) / movement.range : 0;
    const minus = movement.range > 0 ? (100 * movement.minus) / movement.range : 0;
    return { plus, minus, dx: plus + minus > 0 ? (100 * Math.abs(plus - minus)) / (plus + minus) : 0 };
  }
}

/**
 * Average directional index: mean of the first n values of DX, then Wilder's average; starts 2n − 1 (Tulip 2n − 2).
 * Conventions as `DirectionalIndex`.
 */
export class Adx extends Composed<PriceBar> {
  readonly #index: DirectionalIndex;
  readonly #average: WilderAverage;

  constructor(n = 14, convention: IndicatorConvention = 'talib') {
    super();
    this.#index = this.part(new DirectionalIndex(n, convention));
    this.#average = this.part(new WilderAverage(n));
  }

  update(bar: PriceBar): number | undefined {
    const index = this.#index.update(bar);
    return index === undefined ? undefined : this.#average.update(index.dx);
  }
}

/** Mean of ADX and the ADX n − 1 bars before (Skender: n bars) and so starts that much later. Conventions as `DirectionalIndex`. */
export class Adxr extends Composed<PriceBar> {
  readonly #adx: Adx;
  readonly #before: Delay;

  constructor(n = 14, convention: IndicatorConvention = 'talib') {
    super();
    this.#adx = this.part(new Adx(n, convention));
    this.#before = this.part(new Delay(convention === 'skender' ? n : n - 1));
  }

  update(bar: PriceBar): number | undefined {
    const now = this.#adx.update(bar);
    if (now === undefined) return undefined;
    const before = this.#before.push(now);
    return before === undefined ? undefined : (now + before) / 2;
  }
}

export function directionalMovement(bars: BarColumns, n?: number, convention?: IndicatorConvention): NamedSeries<'plus' | 'minus'> {
  return collectNamed(new DirectionalMovement(n, convention), bars.close.length, barAt(bars), ['plus', 'minus']);
}

export function directionalIndex(bars: BarColumns, n?: number, convention?: IndicatorConvention): NamedSeries<'plus' | 'minus' | 'dx'> {
  return collectNamed(new DirectionalIndex(n, convention), bars.close.length, barAt(bars), ['plus', 'minus', 'dx']);
}

export const adx = (bars: BarColumns, n?: number, convention?: IndicatorConvention): IndicatorSeries => overBars(new Adx(n, convention), bars);
export const adxr = (bars: BarColumns, n?: number, convention?: IndicatorConvention): IndicatorSeries => overBars(new Adxr(n, convention), bars);
