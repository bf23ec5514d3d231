import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
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
