import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { InfeasibleConstraintsError } from '../infeasibility.ts';
import { solveQuadraticProgram } from '../solve-quadratic.ts';
import type { LinearProgram } from './linear-program.ts';
import { consecutiveRow, linearProgrammingSolver } from './solve-linear-program.ts';

const program = (linear: number[], rows: LinearProgram['rows'], upper = Infinity, lower = 0): LinearProgram => ({
  size: linear.length, linear: Float64Array.from(linear), rows,
  lower: new Float64Array(linear.length).fill(lower), upper: new Float64Array(linear.length).fill(upper),
});
const row = (name: string, values: number[], lower: number, upper: number) => consecutiveRow(name, 0, Float64Array.from(values), lower, upper);

describe('the linear programming solver', () => {
  it('gives the answer and the prices of a textbook program', async () => {
    const { solve } = await linearProgrammingSolver();
    // max 3x + 5y with x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18 (Wyndor Glass, Hillier & Lieberman): (2, 6), prices 0, 3/2, 1.
    const { x, objective, rowMultipliers } = solve(program([-3, -5], [row('one', [1, 0], -Infinity, 4), row('two', [0, 2], -Infinity, 12), row('three', [3, 2], -Infinity, 18)]));
    expect(Array.from(x)).toEqual([2, 6]);
    expect(objective).toBe(-36);
    expect(Array.from(rowMultipliers, (value) => value + 0)).toEqual([0, -1.5, -1]);
  });

  it('keeps every digit of its coefficients', async () => {
    const { solve } = await linearProgrammingSolver();
    const tiny = 1.2345678901234567e-7;
    expect(solve(program([1], [row('only', [tiny], 1, Infinity)])).x[0]).toBe(1 / tiny);
  });

  it('has no duality gap and agrees with the interior point', async () => {
    const { solve } = await linearProgrammingSolver();
    const share = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(share, share, share), { minLength: 2, maxLength: 8 }), share, (columns, limit) => {
        const given = program(columns.map(([cost]) => cost), [row('budget', columns.map(() => 1), 1, 1), row('use', columns.map(([, use]) => use), limit * Math.min(...columns.map(([, use]) => use)), Infinity)], 1);
        const { objective, rowMultipliers, boundMultipliers } = solve(given);
        let dual = 0;
        given.rows.forEach(({ lower, upper }, r) => (dual += rowMultipliers[r]! * (rowMultipliers[r]! > 0 || upper === Infinity ? lower : upper)));
        boundMultipliers.forEach((multiplier) => (dual += Math.min(0, multiplier)));
        expect(Math.abs(dual - objective)).toBeLessThan(1e-12);
        expect(Math.abs(solveQuadraticProgram({ ...given, quadratic: undefined }).objective - objective)).toBeLessThan(1e-8);
      }),
      { numRuns: 40 },
    );
  });

  it('answers the same for amounts of any size', async () => {
    const { solve } = await linearProgrammingSolver();
    const rows = (size: number) => [row('need', [1, 1, 1], 10 * size, Infinity), row('mix', [1, -2, 0], 0, Infinity)];
    const one = solve({ ...program([3, 1, 2], rows(1)), upper: Float64Array.of(5, 5, 5) });
    const large = solve({ ...program([3, 1, 2], rows(1e11)), upper: Float64Array.of(5e11, 5e11, 5e11) });
    one.x.forEach((value, i) => expect(Math.abs(large.x[i]! / 1e11 - value)).toBeLessThan(1e-12));
    one.rowMultipliers.forEach((value, r) => expect(Math.abs(large.rowMultipliers[r]! - value)).toBeLessThan(1e-12));
  });

  it('finds whole numbers as counting does', async () => {
    const { solveWhole } = await linearProgrammingSolver();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 40 }), (things, capacity) => {
        const values = things.map(([value]) => -value);
        const { x, objective, status, bestBound } = solveWhole(program(values, [row('weight', things.map(([, weight]) => weight), -Infinity, capacity)], 1), Int32Array.from(things.keys()));
        let best = 0;
        for (let set = 0; set < 1 << things.length; set++) {
          const chosen = things.filter((_, i) => (set >> i) & 1);
          if (chosen.reduce((sum, [, weight]) => sum + weight, 0) <= capacity) best = Math.min(best, -chosen.reduce((sum, [value]) => sum + value, 0));
        }
        expect(status).toBe('optimal');
        expect(Math.abs(objective - best)).toBeLessThan(1e-9);
        expect(Math.abs(bestBound - best)).toBeLessThan(1e-6);
        expect(x.every(Number.isInteger)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('names the constraints in conflict and refuses what has no answer', async () => {
    const { solve, solveWhole } = await linearProgrammingSolver();
    const conflict = (action: () => unknown): readonly string[] => {
      try {
        action();
      } catch (error) {
        if (error instanceof InfeasibleConstraintsError) return error.constraints;
        throw error;
      }
      throw new Error('it was solved');
    };
    const rows = [row('harmless', [1, 1], 0, Infinity), row('more', [1, 1], 3, Infinity), row('less', [1, 1], -Infinity, 2)];
    expect(conflict(() => solve(program([1, 1], rows)))).toEqual(['more', 'less']);
    expect(conflict(() => solve(program([1, 1], rows.slice(0, 2), 1)))).toEqual(['more', 'upper bounds']);
    expect(conflict(() => solveWhole(program([1, 1], [row('odd', [2, 2], 3, 3)]), Int32Array.of(0, 1)))).toContain('odd');
    expect(() => solve(program([-1, 0], [row('other', [0, 1], 0, 1)]))).toThrow('no limit');
    expect(() => solve(program([NaN], []))).toThrow(InvalidInputError);
    expect(() => solve(program([1], [row('far', [1, 1], 0, 1)]))).toThrow('does not exist');
    expect(() => solve({ ...program([1], []), upper: Float64Array.of(-1) })).toThrow(InfeasibleConstraintsError);
  });
});
