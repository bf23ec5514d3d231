import { InvalidInputError } from '@nautilus/model';
import { checkValue, overPairs, overValues, type Indicator, type IndicatorSeries, type ValuePair } from './indicator.ts';

const FUNCTIONS = {
  abs: Math.abs,
  acos: Math.acos,
  asin: Math.asin,
  atan: Math.atan,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  /** Halves away from 0, unlike Math.round. */
  round: (x: number) => Math.sign(x) * Math.round(Math.abs(x)),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
  toDegrees: (x: number) => (x * 180) / Math.PI,
  toRadians: (x: number) => (x * Math.PI) / 180,
  trunc: Math.trunc,
} as const satisfies Readonly<Record<string, (x: number) => number>>;

const PAIR_FUNCTIONS = {
  add: (x: number, y: number) => x + y,
  subtract: (x: number, y: number) => x - y,
  multiply: (x: number, y: number) => x * y,
  /** 0 where y is 0. */
  divide: (x: number, y: number) => (y === 0 ? 0 : x / y),
} as const satisfies Readonly<Record<string, (x: number, y: number) => number>>;

export type ElementwiseName = keyof typeof FUNCTIONS;
export type PairwiseName = keyof typeof PAIR_FUNCTIONS;

/** A function of each value alone, so that grids of features can name it; starts 0. @throws InvalidInputError outside its domain. */
export class Elementwise implements Indicator<number, number, null> {
  readonly #name: ElementwiseName;

  constructor(name: ElementwiseName) {
    this.#name = name;
  }

  update(value: number): number {
    const result = FUNCTIONS[this.#name](checkValue(value));
    if (!Number.isFinite(result)) throw new InvalidInputError([{ path: 'value', message: `is outside the domain of ${this.#name}` }]);
    return result;
  }

  snapshot(): null {
    return null;
  }

  restore(_state: null): void {
    // Nothing is remembered.
  }
}

/** A function of the two values of each pair; starts 0. */
export class Pairwise implements Indicator<ValuePair, number, null> {
  readonly #combine: (x: number, y: number) => number;

  constructor(name: PairwiseName) {
    this.#combine = PAIR_FUNCTIONS[name];
  }

  update({ x, y }: ValuePair): number {
    return checkValue(this.#combine(checkValue(x), checkValue(y)));
  }

  snapshot(): null {
    return null;
  }

  restore(_state: null): void {
    // Nothing is remembered.
  }
}

export const elementwise = (name: ElementwiseName, values: Float64Array): IndicatorSeries => overValues(new Elementwise(name), values);
export const pairwise = (name: PairwiseName, x: Float64Array, y: Float64Array): IndicatorSeries => overPairs(new Pairwise(name), x, y);
