import { choleskyFactor, solveCholesky, solveLower, solveUpper, type CholeskyFactor } from '../linear-algebra/cholesky.ts';
import { dot, largestMagnitude, zeroMatrix, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';
import { gradientOf, objectiveScale, rowActivity, rowUnit, type LinearRow, type PrimalDualPoint, type QuadraticProgram } from './quadratic-program.ts';

const MOST_ITERATIONS = 100;
const COMPLEMENTARITY = 1e-13;
const RESIDUAL = 1e-11;
const STEP_BACK = 0.995;
const REGULARISATION = 1e-13;
const LOST = 1e3;

export interface InteriorPoint extends PrimalDualPoint {
  readonly iterations: number;
}

/** One side of a bound or row: sign·(value − limit) = slack ≥ 0. */
interface Side {
  /** A variable's number, or −1 − row. */
  readonly target: number;
  readonly sign: 1 | -1;
  readonly limit: number;
}

/**
 * Primal-dual interior-point method with predictor and corrector (Mehrotra 1992; Nocedal & Wright 2006, ch. 16.6), dense.
 * Rows of one or two variables enter the n × n system; the others, and equations, a Schur complement of their number.
 * Objective and rows are scaled to a largest coefficient of 1. Variables must not be fixed (lower < upper).
 */
export function interiorPoint(original: QuadraticProgram): InteriorPoint {
  const scale = objectiveScale(original);
  const rowScales = original.rows.map(rowUnit);
  const program: QuadraticProgram = {
    ...original,
    quadratic: original.quadratic === undefined ? undefined : { size: original.size, values: original.quadratic.values.map((q) => q / scale) },
    linear: original.linear.map((c) => c / scale),
    rows: original.rows.map((row, r) => ({ ...row, values: row.values.map((a) => a / (rowScales[r] ?? 1)), lower: row.lower / (rowScales[r] ?? 1), upper: row.upper / (rowScales[r] ?? 1) })),
  };
  const { size: n, rows } = program;
  const equation = rows.map((row) => row.lower === row.upper);
  const bordering = rows.map((row, r) => r).filter((r) => equation[r] === true || (rows[r]?.indices.length ?? 0) > 2);
  const borders = new Set(bordering);
  const sides = sidesOf(program, equation);
  const m = sides.length;
  const x = startOf(program);
  const y = new Float64Array(rows.length);
  const slack = new Float64Array(m);
  const z = new Float64Array(m).fill(1);
  const valueOf = (target: number, values: Float64Array, activities: Float64Array): number => (target >= 0 ? (values[target] ?? 0) : (activities[-1 - target] ?? 0));
  let activity = Float64Array.from(rows, (row) => rowActivity(row, x));
  sides.forEach(({ target, sign, limit }, k) => (slack[k] = Math.max(0.1, sign * (valueOf(target, x, activity) - limit))));
  let best = { merit: Infinity, x: x.slice(), y: y.slice(), z: z.slice() };
  let iterations = 0;
  for (; iterations < MOST_ITERATIONS; iterations++) {
    const dual = gradientOf(program, x);
    const infeasible = new Float64Array(m);
    const net = y.slice();
    let [primal, complementarity] = [0, 0];
    sides.forEach(({ target, sign, limit }, k) => {
      infeasible[k] = sign * (valueOf(target, x, activity) - limit) - (slack[k] ?? 0);
      primal = Math.max(primal, Math.abs(infeasible[k] ?? 0));
      complementarity += (slack[k] ?? 0) * (z[k] ?? 0);
      if (target >= 0) dual[target] = (dual[target] ?? 0) - sign * (z[k] ?? 0);
      else net[-1 - target] = (net[-1 - target] ?? 0) + sign * (z[k] ?? 0);
    });
    rows.forEach((row, r) => {
      addRow(dual, row, -(net[r] ?? 0));
      if (equation[r] === true) primal = Math.max(primal, Math.abs((activity[r] ?? 0) - row.lower));
    });
    const mean = m === 0 ? 0 : complementarity / m;
    const merit = Math.max(primal, largestMagnitude(dual), mean);
    // Near a corner the systems lose their digits in the end; the best point so far is then the answer. Far from the
    // answer the complementarity may first grow a lot.
    if (!(merit < (best.merit < 1 ? LOST : LOST * LOST) * best.merit)) break;
    if (merit < best.merit) best = { merit, x: x.slice(), y: y.slice(), z: z.slice() };
    if (primal < RESIDUAL && largestMagnitude(dual) < RESIDUAL * (1 + largestMagnitude(y)) && mean < COMPLEMENTARITY) break;
    const system = factored(program, sides, slack, z, bordering, equation);
    if (system === undefined) break;
    const direction = (corrections: Float64Array): { dx: Float64Array; dy: Float64Array; ds: Float64Array; dz: Float64Array } => {
      const right = dual.map((value) => -value);
      const q = new Float64Array(rows.length);
      sides.forEach(({ target, sign }, k) => {
        const term = (sign * ((corrections[k] ?? 0) + (z[k] ?? 0) * (infeasible[k] ?? 0))) / (slack[k] ?? 1);
        if (target >= 0) right[target] = (right[target] ?? 0) - term;
        else q[-1 - target] = (q[-1 - target] ?? 0) + term;
      });
      rows.forEach((row, r) => {
        if (!borders.has(r)) addRow(right, row, -(q[r] ?? 0));
      });
      const lower = Float64Array.from(bordering, (r, k) => (equation[r] === true ? (rows[r]?.lower ?? 0) - (activity[r] ?? 0) : -(q[r] ?? 0) * (system.softness[k] ?? 0)));
      const { dx, multipliers } = solveBordered(system, right, lower);
      const moved = Float64Array.from(rows, (row) => rowActivity(row, dx));
      const dy = new Float64Array(rows.length);
      bordering.forEach((r, k) => equation[r] === true && (dy[r] = multipliers[k] ?? 0));
      const [ds, dz] = [new Float64Array(m), new Float64Array(m)];
      sides.forEach(({ target, sign }, k) => {
        ds[k] = sign * valueOf(target, dx, moved) + (infeasible[k] ?? 0);
        dz[k] = -((corrections[k] ?? 0) + (z[k] ?? 0) * (ds[k] ?? 0)) / (slack[k] ?? 1);
      });
      return { dx, dy, ds, dz };
    };
    const products = slack.map((s, k) => s * (z[k] ?? 0));
    const predictor = direction(products);
    const reach = Math.min(longest(slack, predictor.ds), longest(z, predictor.dz));
    let ahead = 0;
    for (let k = 0; k < m; k++) ahead += ((slack[k] ?? 0) + reach * (predictor.ds[k] ?? 0)) * ((z[k] ?? 0) + reach * (predictor.dz[k] ?? 0));
    const centring = m === 0 ? 0 : mean * (ahead / m / mean) ** 3;
    const { dx, dy, ds, dz } = m === 0 ? predictor : direction(products.map((product, k) => product - centring + (predictor.ds[k] ?? 0) * (predictor.dz[k] ?? 0)));
    const step = Math.min(1, STEP_BACK * Math.min(longest(slack, ds), longest(z, dz)));
    if (!(step > 1e-10)) break;
    for (let i = 0; i < n; i++) x[i] = (x[i] ?? 0) + step * (dx[i] ?? 0);
    for (let r = 0; r < y.length; r++) y[r] = (y[r] ?? 0) + step * (dy[r] ?? 0);
    for (let k = 0; k < m; k++) {
      slack[k] = (slack[k] ?? 0) + step * (ds[k] ?? 0);
      z[k] = (z[k] ?? 0) + step * (dz[k] ?? 0);
    }
    activity = Float64Array.from(rows, (row) => rowActivity(row, x));
  }
  const boundMultipliers = new Float64Array(n);
  const rowMultipliers = best.y;
  sides.forEach(({ target, sign }, k) => {
    if (target >= 0) boundMultipliers[target] = (boundMultipliers[target] ?? 0) + sign * (best.z[k] ?? 0) * scale;
    else rowMultipliers[-1 - target] = (rowMultipliers[-1 - target] ?? 0) + sign * (best.z[k] ?? 0);
  });
  return { x: best.x, rowMultipliers: rowMultipliers.map((value, r) => (value * scale) / (rowScales[r] ?? 1)), boundMultipliers, iterations };
}

interface Bordered {
  readonly factor: CholeskyFactor;
  /** L⁻¹ times each bordering row. */
  readonly columns: readonly Float64Array[];
  readonly softness: Float64Array;
  readonly schur: CholeskyFactor;
}

function factored(program: QuadraticProgram, sides: readonly Side[], slack: Float64Array, z: Float64Array, bordering: readonly number[], equation: readonly boolean[]): Bordered | undefined {
  const { size: n, rows } = program;
  const barrier = new Float64Array(rows.length);
  const hessian: SymmetricMatrix = program.quadratic === undefined ? zeroMatrix(n) : { size: n, values: program.quadratic.values.slice() };
  const add = (i: number, j: number, value: number): void => void (hessian.values[i * n + j] = (hessian.values[i * n + j] ?? 0) + value);
  sides.forEach(({ target }, k) => {
    const weight = (z[k] ?? 0) / (slack[k] ?? 1);
    if (target >= 0) add(target, target, weight);
    else barrier[-1 - target] = (barrier[-1 - target] ?? 0) + weight;
  });
  const borders = new Set(bordering);
  rows.forEach(({ indices, values }, r) => {
    if (borders.has(r)) return;
    for (let a = 0; a < indices.length; a++) for (let b = 0; b < indices.length; b++) add(indices[a] ?? 0, indices[b] ?? 0, (barrier[r] ?? 0) * (values[a] ?? 0) * (values[b] ?? 0));
  });
  const factor = regularised(hessian, REGULARISATION);
  if (factor === undefined) return undefined;
  const columns = bordering.map((r) => {
    const column = new Float64Array(n);
    addRow(column, rows[r], 1);
    return solveLower(factor, column);
  });
  const softness = Float64Array.from(bordering, (r) => (equation[r] === true ? 0 : 1 / (barrier[r] ?? 1)));
  const schur = zeroMatrix(bordering.length);
  columns.forEach((a, i) => columns.forEach((b, j) => j <= i && (schur.values[i * schur.size + j] = schur.values[j * schur.size + i] = dot(a, b))));
  softness.forEach((soft, i) => (schur.values[i * (schur.size + 1)] = (schur.values[i * (schur.size + 1)] ?? 0) + soft));
  const schurFactor = regularised(schur, REGULARISATION);
  return schurFactor === undefined ? undefined : { factor, columns, softness, schur: schurFactor };
}

/** H·dx − Mᵀv = right and M·dx + softness∘v = lower. */
function solveBordered({ factor, columns, schur }: Bordered, right: Float64Array, lower: Float64Array): { dx: Float64Array; multipliers: Float64Array } {
  const dx = solveLower(factor, right.slice());
  const multipliers = solveCholesky(schur, lower.map((value, k) => value - dot(columns[k] ?? dx, dx)));
  columns.forEach((column, k) => {
    for (let i = 0; i < dx.length; i++) dx[i] = (dx[i] ?? 0) + (column[i] ?? 0) * (multipliers[k] ?? 0);
  });
  return { dx: solveUpper(factor, dx), multipliers };
}

/** Factor after a growing addition to the diagonal, for matrices that rounding made singular. */
function regularised(matrix: SymmetricMatrix, first: number): CholeskyFactor | undefined {
  const { size: n } = matrix;
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(matrix.values[i * (n + 1)] ?? 0));
  if (!(largest < Infinity)) return undefined;
  const unit = Math.min(1, largest) || 1;
  let added = 0;
  for (let extra = first; extra < 1e-4; extra *= 100) {
    for (let i = 0; i < n; i++) matrix.values[i * (n + 1)] = (matrix.values[i * (n + 1)] ?? 0) + extra * unit - added;
    added = extra * unit;
    const factor = choleskyFactor(matrix);
    if (factor !== undefined) return factor;
  }
  return undefined;
}

function sidesOf({ size, lower, upper, rows }: QuadraticProgram, equation: readonly boolean[]): Side[] {
  const sides: Side[] = [];
  const both = (target: number, from: number, to: number): void => {
    if (from > -Infinity) sides.push({ target, sign: 1, limit: from });
    if (to < Infinity) sides.push({ target, sign: -1, limit: to });
  };
  for (let i = 0; i < size; i++) both(i, lower[i] ?? 0, upper[i] ?? 0);
  rows.forEach((row, r) => equation[r] !== true && both(-1 - r, row.lower, row.upper));
  return sides;
}

function startOf({ size, lower, upper }: QuadraticProgram): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const [from, to] = [lower[i] ?? 0, upper[i] ?? 0];
    const inset = Math.min(0.1, (to - from) / 4);
    return Math.min(to - inset, Math.max(from + inset, 1 / size));
  });
}

function longest(values: Float64Array, steps: Float64Array): number {
  let step = 1 / STEP_BACK;
  for (let k = 0; k < values.length; k++) if ((steps[k] ?? 0) < 0) step = Math.min(step, -(values[k] ?? 0) / (steps[k] ?? 0));
  return step;
}

function addRow(target: Float64Array, row: LinearRow | undefined, factor: number): void {
  if (row === undefined || factor === 0) return;
  for (let k = 0; k < row.indices.length; k++) {
    const i = row.indices[k] ?? 0;
    target[i] = (target[i] ?? 0) + factor * (row.values[k] ?? 0);
  }
}
