import { InvalidInputError } from '@nautilus/model';

const BITS = 32;

/** Degree s, inner coefficients a of the primitive polynomial, first direction integers m; dimension 1 has none (Joe & Kuo 2008). */
const DIRECTIONS: readonly (readonly [degree: number, coefficients: number, initial: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
];

export const SOBOL_MAX_DIMENSIONS = DIRECTIONS.length + 1;

function directionNumbers(dimension: number): Uint32Array {
  const v = new Uint32Array(BITS);
  const row = DIRECTIONS[dimension - 1];
  if (row === undefined) return v.map((_, i) => 2 ** (BITS - 1 - i));
  const [degree, coefficients, initial] = row;
  for (let i = 0; i < BITS; i++) {
    if (i < degree) {
      v[i] = (initial[i] as number) * 2 ** (BITS - 1 - i);
      continue;
    }
    const oldest = v[i - degree] as number;
    let next = oldest ^ (oldest >>> degree);
    for (let k = 1; k < degree; k++) if ((coefficients >>> (degree - 1 - k)) & 1) next ^= v[i - k] as number;
    v[i] = next;
  }
  return v;
}

/**
 * Points of the Sobol sequence in [0, 1)^dimensions, in Gray-code order (Antonov & Saleev 1979), the origin first;
 * direction numbers of Joe & Kuo 2008. Not scrambled.
 */
export class SobolSequence {
  readonly #directions: readonly Uint32Array[];
  readonly #state: Uint32Array;
  #index = 0;

  /** @throws InvalidInputError unless there are 1 to 10 dimensions. */
  constructor(dimensions: number) {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > SOBOL_MAX_DIMENSIONS) throw new InvalidInputError([{ path: 'dimensions', message: `${dimensions} is no whole number from 1 to ${SOBOL_MAX_DIMENSIONS}` }]);
    this.#directions = Array.from({ length: dimensions }, (_, d) => directionNumbers(d));
    this.#state = new Uint32Array(dimensions);
  }

  /** @throws InvalidInputError after 2³² − 1 points. */
  next(): Float64Array {
    const point = Float64Array.from(this.#state, (bits) => bits * 2 ** -BITS);
    const zero = Math.clz32(~this.#index & -~this.#index);
    const bit = BITS - 1 - zero;
    if (bit < 0 || this.#index >= 2 ** BITS - 1) throw new InvalidInputError([{ path: 'index', message: 'the sequence has ended' }]);
    this.#directions.forEach((v, d) => {
      this.#state[d] = (this.#state[d] as number) ^ (v[bit] as number);
    });
    this.#index++;
    return point;
  }
}
