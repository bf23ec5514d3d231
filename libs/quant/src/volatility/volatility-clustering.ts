import { checkLength, checkValue, type Indicator } from '../indicators/indicator.ts';
import { Ring } from '../statistics/ring.ts';

export interface VolatilityClusteringState {
  readonly previous: number | null;
  /** Squared returns, oldest first. */
  readonly squares: readonly number[];
}

/**
 * Lag-1 autocorrelation of squared log returns over the last n of them: near 0 when volatility does not cluster.
 * Undefined before n returns and for a series that does not vary. O(n) per value; n is small.
 */
export class VolatilityClustering implements Indicator<number, number, VolatilityClusteringState> {
  readonly #squares: Ring;
  #previous: number | undefined;

  constructor(n: number) {
    this.#squares = new Ring(checkLength(n, 3));
  }

  update(close: number): number | undefined {
    checkValue(close);
    if (this.#previous !== undefined) this.#squares.push(Math.log(close / this.#previous) ** 2);
    this.#previous = close;
    return this.#squares.full ? lagOneCorrelation(this.#squares.values()) : undefined;
  }

  snapshot(): VolatilityClusteringState {
    return { previous: this.#previous ?? null, squares: this.#squares.values() };
  }

  restore(state: VolatilityClusteringState): void {
    this.#previous = state.previous ?? undefined;
    this.#squares.restore(state.squares);
  }
}

function lagOneCorrelation(values: readonly number[]): number | undefined {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  let products = 0;
  let squares = 0;
  values.forEach((x, i) => {
    squares += (x - mean) ** 2;
    if (i > 0) products += (x - mean) * ((values[i - 1] ?? 0) - mean);
  });
  return squares > 0 ? products / squares : undefined;
}
