import { InvalidInputError } from '@nautilus/model';
import { Cell, Composed, Register } from './composed.ts';
import { checkValue } from './indicator.ts';

export interface KalmanTrendValue {
  /** Filtered level, in the unit of the input. */
  readonly level: number;
  /** Filtered slope: change of the logarithm from one value to the next. */
  readonly slope: number;
}

/**
 * Local linear trend of the logarithm (Harvey 1989, 2.3.6), filtered: ln x = level + noise, the level moves by slope
 * and a noise of variance `levelNoise`, the slope by one of `slopeNoise`, both as multiples of the variance of the
 * observation noise. It begins with the first two values, of which the level is the second and the slope their
 * difference; starts 1. @throws InvalidInputError for a value that is not positive.
 */
export class KalmanTrend extends Composed<number, KalmanTrendValue> {
  readonly #levelNoise: number;
  readonly #slopeNoise: number;
  readonly #first: Cell;
  readonly #level: Cell;
  readonly #slope: Register;
  readonly #levelVariance: Register;
  readonly #covariance: Register;
  readonly #slopeVariance: Register;

  constructor(levelNoise = 0.1, slopeNoise = 0.001) {
    super();
    if (!(levelNoise >= 0 && levelNoise < Infinity && slopeNoise >= 0 && slopeNoise < Infinity)) throw new InvalidInputError([{ path: 'noise', message: 'must not be negative' }]);
    this.#levelNoise = levelNoise;
    this.#slopeNoise = slopeNoise;
    this.#first = this.part(new Cell());
    this.#level = this.part(new Cell());
    this.#slope = this.part(new Register());
    this.#levelVariance = this.part(new Register());
    this.#covariance = this.part(new Register());
    this.#slopeVariance = this.part(new Register());
  }

  update(value: number): KalmanTrendValue | undefined {
    const observed = checkValue(Math.log(value));
    const [first, level] = [this.#first.value, this.#level.value];
    if (first === undefined) {
      this.#first.value = observed;
      return undefined;
    }
    if (level === undefined) this.#begin(first, observed);
    else this.#filter(level, observed);
    return { level: Math.exp(this.#level.value ?? observed), slope: this.#slope.value };
  }

  /** What two observations say of both without anything known before: the limit of a diffuse beginning. */
  #begin(first: number, second: number): void {
    this.#level.value = second;
    this.#slope.value = second - first;
    this.#levelVariance.value = 1;
    this.#covariance.value = 1;
    this.#slopeVariance.value = 2 + this.#levelNoise + this.#slopeNoise;
  }

  #filter(level: number, observed: number): void {
    const [pl, pc, ps] = [this.#levelVariance.value, this.#covariance.value, this.#slopeVariance.value];
    const predicted = level + this.#slope.value;
    const levelVariance = pl + 2 * pc + ps + this.#levelNoise;
    const covariance = pc + ps;
    const slopeVariance = ps + this.#slopeNoise;
    const surprise = observed - predicted;
    const [levelGain, slopeGain] = [levelVariance / (levelVariance + 1), covariance / (levelVariance + 1)];
    this.#level.value = predicted + levelGain * surprise;
    this.#slope.value += slopeGain * surprise;
    this.#levelVariance.value = levelGain;
    this.#covariance.value = slopeGain;
    this.#slopeVariance.value = slopeVariance - slopeGain * covariance;
  }
}
