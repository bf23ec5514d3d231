import { Cell, Composed } from './composed.ts';
import { checkBar, overBars, type BarColumns, type IndicatorConvention, type IndicatorSeries, type PriceBar } from './indicator.ts';
import { WilderAverage } from './moving-averages.ts';

/**
 * Wilder's true range max(H − L, |H − C₋₁|, |L − C₋₁|), in the unit of price; starts 1. By Tulip's convention it starts
 * 0 with H − L.
 */
export class TrueRange extends Composed<PriceBar> {
  readonly #startsAtOnce: boolean;
  readonly #previousClose: Cell;

  constructor(convention: IndicatorConvention = 'talib') {
    super();
    this.#startsAtOnce = convention === 'tulip';
    this.#previousClose = this.part(new Cell());
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const before = this.#previousClose.value;
    this.#previousClose.value = bar.close;
    if (before === undefined) return this.#startsAtOnce ? bar.high - bar.low : undefined;
    return Math.max(bar.high - bar.low, Math.abs(bar.high - before), Math.abs(bar.low - before));
  }
}

/** Wilder's average of the true range; starts n, by Tulip's convention n − 1. */
export class Atr extends Composed<PriceBar> {
  readonly #range: TrueRange;
  readonly #average: WilderAverage;

  constructor(n = 14, convention: IndicatorConvention = 'talib') {
    super();
    this.#range = this.part(new TrueRange(convention));
    this.#average = this.part(new WilderAverage(n));
  }

  update(bar: PriceBar): number | undefined {
    const range = this.#range.update(bar);
    return range === undefined ? undefined : this.#average.update(range);
  }
}

/** 100·ATR/C, in percent of the close. Starts and conventions as `Atr`. */
export class Natr extends Composed<PriceBar> {
  readonly #atr: Atr;

  constructor(n = 14, convention: IndicatorConvention = 'talib') {
    super();
    this.#atr = this.part(new Atr(n, convention));
  }

  update(bar: PriceBar): number | undefined {
    const range = this.#atr.update(bar);
    return range === undefined ? undefined : (100 * range) / bar.close;
  }
}

export const trueRange = (bars: BarColumns, convention?: IndicatorConvention): IndicatorSeries => overBars(new TrueRange(convention), bars);
export const atr = (bars: BarColumns, n?: number, convention?: IndicatorConvention): IndicatorSeries => overBars(new Atr(n, convention), bars);
export const natr = (bars: BarColumns, n?: number, convention?: IndicatorConvention): IndicatorSeries => overBars(new Natr(n, convention), bars);
