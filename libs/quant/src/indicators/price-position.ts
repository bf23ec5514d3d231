import { RollingExtreme, type RollingExtremeState } from '../statistics/rolling-extreme.ts';
import { Sma } from './moving-averages.ts';
import type { RollingSumState } from '../statistics/rolling-sum.ts';
import { Composed } from './composed.ts';
import {
  barAt, checkBar, checkLength, collectNamed, overBars, type BarColumns, type Indicator, type IndicatorSeries, type NamedSeries, type PriceBar,
} from './indicator.ts';

export interface PriceRangeState {
  readonly highest: RollingExtremeState;
  readonly lowest: RollingExtremeState;
}

/** Where the close stands between the lowest low (0) and the highest high (1) of the last n bars. */
class PriceRange {
  readonly #highest: RollingExtreme;
  readonly #lowest: RollingExtreme;

  constructor(n: number) {
    checkLength(n);
    this.#highest = new RollingExtreme(n, 'highest');
    this.#lowest = new RollingExtreme(n, 'lowest');
  }

  /** Both 0 when the range is 0: the convention of TA-Lib. Undefined for the first n − 1 bars. */
  update(bar: PriceBar): { readonly fromLow: number; readonly fromHigh: number } | undefined {
    checkBar(bar);
    this.#highest.add(bar.high);
    this.#lowest.add(bar.low);
    if (!this.#highest.full) return undefined;
    const high = this.#highest.extreme() ?? 0;
    const low = this.#lowest.extreme() ?? 0;
    if (high === low) return { fromLow: 0, fromHigh: 0 };
    return { fromLow: (bar.close - low) / (high - low), fromHigh: (high - bar.close) / (high - low) };
  }

  snapshot(): PriceRangeState {
    return { highest: this.#highest.snapshot(), lowest: this.#lowest.snapshot() };
  }

  restore(state: PriceRangeState): void {
    this.#highest.restore(state.highest);
    this.#lowest.restore(state.lowest);
  }
}

/** −100·(HH − C)/(HH − LL); starts n − 1. */
export class WilliamsR implements Indicator<PriceBar, number, PriceRangeState> {
  readonly #range: PriceRange;

  constructor(n = 14) {
    this.#range = new PriceRange(n);
  }

  update(bar: PriceBar): number | undefined {
    const place = this.#range.update(bar);
    // 0 − x, because a close at the high must not give −0.
    return place === undefined ? undefined : 0 - 100 * place.fromHigh;
  }

  snapshot(): PriceRangeState {
    return this.#range.snapshot();
  }

  restore(state: PriceRangeState): void {
    this.#range.restore(state);
  }
}

export interface StochasticValue {
  /** %K */
  readonly k: number;
  /** %D, the SMA of %K. */
  readonly d: number;
}

export interface StochasticState {
  readonly range: PriceRangeState;
  readonly k: RollingSumState;
  readonly d: RollingSumState;
}

/** Fast stochastic: %K = 100·(C − LL)/(HH − LL) over n bars, 0 without range, and its SMA; starts n + d − 2. */
export class FastStochastic extends Composed<PriceBar, StochasticValue> {
  readonly #range: PriceRange;
  readonly #d: Sma;

  constructor(n = 5, d = 3) {
    super();
    this.#range = this.part(new PriceRange(n));
    this.#d = this.part(new Sma(d));
  }

  update(bar: PriceBar): StochasticValue | undefined {
    const place = this.#range.update(bar);
    if (place === undefined) return undefined;
    const k = 100 * place.fromLow;
    const d = this.#d.update(k);
    return d === undefined ? undefined : { k, d };
  }
}

/** Slow stochastic: 100·(C − LL)/(HH − LL) over n bars, smoothed by two SMAs; starts n + k + d − 3 (17 for 14, 3, 3). */
export class Stochastic implements Indicator<PriceBar, StochasticValue, StochasticState> {
  readonly #range: PriceRange;
  readonly #k: Sma;
  readonly #d: Sma;

  constructor(n = 14, k = 3, d = 3) {
    this.#range = new PriceRange(n);
    this.#k = new Sma(k);
    this.#d = new Sma(d);
  }

  update(bar: PriceBar): StochasticValue | undefined {
    const place = this.#range.update(bar);
    if (place === undefined) return undefined;
    const k = this.#k.update(100 * place.fromLow);
    if (k === undefined) return undefined;
    const d = this.#d.update(k);
    return d === undefined ? undefined : { k, d };
  }

  snapshot(): StochasticState {
    return { range: this.#range.snapshot(), k: this.#k.snapshot(), d: this.#d.snapshot() };
  }

  restore(state: StochasticState): void {
    this.#range.restore(state.range);
    this.#k.restore(state.k);
    this.#d.restore(state.d);
  }
}

export const williamsR = (bars: BarColumns, n?: number): IndicatorSeries => overBars(new WilliamsR(n), bars);

export function fastStochastic(bars: BarColumns, n?: number, d?: number): NamedSeries<'k' | 'd'> {
  return collectNamed(new FastStochastic(n, d), bars.close.length, barAt(bars), ['k', 'd']);
}

export function stochastic(bars: BarColumns, n?: number, k?: number, d?: number): NamedSeries<'k' | 'd'> {
  return collectNamed(new Stochastic(n, k, d), bars.close.length, barAt(bars), ['k', 'd']);
}
