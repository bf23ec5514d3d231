import { RollingMoments, type RollingMomentsState } from '../statistics/rolling-moments.ts';
import { checkLength, checkValue, collectColumns, valueAt, type Indicator } from './indicator.ts';

export interface BollingerValue {
  readonly upper: number;
  readonly middle: number;
  readonly lower: number;
}

/** Mean of the last n values, plus and minus `width` population standard deviations (÷ n); starts n − 1. */
export class BollingerBands implements Indicator<number, BollingerValue, RollingMomentsState> {
  readonly #moments: RollingMoments;
  readonly #width: number;

  constructor(n = 20, width = 2) {
    this.#moments = new RollingMoments(checkLength(n, 2));
    this.#width = checkValue(width);
  }

  update(value: number): BollingerValue | undefined {
    this.#moments.add(checkValue(value));
    if (!this.#moments.full) return undefined;
    const middle = this.#moments.mean() ?? 0;
    const band = this.#width * (this.#moments.deviation(0) ?? 0);
    return { upper: middle + band, middle, lower: middle - band };
  }

  snapshot(): RollingMomentsState {
    return this.#moments.snapshot();
  }

  restore(state: RollingMomentsState): void {
    this.#moments.restore(state);
  }
}

export interface BollingerSeries {
  readonly begIdx: number;
  readonly upper: Float64Array;
  readonly middle: Float64Array;
  readonly lower: Float64Array;
}

export function bollingerBands(values: Float64Array, n = 20, width = 2): BollingerSeries {
  const { begIdx, columns } = collectColumns(new BollingerBands(n, width), values.length, valueAt(values), [(v) => v.upper, (v) => v.middle, (v) => v.lower]);
  const [upper, middle, lower] = columns as readonly [Float64Array, Float64Array, Float64Array];
  return { begIdx, upper, middle, lower };
}
