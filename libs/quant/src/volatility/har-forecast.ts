import { Cell, Composed, Delay, Register } from '../indicators/composed.ts';
import { checkLength } from '../indicators/indicator.ts';
import { leastSquares } from '../statistics/least-squares.ts';
import { LogReturn } from './realized-variance.ts';

const WEEK = 5;
const MONTH = 22;

/** A value and the day to which it belongs: any number that is the same for all values of a day and grows with it. */
export interface DayValue {
  readonly value: number;
  readonly day: number;
  /** Whether the day is known to end with it, as with a daily bar; else it ends where another begins. */
  readonly ends: boolean;
}

export interface HarValue {
  /** Expected realised variance of the day after the last whole one. */
  readonly forecast: number;
  /** Realised variance of the last whole day, and its means over the last 5 and 22 whole days. */
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

/**
 * Corsi's heterogeneous autoregression (2009): RV = c + β_d·RV_d + β_w·RV_w + β_m·RV_m, a day's realised variance (the
 * sum of its squared log returns, the one from the day before included) on that of the day before and on its means over
 * 5 and 22 days before. Fitted by least squares to the last n days that have all regressors, anew after every 5 days; a
 * forecast below the smallest variance of those days is told as that one. It stands until the next day ends. Undefined
 * before n such days: over days that end with their value it starts n + 22, as the first day has no return.
 */
export class HarForecast extends Composed<DayValue, HarValue> {
  readonly #n: number;
  readonly #returns: LogReturn;
  readonly #day: Cell;
  readonly #sum: Register;
  readonly #days: Delay;
  readonly #closed: Register;
  readonly #coefficients: readonly [Cell, Cell, Cell, Cell];
  readonly #told: readonly [Cell, Cell, Cell, Cell];

  constructor(n = 250) {
    super();
    this.#n = checkLength(n, 10);
    this.#returns = this.part(new LogReturn());
    this.#day = this.part(new Cell());
    this.#sum = this.part(new Register());
    this.#days = this.part(new Delay(n + MONTH));
    this.#closed = this.part(new Register());
    const four = (): readonly [Cell, Cell, Cell, Cell] => [this.part(new Cell()), this.part(new Cell()), this.part(new Cell()), this.part(new Cell())];
    this.#coefficients = four();
    this.#told = four();
  }

  update({ value, day, ends }: DayValue): HarValue | undefined {
    const latest = this.#returns.update(value);
    if (this.#day.value !== undefined && day !== this.#day.value) this.#close();
    this.#day.value = day;
    this.#sum.value += (latest ?? 0) ** 2;
    if (ends) {
      this.#close();
      this.#day.value = undefined;
    }
    const [forecast, daily, weekly, monthly] = this.#told.map(({ value: told }) => told);
    return forecast === undefined || daily === undefined || weekly === undefined || monthly === undefined ? undefined : { forecast, daily, weekly, monthly };
  }

  #close(): void {
    // What the series began with is no whole day.
    if (this.#closed.value > 0) {
      this.#days.push(this.#sum.value);
      if (this.#days.full) this.#forecast();
    }
    this.#closed.value += 1;
    this.#sum.value = 0;
  }

  #forecast(): void {
    const length = this.#n + MONTH;
    const days = Float64Array.from({ length }, (_, i) => this.#days.back(length - 1 - i) ?? 0);
    if (this.#coefficients[0].value === undefined || this.#closed.value % WEEK === 0) {
      const rows = Array.from({ length: this.#n }, (_, i) => regressors(days, MONTH + i));
      const fitted = leastSquares(rows, days.subarray(MONTH)).coefficients;
      this.#coefficients.forEach((cell, i) => (cell.value = fitted[i]));
    }
    const now = regressors(days, length);
    const expected = this.#coefficients.reduce((sum, { value = 0 }, i) => sum + value * (now[i] ?? 0), 0);
    const [, daily, weekly, monthly] = now;
    const told = [Math.max(expected, days.subarray(MONTH).reduce((least, rv) => Math.min(least, rv), Infinity)), daily, weekly, monthly];
    this.#told.forEach((cell, i) => (cell.value = told[i]));
  }
}

/** Of the day at `i`: a one, and the realised variance of the day, week and month before. */
function regressors(days: Float64Array, i: number): readonly [number, number, number, number] {
  const mean = (n: number): number => days.subarray(i - n, i).reduce((sum, rv) => sum + rv, 0) / n;
  return [1, days[i - 1] ?? 0, mean(WEEK), mean(MONTH)];
}
