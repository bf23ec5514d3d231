import { InvalidInputError } from '@nautilus/model';
import { Ema, type SeededAverageState } from './moving-averages.ts';
import { checkValue, collectColumns, valueAt, type Indicator } from './indicator.ts';

export interface MacdValue {
  readonly macd: number;
  readonly signal: number;
  /** macd − signal */
  readonly histogram: number;
}

export interface MacdState {
  readonly skipped: number;
  readonly fast: SeededAverageState;
  readonly slow: SeededAverageState;
  readonly signal: SeededAverageState;
}

/**
 * Fast EMA − slow EMA and its own EMA, as TA-Lib starts them: the fast EMA's first mean ends on the same bar as the
 * slow one's, so it skips the first slow − fast values. Starts slow + signal − 2 (33 for 12, 26, 9).
 */
export class Macd implements Indicator<number, MacdValue, MacdState> {
  readonly #skip: number;
  readonly #fast: Ema;
  readonly #slow: Ema;
  readonly #signal: Ema;
  #skipped = 0;

  constructor(fast = 12, slow = 26, signal = 9) {
    if (!(fast < slow)) throw new InvalidInputError([{ path: 'fast', message: 'must be shorter than slow' }]);
    this.#skip = slow - fast;
    this.#fast = new Ema(fast);
    this.#slow = new Ema(slow);
    this.#signal = new Ema(signal);
  }

  update(value: number): MacdValue | undefined {
    checkValue(value);
    const slow = this.#slow.update(value);
    if (this.#skipped < this.#skip) {
      this.#skipped += 1;
      return undefined;
    }
    const fast = this.#fast.update(value);
    if (fast === undefined || slow === undefined) return undefined;
    const macd = fast - slow;
    const signal = this.#signal.update(macd);
    return signal === undefined ? undefined : { macd, signal, histogram: macd - signal };
  }

  snapshot(): MacdState {
    return { skipped: this.#skipped, fast: this.#fast.snapshot(), slow: this.#slow.snapshot(), signal: this.#signal.snapshot() };
  }

  restore(state: MacdState): void {
    this.#skipped = state.skipped;
    this.#fast.restore(state.fast);
    this.#slow.restore(state.slow);
    this.#signal.restore(state.signal);
  }
}

export interface MacdSeries {
  readonly begIdx: number;
  readonly macd: Float64Array;
  readonly signal: Float64Array;
  readonly histogram: Float64Array;
}

export function macd(values: Float64Array, fast = 12, slow = 26, signal = 9): MacdSeries {
  const { begIdx, columns } = collectColumns(new Macd(fast, slow, signal), values.length, valueAt(values), [(v) => v.macd, (v) => v.signal, (v) => v.histogram]);
  const [line, signalLine, histogram] = columns as readonly [Float64Array, Float64Array, Float64Array];
  return { begIdx, macd: line, signal: signalLine, histogram };
}
