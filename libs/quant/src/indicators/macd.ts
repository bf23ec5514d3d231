import { InvalidInputError } from '@nautilus/model';
import { Composed, Register } from './composed.ts';
import { collectNamed, valueAt, type IndicatorConvention, type NamedSeries } from './indicator.ts';
import { Ema } from './moving-averages.ts';

export interface MacdValue {
  readonly macd: number;
  readonly signal: number;
  /** macd − signal */
  readonly histogram: number;
}

/**
 * Fast EMA − slow EMA and its own EMA (Appel, 1979); starts slow + signal − 2 (33 for 12, 26, 9).
 * TA-Lib: the fast EMA's first mean ends on the same bar as the slow one's, so it skips the first slow − fast values.
 * Skender: each EMA has its own start. Tulip: the EMAs begin with the first value, the signal with the line's value at
 * slow − 1, where it starts.
 */
export class Macd extends Composed<number, MacdValue> {
  readonly #fastSkips: number;
  readonly #lineSkips: number;
  readonly #seen: Register;
  readonly #fast: Ema;
  readonly #slow: Ema;
  readonly #signal: Ema;

  constructor(fast = 12, slow = 26, signal = 9, convention: IndicatorConvention = 'talib') {
    super();
    if (!(fast < slow)) throw new InvalidInputError([{ path: 'fast', message: 'must be shorter than slow' }]);
    this.#fastSkips = convention === 'talib' ? slow - fast : 0;
    this.#lineSkips = slow - 1;
    this.#seen = this.part(new Register());
    this.#fast = this.part(new Ema(fast, convention));
    this.#slow = this.part(new Ema(slow, convention));
    this.#signal = this.part(new Ema(signal, convention));
  }

  update(value: number): MacdValue | undefined {
    const slow = this.#slow.update(value);
    const fast = this.#seen.value < this.#fastSkips ? undefined : this.#fast.update(value);
    const early = this.#seen.value < this.#lineSkips;
    if (early) this.#seen.value += 1;
    if (early || fast === undefined || slow === undefined) return undefined;
    const macd = fast - slow;
    const signal = this.#signal.update(macd);
    return signal === undefined ? undefined : { macd, signal, histogram: macd - signal };
  }
}

export function macd(values: Float64Array, fast?: number, slow?: number, signal?: number, convention?: IndicatorConvention): NamedSeries<'macd' | 'signal' | 'histogram'> {
  return collectNamed(new Macd(fast, slow, signal, convention), values.length, valueAt(values), ['macd', 'signal', 'histogram']);
}
