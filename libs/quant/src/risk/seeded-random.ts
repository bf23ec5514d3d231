import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { InvalidInputError } from '@nautilus/model';

const HALF = 2 ** -31;

/** Reproducible draws: equal seeds give equal sequences on every machine. Generator xoroshiro128+ of pure-rand. */
export class SeededRandom {
  readonly #next: () => number;
  #spare: number | undefined;

  /** @throws InvalidInputError unless the seed is a whole number of 32 bits. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed !== (seed | 0)) throw new InvalidInputError([{ path: 'seed', message: `${seed} is no whole number of 32 bits` }]);
    const generator = xoroshiro128plus(seed);
    this.#next = () => generator.next();
  }

  /** Whole number from 0 to limit − 1; the bias of one 32-bit draw is below limit/2³². */
  below(limit: number): number {
    return Math.floor((this.#next() >>> 0) * 2 ** -32 * limit);
  }

  /** Between 0 and 1, neither of them. */
  uniform(): number {
    return ((this.#next() >>> 0) + 0.5) * 2 ** -32;
  }

  /** Standard normal, by the polar method (Marsaglia & Bray 1964). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const x = (this.#next() + 0.5) * HALF;
      const y = (this.#next() + 0.5) * HALF;
      const square = x * x + y * y;
      if (square >= 1) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * factor;
      return x * factor;
    }
  }

  /** χ² with any positive degrees of freedom, from a gamma variate (Marsaglia & Tsang 2000). */
  chiSquare(degrees: number): number {
    const shape = degrees / 2;
    const boosted = shape < 1 ? shape + 1 : shape;
    const d = boosted - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      if (Math.log(this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return 2 * d * v * (shape < 1 ? this.uniform() ** (1 / shape) : 1);
    }
  }
}
