import { InvalidInputError } from '@nautilus/model';
import { largestMagnitude, principalSubmatrix } from '../linear-algebra/symmetric-matrix.ts';
import { polished } from './active-set-polish.ts';
import { conflictOf, InfeasibleConstraintsError } from './infeasibility.ts';
import { interiorPoint } from './interior-point.ts';
import { primalDualActiveSet } from './primal-dual-active-set.ts';
import { gradientOf, kktResiduals, objectiveOf, objectiveScale, rowActivity, worstResidual, type LinearRow, type PrimalDualPoint, type QuadraticProgram, type QuadraticSolution } from './quadratic-program.ts';

const ACCEPTED = 1e-8;
/** What an answer by factors alone must reach; the interior point method does better where it does not. */
const DIRECTLY_ACCEPTED = 1e-10;
/** Violation up to which a point is worth correcting. */
const NEAR = 1e-4;
const PROXIMAL = 1e-3;
const PROXIMAL_STEPS = 40;
/** Above this many variables those that look dear start at their lower bound and come in when their price says so. */
const SIFT_ABOVE = 160;
const SIFT_START = 80;
const SIFT_STEP = 60;
const SIFT_ROUNDS = 12;

/**
 * Solves a dense convex program and checks the answer: KKT residuals of at most 1e-8, else there is no answer.
 * A point `near` the answer saves time when its multipliers show which limits hold.
 * @throws InfeasibleConstraintsError naming the rows and bounds in conflict; InvalidInputError when the program is
 * unbounded, not convex, or too badly conditioned for an answer of that accuracy.
 */
export function solveQuadraticProgram(program: QuadraticProgram, near?: PrimalDualPoint): QuadraticSolution {
  for (let i = 0; i < program.size; i++)
    if (!((program.lower[i] ?? NaN) <= (program.upper[i] ?? NaN))) throw new InfeasibleConstraintsError([`bounds of variable ${i}`], `the lower bound of variable ${i} is above its upper bound`);
  for (const row of program.rows) if (!(row.lower <= row.upper)) throw new InfeasibleConstraintsError([row.name], `the lower limit of ${row.name} is above its upper limit`);
  const all = Int32Array.from({ length: program.size }, (_, i) => i).filter((i) => program.lower[i] !== program.upper[i]);
  const direct = directSolution(program, near);
  if (direct !== undefined) return direct;
  const sifted = all.length > SIFT_ABOVE ? siftedSolution(program, all) : undefined;
  const solution = sifted ?? solveOver(program, all);
  if (worstResidual(solution.kkt) <= ACCEPTED) return solution;
  // Hardly any interior is left near a vertex: what holds there is read from the inexact point and corrected.
  const corrected = directSolution(program, solution);
  if (corrected !== undefined) return corrected;
  const approached = solution.kkt.primal <= NEAR ? proximalSolution(program, solution) : undefined;
  if (approached !== undefined) return approached;
  const conflict = conflictOf(program);
  if (conflict !== undefined) throw new InfeasibleConstraintsError(conflict);
  const { primal, stationarity, gap } = solution.kkt;
  throw new InvalidInputError([{ path: 'program', message: `no answer within 1e-8: primal ${primal.toExponential(1)}, stationarity ${stationarity.toExponential(1)}, gap ${gap.toExponential(1)}` }], 'schema', '/problems/unsolved-program');
}

function directSolution(program: QuadraticProgram, near?: PrimalDualPoint): QuadraticSolution | undefined {
  if (program.rows.some((row) => row.definition === true)) return undefined;
  const point = primalDualActiveSet(program, near);
  const solution = point === undefined ? undefined : completed(program, point, point.iterations);
  return solution !== undefined && worstResidual(solution.kkt) <= DIRECTLY_ACCEPTED ? solution : undefined;
}

/**
 * Proximal point steps (Rockafellar 1976) from an inexact point: each solves the program with ½ρ‖x − last‖² added, which is
 * strictly convex however flat the program is, and the last one adds nothing. Undefined when they do not arrive.
 */
function proximalSolution(program: QuadraticProgram, near: QuadraticSolution): QuadraticSolution | undefined {
  const { size: n } = program;
  const weight = PROXIMAL * objectiveScale(program);
  const values = program.quadratic?.values.slice() ?? new Float64Array(n * n);
  for (let i = 0; i < n; i++) values[i * (n + 1)] = (values[i * (n + 1)] ?? 0) + weight;
  let last: QuadraticSolution = near;
  for (let k = 0; k < PROXIMAL_STEPS; k++) {
    const step: QuadraticProgram = { ...program, quadratic: { size: n, values }, linear: program.linear.map((value, i) => value - weight * (last.x[i] ?? 0)) };
    const point = primalDualActiveSet(step, last) ?? primalDualActiveSet(step);
    if (point === undefined) return undefined;
    last = completed(program, point, near.iterations + k + 1);
    if (worstResidual(last.kkt) <= ACCEPTED) return last;
  }
  return undefined;
}

/** Solves over some variables, the others at their lower bounds, and gives a point of the whole program. */
function solveOver(program: QuadraticProgram, chosen: Int32Array): QuadraticSolution {
  if (chosen.length === 0) return completed(program, { x: program.lower.slice(), rowMultipliers: new Float64Array(program.rows.length), boundMultipliers: gradientOf(program, program.lower) }, 0);
  const whole = chosen.length === program.size;
  const part = whole ? program : restricted(program, chosen);
  const found = interiorPoint(part);
  const point = polished(part, found);
  if (whole) return completed(program, point, found.iterations);
  const x = program.lower.slice();
  chosen.forEach((i, k) => (x[i] = point.x[k] ?? 0));
  const boundMultipliers = reducedGradient(program, x, point.rowMultipliers);
  chosen.forEach((i, k) => (boundMultipliers[i] = point.boundMultipliers[k] ?? 0));
  return completed(program, { x, rowMultipliers: point.rowMultipliers, boundMultipliers }, found.iterations);
}

function completed(program: QuadraticProgram, point: PrimalDualPoint, iterations: number): QuadraticSolution {
  return { ...point, objective: objectiveOf(program, point.x), kkt: kktResiduals(program, point), iterations };
}

function siftedSolution(program: QuadraticProgram, all: Int32Array): QuadraticSolution | undefined {
  if (program.rows.some((row) => row.definition === true) || all.some((i) => program.lower[i] === -Infinity)) return undefined;
  const prices = gradientOf(program, new Float64Array(program.size).fill(1 / program.size));
  let chosen = all.slice().sort((a, b) => (prices[a] ?? 0) - (prices[b] ?? 0)).subarray(0, SIFT_START).sort();
  const scale = objectiveScale(program);
  let iterations = 0;
  for (let round = 0; round < SIFT_ROUNDS && chosen.length < 0.6 * all.length; round++) {
    const solution = solveOver(program, chosen);
    iterations += solution.iterations;
    if (solution.kkt.primal > ACCEPTED) return undefined;
    const inside = new Set(chosen);
    const negligible = 1e-10 * Math.max(largestMagnitude(solution.boundMultipliers), 1e-6 * scale);
    const worth = all.filter((i) => !inside.has(i) && (solution.boundMultipliers[i] ?? 0) < -negligible);
    if (worth.length === 0) return worstResidual(solution.kkt) <= ACCEPTED ? { ...solution, iterations } : undefined;
    const entering = worth.sort((a, b) => (solution.boundMultipliers[a] ?? 0) - (solution.boundMultipliers[b] ?? 0)).subarray(0, SIFT_STEP);
    chosen = Int32Array.of(...chosen, ...entering).sort();
  }
  return undefined;
}

function restricted(program: QuadraticProgram, chosen: Int32Array): QuadraticProgram {
  const position = new Int32Array(program.size).fill(-1);
  chosen.forEach((i, k) => (position[i] = k));
  const fixed = program.lower.map((value, i) => ((position[i] ?? -1) >= 0 ? 0 : value));
  const gradient = gradientOf(program, fixed);
  const pick = (values: Float64Array): Float64Array => Float64Array.from(chosen, (i) => values[i] ?? 0);
  return {
    size: chosen.length,
    quadratic: program.quadratic === undefined ? undefined : principalSubmatrix(program.quadratic, chosen),
    linear: pick(gradient), lower: pick(program.lower), upper: pick(program.upper),
    rows: program.rows.map((row): LinearRow => {
      const shift = rowActivity(row, fixed);
      const kept = Array.from(row.indices.keys()).filter((k) => (position[row.indices[k] ?? 0] ?? -1) >= 0);
      return { ...row, indices: Int32Array.from(kept, (k) => position[row.indices[k] ?? 0] ?? 0), values: Float64Array.from(kept, (k) => row.values[k] ?? 0), lower: row.lower - shift, upper: row.upper - shift };
    }),
  };
}

function reducedGradient(program: QuadraticProgram, x: Float64Array, rowMultipliers: Float64Array): Float64Array {
  const gradient = gradientOf(program, x);
  program.rows.forEach((row, r) => row.indices.forEach((i, k) => (gradient[i] = (gradient[i] ?? 0) - (rowMultipliers[r] ?? 0) * (row.values[k] ?? 0))));
  return gradient;
}
