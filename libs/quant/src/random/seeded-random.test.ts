import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import studentTCdf from '@stdlib/stats-base-dists-t-cdf';
import chiSquareCdf from '@stdlib/stats-base-dists-chisquare-cdf';
import { recordAccuracy } from '@nautilus/testkit';
import { normalInverse } from './normal-inverse.ts';
import { randomStreams, SeededRandom, type RandomState } from './seeded-random.ts';

const MASK = 0xffffffffffffffffn;

/** xoroshiro128+ 1.0 by its published definition, in whole numbers of 64 bits. */
class Published {
  s0: bigint;
  s1: bigint;
  constructor([a, b, c, d]: RandomState) {
    this.s0 = (BigInt(a >>> 0) << 32n) | BigInt(b >>> 0);
    this.s1 = (BigInt(c >>> 0) << 32n) | BigInt(d >>> 0);
  }
  next(): bigint {
    const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (64n - k))) & MASK;
    const result = (this.s0 + this.s1) & MASK;
    const mixed = this.s0 ^ this.s1;
    this.s0 = (rotate(this.s0, 24n) ^ mixed ^ (mixed << 16n)) & MASK;
    this.s1 = rotate(mixed, 37n);
    return result;
  }
  jump(): void {
    let [s0, s1] = [0n, 0n];
    for (const polynomial of [0xdf900294d8f554a5n, 0x170865df4b3201fcn])
      for (let bit = 0n; bit < 64n; bit++) {
        if ((polynomial >> bit) & 1n) [s0, s1] = [s0 ^ this.s0, s1 ^ this.s1];
        this.next();
      }
    [this.s0, this.s1] = [s0, s1];
  }
}

const words = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const states = fc.tuple(words, words, words, words).filter((state) => state.some((word) => word !== 0));
const draws = (random: SeededRandom, count: number): number[] => Array.from({ length: count }, () => random.word());

/** Largest distance between the distribution of the sample and the given one (Kolmogorov). */
function distance(sample: Float64Array, cdf: (x: number) => number): number {
  sample.sort();
  let worst = 0;
  for (const [i, x] of sample.entries()) worst = Math.max(worst, Math.abs(cdf(x) - i / sample.length), Math.abs(cdf(x) - (i + 1) / sample.length));
  return worst;
}

describe('the generator', () => {
  it('gives the low words of the published numbers', () => {
    const published = [3n, 412333834243n, 2360170716294286339n, 9295852285959843169n, 2797080929874688578n, 6019711933173041966n, 3076529664176959358n, 3521761819100106140n, 7493067640054542992n, 920801338098114767n];
    const own = new Published([0, 1, 0, 2]);
    expect(published.map(() => own.next())).toEqual(published);
    expect(draws(SeededRandom.restore([0, 1, 0, 2]), published.length)).toEqual(published.map((value) => Number(value & 0xffffffffn)));
  });

  it('walks and jumps as published from any state', () => {
    fc.assert(
      fc.property(states, (state) => {
        const random = SeededRandom.restore(state);
        const published = new Published(state);
        for (let round = 0; round < 3; round++) {
          expect(draws(random, 5)).toEqual(Array.from({ length: 5 }, () => Number(published.next() & 0xffffffffn)));
          random.jump();
          published.jump();
        }
      }),
    );
  });

  it('continues exactly from its state, whatever was drawn', () => {
    fc.assert(
      fc.property(words, fc.array(fc.constantFrom('normal', 'uniform', 'word', 'exponential'), { maxLength: 30 }), (seed, before) => {
        const random = new SeededRandom(seed);
        for (const kind of before) random[kind]();
        random.gamma(0.7);
        const restored = SeededRandom.restore(random.state());
        const tail = (from: SeededRandom): number[] => [from.normal(), from.student(3), from.below(7), from.uniform(), from.exponential(), from.chiSquare(2)];
        expect(tail(restored)).toEqual(tail(random));
      }),
    );
  });

  it('gives near seeds far states', () => {
    const first = Array.from({ length: 4_096 }, (_, seed) => new SeededRandom(seed).uniform());
    expect(distance(Float64Array.from(first), (x) => x)).toBeLessThan(1.63 / Math.sqrt(4_096));
    expect(new Set(first).size).toBe(4_096);
    expect(new SeededRandom(2 ** 32 - 1).state()).toEqual(new SeededRandom(-1).state());
  });

  it('refuses seeds and states that cannot be', () => {
    for (const seed of [0.5, NaN, 2 ** 32, -(2 ** 31) - 1]) expect(() => new SeededRandom(seed)).toThrow('seed');
    expect(() => SeededRandom.restore([0, 0, 0, 0])).toThrow('state');
    expect(() => SeededRandom.restore([0.5, 0, 0, 1])).toThrow('state');
    expect(() => SeededRandom.restore(JSON.parse('[1,2]') as RandomState)).toThrow('state');
  });
});

describe('streams', () => {
  it('are the same for any partition of their numbers', () => {
    const all = randomStreams(5, 24).map((stream) => draws(stream, 3));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 24 }), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const parts = [randomStreams(5, from), randomStreams(5, to - from, from), randomStreams(5, 24 - to, to)].flat();
        expect(parts.map((stream) => draws(stream, 3))).toEqual(all);
      }),
    );
  });

  it('do not meet and do not correlate', () => {
    const [length, count] = [4_000, 16];
    const samples = randomStreams(11, count).map((stream) => Float64Array.from({ length }, () => stream.uniform() - 0.5));
    const seen = new Set(samples.flatMap((sample) => Array.from(sample)));
    expect(seen.size).toBe(length * count);
    for (let a = 0; a < count; a++)
      for (let b = 0; b < a; b++) {
        const product = samples[a]!.reduce((sum, x, i) => sum + x * samples[b]![i]!, 0) / length;
        expect(Math.abs(product * 12)).toBeLessThan(4.5 / Math.sqrt(length));
      }
  });

  it('refuse numbers that are not whole', () => {
    expect(() => randomStreams(1, -1)).toThrow('count');
    expect(() => randomStreams(1, 1, 0.5)).toThrow('first');
  });
});

describe('draws', () => {
  const size = 50_000;
  /** Kolmogorov's distance exceeds this once in 10,000 samples; the seeds are fixed. */
  const limit = 2.23 / Math.sqrt(size);
  it.each<[string, (random: SeededRandom) => number, (x: number) => number]>([
    ['uniform', (random) => random.uniform(), (x) => x],
    ['normal', (random) => random.normal(), (x) => normalCdf(x, 0, 1)],
    ['exponential', (random) => random.exponential(), (x) => 1 - Math.exp(-x)],
    ['gamma of shape 1', (random) => random.gamma(1), (x) => 1 - Math.exp(-x)],
    ['chi-square of 1', (random) => random.chiSquare(1), (x) => chiSquareCdf(x, 1)],
    ['chi-square of 7.5', (random) => random.chiSquare(7.5), (x) => chiSquareCdf(x, 7.5)],
    ['t of 3', (random) => random.student(3), (x) => studentTCdf(x, 3)],
    ['t of 0.8', (random) => random.student(0.8), (x) => studentTCdf(x, 0.8)],
  ])('%s follow their distribution', (_, draw, cdf) => {
    const random = new SeededRandom(2024);
    expect(distance(Float64Array.from({ length: size }, () => draw(random)), cdf)).toBeLessThan(limit);
  });

  it('normals have the moments of the normal distribution', () => {
    const random = new SeededRandom(7);
    const n = 200_000;
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      sums.forEach((_, k) => (sums[k]! += x ** (k + 1) / n));
    }
    [[0, 1], [1, 2], [0, 15], [3, 96]].forEach(([moment, variance], k) => expect(Math.abs(sums[k]! - moment!)).toBeLessThan(4 * Math.sqrt(variance! / n)));
  });

  it('whole numbers are equally likely, large ranges too', () => {
    const random = new SeededRandom(3);
    for (const bins of [2, 3, 10, 1_000]) {
      const counts = new Float64Array(bins);
      for (let i = 0; i < 100 * bins; i++) counts[random.below(bins)]! += 1;
      const chiSquare = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
      expect(chiSquareCdf(chiSquare, bins - 1)).toBeLessThan(0.9999);
    }
    const large = 3 * 2 ** 50 + 1;
    const shares = Float64Array.from({ length: size }, () => (random.below(large) + 0.5) / large);
    expect(distance(shares, (x) => x)).toBeLessThan(limit);
    // A remainder of 32 bits would fall below 2³¹ two times of three for this limit.
    const low = Array.from({ length: 30_000 }, () => random.below(3 * 2 ** 30)).filter((value) => value < 2 ** 30).length;
    expect(Math.abs(low / 30_000 - 1 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / 30_000));
    for (const wrong of [0, 1.5, NaN, 2 ** 53 + 2]) expect(() => random.below(wrong)).toThrow('limit');
    expect(() => random.gamma(0)).toThrow('shape');
  });

  it('every order of four comes equally often out of a shuffle', () => {
    const random = new SeededRandom(8);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = random.shuffle([0, 1, 2, 3]).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquareCdf([...counts.values()].reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0), 23)).toBeLessThan(0.9999);
    expect(Array.from(random.shuffle(Float64Array.of(5, 6, 7))).sort()).toEqual([5, 6, 7]);
  });
});

describe('the normal inverse', () => {
  it('has the values that Wichura published', () => {
    const published = [[0.25, -0.6744897501960817], [0.001, -3.090232306167814], [1e-20, -9.262340089798408]] as const;
    const largestDeviation = Math.max(...published.map(([p, z]) => Math.abs(normalInverse(p) / z - 1)));
    recordAccuracy({ reference: 'Wichura 1988', quantity: 'normal inverse', values: 3, largestDeviation, tolerance: 1e-15, kind: 'relative' });
    expect(largestDeviation).toBeLessThanOrEqual(1e-15);
  });

  it('undoes the distribution function and is odd', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 0.5, noNaN: true }), (p) => {
        const z = normalInverse(p);
        expect(Math.abs(normalCdf(z, 0, 1) / p - 1)).toBeLessThan(1e-15 * (4 + 2 * z * z));
        if (p > 1e-3) expect(normalInverse(1 - p)).toBeCloseTo(-z, 12);
      }),
    );
  });
});
