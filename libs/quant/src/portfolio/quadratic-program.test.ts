import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crossProduct } from '../linear-algebra/cross-product.ts';
import { symmetricFromRows, zeroMatrix } from '../linear-algebra/symmetric-matrix.ts';
import { polished } from './active-set-polish.ts';
import { InfeasibleConstraintsError } from './infeasibility.ts';
import { interiorPoint } from './interior-point.ts';
import { primalDualActiveSet } from './primal-dual-active-set.ts';
import { kktResiduals, objectiveOf, worstResidual, type LinearRow, type QuadraticProgram } from './quadratic-program.ts';
import { solveQuadraticProgram } from './solve-quadratic.ts';

const row = (name: string, values: readonly number[], lower: number, upper: number): LinearRow => ({ name, indices: Int32Array.from(values.keys()), values: Float64Array.from(values), lower, upper });
const program = (quadratic: number[][] | undefined, linear: number[], lower: number[], upper: number[], rows: LinearRow[] = []): QuadraticProgram => ({
  size: linear.length, quadratic: quadratic === undefined ? undefined : symmetricFromRows(quadratic),
  linear: Float64Array.from(linear), lower: Float64Array.from(lower), upper: Float64Array.from(upper), rows,
});

describe('known answers', () => {
  it('an interior minimum without rows', () => {
    const { x } = solveQuadraticProgram(program([[2, 0], [0, 4]], [-2, -4], [-5, -5], [5, 5]));
    expect(x[0]).toBeCloseTo(1, 12);
    expect(x[1]).toBeCloseTo(1, 12);
  });

  it('Nocedal & Wright 2006, example 16.4: (1.4, 1.7)', () => {
    const answer = solveQuadraticProgram(program([[2, 0], [0, 2]], [-2, -5], [0, 0], [Infinity, Infinity], [row('a', [1, -2], -2, Infinity), row('b', [-1, -2], -6, Infinity), row('c', [-1, 2], -2, Infinity)]));
    expect(answer.x[0]).toBeCloseTo(1.4, 10);
    expect(answer.x[1]).toBeCloseTo(1.7, 10);
    expect(answer.rowMultipliers[0]).toBeCloseTo(0.8, 8);
  });

  it('a linear program ends in its corner', () => {
    const answer = solveQuadraticProgram(program(undefined, [-3, -5, 0], [0, 0, 0], [4, Infinity, 1], [row('hours', [3, 2, 0], -Infinity, 18), row('doors', [0, 2, 0], -Infinity, 12)]));
    expect(answer.objective).toBeCloseTo(-36, 9);
    expect(answer.x[0]).toBeCloseTo(2, 9);
  });

  it('a fixed variable, an equation and a range', () => {
    const { x } = solveQuadraticProgram(program([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0], [0.5, 0, 0], [0.5, 1, 1], [row('sum', [1, 1, 1], 1, 1), row('range', [0, 1, -1, ], 0.1, 0.3)]));
    expect(Array.from(x)).toEqual([0.5, expect.closeTo(0.3, 10), expect.closeTo(0.2, 10)]);
  });
});

const numbers = (count: number): fc.Arbitrary<number[]> => fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: count, maxLength: count });
const SIZE = 5;

describe('every answer', () => {
  it('meets the KKT conditions and no feasible neighbour is better', () => {
    fc.assert(
      fc.property(numbers(15), numbers(SIZE), numbers(SIZE), numbers(SIZE * 4), fc.integer({ min: 1, max: 3 }), (factor, linear, coefficients, moves, rank) => {
        // At most `rank` directions are curved, so that singular matrices are among them.
        const quadratic = crossProduct(Float64Array.from(factor.slice(0, rank * SIZE)), rank, SIZE);
        const given: QuadraticProgram = { size: SIZE, quadratic, linear: Float64Array.from(linear), lower: new Float64Array(SIZE), upper: new Float64Array(SIZE).fill(0.6), rows: [row('budget', [1, 1, 1, 1, 1], 1, 1), row('tilt', coefficients, -Infinity, Math.max(...coefficients) * 0.9 + 0.2)] };
        const answer = solveQuadraticProgram(given);
        expect(worstResidual(kktResiduals(given, answer))).toBeLessThanOrEqual(1e-8);
        for (let k = 0; k < 4; k++) {
          const other = moves.slice(k * SIZE, (k + 1) * SIZE).map(Math.abs);
          const sum = other.reduce((a, b) => a + b, 0);
          const point = Float64Array.from(other, (value) => value / sum);
          const feasible = sum > 0.1 && point.every((value) => value <= 0.6) && point.reduce((total, value, i) => total + value * coefficients[i]!, 0) <= given.rows[1]!.upper;
          if (feasible) expect(objectiveOf(given, point)).toBeGreaterThan(answer.objective - 1e-8);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('many variables', () => {
  it('get the answer that the formula gives', () => {
    const n = 200;
    const quadratic = zeroMatrix(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) quadratic.values[i * n + j] = i === j ? 1 + i / 20 : 0.4;
    const answer = solveQuadraticProgram({ size: n, quadratic, linear: new Float64Array(n), lower: new Float64Array(n), upper: new Float64Array(n).fill(1), rows: [row('budget', new Array<number>(n).fill(1), 1, 1)] });
    // Σ_i = D + 0.4·11ᵀ: an asset's weight is proportional to 1/(D_i), all positive.
    const inverse = Array.from({ length: n }, (_, i) => 1 / (0.6 + i / 20));
    const sum = inverse.reduce((a, b) => a + b, 0);
    answer.x.forEach((weight, i) => expect(weight).toBeCloseTo(inverse[i]! / sum, 9));
  });

  it('are sifted when the matrix is singular, so that no factor exists', () => {
    const [n, rank] = [200, 30];
    const quadratic = crossProduct(Float64Array.from({ length: rank * n }, (_, k) => Math.sin(k * 12.9898 + (k % n) * 4.1)), rank, n);
    const given: QuadraticProgram = { size: n, quadratic, linear: Float64Array.from({ length: n }, (_, i) => Math.cos(i)), lower: new Float64Array(n), upper: new Float64Array(n).fill(1), rows: [row('budget', new Array<number>(n).fill(1), 1, 1)] };
    expect(primalDualActiveSet(given)).toBeUndefined();
    expect(worstResidual(kktResiduals(given, solveQuadraticProgram(given)))).toBeLessThanOrEqual(1e-8);
  });
});

describe('the two methods', () => {
  it('agree wherever the guesses of the faster one settle', () => {
    let settled = 0;
    fc.assert(
      fc.property(numbers(40), numbers(SIZE), numbers(SIZE), (factor, linear, coefficients) => {
        const quadratic = crossProduct(Float64Array.from(factor), 8, SIZE);
        for (let i = 0; i < SIZE; i++) quadratic.values[i * (SIZE + 1)]! += 0.05;
        const given: QuadraticProgram = { size: SIZE, quadratic, linear: Float64Array.from(linear), lower: new Float64Array(SIZE).fill(-0.1), upper: new Float64Array(SIZE).fill(0.6), rows: [row('budget', [1, 1, 1, 1, 1], 1, 1), row('tilt', coefficients, -Infinity, Math.max(...coefficients) * 0.5 + 0.2)] };
        const direct = primalDualActiveSet(given);
        if (direct === undefined) return;
        settled += 1;
        polished(given, interiorPoint(given)).x.forEach((value, i) => expect(value).toBeCloseTo(direct.x[i]!, 7));
      }),
    );
    expect(settled).toBeGreaterThan(50);
  });
});

describe('a conflict', () => {
  const conflict = (given: QuadraticProgram): readonly string[] => {
    try {
      solveQuadraticProgram(given);
    } catch (error) {
      if (error instanceof InfeasibleConstraintsError) return error.constraints;
      throw error;
    }
    return [];
  };
  const identity = [[1, 0], [0, 1]];

  it('names the rows that cannot hold together, and only them', () => {
    const rows = [row('budget', [1, 1], 1, 1), row('cheap', [1, 0], -Infinity, 0.9), row('floor', [1, 0], 0.8, Infinity), row('cap', [1, 1], -Infinity, 0.7)];
    expect(conflict(program(identity, [0, 0], [0, 0], [1, 1], rows)).toSorted()).toEqual(['cap', 'floor', 'lower bounds']);
  });

  it('names bounds', () => {
    expect(conflict(program(identity, [0, 0], [0, 0], [0.4, 0.4], [row('budget', [1, 1], 1, 1)]))).toEqual(['budget', 'upper bounds']);
    expect(conflict(program(identity, [0, 0], [1, 0], [0.4, 0.4]))).toEqual(['bounds of variable 0']);
    expect(conflict(program(identity, [0, 0], [0.4, 0.4], [0.4, 0.4], [row('budget', [1, 1], 1, 1)]))).toEqual(['budget', 'upper bounds']);
  });

  it('an unbounded program has no answer', () => {
    expect(() => solveQuadraticProgram(program(undefined, [-1, 0], [0, 0], [Infinity, 1]))).toThrow('no answer within');
  });
});
