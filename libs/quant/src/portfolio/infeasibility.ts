import { InvalidInputError } from '@nautilus/model';
import { polished } from './active-set-polish.ts';
import { interiorPoint } from './interior-point.ts';
import { objectiveOf, rowUnit, type LinearRow, type QuadraticProgram } from './quadratic-program.ts';

/** No answer exists. `constraints` cannot hold together; without any one of them the rest of them can. */
export class InfeasibleConstraintsError extends InvalidInputError {
  readonly constraints: readonly string[];
  constructor(constraints: readonly string[], detail?: string) {
    super([{ path: 'constraints', message: detail ?? `${constraints.join(', ')} cannot hold together` }], 'schema', '/problems/infeasible-constraints');
    this.constraints = constraints;
  }
}

const LOWER_BOUNDS = 'lower bounds';
const UPPER_BOUNDS = 'upper bounds';
const VIOLATION = 1e-7;
/** Stands in for a bound that is left out. */
const FAR = 1e3;

/**
 * An irreducible set of constraints in conflict, found by leaving them out one at a time and keeping out those whose
 * absence does not help (the deletion filter of Chinneck & Dravnieks 1991). Undefined when the constraints can hold.
 */
export function conflictOf(program: QuadraticProgram): readonly string[] | undefined {
  const named = program.rows.filter((row) => row.definition !== true).map((row) => row.name);
  let kept = [...new Set([...named, LOWER_BOUNDS, UPPER_BOUNDS])];
  if (violationOf(program, new Set(kept)) <= VIOLATION) return undefined;
  for (const name of [...kept]) {
    const without = kept.filter((other) => other !== name);
    if (violationOf(program, new Set(without)) > VIOLATION) kept = without;
  }
  return kept;
}

/** Smallest sum of violations of the rows kept, each over its largest coefficient; bounds kept are not violated. */
function violationOf(program: QuadraticProgram, kept: ReadonlySet<string>): number {
  const { size: n } = program;
  const rows = program.rows.filter((row) => row.definition === true || kept.has(row.name));
  const elastic = rows.flatMap((row, r): LinearRow[] => {
    const unit = rowUnit(row);
    const scaled = { name: row.name, indices: Int32Array.of(...row.indices, n + r) };
    const values = Array.from(row.values, (value) => value / unit);
    return [
      ...(row.lower > -Infinity ? [{ ...scaled, values: Float64Array.of(...values, 1), lower: row.lower / unit, upper: Infinity }] : []),
      ...(row.upper < Infinity ? [{ ...scaled, values: Float64Array.of(...values, -1), lower: -Infinity, upper: row.upper / unit }] : []),
    ];
  });
  const open = (values: Float64Array, name: string, far: number): Float64Array => values.map((value) => (kept.has(name) && Math.abs(value) < Infinity ? value : far));
  const size = n + rows.length;
  const widened = (values: Float64Array, rest: number): Float64Array => {
    const all = new Float64Array(size).fill(rest);
    all.set(values);
    return all;
  };
  const phaseOne: QuadraticProgram = {
    size, quadratic: undefined, rows: elastic,
    linear: new Float64Array(size).fill(1, n),
    lower: widened(open(program.lower, LOWER_BOUNDS, -FAR), 0),
    // A fixed variable gets a width below every tolerance, since the interior must not be empty.
    upper: widened(open(program.upper, UPPER_BOUNDS, FAR).map((to, i) => Math.max(to, (kept.has(LOWER_BOUNDS) ? (program.lower[i] ?? 0) : -FAR) + 1e-9)), Infinity),
  };
  return objectiveOf(phaseOne, polished(phaseOne, interiorPoint(phaseOne)).x);
}
