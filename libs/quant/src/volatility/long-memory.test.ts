import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Indicator } from '../indicators/indicator.ts';
import { leastSquares } from '../statistics/least-squares.ts';
import { HarForecast, type DayValue } from './har-forecast.ts';
import { HurstExponent } from './hurst-exponent.ts';
import { BipowerVariation, RealizedVariance } from './realized-variance.ts';

const returns = (minLength: number, maxLength = minLength): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: -500, max: 500 }).map((r) => r / 1e4), { minLength, maxLength });
const pricesOf = (changes: readonly number[]): number[] => changes.reduce<number[]>((prices, r) => [...prices, prices.at(-1)! * Math.exp(r)], [100]);
const run = <Input, Output>(kernel: Indicator<Input, Output>, inputs: readonly Input[]): (Output | undefined)[] => inputs.map((input) => kernel.update(input));
/** Deterministic, without memory: the fractional parts of a quadratic sequence are as even as a fair die. */
const noise = (length: number): number[] => Array.from({ length }, (_, i) => ((i * i * Math.SQRT2) % 1) - 0.5);

const KERNELS: Readonly<Record<string, () => Indicator<number>>> = {
  RealizedVariance: () => new RealizedVariance(5), BipowerVariation: () => new BipowerVariation(5), HurstExponent: () => new HurstExponent(16),
};

describe.each(Object.entries(KERNELS))('%s', (_name, make) => {
  it('does not depend on the currency, starts with its window and continues exactly after a restore', () => {
    fc.assert(fc.property(returns(30, 50), fc.constantFrom(0.25, 8), fc.nat(30), (changes, scale, cut) => {
      const prices = pricesOf(changes);
      const whole = run(make(), prices);
      const scaled = run(make(), prices.map((price) => scale * price));
      whole.forEach((value, i) => (value === undefined || scaled[i] === undefined ? expect(scaled[i]).toBe(value) : expect(Math.abs(scaled[i] - value)).toBeLessThan(1e-9)));
      const [first, second] = [make(), make()];
      run(first, prices.slice(0, cut));
      second.restore(JSON.parse(JSON.stringify(first.snapshot())));
      expect(run(second, prices.slice(cut))).toEqual(whole.slice(cut));
    }), { numRuns: 40 });
  });
  it('refuses prices that are none', () => {
    for (const price of [0, -1, NaN, Infinity]) expect(() => make().update(price)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
});

describe('realised variance and bipower variation', () => {
  it('are the sums of squares and of products of neighbours', () => {
    fc.assert(fc.property(returns(12), (changes) => {
      const prices = pricesOf(changes);
      const last = changes.slice(-5);
      expect(run(new RealizedVariance(5), prices).at(-1)).toBeCloseTo(last.reduce((sum, r) => sum + r * r, 0), 12);
      expect(run(new BipowerVariation(5), prices).at(-1)).toBeCloseTo((Math.PI / 2) * last.slice(1).reduce((sum, r, i) => sum + Math.abs(r * last[i]!), 0), 12);
    }));
  });
  it('differ by a jump', () => {
    const calm = noise(100).map((x) => x / 100);
    const jumped = calm.map((r, i) => (i === 50 ? 0.2 : r));
    const [variance, bipower] = [new RealizedVariance(100), new BipowerVariation(100)].map((kernel) => run(kernel, pricesOf(jumped)).at(-1)!);
    expect(variance).toBeGreaterThan(0.04);
    expect(bipower).toBeLessThan(0.01);
  });
});

describe('the Hurst exponent', () => {
  const of = (changes: readonly number[], n: number): number | undefined => run(new HurstExponent(n), pricesOf(changes)).at(-1);
  it('does not change when returns are multiplied or a trend is added', () => {
    fc.assert(fc.property(returns(64), fc.constantFrom(0.5, 2), fc.constantFrom(-0.01, 0.003), (changes, factor, drift) => {
      const [plain, other] = [of(changes, 64), of(changes.map((r) => factor * r + drift), 64)];
      if (plain === undefined) expect(other).toBeUndefined();
      else expect(Math.abs(other! - plain)).toBeLessThan(1e-8);
    }));
  });
  it('is what the formula gives by hand', () => {
    const changes = noise(16).map((x) => x / 10);
    const ratio = (part: readonly number[]): number => {
      const mean = part.reduce((sum, r) => sum + r, 0) / part.length;
      const sums = part.map((_, i) => part.slice(0, i + 1).reduce((sum, r) => sum + r - mean, 0));
      return (Math.max(0, ...sums) - Math.min(0, ...sums)) / Math.sqrt(part.reduce((sum, r) => sum + (r - mean) ** 2, 0) / part.length);
    };
    const [short, long] = [(ratio(changes.slice(0, 8)) + ratio(changes.slice(8))) / 2, ratio(changes)];
    expect(of(changes, 16)).toBeCloseTo(Math.log(long / short) / Math.log(2), 10);
  });
  it('orders returns that turn, that have no memory, and that last', () => {
    const plain = noise(1024).map((x) => x / 100);
    const turning = plain.map((r, i) => r - 0.9 * (plain[i - 1] ?? 0));
    let before = 0;
    const lasting = plain.map((r) => (before = r + 0.9 * before));
    const [low, middle, high] = [turning, plain, lasting].map((changes) => of(changes, 1024)!);
    expect(low).toBeLessThan(middle! - 0.1);
    expect(high).toBeGreaterThan(middle! + 0.1);
    expect(Math.abs(middle! - 0.55)).toBeLessThan(0.1);
  });
  it('has no value for returns that do not vary', () => {
    expect(of(Array.from({ length: 64 }, () => 0.01), 64)).toBeUndefined();
    expect(of(Array.from({ length: 64 }, () => 0), 64)).toBeUndefined();
  });
});

describe('the HAR forecast', () => {
  const N = 12;
  const daily = (changes: readonly number[]): DayValue[] => pricesOf(changes).map((value, day) => ({ value, day, ends: true }));

  it('is that of least squares on day, week and month, from n + 22 days on, and continues exactly after a restore', () => {
    fc.assert(fc.property(returns(N + 40), fc.nat(N + 40), (changes, cut) => {
      const inputs = daily(changes);
      const found = run(new HarForecast(N), inputs);
      expect(found.findIndex((value) => value !== undefined)).toBe(N + 22);
      const variances = changes.map((r) => r * r);
      const row = (i: number): number[] => [1, ...[1, 5, 22].map((k) => variances.slice(i - k, i).reduce((sum, rv) => sum + rv, 0) / k)];
      const end = N + 22;
      const { coefficients } = leastSquares(Array.from({ length: N }, (_, i) => row(22 + i)), variances.slice(22, end));
      const expected = row(end).reduce((sum, x, i) => sum + x * coefficients[i]!, 0);
      expect(found[end]!.forecast).toBeCloseTo(Math.max(expected, Math.min(...variances.slice(22, end))), 9);
      [found[end]!.daily, found[end]!.weekly, found[end]!.monthly].forEach((value, i) => expect(value).toBeCloseTo(row(end)[i + 1]!, 12));
      const [first, second] = [new HarForecast(N), new HarForecast(N)];
      run(first, inputs.slice(0, cut));
      second.restore(JSON.parse(JSON.stringify(first.snapshot())));
      expect(run(second, inputs.slice(cut))).toEqual(found.slice(cut));
    }), { numRuns: 40 });
  });

  it('finds the coefficients by which variances were made', () => {
    const made = Array.from({ length: 22 }, (_, i) => 3e-5 * (1 + 0.5 * Math.sin(i)));
    const mean = (k: number): number => made.slice(-k).reduce((sum, rv) => sum + rv, 0) / k;
    for (const shock of noise(80)) made.push(2e-5 + 0.3 * mean(1) + 0.3 * mean(5) + 0.2 * mean(22) + 1e-14 * shock);
    const next = 2e-5 + 0.3 * mean(1) + 0.3 * mean(5) + 0.2 * mean(22);
    const found = run(new HarForecast(60), daily(made.map((rv, i) => Math.sqrt(rv) * (i % 2 === 0 ? 1 : -1)))).at(-1)!;
    expect(found.forecast / next).toBeCloseTo(1, 6);
  });

  it('sums the bars of a day, which ends where the next begins', () => {
    fc.assert(fc.property(returns(3 * (N + 24)), (changes) => {
      const bars = pricesOf(changes).slice(1).map((value, i) => ({ value, day: Math.floor(i / 3), ends: false }));
      const found = run(new HarForecast(N), bars);
      const start = found.findIndex((value) => value !== undefined);
      expect(start).toBe(3 * (N + 23));
      expect(found[start]!.daily).toBeCloseTo(changes.slice(start - 3, start).reduce((sum, r) => sum + r * r, 0), 12);
    }), { numRuns: 20 });
  });
});
