import { InvalidInputError } from '@nautilus/model';
import { largestMagnitude } from '../../linear-algebra/symmetric-matrix.ts';
import { rowUnit, type KktResiduals, type LinearRow, type PrimalDualPoint } from '../quadratic-program.ts';

/** min cᵀx subject to rows and bounds; infinite limits leave a side open. */
export interface LinearProgram {
  readonly size: number;
  readonly linear: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly rows: readonly LinearRow[];
}

/** A row's multiplier is what the objective grows by per unit of its limit; signs as in `PrimalDualPoint`. */
export interface LinearSolution extends PrimalDualPoint {
  readonly objective: number;
  /** In the solver's units, see `solverUnits`. */
  readonly kkt: KktResiduals;
}

export interface LinearOptions {
  /** Whether the solver looks for a smaller program first, default true; many dense rows are solved faster without. */
  readonly presolve?: boolean;
}

export interface WholeNumberOptions {
  /** Share of the objective that may be missing to the best bound; default 0, a proof. */
  readonly relativeGap?: number;
  readonly timeLimitSeconds?: number;
}

export interface WholeNumberSolution {
  readonly x: Float64Array;
  readonly objective: number;
  /** `limited`: feasible, but the time was over before the gap was closed. */
  readonly status: 'optimal' | 'limited';
  /** No feasible answer has a lower objective. */
  readonly bestBound: number;
}

/** @throws InvalidInputError for sizes that do not fit, NaN, unknown or repeated variables in a row, crossed limits without meaning. */
export function checkedProgram(program: LinearProgram): LinearProgram {
  const wrong = (path: string, message: string): never => {
    throw new InvalidInputError([{ path: `program.${path}`, message }]);
  };
  for (const name of ['linear', 'lower', 'upper'] as const) {
    if (program[name].length !== program.size) wrong(name, `${program[name].length} values for ${program.size} variables`);
    const at = program[name].findIndex(name === 'linear' ? (value) => !Number.isFinite(value) : Number.isNaN);
    if (at >= 0) wrong(`${name}.${at}`, name === 'linear' ? 'must be finite' : 'must be a number or infinite');
  }
  for (const row of program.rows) {
    if (row.indices.length !== row.values.length) wrong(row.name, `${row.values.length} coefficients for ${row.indices.length} variables`);
    if (Number.isNaN(row.lower) || Number.isNaN(row.upper)) wrong(row.name, 'a limit is no number');
    if (!row.values.every(Number.isFinite)) wrong(row.name, 'coefficients must be finite');
    if (row.indices.some((i) => i < 0 || i >= program.size)) wrong(row.name, 'names a variable that does not exist');
    if (new Set(row.indices).size !== row.indices.length) wrong(row.name, 'names a variable twice');
  }
  return program;
}

/** Above this size of variables a solver's absolute tolerances are below rounding. */
const LARGEST_LIMIT = 2 ** 16;
const LARGEST_COST = 2 ** 10;

export interface SolverUnits {
  /** Variables and limits are divided by it. */
  readonly amount: number;
  /** The objective's coefficients are divided by it. */
  readonly cost: number;
}

/** Powers of two, so that no number is rounded, which bring limits and costs near 1; `amount` is 1 unless limits are large. */
export function solverUnits(program: LinearProgram): SolverUnits {
  let largest = 0;
  const look = (limit: number, unit: number): void => {
    if (Number.isFinite(limit)) largest = Math.max(largest, Math.abs(limit) / unit);
  };
  for (const limits of [program.lower, program.upper]) limits.forEach((limit) => look(limit, 1));
  for (const row of program.rows) {
    const unit = rowUnit(row);
    look(row.lower, unit);
    look(row.upper, unit);
  }
  const cost = largestMagnitude(program.linear);
  return {
    amount: largest > LARGEST_LIMIT ? 2 ** Math.ceil(Math.log2(largest / LARGEST_LIMIT)) : 1,
    cost: cost > 0 && (cost > LARGEST_COST || cost < 1 / LARGEST_COST) ? 2 ** Math.ceil(Math.log2(cost)) : 1,
  };
}

export function inUnits(program: LinearProgram, { amount, cost }: SolverUnits): LinearProgram {
  if (amount === 1 && cost === 1) return program;
  const divided = (values: Float64Array, by: number): Float64Array => values.map((value) => value / by);
  return {
    size: program.size,
    linear: divided(program.linear, cost),
    lower: divided(program.lower, amount),
    upper: divided(program.upper, amount),
    rows: program.rows.map((row) => ({ ...row, lower: row.lower / amount, upper: row.upper / amount })),
  };
}
