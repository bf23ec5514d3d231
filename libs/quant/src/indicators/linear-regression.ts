import { Cell, Composed } from './composed.ts';
import { checkLength, checkValue, collectNamed, overValues, valueAt, type IndicatorSeries, type NamedSeries } from './indicator.ts';
import { LinearWindow } from './linear-window.ts';

export interface RegressionLine {
  /** Per value. */
  readonly slope: number;
  /** The line at the oldest of the n values. */
  readonly intercept: number;
  /** The line at the newest value. */
  readonly end: number;
  /** The line one step ahead. */
  readonly next: number;
}

/** Least-squares line through the last n values at 0 … n − 1; starts n − 1. */
export class LinearRegression extends Composed<number, RegressionLine> {
  readonly #n: number;
  readonly #window: LinearWindow;

  constructor(n = 14) {
    super();
    this.#n = checkLength(n, 2);
    this.#window = this.part(new LinearWindow(n));
  }

  update(value: number): RegressionLine | undefined {
    this.#window.add(value);
    if (!this.#window.full) return undefined;
    const n = this.#n;
    const middle = (n - 1) / 2;
    const slope = (this.#window.moment - middle * this.#window.sum) / ((n * (n * n - 1)) / 12);
    const mean = this.#window.sum / n;
    return { slope, intercept: mean - slope * middle, end: mean + slope * middle, next: mean + slope * (middle + 1) };
  }
}

/** 100·(x − f)/x, f the value that the line through the n values before forecasts; 0 at x = 0; starts n (Tulip's fosc). */
export class ForecastOscillator extends Composed<number> {
  readonly #line: LinearRegression;
  readonly #forecast: Cell;

  constructor(n = 14) {
    super();
    this.#line = this.part(new LinearRegression(n));
    this.#forecast = this.part(new Cell());
  }

  update(value: number): number | undefined {
    checkValue(value);
    const forecast = this.#forecast.value;
    this.#forecast.value = this.#line.update(value)?.next;
    if (forecast === undefined) return undefined;
    return value === 0 ? 0 : (100 * (value - forecast)) / value;
  }
}

/** The four numbers of the line: TA-Lib's LINEARREG is `end`, TSF is `next`. */
export function linearRegression(values: Float64Array, n?: number): NamedSeries<'slope' | 'intercept' | 'end' | 'next'> {
  return collectNamed(new LinearRegression(n), values.length, valueAt(values), ['slope', 'intercept', 'end', 'next']);
}

export const forecastOscillator = (values: Float64Array, n?: number): IndicatorSeries => overValues(new ForecastOscillator(n), values);
