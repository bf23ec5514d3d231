import { Composed } from './composed.ts';
import { GuardedMoments } from './guarded-moments.ts';
import { checkLength, checkValue, collectNamed, valueAt, type NamedSeries } from './indicator.ts';

export interface BollingerValue {
  readonly upper: number;
  readonly middle: number;
  readonly lower: number;
}

/** Mean of the last n values, plus and minus `width` population standard deviations (÷ n); starts n − 1. */
export class BollingerBands extends Composed<number, BollingerValue> {
  readonly #moments: GuardedMoments;
  readonly #width: number;

  constructor(n = 20, width = 2) {
    super();
    this.#moments = this.part(new GuardedMoments(checkLength(n, 2)));
    this.#width = checkValue(width);
  }

  update(value: number): BollingerValue | undefined {
    this.#moments.add(checkValue(value));
    if (!this.#moments.full) return undefined;
    const middle = this.#moments.mean;
    const band = this.#width * this.#moments.deviation();
    return { upper: middle + band, middle, lower: middle - band };
  }
}

export function bollingerBands(values: Float64Array, n?: number, width?: number): NamedSeries<'upper' | 'middle' | 'lower'> {
  return collectNamed(new BollingerBands(n, width), values.length, valueAt(values), ['upper', 'middle', 'lower']);
}
