import { RollingExtreme } from '../statistics/rolling-extreme.ts';
import { RollingSum } from '../statistics/rolling-sum.ts';
import { Cell, Composed, Delay, Register } from './composed.ts';
import { EqualRun } from './equal-run.ts';
import { barAt, checkBar, checkLength, checkValue, collectNamed, overBars, overValues, type BarColumns, type IndicatorSeries, type NamedSeries, type PriceBar } from './indicator.ts';
import { Ema } from './moving-averages.ts';
import { Rsi } from './rsi.ts';

/** Chaikin's volatility: change in percent over n bars of the EMA(n) of H − L, begun at the first bar; 0 from 0; starts 2n − 1. */
export class ChaikinVolatility extends Composed<PriceBar> {
  readonly #n: number;
  readonly #average: Ema;
  readonly #before: Delay;
  readonly #seen: Register;

  constructor(n = 10) {
    super();
    this.#n = checkLength(n);
    this.#average = this.part(new Ema(n, 'tulip'));
    this.#before = this.part(new Delay(n));
    this.#seen = this.part(new Register());
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const average = this.#average.update(bar.high - bar.low) ?? 0;
    const before = this.#before.push(average);
    if (this.#seen.value < 2 * this.#n) this.#seen.value += 1;
    if (before === undefined || this.#seen.value < 2 * this.#n) return undefined;
    return before === 0 ? 0 : 100 * (average / before - 1);
  }
}

/**
 * Dorsey's mass index (1992): sum over n bars of EMA(9)/EMA(9) of EMA(9) of H − L. The first EMA begins at bar 0, the
 * second at bar 8, the sum at bar 16, as in Tulip; a ratio without range is 1; starts n + 15.
 */
export class MassIndex extends Composed<PriceBar> {
  readonly #single: Ema;
  readonly #double: Ema;
  readonly #sum: RollingSum;
  readonly #seen: Register;

  constructor(n = 25) {
    super();
    this.#single = this.part(new Ema(9, 'tulip'));
    this.#double = this.part(new Ema(9, 'tulip'));
    this.#sum = this.part(new RollingSum(checkLength(n)));
    this.#seen = this.part(new Register());
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const single = this.#single.update(bar.high - bar.low) ?? 0;
    const seen = this.#seen.value;
    if (seen <= 16) this.#seen.value += 1;
    const double = seen >= 8 ? this.#double.update(single) : undefined;
    if (seen < 16 || double === undefined) return undefined;
    this.#sum.add(double === 0 ? 1 : single / double);
    return this.#sum.full ? this.#sum.sum : undefined;
  }
}

export interface FisherValue {
  readonly fisher: number;
  /** The value of the bar before. */
  readonly signal: number;
}

/**
 * Ehlers' Fisher transform (2002) of where the bar's middle stands in its range of n bars: v = 0.66(p − ½) + 0.67v₋₁,
 * beyond ±0.99 set to ±0.999; ½ ln((1 + v)/(1 − v)) + ½f₋₁; p = ½ without range; starts n − 1.
 */
export class FisherTransform extends Composed<PriceBar, FisherValue> {
  readonly #highest: RollingExtreme;
  readonly #lowest: RollingExtreme;
  readonly #smooth: Register;
  readonly #fisher: Register;

  constructor(n = 10) {
    super();
    this.#highest = this.part(new RollingExtreme(checkLength(n), 'highest'));
    this.#lowest = this.part(new RollingExtreme(n, 'lowest'));
    this.#smooth = this.part(new Register());
    this.#fisher = this.part(new Register());
  }

  update(bar: PriceBar): FisherValue | undefined {
    checkBar(bar);
    const middle = (bar.high + bar.low) / 2;
    this.#highest.add(middle);
    this.#lowest.add(middle);
    if (!this.#highest.full) return undefined;
    const [high, low] = [this.#highest.extreme() ?? 0, this.#lowest.extreme() ?? 0];
    const place = high > low ? (middle - low) / (high - low) : 0.5;
    const smooth = 0.66 * (place - 0.5) + 0.67 * this.#smooth.value;
    this.#smooth.value = Math.abs(smooth) > 0.99 ? 0.999 * Math.sign(smooth) : smooth;
    const signal = this.#fisher.value;
    this.#fisher.value = 0.5 * Math.log((1 + this.#smooth.value) / (1 - this.#smooth.value)) + 0.5 * signal;
    return { fisher: this.#fisher.value, signal };
  }
}

/** White's vertical horizontal filter (1991): (max − min of n values)/Σ|Δx| of n changes; 0 without movement; starts n. */
export class VerticalHorizontalFilter extends Composed<number> {
  readonly #n: number;
  readonly #highest: RollingExtreme;
  readonly #lowest: RollingExtreme;
  readonly #path: RollingSum;
  readonly #run: EqualRun;
  readonly #before: Cell;

  constructor(n = 28) {
    super();
    this.#n = checkLength(n);
    this.#highest = this.part(new RollingExtreme(n, 'highest'));
    this.#lowest = this.part(new RollingExtreme(n, 'lowest'));
    this.#path = this.part(new RollingSum(n));
    this.#run = this.part(new EqualRun());
    this.#before = this.part(new Cell());
  }

  update(value: number): number | undefined {
    this.#highest.add(checkValue(value));
    this.#lowest.add(value);
    const still = this.#run.update(value) > this.#n;
    const before = this.#before.value;
    this.#before.value = value;
    if (before === undefined) return undefined;
    this.#path.add(Math.abs(value - before));
    if (!this.#path.full) return undefined;
    const range = (this.#highest.extreme() ?? 0) - (this.#lowest.extreme() ?? 0);
    // The path is at least as long as the range; a running sum may fall short of it by rounding.
    return still || range === 0 ? 0 : Math.min(1, range / this.#path.sum);
  }
}

/**
 * Where the RSI(n) stands between its lowest and highest of n values, 0 … 1, as Tulip has it; 0 without range; starts
 * 2n − 1.
 */
export class RelativeStrengthPlace extends Composed<number> {
  readonly #rsi: Rsi;
  readonly #highest: RollingExtreme;
  readonly #lowest: RollingExtreme;

  constructor(n = 14) {
    super();
    this.#rsi = this.part(new Rsi(n));
    this.#highest = this.part(new RollingExtreme(checkLength(n), 'highest'));
    this.#lowest = this.part(new RollingExtreme(n, 'lowest'));
  }

  update(value: number): number | undefined {
    const strength = this.#rsi.update(value);
    if (strength === undefined) return undefined;
    this.#highest.add(strength);
    this.#lowest.add(strength);
    if (!this.#highest.full) return undefined;
    const [high, low] = [this.#highest.extreme() ?? 0, this.#lowest.extreme() ?? 0];
    return high > low ? (strength - low) / (high - low) : 0;
  }
}

export const chaikinVolatility = (bars: BarColumns, n?: number): IndicatorSeries => overBars(new ChaikinVolatility(n), bars);
export const massIndex = (bars: BarColumns, n?: number): IndicatorSeries => overBars(new MassIndex(n), bars);
export const verticalHorizontalFilter = (values: Float64Array, n?: number): IndicatorSeries => overValues(new VerticalHorizontalFilter(n), values);
export const relativeStrengthPlace = (values: Float64Array, n?: number): IndicatorSeries => overValues(new RelativeStrengthPlace(n), values);

export function fisherTransform(bars: BarColumns, n?: number): NamedSeries<'fisher' | 'signal'> {
  return collectNamed(new FisherTransform(n), bars.close.length, barAt(bars), ['fisher', 'signal']);
}
