import { InvalidInputError } from '@nautilus/model';
import { dot, largestMagnitude } from '../../linear-algebra/symmetric-matrix.ts';
import { InfeasibleConstraintsError } from '../infeasibility.ts';
import { kktResiduals, worstResidual, type LinearRow } from '../quadratic-program.ts';
import { loadHighs, runHighs, type SolverRun } from './highs-runtime.ts';
import { checkedProgram, inUnits, solverUnits, type LinearOptions, type LinearProgram, type LinearSolution, type WholeNumberOptions, type WholeNumberSolution } from './linear-program.ts';

/** Solves synchronously; a long program blocks its thread, so engines call it in a worker. */
export interface LinearProgrammingSolver {
  /**
   * A basic optimal answer with its multipliers, checked: KKT residuals of at most 1e-8, else there is no answer.
   * @throws InfeasibleConstraintsError naming the rows and bounds in conflict; InvalidInputError for malformed, unbounded
   * or unsolved programs.
   */
  solve(program: LinearProgram, options?: LinearOptions): LinearSolution;
  /**
   * The same with some variables restricted to whole numbers. The others are solved again with the whole ones fixed, so
   * that no tolerance of branching is left in them. @throws as `solve`, also when the time ends before any answer.
   */
  solveWhole(program: LinearProgram, whole: Int32Array, options?: WholeNumberOptions): WholeNumberSolution;
}

const ACCEPTED = 1e-8;
const CONTINUOUS = new Int32Array(0);
const UNSOLVED = '/problems/unsolved-program';

/** Loads HiGHS (Huangfu & Hall 2018) at the first call; later calls give the same. */
export async function linearProgrammingSolver(): Promise<LinearProgrammingSolver> {
  const highs = await loadHighs();
  const run = (program: LinearProgram, whole: Int32Array, options: LinearOptions & WholeNumberOptions): SolverRun => runHighs(highs, program, whole, options);

  function solve(program: LinearProgram, options: LinearOptions = {}): LinearSolution {
    checkLimits(checkedProgram(program));
    const units = solverUnits(program);
    const scaled = inUnits(program, units);
    const found = run(scaled, CONTINUOUS, options);
    if (found.status !== 'optimal') throw failure(run, scaled, CONTINUOUS, found);
    dropRounding(scaled, found);
    const kkt = kktResiduals({ ...scaled, quadratic: undefined }, found);
    if (worstResidual(kkt) > ACCEPTED)
      throw new InvalidInputError([{ path: 'program', message: `no answer within 1e-8: primal ${kkt.primal.toExponential(1)}, stationarity ${kkt.stationarity.toExponential(1)}, gap ${kkt.gap.toExponential(1)}` }], 'schema', UNSOLVED);
    const x = found.x.map((value) => value * units.amount);
    const toCost = (values: Float64Array): Float64Array => values.map((value) => value * units.cost);
    return { x, rowMultipliers: toCost(found.rowMultipliers), boundMultipliers: toCost(found.boundMultipliers), objective: dot(program.linear, x), kkt };
  }

  function solveWhole(program: LinearProgram, whole: Int32Array, options: WholeNumberOptions = {}): WholeNumberSolution {
    checkLimits(checkedProgram(program));
    const units = { amount: 1, cost: solverUnits(program).cost };
    const scaled = inUnits(program, units);
    const found = run(scaled, whole, options);
    const answered = found.status === 'optimal' || (found.status === 'limited' && found.x.length === program.size && Number.isFinite(dot(program.linear, found.x)) && isFeasible(scaled, found.x));
    if (!answered) throw failure(run, scaled, whole, found);
    const lower = program.lower.slice();
    const upper = program.upper.slice();
    whole.forEach((i) => (lower[i] = upper[i] = Math.round(found.x[i] ?? NaN)));
    const { x, objective } = solve({ ...program, lower, upper });
    whole.forEach((i) => (x[i] = lower[i] ?? NaN));
    return { x, objective, status: found.status === 'optimal' ? 'optimal' : 'limited', bestBound: found.bestBound * units.cost };
  }

  return { solve, solveWhole };
}

/**
 * Within the solver's tolerance a variable beyond its bound is on it, and a multiplier that points to an open side is zero.
 * What that costs the rows and the stationarity is in the residuals, which are computed afterwards.
 */
function dropRounding(program: LinearProgram, { x, rowMultipliers, boundMultipliers }: SolverRun): void {
  x.forEach((value, i) => (x[i] = Math.min(Math.max(value, program.lower[i] ?? -Infinity), program.upper[i] ?? Infinity)));
  const clean = (multipliers: Float64Array, k: number, lower: number, upper: number): void => {
    const multiplier = multipliers[k] ?? 0;
    if (Math.abs(multiplier) < ACCEPTED && (multiplier > 0 ? lower : upper) === (multiplier > 0 ? -Infinity : Infinity)) multipliers[k] = 0;
  };
  program.rows.forEach(({ lower, upper }, r) => clean(rowMultipliers, r, lower, upper));
  program.lower.forEach((lower, i) => clean(boundMultipliers, i, lower, program.upper[i] ?? Infinity));
}

type Runner = (program: LinearProgram, whole: Int32Array, options: LinearOptions & WholeNumberOptions) => SolverRun;

function failure(run: Runner, program: LinearProgram, whole: Int32Array, { status }: SolverRun): Error {
  const conflict = status === 'infeasible' || status === 'undecided' ? linearConflict(run, program, whole) : undefined;
  if (conflict !== undefined) return new InfeasibleConstraintsError(conflict);
  const message = status === 'unbounded' || status === 'undecided' ? 'the objective has no limit' : `no answer, the solver ended ${status}`;
  return new InvalidInputError([{ path: 'program', message }], 'schema', UNSOLVED);
}

const LOWER_BOUNDS = 'lower bounds';
const UPPER_BOUNDS = 'upper bounds';

/** Deletion filter as `conflictOf`, by a solver that also takes whole numbers. */
function linearConflict(run: Runner, program: LinearProgram, whole: Int32Array): readonly string[] | undefined {
  const holds = (kept: readonly string[]): boolean => {
    const names = new Set(kept);
    const rows = program.rows.filter((row) => row.definition === true || names.has(row.name));
    const open = (values: Float64Array, name: string, far: number): Float64Array => (names.has(name) ? values : values.map(() => far));
    const feasibility = { ...program, rows, linear: new Float64Array(program.size), lower: open(program.lower, LOWER_BOUNDS, -Infinity), upper: open(program.upper, UPPER_BOUNDS, Infinity) };
    return run(feasibility, whole, {}).status !== 'infeasible';
  };
  let kept = [...new Set([...program.rows.filter((row) => row.definition !== true).map((row) => row.name), LOWER_BOUNDS, UPPER_BOUNDS])];
  if (holds(kept)) return undefined;
  for (const name of [...kept]) {
    const without = kept.filter((other) => other !== name);
    if (!holds(without)) kept = without;
  }
  return kept;
}

function checkLimits(program: LinearProgram): void {
  const crossed = program.lower.findIndex((lower, i) => !(lower <= (program.upper[i] ?? NaN)));
  if (crossed >= 0) throw new InfeasibleConstraintsError([`bounds of variable ${crossed}`], `the lower bound of variable ${crossed} is above its upper bound`);
  const row = program.rows.find(({ lower, upper }) => !(lower <= upper));
  if (row !== undefined) throw new InfeasibleConstraintsError([row.name], `the lower limit of ${row.name} is above its upper limit`);
}

function isFeasible(program: LinearProgram, x: Float64Array): boolean {
  const none = { x, rowMultipliers: new Float64Array(program.rows.length), boundMultipliers: new Float64Array(program.size) };
  return kktResiduals({ ...program, quadratic: undefined }, none).primal <= 1e-6 * Math.max(1, largestMagnitude(x));
}

/** A row over variables from `first` on, one after the other. */
export function consecutiveRow(name: string, first: number, values: Float64Array, lower: number, upper: number, definition = false): LinearRow {
  return { name, indices: Int32Array.from({ length: values.length }, (_, i) => first + i), values, lower, upper, definition };
}
