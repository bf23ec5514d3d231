import { Cell, Composed } from '../indicators/composed.ts';
import { EqualRun } from '../indicators/equal-run.ts';
import { GuardedMoments } from '../indicators/guarded-moments.ts';
import {
  checkLength, checkOhlcBar, checkValue, overOhlc, overValues, type IndicatorSeries, type OhlcBar, type OhlcColumns,
} from '../indicators/indicator.ts';
import { RollingSum } from '../statistics/rolling-sum.ts';
import { RealizedVolatility } from './realized-volatility.ts';

const square = (x: number): number => x * x;

/** Mean of the last n terms, exact when they are equal; undefined before n. */
class WindowMean extends Composed<number> {
  readonly #n: number;
  readonly #sum: RollingSum;
  readonly #run: EqualRun;

  constructor(n: number) {
    super();
    this.#n = checkLength(n);
    this.#sum = this.part(new RollingSum(n));
    this.#run = this.part(new EqualRun());
  }

  update(term: number): number | undefined {
    this.#sum.add(term);
    if (this.#run.update(term) >= this.#n) return term;
    return this.#sum.full ? this.#sum.sum / this.#n : undefined;
  }
}

/** Sample variance (÷ (n − 1)) of the last n terms, exactly 0 when they are equal; undefined before n. */
class SampleVariance extends Composed<number> {
  readonly #n: number;
  readonly #moments: GuardedMoments;

  constructor(n: number) {
    super();
    this.#n = checkLength(n, 2);
    this.#moments = this.part(new GuardedMoments(n));
  }

  update(term: number): number | undefined {
    this.#moments.add(term);
    return this.#moments.full ? this.#moments.squares / (this.#n - 1) : undefined;
  }
}

/** √(N · mean of one bar's variance over n bars), N bars a year: what the estimators from single bars share; starts n − 1. */
class BarVolatility extends Composed<OhlcBar> {
  readonly #mean: WindowMean;
  readonly #perYear: number;
  readonly #variance: (bar: OhlcBar) => number;

  constructor(n: number, barsPerYear: number, variance: (bar: OhlcBar) => number) {
    super();
    this.#mean = this.part(new WindowMean(n));
    this.#perYear = checkValue(barsPerYear);
    this.#variance = variance;
  }

  update(bar: OhlcBar): number | undefined {
    checkOhlcBar(bar);
    const mean = this.#mean.update(this.#variance(bar));
    return mean === undefined ? undefined : Math.sqrt(this.#perYear * Math.max(0, mean));
  }
}

const parkinsonVariance = ({ high, low }: OhlcBar): number => square(Math.log(high / low)) / (4 * Math.LN2);
const garmanKlassVariance = ({ open, high, low, close }: OhlcBar): number => 0.5 * square(Math.log(high / low)) - (2 * Math.LN2 - 1) * square(Math.log(close / open));
const rogersSatchellVariance = ({ open, high, low, close }: OhlcBar): number =>
  Math.log(high / close) * Math.log(high / open) + Math.log(low / close) * Math.log(low / open);

/** Parkinson (1980): √(N/(4n ln 2)·Σ ln²(H/L)), a year's volatility from ranges; assumes no drift and no gaps; starts n − 1. */
export class ParkinsonVolatility extends BarVolatility {
  constructor(n: number, barsPerYear: number) {
    super(n, barsPerYear, parkinsonVariance);
  }
}

/** Garman and Klass (1980): √(N/n·Σ[½ ln²(H/L) − (2 ln 2 − 1) ln²(C/O)]); assumes no drift and no gaps; starts n − 1. */
export class GarmanKlassVolatility extends BarVolatility {
  constructor(n: number, barsPerYear: number) {
    super(n, barsPerYear, garmanKlassVariance);
  }
}

/** Rogers and Satchell (1991): √(N/n·Σ[ln(H/C)ln(H/O) + ln(L/C)ln(L/O)]); any drift, no gaps; starts n − 1. */
export class RogersSatchellVolatility extends BarVolatility {
  constructor(n: number, barsPerYear: number) {
    super(n, barsPerYear, rogersSatchellVariance);
  }
}

/** Garman and Klass with Yang's and Zhang's term for the gap: adds ln²(O/C₋₁) to each bar; starts n. */
export class GapGarmanKlassVolatility extends Composed<OhlcBar> {
  readonly #mean: WindowMean;
  readonly #perYear: number;
  readonly #previousClose: Cell;

  constructor(n: number, barsPerYear: number) {
    super();
    this.#mean = this.part(new WindowMean(n));
    this.#perYear = checkValue(barsPerYear);
    this.#previousClose = this.part(new Cell());
  }

  update(bar: OhlcBar): number | undefined {
    checkOhlcBar(bar);
    const before = this.#previousClose.value;
    this.#previousClose.value = bar.close;
    if (before === undefined) return undefined;
    const mean = this.#mean.update(square(Math.log(bar.open / before)) + garmanKlassVariance(bar));
    return mean === undefined ? undefined : Math.sqrt(this.#perYear * Math.max(0, mean));
  }
}

/**
 * Yang and Zhang (2000): σ² = σ²ₒ + kσ²_c + (1 − k)σ²_rs, k = 0.34/(1.34 + (n + 1)/(n − 1)), with the sample variances
 * of ln(O/C₋₁) and ln(C/O) and Rogers–Satchell's; any drift and gaps; starts n.
 */
export class YangZhangVolatility extends Composed<OhlcBar> {
  readonly #share: number;
  readonly #perYear: number;
  readonly #overnight: SampleVariance;
  readonly #session: SampleVariance;
  readonly #range: WindowMean;
  readonly #previousClose: Cell;

  constructor(n: number, barsPerYear: number) {
    super();
    checkLength(n, 2);
    this.#share = 0.34 / (1.34 + (n + 1) / (n - 1));
    this.#perYear = checkValue(barsPerYear);
    this.#overnight = this.part(new SampleVariance(n));
    this.#session = this.part(new SampleVariance(n));
    this.#range = this.part(new WindowMean(n));
    this.#previousClose = this.part(new Cell());
  }

  update(bar: OhlcBar): number | undefined {
    checkOhlcBar(bar);
    const before = this.#previousClose.value;
    this.#previousClose.value = bar.close;
    const session = this.#session.update(Math.log(bar.close / bar.open));
    const range = this.#range.update(rogersSatchellVariance(bar));
    const overnight = before === undefined ? undefined : this.#overnight.update(Math.log(bar.open / before));
    if (session === undefined || range === undefined || overnight === undefined) return undefined;
    return Math.sqrt(this.#perYear * Math.max(0, overnight + this.#share * session + (1 - this.#share) * range));
  }
}

/** Batch forms; `n` bars in the window, `barsPerYear` bars a year, result a fraction a year. */
export const closeVolatility = (close: Float64Array, n: number, barsPerYear: number): IndicatorSeries => overValues(new RealizedVolatility(n, barsPerYear), close);
export const parkinsonVolatility = (bars: OhlcColumns, n: number, barsPerYear: number): IndicatorSeries => overOhlc(new ParkinsonVolatility(n, barsPerYear), bars);
export const garmanKlassVolatility = (bars: OhlcColumns, n: number, barsPerYear: number): IndicatorSeries => overOhlc(new GarmanKlassVolatility(n, barsPerYear), bars);
export const rogersSatchellVolatility = (bars: OhlcColumns, n: number, barsPerYear: number): IndicatorSeries => overOhlc(new RogersSatchellVolatility(n, barsPerYear), bars);
export const gapGarmanKlassVolatility = (bars: OhlcColumns, n: number, barsPerYear: number): IndicatorSeries => overOhlc(new GapGarmanKlassVolatility(n, barsPerYear), bars);
export const yangZhangVolatility = (bars: OhlcColumns, n: number, barsPerYear: number): IndicatorSeries => overOhlc(new YangZhangVolatility(n, barsPerYear), bars);
