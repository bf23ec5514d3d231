import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { type JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';
import { InvalidInputError } from '@nautilus/model';
import { normalInverse } from './normal-inverse.ts';

/** Four words of 32 bits: high and low half of s₀, then of s₁. */
export type RandomState = readonly [number, number, number, number];

const WORDS = 2 ** 32;
const WHOLE = 2 ** 53;

/**
 * Reproducible draws: equal seeds give equal sequences on every machine. Generator xoroshiro128+ (Blackman & Vigna 2021)
 * of pure-rand, of which 32 bits are drawn at a time; its lowest bits are the weakest, so no draw hangs on them. Every
 * normal comes from one uniform, so the state is the generator's alone and `restore` continues exactly.
 */
export class SeededRandom {
  readonly #generator: JumpableRandomGenerator;

  /** @throws InvalidInputError unless the seed is a whole number of 32 bits, with or without sign. */
  constructor(seed: number | RandomState) {
    this.#generator = xoroshiro128plusFromState(typeof seed === 'number' ? stateOf(seed) : checkedState(seed));
  }

  /** Continues where the state was taken. @throws InvalidInputError for what is no state of a generator. */
  static restore(state: RandomState): SeededRandom {
    return new SeededRandom(state);
  }

  state(): RandomState {
    const [a = 0, b = 0, c = 0, d = 0] = this.#generator.getState();
    return [a, b, c, d];
  }

  /** Moves 2⁶⁴ draws of 32 bits on: what the sequence gives before and after do not meet. */
  jump(): void {
    this.#generator.jump();
  }

  /** 32 bits as a whole number from 0. */
  word(): number {
    return this.#generator.next() >>> 0;
  }

  /** Between 0 and 1, neither of them: the middles of 2⁵² cells. Two words. */
  uniform(): number {
    const high = this.#generator.next() >>> 6;
    return (high * 67_108_864 + (this.#generator.next() >>> 6) + 0.5) * 2 ** -52;
  }

  /** Whole number from 0 to limit − 1, each equally likely: words past the last full round are drawn again. @throws InvalidInputError unless the limit is whole, from 1 to 2⁵³. */
  below(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > WHOLE) throw new InvalidInputError([{ path: 'limit', message: `${limit} is no whole number from 1 to 2^53` }]);
    const range = limit <= WORDS ? WORDS : WHOLE;
    // Dividing keeps the upper bits, a remainder would keep the lower ones.
    const width = Math.floor(range / limit);
    for (;;) {
      const draw = range === WORDS ? this.word() : (this.word() >>> 5) * 67_108_864 + (this.word() >>> 6);
      const value = Math.floor(draw / width);
      if (value < limit) return value;
    }
  }

  /** Standard normal, by the inverse of its distribution (Wichura 1988). */
  normal(): number {
    return normalInverse(this.uniform());
  }

  /** Exponential with mean 1. */
  exponential(): number {
    return -Math.log(this.uniform());
  }

  /** Gamma with scale 1 and any positive shape, whose mean it is (Marsaglia & Tsang 2000). @throws InvalidInputError for another shape. */
  gamma(shape: number): number {
    if (!(shape > 0 && shape < Infinity)) throw new InvalidInputError([{ path: 'shape', message: `${shape} is not positive` }]);
    const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      if (Math.log(this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v * (shape < 1 ? this.uniform() ** (1 / shape) : 1);
    }
  }

  /** χ² with any positive degrees of freedom. @throws InvalidInputError for other degrees. */
  chiSquare(degrees: number): number {
    return 2 * this.gamma(degrees / 2);
  }

  /** Student's t with any positive degrees of freedom, scale 1. @throws InvalidInputError for other degrees. */
  student(degrees: number): number {
    const z = this.normal();
    return z / Math.sqrt(this.chiSquare(degrees) / degrees);
  }

  /** Puts the items into an order, each order equally likely, in place (Fisher & Yates; Durstenfeld 1964). */
  shuffle<Items extends { readonly length: number; [index: number]: unknown }>(items: Items): Items {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }
}

/**
 * Streams number `first` to `first + count − 1` of a seed, 2⁶⁴ words apart. Work that takes stream i for item i gives the
 * same result however the items are shared out. Reaching stream i costs i jumps of well under a microsecond each.
 *
 * @throws InvalidInputError for a seed as above and for numbers that are not whole from 0
 */
export function randomStreams(seed: number, count: number, first = 0): readonly SeededRandom[] {
  for (const [path, value] of Object.entries({ count, first })) if (!Number.isInteger(value) || value < 0) throw new InvalidInputError([{ path, message: `${value} is no whole number from 0` }]);
  const walker = new SeededRandom(seed);
  for (let i = 0; i < first; i++) walker.jump();
  return Array.from({ length: count }, () => {
    const stream = SeededRandom.restore(walker.state());
    walker.jump();
    return stream;
  });
}

/** SplitMix (Steele, Lea & Flood 2014) with 32-bit words and the mixer of MurmurHash3: near seeds give far states. */
function stateOf(seed: number): RandomState {
  if (!Number.isInteger(seed) || (seed !== (seed | 0) && seed !== seed >>> 0)) throw new InvalidInputError([{ path: 'seed', message: `${seed} is no whole number of 32 bits` }]);
  let counter = seed | 0;
  const word = (): number => {
    counter = (counter + 0x9e3779b9) | 0;
    let z = counter ^ (counter >>> 16);
    z = Math.imul(z, 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  return [word(), word(), word(), word()];
}

function checkedState(state: RandomState): RandomState {
  if (state.length !== 4 || !state.every((word) => word === (word | 0)) || state.every((word) => word === 0)) throw new InvalidInputError([{ path: 'state', message: 'four whole numbers of 32 bits are needed, not all of them 0' }]);
  return state;
}
