import { checkLength, checkValue, type Indicator } from '../indicators/indicator.ts';
import { RollingMoments, type RollingMomentsState } from '../statistics/rolling-moments.ts';

export interface RealizedVolatilityState {
  readonly previous: number | null;
  readonly moments: RollingMomentsState;
}

/**
 * Close-to-close volatility a year: √N times the standard deviation (÷ (n − 2)) of the n − 1 log returns inside the
 * last n closes, N bars a year. Starts n − 1.
 */
export class RealizedVolatility implements Indicator<number, number, RealizedVolatilityState> {
  readonly #moments: RollingMoments;
  readonly #perYear: number;
  #previous: number | undefined;

  constructor(n: number, barsPerYear: number) {
    this.#moments = new RollingMoments(checkLength(n, 3) - 1);
    this.#perYear = checkValue(barsPerYear);
  }

  update(close: number): number | undefined {
    checkValue(close);
    if (this.#previous !== undefined) this.#moments.add(Math.log(close / this.#previous));
    this.#previous = close;
    const deviation = this.#moments.full ? this.#moments.deviation() : undefined;
    return deviation === undefined ? undefined : Math.sqrt(this.#perYear) * deviation;
  }

  snapshot(): RealizedVolatilityState {
    return { previous: this.#previous ?? null, moments: this.#moments.snapshot() };
  }

  restore(state: RealizedVolatilityState): void {
    this.#previous = state.previous ?? undefined;
    this.#moments.restore(state.moments);
  }
}
