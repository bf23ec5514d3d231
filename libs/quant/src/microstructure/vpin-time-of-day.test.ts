import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeasonalRank } from './seasonal-rank.ts';
import { normaliseByTimeOfDay } from './vpin-time-of-day.ts';

const DAY_MS = 86_400_000;
const T0 = Date.UTC(2024, 0, 2);
const at = (day: number, minute: number, vpin: number | null): { endMs: number; vpin: number | null } => ({ endMs: T0 + day * DAY_MS + minute * 60_000, vpin });

const readings = fc
  .array(fc.record({ day: fc.nat(30), minute: fc.integer({ min: 0, max: 119 }), vpin: fc.option(fc.double({ min: 0, max: 1, noNaN: true })) }), { minLength: 1, maxLength: 200 })
  .map((list) => list.map(({ day, minute, vpin }) => at(day, minute, vpin)).sort((a, b) => a.endMs - b.endMs));

describe('VPIN by the time of the day', () => {
  it('is compared with the mean and deviation of the sessions before, worked by hand', () => {
    const days = [0.2, 0.3, 0.4, 0.5, 0.6].flatMap((vpin, day) => [at(day, 870, vpin - 0.1), at(day, 871, vpin + 0.1), at(day, 900, 0.9)]);
    const { values, usual } = normaliseByTimeOfDay([...days, at(5, 899, 0.8), at(5, 899, null)]);
    const last = values.at(-1);
    // Mean of 0.2 … 0.6 is 0.4, their sample deviation √0.025.
    expect(last?.usual).toMatchObject({ startMinute: 870, sessions: 5 });
    expect(last?.usual.mean).toBeCloseTo(0.4, 12);
    expect(last?.usual.deviation).toBeCloseTo(Math.sqrt(0.025), 12);
    expect(last?.ratio).toBeCloseTo(2, 12);
    expect(last?.score).toBeCloseTo(0.4 / Math.sqrt(0.025), 12);
    expect(values).toHaveLength(16);
    expect(usual.map(({ startMinute, sessions }) => [startMinute, sessions])).toEqual([[870, 6], [900, 5]]);
  });

  it('has no value below five sessions, and no score while sessions do not differ', () => {
    const { values } = normaliseByTimeOfDay(Array.from({ length: 7 }, (_, day) => at(day, 10, 0.25)));
    expect(values.map(({ ratio, score }) => [ratio, score])).toEqual([...Array<unknown>(5).fill([null, null]), [1, null], [1, null]]);
    expect(normaliseByTimeOfDay(Array.from({ length: 7 }, (_, day) => at(day, 10, 0))).values.at(-1)).toMatchObject({ ratio: null, score: null });
    expect(normaliseByTimeOfDay([])).toEqual({ usual: [], values: [] });
  });

  it('equals what a plain look at the twenty sessions before gives, and no later value changes it', () => {
    fc.assert(
      fc.property(readings, fc.constantFrom(10, 30, 60), fc.nat(200), (list, slotMinutes, cut) => {
        const { values } = normaliseByTimeOfDay(list, slotMinutes);
        const slotOf = ({ endMs }: { readonly endMs: number }): number => Math.floor((endMs % DAY_MS) / 60_000 / slotMinutes);
        const dayOf = ({ endMs }: { readonly endMs: number }): number => Math.floor(endMs / DAY_MS);
        for (const { reading, usual } of values) {
          const before = list.filter((one) => one.vpin !== null && slotOf(one) === slotOf(reading) && dayOf(one) < dayOf(reading));
          const means = [...new Set(before.map(dayOf))].slice(-20).map((day) => {
            const own = before.filter((one) => dayOf(one) === day).map(({ vpin }) => vpin ?? NaN);
            return own.reduce((sum, value) => sum + value, 0) / own.length;
          });
          if (usual.sessions !== means.length) throw new Error(`${usual.sessions} sessions instead of ${means.length}`);
          if (usual.mean !== null && !(Math.abs(usual.mean - means.reduce((sum, value) => sum + value, 0) / means.length) < 1e-12)) throw new Error(`${usual.mean} is not the mean`);
        }
        const earlier = normaliseByTimeOfDay(list.slice(0, cut), slotMinutes).values;
        expect(values.slice(0, earlier.length)).toEqual(earlier);
      }),
      { numRuns: 40 },
    );
  });

  it.each([0, 7, 45.5, 2_880])('refuses slots of %d minutes', (minutes) => {
    expect(() => normaliseByTimeOfDay([], minutes)).toThrow('divides the day');
  });
});

describe('the rank of VPIN with its daily shape removed', () => {
  /** High at the open and low at noon on each day, a little different from day to day. */
  const daily = (day: number): ReturnType<typeof at>[] => [at(day, 870, 0.7 + 0.01 * ((day * 7) % 5)), at(day, 1_080, 0.2 + 0.01 * ((day * 3) % 5))];
  const days = (count: number): ReturnType<typeof at>[] => Array.from({ length: count }, (_, day) => daily(day)).flat();

  it('is high for what is unusual at its time, though the open is higher each day', () => {
    const rank = new SeasonalRank();
    const ranks = days(30).map((reading) => rank.add(reading));
    // Five sessions until a slot's usual is known, then thirty scores.
    expect(ranks.findIndex((one) => one !== null)).toBe(2 * 5 + 30 - 1);
    const before = rank.snapshot();
    expect(rank.add(at(30, 1_080, 0.5))).toBeGreaterThan(0.98);
    const other = new SeasonalRank();
    other.restore(before);
    expect(other.add(at(30, 870, 0.72))).toBeLessThan(0.9);
    expect(other.add(at(31, 870, null))).toBeNull();
  });

  it('goes on from a saved state as if nothing had been between', () => {
    fc.assert(
      fc.property(readings, fc.nat(200), (list, cut) => {
        const all = [...days(22).map(({ endMs, vpin }) => ({ endMs: endMs - 40 * DAY_MS, vpin })), ...list];
        const [whole, first, second] = [new SeasonalRank(), new SeasonalRank(), new SeasonalRank()];
        const expected = all.map((reading) => whole.add(reading));
        const before = all.slice(0, cut).map((reading) => first.add(reading));
        second.restore(structuredClone(first.snapshot()));
        expect([...before, ...all.slice(cut).map((reading) => second.add(reading))]).toEqual(expected);
        expect(second.snapshot()).toEqual(whole.snapshot());
      }),
      { numRuns: 20 },
    );
  });
});
