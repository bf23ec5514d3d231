import { choleskyFactor, solveCholesky, solveLower, solveUpper } from '../linear-algebra/cholesky.ts';
import { dot, largestMagnitude, principalSubmatrix, zeroMatrix } from '../linear-algebra/symmetric-matrix.ts';
import { gradientOf, kktResiduals, objectiveScale, rowActivity, rowUnit, worstResidual, type PrimalDualPoint, type QuadraticProgram } from './quadratic-program.ts';

const PROXIMAL = 1e-9;
const REFINEMENTS = 12;

/**
 * Takes the limits whose multiplier is larger than their slack for equations and solves the linear system that is left,
 * with a small proximal term and refinement (as OSQP does: Stellato et al. 2020, §5.2). The better of both points by
 * their KKT residuals comes back, so that a wrong guess does no harm.
 */
export function polished(program: QuadraticProgram, point: PrimalDualPoint): PrimalDualPoint {
  const scale = objectiveScale(program);
  const { size: n } = program;
  const x = point.x.slice();
  const free: number[] = [];
  for (let i = 0; i < n; i++) {
    const limit = holding(point.x[i] ?? 0, program.lower[i] ?? 0, program.upper[i] ?? 0, (point.boundMultipliers[i] ?? 0) / scale);
    if (limit === undefined) free.push(i);
    else x[i] = limit;
  }
  const active = program.rows.flatMap((row, r) => {
    const unit = rowUnit(row);
    const limit = row.lower === row.upper ? row.lower : holding(rowActivity(row, point.x) / unit, row.lower / unit, row.upper / unit, ((point.rowMultipliers[r] ?? 0) * unit) / scale);
    return limit === undefined ? [] : [{ r, row, unit, limit: row.lower === row.upper ? limit : limit * unit }];
  });
  const position = new Int32Array(n).fill(-1);
  free.forEach((i, k) => (position[i] = k));
  const hessian = program.quadratic === undefined ? zeroMatrix(free.length) : principalSubmatrix(program.quadratic, free);
  for (let k = 0; k < free.length; k++) hessian.values[k * (free.length + 1)] = (hessian.values[k * (free.length + 1)] ?? 0) + PROXIMAL * scale;
  const factor = choleskyFactor(hessian);
  if (factor === undefined) return point;
  const dense = active.map(({ row, unit }) => {
    const column = new Float64Array(free.length);
    row.indices.forEach((i, k) => {
      const at = position[i] ?? -1;
      if (at >= 0) column[at] = (column[at] ?? 0) + (row.values[k] ?? 0) / unit;
    });
    return column;
  });
  const columns = dense.map((column) => solveLower(factor, column.slice()));
  const schur = zeroMatrix(active.length);
  columns.forEach((a, i) => columns.forEach((b, j) => j <= i && (schur.values[i * schur.size + j] = schur.values[j * schur.size + i] = dot(a, b))));
  for (let i = 0; i < schur.size; i++) schur.values[i * (schur.size + 1)] = (schur.values[i * (schur.size + 1)] ?? 0) * (1 + 1e-13) + PROXIMAL / scale;
  const schurFactor = choleskyFactor(schur);
  if (schurFactor === undefined) return point;
  const y = Float64Array.from(active, ({ r, unit }) => (point.rowMultipliers[r] ?? 0) * unit);
  for (let round = 0; round < REFINEMENTS; round++) {
    const gradient = gradientOf(program, x);
    const right = Float64Array.from(free, (i) => -(gradient[i] ?? 0));
    dense.forEach((column, k) => column.forEach((value, i) => (right[i] = (right[i] ?? 0) + value * (y[k] ?? 0))));
    const lower = Float64Array.from(active, ({ row, unit, limit }) => (limit - rowActivity(row, x)) / unit);
    if (largestMagnitude(right) < 1e-16 * scale && largestMagnitude(lower) < 1e-16) break;
    const dx = solveLower(factor, right);
    const dy = solveCholesky(schurFactor, lower.map((value, k) => value - dot(columns[k] ?? dx, dx)));
    columns.forEach((column, k) => column.forEach((value, i) => (dx[i] = (dx[i] ?? 0) + value * (dy[k] ?? 0))));
    solveUpper(factor, dx).forEach((value, k) => (x[free[k] ?? 0] = (x[free[k] ?? 0] ?? 0) + value));
    dy.forEach((value, k) => (y[k] = (y[k] ?? 0) + value));
  }
  const rowMultipliers = new Float64Array(program.rows.length);
  active.forEach(({ r, row, unit }, k) => {
    const multiplier = (y[k] ?? 0) / unit;
    rowMultipliers[r] = allowed(multiplier, row.lower, row.upper);
  });
  for (const i of free) x[i] = Math.min(program.upper[i] ?? 0, Math.max(program.lower[i] ?? 0, x[i] ?? 0));
  const boundMultipliers = gradientOf(program, x);
  program.rows.forEach((row, r) => row.indices.forEach((i, k) => (boundMultipliers[i] = (boundMultipliers[i] ?? 0) - (rowMultipliers[r] ?? 0) * (row.values[k] ?? 0))));
  for (let i = 0; i < n; i++) {
    const multiplier = boundMultipliers[i] ?? 0;
    const atLower = x[i] === program.lower[i];
    const atUpper = x[i] === program.upper[i];
    boundMultipliers[i] = (multiplier > 0 && atLower) || (multiplier < 0 && atUpper) ? multiplier : 0;
  }
  const candidate = { x, rowMultipliers, boundMultipliers };
  return worstResidual(kktResiduals(program, candidate)) <= worstResidual(kktResiduals(program, point)) ? candidate : point;
}

/** The limit that a multiplier larger than its slack points to. */
function holding(value: number, lower: number, upper: number, multiplier: number): number | undefined {
  if (lower === upper) return lower;
  if (multiplier > 0 && multiplier > value - lower) return lower;
  if (multiplier < 0 && -multiplier > upper - value) return upper;
  return undefined;
}

/** A multiplier of the wrong sign counts as 0 and shows up in the stationarity. */
function allowed(multiplier: number, lower: number, upper: number): number {
  if (lower === upper) return multiplier;
  return (multiplier > 0 && lower > -Infinity) || (multiplier < 0 && upper < Infinity) ? multiplier : 0;
}
