import { InvalidInputError } from '@nautilus/model';
import { Composed, Register } from './composed.ts';
import { checkBar, checkValue, overBars, overValues, type BarColumns, type Indicator, type IndicatorConvention, type IndicatorSeries, type PriceBar } from './indicator.ts';
import { LaggedValue } from './momentum.ts';
import { Ema, Sma } from './moving-averages.ts';

/** What a price oscillator takes the difference of. */
export type OscillatorAverage = 'sma' | 'ema';

/** A fast and a slow average of the same values, each with its own start. */
class TwoAverages extends Composed<number, { readonly fast: number; readonly slow: number }> {
  readonly #fast: Indicator<number>;
  readonly #slow: Indicator<number>;
  readonly #skip: number;
  readonly #seen: Register;

  constructor(fast: number, slow: number, average: OscillatorAverage, convention: IndicatorConvention) {
    super();
    if (!(fast < slow)) throw new InvalidInputError([{ path: 'fast', message: 'must be shorter than slow' }]);
    const make = (n: number): Ema | Sma => (average === 'ema' ? new Ema(n, convention) : new Sma(n));
    this.#fast = this.part(make(fast));
    this.#slow = this.part(make(slow));
    // Tulip's two averages agree on the first value, where their difference says nothing.
    this.#skip = average === 'ema' && convention === 'tulip' ? 1 : 0;
    this.#seen = this.part(new Register());
  }

  update(value: number): { readonly fast: number; readonly slow: number } | undefined {
    const fast = this.#fast.update(value);
    const slow = this.#slow.update(value);
    if (fast === undefined || slow === undefined) return undefined;
    if (this.#seen.value < this.#skip) {
      this.#seen.value += 1;
      return undefined;
    }
    return { fast, slow };
  }
}

/** Fast average − slow average; starts slow − 1 (1 by Tulip's convention of the EMA). */
export class AbsolutePriceOscillator extends Composed<number> {
  readonly #averages: TwoAverages;

  constructor(fast = 12, slow = 26, average: OscillatorAverage = 'ema', convention: IndicatorConvention = 'talib') {
    super();
    this.#averages = this.part(new TwoAverages(fast, slow, average, convention));
  }

  update(value: number): number | undefined {
    const found = this.#averages.update(value);
    return found === undefined ? undefined : found.fast - found.slow;
  }
}

/** 100·(fast − slow)/slow, 0 where slow is 0; of SMAs unless told; over volumes the volume oscillator. Starts as above. */
export class PercentagePriceOscillator extends Composed<number> {
  readonly #averages: TwoAverages;

  constructor(fast = 12, slow = 26, average: OscillatorAverage = 'sma', convention: IndicatorConvention = 'talib') {
    super();
    this.#averages = this.part(new TwoAverages(fast, slow, average, convention));
  }

  update(value: number): number | undefined {
    const found = this.#averages.update(value);
    if (found === undefined) return undefined;
    return found.slow === 0 ? 0 : (100 * (found.fast - found.slow)) / found.slow;
  }
}

/** Williams' awesome oscillator: SMA(5) − SMA(34) of the bar middles (H + L)/2; starts slow − 1. */
export class AwesomeOscillator extends Composed<PriceBar> {
  readonly #averages: TwoAverages;

  constructor(fast = 5, slow = 34) {
    super();
    this.#averages = this.part(new TwoAverages(fast, slow, 'sma', 'talib'));
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const found = this.#averages.update((bar.high + bar.low) / 2);
    return found === undefined ? undefined : found.fast - found.slow;
  }
}

/** x₋ₘ − SMA(n), m = ⌊n/2⌋ + 1: a value against the average centred near it; starts n − 1 (Tulip's dpo). */
export class DetrendedPrice extends Composed<number> {
  readonly #average: Sma;
  readonly #before: LaggedValue;

  constructor(n: number) {
    super();
    this.#average = this.part(new Sma(n));
    this.#before = this.part(new LaggedValue(Math.floor(n / 2) + 1));
  }

  update(value: number): number | undefined {
    const before = this.#before.update(checkValue(value));
    const average = this.#average.update(value);
    return before === undefined || average === undefined ? undefined : before - average;
  }
}

export const absolutePriceOscillator = (
  values: Float64Array, fast?: number, slow?: number, average?: OscillatorAverage, convention?: IndicatorConvention,
): IndicatorSeries => overValues(new AbsolutePriceOscillator(fast, slow, average, convention), values);

export const percentagePriceOscillator = (
  values: Float64Array, fast?: number, slow?: number, average?: OscillatorAverage, convention?: IndicatorConvention,
): IndicatorSeries => overValues(new PercentagePriceOscillator(fast, slow, average, convention), values);

export const awesomeOscillator = (bars: BarColumns, fast?: number, slow?: number): IndicatorSeries => overBars(new AwesomeOscillator(fast, slow), bars);
export const detrendedPrice = (values: Float64Array, n: number): IndicatorSeries => overValues(new DetrendedPrice(n), values);
