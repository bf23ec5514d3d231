import { Atr } from './atr.ts';
import { BollingerBands } from './bollinger-bands.ts';
import { Cell, Composed, Register } from './composed.ts';
import { barAt, checkValue, collectNamed, collectRows, valueAt, type BarColumns, type NamedSeries, type PriceBar } from './indicator.ts';
import { Ema } from './moving-averages.ts';

export interface BollingerPositionValue {
  /** (x − lower)/(upper − lower): 0 at the lower band, 1 at the upper; 0 without width. */
  readonly percentB: number;
  /** Distance from the middle in standard deviations; 0 without width. */
  readonly zScore: number;
  /** (upper − lower)/middle; 0 where the middle is 0. */
  readonly bandwidth: number;
}

/** Where a value stands in its Bollinger bands; starts n − 1. */
export class BollingerPosition extends Composed<number, BollingerPositionValue> {
  readonly #width: number;
  readonly #bands: BollingerBands;

  constructor(n = 20, width = 2) {
    super();
    this.#width = checkValue(width);
    this.#bands = this.part(new BollingerBands(n, width));
  }

  update(value: number): BollingerPositionValue | undefined {
    const bands = this.#bands.update(value);
    if (bands === undefined) return undefined;
    const range = bands.upper - bands.lower;
    if (range === 0) return { percentB: 0, zScore: 0, bandwidth: 0 };
    return {
      percentB: (value - bands.lower) / range,
      zScore: (2 * this.#width * (value - bands.middle)) / range,
      bandwidth: bands.middle === 0 ? 0 : range / bands.middle,
    };
  }
}

export interface KeltnerValue {
  readonly upper: number;
  readonly center: number;
  readonly lower: number;
  /** (upper − lower)/center */
  readonly width: number;
}

/** Keltner's channel as Skender has it: EMA(n) of the close plus and minus `factor`·ATR(m); starts max(n − 1, m). */
export class Keltner extends Composed<PriceBar, KeltnerValue> {
  readonly #factor: number;
  readonly #average: Ema;
  readonly #range: Atr;

  constructor(n = 20, factor = 2, m = 10) {
    super();
    this.#factor = checkValue(factor);
    this.#average = this.part(new Ema(n));
    this.#range = this.part(new Atr(m));
  }

  update(bar: PriceBar): KeltnerValue | undefined {
    const range = this.#range.update(bar);
    const center = this.#average.update(bar.close);
    if (range === undefined || center === undefined) return undefined;
    const half = this.#factor * range;
    return { upper: center + half, center, lower: center - half, width: (2 * half) / center };
  }
}

export interface SuperTrendValue {
  /** The band on the other side of the trend. */
  readonly superTrend: number;
  /** 1 rising: the band is below the close; −1 falling. */
  readonly direction: 1 | -1;
}

/**
 * Seban's SuperTrend as Skender has it: bands (H + L)/2 ± factor·ATR(n) that only tighten until the close before
 * passed them; a close at or beyond the band in force turns the trend; starts n.
 */
export class SuperTrend extends Composed<PriceBar, SuperTrendValue> {
  readonly #factor: number;
  readonly #range: Atr;
  readonly #previousClose: Cell;
  readonly #upper: Cell;
  readonly #lower: Cell;
  readonly #direction: Register;

  constructor(n = 10, factor = 3) {
    super();
    this.#factor = checkValue(factor);
    this.#range = this.part(new Atr(n));
    this.#previousClose = this.part(new Cell());
    this.#upper = this.part(new Cell());
    this.#lower = this.part(new Cell());
    this.#direction = this.part(new Register());
  }

  update(bar: PriceBar): SuperTrendValue | undefined {
    const range = this.#range.update(bar);
    const before = this.#previousClose.value ?? bar.close;
    this.#previousClose.value = bar.close;
    if (range === undefined) return undefined;
    const middle = (bar.high + bar.low) / 2;
    if (this.#direction.value === 0) this.#direction.value = bar.close >= middle ? 1 : -1;
    const upper = tightened(this.#upper.value, middle + this.#factor * range, before, 1);
    const lower = tightened(this.#lower.value, middle - this.#factor * range, before, -1);
    this.#upper.value = upper;
    this.#lower.value = lower;
    const direction = bar.close <= (this.#direction.value === 1 ? lower : upper) ? -1 : 1;
    this.#direction.value = direction;
    return { superTrend: direction === 1 ? lower : upper, direction };
  }
}

function tightened(band: number | undefined, wanted: number, closeBefore: number, side: 1 | -1): number {
  return band === undefined || side * wanted < side * band || side * closeBefore > side * band ? wanted : band;
}

export function bollingerPosition(values: Float64Array, n?: number, width?: number): NamedSeries<'percentB' | 'zScore' | 'bandwidth'> {
  return collectNamed(new BollingerPosition(n, width), values.length, valueAt(values), ['percentB', 'zScore', 'bandwidth']);
}

export function keltner(bars: BarColumns, n?: number, factor?: number, m?: number): NamedSeries<'upper' | 'center' | 'lower' | 'width'> {
  return collectNamed(new Keltner(n, factor, m), bars.close.length, barAt(bars), ['upper', 'center', 'lower', 'width']);
}

export const superTrend = (bars: BarColumns, n?: number, factor?: number): (SuperTrendValue | undefined)[] => collectRows(new SuperTrend(n, factor), bars.close.length, barAt(bars));
