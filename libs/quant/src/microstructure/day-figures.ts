import { amihudEstimate, corwinSchultzEstimate, type DayRange, type LiquidityFigure } from './spread-estimators.ts';

export interface DaySums extends DayRange {
  readonly day: number;
  high: number;
  low: number;
  close: number;
  dollarVolume: number;
  buys: number;
  sells: number;
}

const DAY_MS = 86_400_000;

/** A figure with the standard error of its mean over days, undefined below two of them. */
export type DayFigure = LiquidityFigure & { readonly standardError: number | undefined };

/** Range, volume and signed trades per UTC day, for measures that are defined over days. O(1) per trade. */
export class DayFigures {
  readonly #kept: number;
  #days: DaySums[] = [];

  constructor(kept = 250) {
    this.#kept = kept;
  }

  add(timeMs: number, price: number, size: number, sign: -1 | 0 | 1): void {
    const day = Math.floor(timeMs / DAY_MS);
    let last = this.#days.at(-1);
    if (last === undefined || last.day < day) {
      last = { day, high: price, low: price, close: price, dollarVolume: 0, buys: 0, sells: 0 };
      this.#days.push(last);
      if (this.#days.length > this.#kept) this.#days.shift();
    }
    last.high = Math.max(last.high, price);
    last.low = Math.min(last.low, price);
    last.close = price;
    last.dollarVolume += price * size;
    if (sign > 0) last.buys += 1;
    if (sign < 0) last.sells += 1;
  }

  snapshot(): readonly DaySums[] {
    return this.#days.map((day) => ({ ...day }));
  }

  restore(days: readonly DaySums[]): void {
    this.#days = days.map((day) => ({ ...day }));
  }

  /** Finished days only: the one that runs is no observation yet. */
  get finished(): number {
    return Math.max(0, this.#days.length - 1);
  }

  counts(): { readonly buys: Float64Array; readonly sells: Float64Array } {
    const days = this.#days.slice(0, -1);
    return { buys: Float64Array.from(days, ({ buys }) => buys), sells: Float64Array.from(days, ({ sells }) => sells) };
  }

  corwinSchultz(): DayFigure {
    const days = this.#days.slice(0, -1);
    return { ...corwinSchultzEstimate(days), standardError: errorOfMean(days.slice(1).map((day, i) => corwinSchultzEstimate([days[i] ?? day, day]).value)) };
  }

  amihud(): DayFigure {
    const days = this.#days.slice(0, -1);
    const returns = Float64Array.from(days.slice(1), (day, i) => Math.log(day.close / (days[i]?.close ?? day.close)));
    const volumes = Float64Array.from(days.slice(1), (day) => day.dollarVolume);
    return { ...amihudEstimate(returns, volumes), standardError: errorOfMean([...returns].map((_, i) => amihudEstimate(returns.subarray(i, i + 1), volumes.subarray(i, i + 1)).value)) };
  }
}

function errorOfMean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length < 2) return undefined;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1) / known.length);
}
