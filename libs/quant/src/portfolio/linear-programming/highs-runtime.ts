import { InvalidInputError } from '@nautilus/model';
import type { Highs } from 'highs';
import type { LinearOptions, LinearProgram, WholeNumberOptions } from './linear-program.ts';

export type SolverStatus = 'optimal' | 'infeasible' | 'unbounded' | 'undecided' | 'limited' | `failed (${number})`;

/** What one run of HiGHS left; multipliers are empty with whole numbers. */
export interface SolverRun {
  readonly status: SolverStatus;
  readonly x: Float64Array;
  readonly rowMultipliers: Float64Array;
  readonly boundMultipliers: Float64Array;
  readonly bestBound: number;
}

let loading: Promise<Highs> | undefined;

/** The module and its WebAssembly, loaded at the first call only and shared by all. */
export function loadHighs(): Promise<Highs> {
  loading ??= import('highs').then((module) => {
    // The package's types describe its CommonJS form, whose default export stands one level deeper.
    const load = module.default as unknown as (typeof module.default)['default'];
    return load();
  });
  loading.catch(() => (loading = undefined));
  return loading;
}

/** The strictest that HiGHS takes. */
const TOLERANCE = 1e-10;
const SMALLEST_COEFFICIENT = 1e-12;

/** Solves once, with arrays instead of text, so that every coefficient arrives with all its digits. */
export function runHighs(highs: Highs, program: LinearProgram, whole: Int32Array, { presolve = true, relativeGap = 0, timeLimitSeconds }: LinearOptions & WholeNumberOptions): SolverRun {
  const starts = new Int32Array(program.rows.length + 1);
  program.rows.forEach((row, r) => (starts[r + 1] = (starts[r] ?? 0) + row.indices.length));
  const indices = new Int32Array(starts[program.rows.length] ?? 0);
  const values = new Float64Array(indices.length);
  program.rows.forEach((row, r) => {
    indices.set(row.indices, starts[r]);
    values.set(row.values, starts[r]);
  });
  const integrality = new Int32Array(program.size);
  whole.forEach((i) => (integrality[i] = highs.constants.variableType.integer));
  const model = {
    numCols: program.size, numRows: program.rows.length,
    colCost: program.linear, colLower: program.lower, colUpper: program.upper,
    rowLower: Float64Array.from(program.rows, (row) => row.lower), rowUpper: Float64Array.from(program.rows, (row) => row.upper),
    matrix: { format: 'csr' as const, numRows: program.rows.length, numCols: program.size, starts, indices, values },
    ...(whole.length > 0 ? { integrality } : {}),
  };
  try {
    return highs.withModel(model, (instance): SolverRun => {
      instance.options.set({
        output_flag: false, presolve: presolve ? 'choose' : 'off', small_matrix_value: SMALLEST_COEFFICIENT,
        primal_feasibility_tolerance: TOLERANCE, dual_feasibility_tolerance: TOLERANCE, mip_feasibility_tolerance: 1e-9,
        mip_rel_gap: relativeGap, mip_abs_gap: 0,
        ...(timeLimitSeconds === undefined ? {} : { time_limit: timeLimitSeconds }),
      });
      instance.run();
      const { colValue, colDual, rowDual } = instance.getSolution();
      const code = instance.getModelStatus();
      return {
        status: statusOf(highs, code), x: colValue, rowMultipliers: rowDual, boundMultipliers: colDual,
        bestBound: whole.length > 0 ? Number(instance.info.get('mip_dual_bound')) : NaN,
      };
    });
  } catch (error) {
    // After a trap inside WebAssembly its memory cannot be trusted; the next call loads a fresh one.
    loading = undefined;
    throw new InvalidInputError([{ path: 'program', message: `the solver failed: ${error instanceof Error ? error.message : String(error)}` }], 'schema', '/problems/unsolved-program');
  }
}

function statusOf(highs: Highs, code: number): SolverStatus {
  const { modelStatus } = highs.constants;
  switch (code) {
    case modelStatus.optimal:
    case modelStatus.empty:
      return 'optimal';
    case modelStatus.infeasible:
      return 'infeasible';
    case modelStatus.unbounded:
      return 'unbounded';
    case modelStatus.unboundedOrInfeasible:
      return 'undecided';
    case modelStatus.timeLimit:
      return 'limited';
    default:
      return `failed (${code})`;
  }
}
