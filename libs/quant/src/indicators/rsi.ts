import { RollingExtreme } from '../statistics/rolling-extreme.ts';
import { RollingSum } from '../statistics/rolling-sum.ts';
import { Cell, Composed } from './composed.ts';
import { EqualRun } from './equal-run.ts';
import {
  checkLength, checkValue, collectNamed, overValues, valueAt, type Indicator, type IndicatorConvention, type IndicatorSeries, type NamedSeries,
} from './indicator.ts';
import { Sma, WilderAverage, type SeededAverageState } from './moving-averages.ts';
import type { StochasticValue } from './price-position.ts';

export interface RsiState {
  readonly previous: number | null;
  readonly gain: SeededAverageState;
  readonly loss: SeededAverageState;
}

/**
 * Relative strength 100·U/(U + D) over Wilder's averages of rises and falls; starts n. Without any movement it is 0,
 * as in TA-Lib. Over volumes instead of closes it is the volume RSI.
 */
export class Rsi implements Indicator<number, number, RsiState> {
  readonly #gain: WilderAverage;
  readonly #loss: WilderAverage;
  #previous: number | undefined;

  constructor(n = 14) {
    checkLength(n, 2);
    this.#gain = new WilderAverage(n);
    this.#loss = new WilderAverage(n);
  }

  update(value: number): number | undefined {
    checkValue(value);
    const previous = this.#previous;
    this.#previous = value;
    if (previous === undefined) return undefined;
    const change = value - previous;
    const gain = this.#gain.update(Math.max(0, change));
    const loss = this.#loss.update(Math.max(0, -change));
    if (gain === undefined || loss === undefined) return undefined;
    return gain + loss > 0 ? (100 * gain) / (gain + loss) : 0;
  }

  snapshot(): RsiState {
    return { previous: this.#previous ?? null, gain: this.#gain.snapshot(), loss: this.#loss.snapshot() };
  }

  restore(state: RsiState): void {
    this.#previous = state.previous ?? undefined;
    this.#gain.restore(state.gain);
    this.#loss.restore(state.loss);
  }
}

/**
 * Chande's momentum oscillator 100·(U − D)/(U + D), −100 … 100; 0 without movement; starts n. U and D are Wilder's
 * averages of rises and falls; by Tulip's convention their sums over n changes, as Chande (1994) wrote it.
 */
export class Cmo extends Composed<number> {
  readonly #n: number;
  readonly #gain: WilderAverage | RollingSum;
  readonly #loss: WilderAverage | RollingSum;
  readonly #run: EqualRun;
  readonly #previous: Cell;

  constructor(n = 14, convention: IndicatorConvention = 'talib') {
    super();
    this.#n = checkLength(n);
    const make = (): WilderAverage | RollingSum => (convention === 'tulip' ? new RollingSum(n) : new WilderAverage(n));
    this.#gain = this.part(make());
    this.#loss = this.part(make());
    this.#run = this.part(new EqualRun());
    this.#previous = this.part(new Cell());
  }

  update(value: number): number | undefined {
    const previous = this.#previous.value;
    this.#previous.value = checkValue(value);
    const constant = this.#run.update(value) > this.#n;
    if (previous === undefined) return undefined;
    const gain = averageOf(this.#gain, Math.max(0, value - previous));
    const loss = averageOf(this.#loss, Math.max(0, previous - value));
    if (gain === undefined || loss === undefined) return undefined;
    if (gain + loss <= 0 || (constant && this.#gain instanceof RollingSum)) return 0;
    return Math.min(100, Math.max(-100, (100 * (gain - loss)) / (gain + loss)));
  }
}

function averageOf(kernel: WilderAverage | RollingSum, value: number): number | undefined {
  if (kernel instanceof WilderAverage) return kernel.update(value);
  kernel.add(value);
  return kernel.full ? kernel.sum : undefined;
}

/**
 * Fast stochastic of the RSI (Chande and Kroll, 1994): %K = 100·(r − min)/(max − min) over k values of the RSI,
 * smoothed by an SMA of `smooth` values, and %D its SMA over d; 0 where the RSI did not move. Starts n + k + smooth + d − 3.
 */
export class StochasticRsi extends Composed<number, StochasticValue> {
  readonly #rsi: Rsi;
  readonly #highest: RollingExtreme;
  readonly #lowest: RollingExtreme;
  readonly #k: Sma;
  readonly #d: Sma;

  constructor(n = 14, k = 5, d = 3, smooth = 1) {
    super();
    this.#rsi = this.part(new Rsi(n));
    this.#highest = this.part(new RollingExtreme(checkLength(k), 'highest'));
    this.#lowest = this.part(new RollingExtreme(k, 'lowest'));
    this.#k = this.part(new Sma(smooth));
    this.#d = this.part(new Sma(d));
  }

  update(value: number): StochasticValue | undefined {
    const strength = this.#rsi.update(value);
    if (strength === undefined) return undefined;
    this.#highest.add(strength);
    this.#lowest.add(strength);
    if (!this.#highest.full) return undefined;
    const high = this.#highest.extreme() ?? 0;
    const low = this.#lowest.extreme() ?? 0;
    const k = this.#k.update(high > low ? (100 * (strength - low)) / (high - low) : 0);
    if (k === undefined) return undefined;
    const d = this.#d.update(k);
    return d === undefined ? undefined : { k, d };
  }
}

export const rsi = (values: Float64Array, n?: number): IndicatorSeries => overValues(new Rsi(n), values);
export const cmo = (values: Float64Array, n?: number, convention?: IndicatorConvention): IndicatorSeries => overValues(new Cmo(n, convention), values);

export function stochasticRsi(values: Float64Array, n?: number, k?: number, d?: number, smooth?: number): NamedSeries<'k' | 'd'> {
  return collectNamed(new StochasticRsi(n, k, d, smooth), values.length, valueAt(values), ['k', 'd']);
}
