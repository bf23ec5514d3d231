import { WilderAverage, type SeededAverageState } from './moving-averages.ts';
import { checkLength, checkValue, collect, valueAt, type Indicator, type IndicatorSeries } from './indicator.ts';

export interface RsiState {
  readonly previous: number | null;
  readonly gain: SeededAverageState;
  readonly loss: SeededAverageState;
}

/**
 * Relative strength 100·U/(U + D) over Wilder's averages of rises and falls; starts n. Without any movement it is 0,
 * as in TA-Lib. Over volumes instead of closes it is the volume RSI.
 */
export class Rsi implements Indicator<number, number, RsiState> {
  readonly #gain: WilderAverage;
  readonly #loss: WilderAverage;
  #previous: number | undefined;

  constructor(n = 14) {
    checkLength(n, 2);
    this.#gain = new WilderAverage(n);
    this.#loss = new WilderAverage(n);
  }

  update(value: number): number | undefined {
    checkValue(value);
    const previous = this.#previous;
    this.#previous = value;
    if (previous === undefined) return undefined;
    const change = value - previous;
    const gain = this.#gain.update(Math.max(0, change));
    const loss = this.#loss.update(Math.max(0, -change));
    if (gain === undefined || loss === undefined) return undefined;
    return gain + loss > 0 ? (100 * gain) / (gain + loss) : 0;
  }

  snapshot(): RsiState {
    return { previous: this.#previous ?? null, gain: this.#gain.snapshot(), loss: this.#loss.snapshot() };
  }

  restore(state: RsiState): void {
    this.#previous = state.previous ?? undefined;
    this.#gain.restore(state.gain);
    this.#loss.restore(state.loss);
  }
}

export function rsi(values: Float64Array, n = 14): IndicatorSeries {
  return collect(new Rsi(n), values.length, valueAt(values));
}
