import { choleskyFactor, solveCholesky, solveLower, solveUpper, type CholeskyFactor } from '../linear-algebra/cholesky.ts';
import { dot, largestMagnitude, principalSubmatrix, times, zeroMatrix } from '../linear-algebra/symmetric-matrix.ts';
import { gradientOf, rowActivity, type LinearRow, type PrimalDualPoint, type QuadraticProgram } from './quadratic-program.ts';

const MOST_ROUNDS = 40;
/** Rounds without a smaller number of wrong guesses after which the method is taken to go round in circles. */
const PATIENCE = 8;
const PRIMAL = 1e-12;
const DUAL = 1e-12;
const REFINEMENTS = 2;
/** A pivot below this share of its diagonal entry leaves too few digits. */
const PIVOT = 1e-11;

export interface ActiveSetPoint extends PrimalDualPoint {
  readonly iterations: number;
}

/** −1: at its lower limit, 1: at its upper one, 0: between them. */
type Sides = Int8Array;

/**
 * Guesses which limits hold as equations, solves the linear system that is left, and takes every wrong guess back at once
 * (primal-dual active set method: Hintermüller, Ito & Kunisch 2003; Júdice & Pires 1994). Few factors, each of the size of
 * the free variables only. The first guess is that no inequality holds as an equation, or what the nearly optimal point
 * `near` says. Undefined when a system is singular or the guesses do not settle: another method must answer.
 */
export function primalDualActiveSet(program: QuadraticProgram, near?: PrimalDualPoint): ActiveSetPoint | undefined {
  const { size: n, rows, quadratic } = program;
  if (quadratic === undefined) return undefined;
  const bounds: Sides = new Int8Array(n);
  for (let i = 0; i < n; i++) bounds[i] = firstSide(near?.x[i] ?? 0, program.lower[i] ?? 0, program.upper[i] ?? 0, near?.boundMultipliers[i] ?? 0);
  const limits: Sides = Int8Array.from(rows, (row, r) => firstSide(near === undefined ? 0 : rowActivity(row, near.x), row.lower, row.upper, near?.rowMultipliers[r] ?? 0));
  if (near !== undefined) releaseCheapest(program, bounds, limits, near);
  let [fewest, patience] = [Infinity, PATIENCE];
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const system = heldSystem(program, bounds, limits);
    if (system === undefined) return undefined;
    const x = heldVariables(program, bounds);
    const y = new Float64Array(rows.length);
    step(program, system, x, y);
    const wrong = correctedBounds(program, bounds, x, y) + correctedLimits(rows, limits, x, y);
    if (wrong === 0) {
      for (let k = 0; k < REFINEMENTS; k++) step(program, system, x, y);
      return finished(program, bounds, x, y, round);
    }
    if (wrong < fewest) [fewest, patience] = [wrong, PATIENCE];
    else if (--patience === 0) return undefined;
  }
  return undefined;
}

/** As many variables must be free as rows hold; those come free whose bound is worth least. */
function releaseCheapest(program: QuadraticProgram, bounds: Sides, limits: Sides, { boundMultipliers }: PrimalDualPoint): void {
  const missing = limits.reduce((sum, side) => sum + Math.abs(side), 0) - bounds.reduce((sum, side) => sum + (side === 0 ? 1 : 0), 0);
  if (missing <= 0) return;
  const worth = (i: number): number => Math.abs(boundMultipliers[i] ?? 0);
  const held = Array.from(bounds.keys()).filter((i) => bounds[i] !== 0 && program.lower[i] !== program.upper[i]);
  for (const i of held.toSorted((a, b) => worth(a) - worth(b)).slice(0, missing)) bounds[i] = 0;
}

/** The side whose multiplier is larger than its slack. */
function firstSide(value: number, lower: number, upper: number, multiplier: number): -1 | 0 | 1 {
  if (lower === upper) return -1;
  if (multiplier > 0 && multiplier > value - lower) return -1;
  return multiplier < 0 && -multiplier > upper - value ? 1 : 0;
}

interface HeldSystem {
  readonly free: Int32Array;
  readonly factor: CholeskyFactor;
  /** Numbers of the rows that hold as equations, with their limits, coefficients on the free variables, and L⁻¹ times them. */
  readonly held: readonly { readonly r: number; readonly limit: number; readonly dense: Float64Array; readonly column: Float64Array }[];
  readonly schur: CholeskyFactor | undefined;
}

function heldSystem({ size: n, quadratic, rows }: QuadraticProgram, bounds: Sides, limits: Sides): HeldSystem | undefined {
  const free = Int32Array.from({ length: n }, (_, i) => i).filter((i) => bounds[i] === 0);
  if (free.length === 0 || quadratic === undefined) return undefined;
  const factor = choleskyFactor(free.length === n ? quadratic : principalSubmatrix(quadratic, free), PIVOT);
  if (factor === undefined) return undefined;
  const position = new Int32Array(n).fill(-1);
  free.forEach((i, k) => (position[i] = k));
  const held = rows.flatMap((row, r) => {
    if (limits[r] === 0) return [];
    const dense = new Float64Array(free.length);
    row.indices.forEach((i, k) => {
      const at = position[i] ?? -1;
      if (at >= 0) dense[at] = (dense[at] ?? 0) + (row.values[k] ?? 0);
    });
    return [{ r, limit: limits[r] === 1 ? row.upper : row.lower, dense, column: solveLower(factor, dense.slice()) }];
  });
  if (held.length === 0) return { free, factor, held, schur: undefined };
  const matrix = zeroMatrix(held.length);
  held.forEach((a, i) => held.forEach((b, j) => (matrix.values[i * held.length + j] = dot(a.column, b.column))));
  const schur = choleskyFactor(matrix, PIVOT);
  return schur === undefined ? undefined : { free, factor, held, schur };
}

function heldVariables({ size, lower, upper }: QuadraticProgram, bounds: Sides): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => (bounds[i] === 0 ? 0 : ((bounds[i] === 1 ? upper[i] : lower[i]) ?? 0)));
}

/** Moves the free variables and the multipliers of held rows to the solution of the system; a second call refines it. */
function step(program: QuadraticProgram, { free, factor, held, schur }: HeldSystem, x: Float64Array, y: Float64Array): void {
  const gradient = gradientOf(program, x);
  const right = Float64Array.from(free, (i) => -(gradient[i] ?? 0));
  for (const { r, dense } of held) for (let k = 0; k < right.length; k++) right[k] = (right[k] ?? 0) + (y[r] ?? 0) * (dense[k] ?? 0);
  const dx = solveLower(factor, right);
  if (schur !== undefined) {
    const missing = Float64Array.from(held, ({ r, limit, column }) => limit - rowActivity(program.rows[r] as LinearRow, x) - dot(column, dx));
    const dy = solveCholesky(schur, missing);
    held.forEach(({ r, column }, h) => {
      const multiplier = dy[h] ?? 0;
      y[r] = (y[r] ?? 0) + multiplier;
      for (let k = 0; k < dx.length; k++) dx[k] = (dx[k] ?? 0) + multiplier * (column[k] ?? 0);
    });
  }
  solveUpper(factor, dx);
  for (let k = 0; k < free.length; k++) x[free[k] ?? 0] = (x[free[k] ?? 0] ?? 0) + (dx[k] ?? 0);
}

/** Qx + c − Aᵀy. */
function reducedGradient(program: QuadraticProgram, x: Float64Array, y: Float64Array): Float64Array {
  const gradient = gradientOf(program, x);
  program.rows.forEach((row, r) => {
    const multiplier = y[r] ?? 0;
    if (multiplier === 0) return;
    for (let k = 0; k < row.indices.length; k++) {
      const i = row.indices[k] ?? 0;
      gradient[i] = (gradient[i] ?? 0) - multiplier * (row.values[k] ?? 0);
    }
  });
  return gradient;
}

/** How many bounds were guessed wrong; they are corrected. */
function correctedBounds(program: QuadraticProgram, bounds: Sides, x: Float64Array, y: Float64Array): number {
  const price = reducedGradient(program, x, y);
  const cheap = DUAL * Math.max(largestMagnitude(program.linear), program.quadratic === undefined ? 0 : largestMagnitude(times(program.quadratic, x)));
  let wrong = 0;
  for (let i = 0; i < program.size; i++) {
    const [from, to] = [program.lower[i] ?? 0, program.upper[i] ?? 0];
    if (from === to) continue;
    const before = bounds[i];
    if (before === 0) bounds[i] = sideOf(x[i] ?? 0, from, to);
    else if ((before === -1 && (price[i] ?? 0) < -cheap) || (before === 1 && (price[i] ?? 0) > cheap)) bounds[i] = 0;
    if (bounds[i] !== before) wrong += 1;
  }
  return wrong;
}

function correctedLimits(rows: readonly LinearRow[], limits: Sides, x: Float64Array, y: Float64Array): number {
  let wrong = 0;
  rows.forEach((row, r) => {
    if (row.lower === row.upper) return;
    const before = limits[r];
    if (before === 0) limits[r] = sideOf(rowActivity(row, x), row.lower, row.upper);
    else if ((before === -1 && (y[r] ?? 0) < 0) || (before === 1 && (y[r] ?? 0) > 0)) limits[r] = 0;
    if (limits[r] !== before) wrong += 1;
  });
  return wrong;
}

function sideOf(value: number, lower: number, upper: number): -1 | 0 | 1 {
  if (value < lower - PRIMAL * (1 + Math.abs(lower))) return -1;
  return value > upper + PRIMAL * (1 + Math.abs(upper)) ? 1 : 0;
}

function finished(program: QuadraticProgram, bounds: Sides, x: Float64Array, y: Float64Array, iterations: number): ActiveSetPoint {
  for (let i = 0; i < x.length; i++) if (bounds[i] === 0) x[i] = Math.min(program.upper[i] ?? 0, Math.max(program.lower[i] ?? 0, x[i] ?? 0));
  const price = reducedGradient(program, x, y);
  const boundMultipliers = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const multiplier = price[i] ?? 0;
    const fixed = program.lower[i] === program.upper[i];
    if (fixed || (bounds[i] === -1 && multiplier > 0) || (bounds[i] === 1 && multiplier < 0)) boundMultipliers[i] = multiplier;
  }
  return { x, rowMultipliers: y, boundMultipliers, iterations };
}
