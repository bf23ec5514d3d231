import { dot, largestMagnitude, times, type SymmetricMatrix } from '../linear-algebra/symmetric-matrix.ts';

/** lower ≤ Σ values·x[indices] ≤ upper; equal limits make an equation, infinite ones leave a side open. */
export interface LinearRow {
  readonly name: string;
  readonly indices: Int32Array;
  readonly values: Float64Array;
  readonly lower: number;
  readonly upper: number;
  /** It defines an auxiliary variable, so that it can never be the reason for a conflict. */
  readonly definition?: boolean;
}

/** min ½xᵀQx + cᵀx subject to rows and bounds; Q positive semidefinite, absent for a linear program. */
export interface QuadraticProgram {
  readonly size: number;
  readonly quadratic: SymmetricMatrix | undefined;
  readonly linear: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly rows: readonly LinearRow[];
}

/** A multiplier is positive where a lower limit holds the answer up and negative where an upper limit holds it down. */
export interface PrimalDualPoint {
  readonly x: Float64Array;
  readonly rowMultipliers: Float64Array;
  readonly boundMultipliers: Float64Array;
}

/** How far a point is from the conditions of Karush, Kuhn and Tucker; zeros mean an exact optimum. */
export interface KktResiduals {
  /** Largest violation of a row, over its unit (see `rowUnit`), or of a bound. */
  readonly primal: number;
  /** Largest entry of Qx + c − Aᵀy − z over the largest of its terms. */
  readonly stationarity: number;
  /** Σ multiplier × distance to its limit, over |objective|: bounds the objective's relative error. */
  readonly gap: number;
}

export interface QuadraticSolution extends PrimalDualPoint {
  readonly objective: number;
  readonly kkt: KktResiduals;
  readonly iterations: number;
}

export function rowActivity(row: LinearRow, x: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < row.indices.length; k++) sum += (row.values[k] ?? 0) * (x[row.indices[k] ?? 0] ?? 0);
  return sum;
}

/** What a row is divided by: its largest coefficient, unless its limits are so far from it that they never matter. */
export function rowUnit(row: LinearRow): number {
  const far = 1e-3 * Math.max(Number.isFinite(row.lower) ? Math.abs(row.lower) : 0, Number.isFinite(row.upper) ? Math.abs(row.upper) : 0);
  return Math.max(largestMagnitude(row.values), far) || 1;
}

export function objectiveOf(program: QuadraticProgram, x: Float64Array): number {
  return (program.quadratic === undefined ? 0 : dot(x, times(program.quadratic, x)) / 2) + dot(program.linear, x);
}

/** Qx + c. */
export function gradientOf(program: QuadraticProgram, x: Float64Array): Float64Array {
  const gradient = program.quadratic === undefined ? new Float64Array(program.size) : times(program.quadratic, x);
  for (let i = 0; i < program.size; i++) gradient[i] = (gradient[i] ?? 0) + (program.linear[i] ?? 0);
  return gradient;
}

/** Largest coefficient of the objective; its scale where the objective itself vanishes. */
export function objectiveScale(program: QuadraticProgram): number {
  const largest = Math.max(largestMagnitude(program.linear), program.quadratic === undefined ? 0 : largestMagnitude(program.quadratic.values));
  return largest > 0 ? largest : 1;
}

/** Shares of the objective's largest coefficient below which its gradient and value count as this share. */
const SMALLEST_GRADIENT = 1e-3;
const SMALLEST_OBJECTIVE = 1e-4;

/** Checks any answer against the program alone, without trust in the solver that gave it. */
export function kktResiduals(program: QuadraticProgram, { x, rowMultipliers, boundMultipliers }: PrimalDualPoint): KktResiduals {
  const gradient = gradientOf(program, x);
  const scale = Math.max(largestMagnitude(gradient), largestMagnitude(program.linear), SMALLEST_GRADIENT * objectiveScale(program));
  const rest = gradient.map((value, i) => value - (boundMultipliers[i] ?? 0));
  let [primal, gap] = [0, 0];
  const judge = (value: number, lower: number, upper: number, multiplier: number, unit: number): void => {
    primal = Math.max(primal, (lower - value) / unit, (value - upper) / unit);
    if (multiplier !== 0 && lower !== upper) gap += Math.abs(multiplier) * Math.abs(multiplier > 0 ? value - lower : upper - value);
  };
  program.rows.forEach((row, r) => {
    const multiplier = rowMultipliers[r] ?? 0;
    for (let k = 0; k < row.indices.length; k++) {
      const i = row.indices[k] ?? 0;
      rest[i] = (rest[i] ?? 0) - multiplier * (row.values[k] ?? 0);
    }
    judge(rowActivity(row, x), row.lower, row.upper, multiplier, rowUnit(row));
  });
  for (let i = 0; i < program.size; i++) judge(x[i] ?? 0, program.lower[i] ?? 0, program.upper[i] ?? 0, boundMultipliers[i] ?? 0, 1);
  const objective = Math.max(Math.abs(objectiveOf(program, x)), SMALLEST_OBJECTIVE * objectiveScale(program));
  return { primal, stationarity: largestMagnitude(rest) / scale, gap: gap / objective };
}

/** The largest of the three; what two answers are compared by. */
export function worstResidual({ primal, stationarity, gap }: KktResiduals): number {
  const worst = Math.max(primal, stationarity, gap);
  return Number.isNaN(worst) ? Infinity : worst;
}
