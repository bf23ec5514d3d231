import { RollingExtreme } from '../statistics/rolling-extreme.ts';
import { Composed, Delay } from './composed.ts';
import {
  barAt, checkBar, checkLength, checkValue, collectRows, overBars, overValues, type BarColumns, type IndicatorSeries, type PriceBar,
} from './indicator.ts';

/** Highest or lowest of the last n values; starts n − 1. */
class Extreme extends Composed<number> {
  readonly #extreme: RollingExtreme;

  constructor(n: number, which: 'highest' | 'lowest') {
    super();
    this.#extreme = this.part(new RollingExtreme(checkLength(n), which));
  }

  update(value: number): number | undefined {
    this.#extreme.add(checkValue(value));
    return this.#extreme.full ? this.#extreme.extreme() : undefined;
  }
}

/** Highest of the last n values; starts n − 1. */
export class Highest extends Extreme {
  constructor(n: number) {
    super(n, 'highest');
  }
}

/** Lowest of the last n values; starts n − 1. */
export class Lowest extends Extreme {
  constructor(n: number) {
    super(n, 'lowest');
  }
}

/** (highest + lowest)/2 of the last n values; starts n − 1. */
export class MidPoint extends Composed<number> {
  readonly #highest: Highest;
  readonly #lowest: Lowest;

  constructor(n = 14) {
    super();
    this.#highest = this.part(new Highest(n));
    this.#lowest = this.part(new Lowest(n));
  }

  update(value: number): number | undefined {
    const [high, low] = [this.#highest.update(value), this.#lowest.update(value)];
    return high === undefined || low === undefined ? undefined : (high + low) / 2;
  }
}

/** (highest high + lowest low)/2 of the last n bars; starts n − 1. */
export class MidPrice extends Composed<PriceBar> {
  readonly #highest: Highest;
  readonly #lowest: Lowest;

  constructor(n = 14) {
    super();
    this.#highest = this.part(new Highest(n));
    this.#lowest = this.part(new Lowest(n));
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const [high, low] = [this.#highest.update(bar.high), this.#lowest.update(bar.low)];
    return high === undefined || low === undefined ? undefined : (high + low) / 2;
  }
}

export interface DonchianValue {
  readonly upper: number;
  /** (upper + lower)/2 */
  readonly center: number;
  readonly lower: number;
  /** (upper − lower)/center */
  readonly width: number;
}

/** Donchian's channel over the n bars before the present one (Skender's convention, so a bar can leave it); starts n. */
export class Donchian extends Composed<PriceBar, DonchianValue> {
  readonly #highest: RollingExtreme;
  readonly #lowest: RollingExtreme;

  constructor(n = 20) {
    super();
    this.#highest = this.part(new RollingExtreme(checkLength(n), 'highest'));
    this.#lowest = this.part(new RollingExtreme(n, 'lowest'));
  }

  update(bar: PriceBar): DonchianValue | undefined {
    checkBar(bar);
    const upper = this.#highest.full ? this.#highest.extreme() : undefined;
    const lower = this.#lowest.extreme();
    this.#highest.add(bar.high);
    this.#lowest.add(bar.low);
    if (upper === undefined || lower === undefined) return undefined;
    const center = (upper + lower) / 2;
    return { upper, center, lower, width: (upper - lower) / center };
  }
}

export interface IchimokuValue {
  /** Tenkan-sen: middle of the last `conversion` bars; undefined while they are fewer, as below. */
  readonly conversion?: number | undefined;
  /** Kijun-sen: middle of the last `base` bars. */
  readonly base?: number | undefined;
  /** Senkou span A: mean of conversion and base `base` bars ago. */
  readonly leadingA?: number | undefined;
  /** Senkou span B: middle of `span` bars, `base` bars ago. */
  readonly leadingB?: number | undefined;
}

/**
 * Ichimoku's cloud (Hosoda, 1969). The leading spans are those drawn at the present bar, so `base` bars old. The
 * lagging span is no output: drawn at a bar it is the close `base` bars later, which a stream cannot know.
 */
export class Ichimoku extends Composed<PriceBar, IchimokuValue> {
  readonly #conversion: MidPrice;
  readonly #base: MidPrice;
  readonly #span: MidPrice;
  readonly #pendingA: Delay;
  readonly #pendingB: Delay;

  constructor(conversion = 9, base = 26, span = 52) {
    super();
    this.#conversion = this.part(new MidPrice(conversion));
    this.#base = this.part(new MidPrice(base));
    this.#span = this.part(new MidPrice(span));
    this.#pendingA = this.part(new Delay(base));
    this.#pendingB = this.part(new Delay(base));
  }

  update(bar: PriceBar): IchimokuValue {
    const conversion = this.#conversion.update(bar);
    const base = this.#base.update(bar);
    const span = this.#span.update(bar);
    const leadingA = conversion === undefined || base === undefined ? undefined : this.#pendingA.push((conversion + base) / 2);
    const leadingB = span === undefined ? undefined : this.#pendingB.push(span);
    return { conversion, base, leadingA, leadingB };
  }
}

export const highest = (values: Float64Array, n: number): IndicatorSeries => overValues(new Highest(n), values);
export const lowest = (values: Float64Array, n: number): IndicatorSeries => overValues(new Lowest(n), values);
export const midPoint = (values: Float64Array, n?: number): IndicatorSeries => overValues(new MidPoint(n), values);
export const midPrice = (bars: BarColumns, n?: number): IndicatorSeries => overBars(new MidPrice(n), bars);
export const donchian = (bars: BarColumns, n?: number): (DonchianValue | undefined)[] => collectRows(new Donchian(n), bars.close.length, barAt(bars));

/** As the stream, and with the lagging span (chikou): the close `base` bars after each bar, undefined for the last ones. */
export function ichimoku(bars: BarColumns, conversion = 9, base = 26, span = 52): (IchimokuValue & { readonly lagging?: number | undefined })[] {
  const kernel = new Ichimoku(conversion, base, span);
  const at = barAt(bars);
  return Array.from({ length: bars.close.length }, (_, i) => ({ ...kernel.update(at(i)), lagging: bars.close[i + base] }));
}
