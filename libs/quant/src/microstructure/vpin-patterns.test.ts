import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../random/seeded-random.ts';
import { vpinPatterns, type VpinPattern } from './vpin-patterns.ts';

const T0 = Date.UTC(2024, 0, 2, 10);
type Reading = Parameters<typeof vpinPatterns>[0][number];
const reading = (i: number, change: Partial<Reading> = {}): Reading => ({ startMs: T0 + i * 60_000, endMs: T0 + (i + 1) * 60_000, buyVolume: 50, sellVolume: 50, vpin: 0.2, series: 'a', ...change });
const of = (readings: readonly Reading[], name: VpinPattern['name'], window = 100): VpinPattern => vpinPatterns(readings, window).find((pattern) => pattern.name === name)!;
const many = (count: number, change: (i: number) => Partial<Reading>): Reading[] => Array.from({ length: count }, (_, i) => reading(i, change(i)));

describe('patterns of VPIN', () => {
  it('finds the slope of a rising VPIN exactly, and none in a constant one', () => {
    const rising = of(many(60, (i) => ({ vpin: 0.1 + 0.005 * i })), 'vpin_trend');
    expect(rising.value).toBeCloseTo(0.005, 12);
    expect(rising).toMatchObject({ observations: 60, present: true });
    expect(of(many(60, () => ({})), 'vpin_trend')).toMatchObject({ value: 0, present: false });
    expect(of(many(60, (i) => ({ vpin: i < 40 ? null : 0.2 })), 'vpin_trend')).toMatchObject({ value: null, observations: 20, reason: 'insufficient_history' });
  });

  it('tells a persistent imbalance from an independent one', () => {
    const random = new SeededRandom(11);
    let state = 0;
    const persistent = many(400, () => {
      state = 0.8 * state + random.normal();
      return { buyVolume: 50 + 5 * state, sellVolume: 50 - 5 * state };
    });
    const found = of(persistent, 'imbalance_persistence', 400);
    expect(Math.abs((found.value ?? 0) - 0.8)).toBeLessThan(3 * (found.standardError ?? 0));
    expect(found.present).toBe(true);
    const independent = of(many(400, () => ({ buyVolume: 100 * random.uniform() + 1, sellVolume: 50 })), 'imbalance_persistence', 400);
    expect(Math.abs(independent.value ?? 1)).toBeLessThan(3 * (independent.standardError ?? 0));
    expect(of(many(40, () => ({})), 'imbalance_persistence')).toMatchObject({ value: null, reason: 'constant_series' });
  });

  it('compares the last ten durations with those before, and counts a run with its side', () => {
    const faster = many(50, (i) => (i < 40 ? {} : { endMs: T0 + i * 60_000 + 15_000, buyVolume: 10, sellVolume: 90 }));
    expect(of(faster, 'bucket_acceleration').value).toBeCloseTo(0.25, 12);
    expect(of(faster, 'one_sided_run')).toMatchObject({ value: -10, present: true });
    expect(of([reading(0, { buyVolume: 60, sellVolume: 40 })], 'one_sided_run')).toMatchObject({ value: 1, present: false });
    expect(of([], 'one_sided_run')).toMatchObject({ value: null, observations: 0 });
  });

  it('reads one series only, and refuses a window that is too short', () => {
    const mixed = [...many(50, () => ({ series: 'old', vpin: 0.9 })), ...many(35, (i) => ({ vpin: 0.1 + 0.001 * i }))];
    expect(of(mixed, 'vpin_trend')).toMatchObject({ observations: 35 });
    expect(() => vpinPatterns(mixed, 29)).toThrow('from 30');
  });
});
