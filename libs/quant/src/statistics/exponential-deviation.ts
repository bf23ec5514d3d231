export interface ExponentialDeviationState {
  readonly count: number;
  readonly weight: number;
  readonly squaredWeight: number;
  readonly mean: number;
  readonly squares: number;
}

/**
 * Standard deviation of all values with weights that halve every `halfLife` values. The divisor Σw − Σw²/Σw makes the
 * variance unbiased and is n − 1 for equal weights. O(1) and without a window.
 */
export class ExponentialDeviation {
  readonly #decay: number;
  #count = 0;
  #weight = 0;
  #squaredWeight = 0;
  #mean = 0;
  #squares = 0;

  constructor(halfLife: number) {
    this.#decay = 0.5 ** (1 / halfLife);
  }

  /** Undefined below two values. Never negative. */
  deviation(): number | undefined {
    return this.#count < 2 ? undefined : Math.sqrt(this.#squares / (this.#weight - this.#squaredWeight / this.#weight));
  }

  add(value: number): void {
    this.#count += 1;
    this.#weight = this.#decay * this.#weight + 1;
    this.#squaredWeight = this.#decay * this.#decay * this.#squaredWeight + 1;
    const delta = value - this.#mean;
    this.#mean += delta / this.#weight;
    this.#squares = this.#decay * this.#squares + delta * (value - this.#mean);
  }

  snapshot(): ExponentialDeviationState {
    return { count: this.#count, weight: this.#weight, squaredWeight: this.#squaredWeight, mean: this.#mean, squares: this.#squares };
  }

  restore(state: ExponentialDeviationState): void {
    this.#count = state.count;
    this.#weight = state.weight;
    this.#squaredWeight = state.squaredWeight;
    this.#mean = state.mean;
    this.#squares = state.squares;
  }
}
