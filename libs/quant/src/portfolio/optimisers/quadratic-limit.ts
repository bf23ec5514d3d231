import { InvalidInputError } from '@nautilus/model';
import { quadraticForm, scaledMatrix, times, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { brentRoot } from '../../performance/brent-root.ts';
import { InfeasibleConstraintsError } from '../infeasibility.ts';
import { objectiveScale, type KktResiduals, type LinearRow } from '../quadratic-program.ts';
import type { CheckedProblem } from './portfolio-problem.ts';
import { solveWeights, type SolvedWeights, type WeightObjective } from './weight-program.ts';

/** √((w−centre)ᵀΣ(w−centre)) ≤ most. */
export interface QuadraticLimit {
  readonly name: string;
  readonly centre: Float64Array;
  readonly most: number;
}

export interface LimitedWeights {
  readonly solved: SolvedWeights;
  /** The solver's residuals, the primal one with the relative violation of the limit. */
  readonly kkt: KktResiduals;
}

const SLACK = 1e-12;
/** Relative error of the limit above which there is no answer. */
const ACCEPTED = 1e-8;

/**
 * Minimises an objective under one limit on a deviation. The Lagrangian (1−v)·objective + v·(w−centre)ᵀΣ(w−centre) is a
 * quadratic program; its deviation falls with v, so the multiplier is a root in one variable (Boyd & Vandenberghe 2004,
 * §5.5.3: the optimality conditions are then those of the limited problem).
 * @throws InfeasibleConstraintsError when the least deviation is above the limit.
 */
export function solveUnderLimit(problem: CheckedProblem, objective: WeightObjective, limit: QuadraticLimit, further: readonly LinearRow[] = []): LimitedWeights {
  const { covariance } = problem;
  const deviationOf = ({ weights }: SolvedWeights): number => deviationFrom(covariance, weights, limit.centre);
  const free = solveWeights(problem, objective, further);
  if (deviationOf(free) <= limit.most * (1 + SLACK)) return { solved: free, kkt: free.solution.kkt };
  const distance = distanceObjective(problem, limit.centre);
  const nearest = solveWeights(problem, distance, further);
  const least = deviationOf(nearest);
  if (least > limit.most * (1 + ACCEPTED)) throw new InfeasibleConstraintsError([limit.name, ...bindingNames(nearest)], `${limit.name} of ${limit.most} cannot be met: with the other constraints it is at least ${least}`);
  if (least >= limit.most * (1 - SLACK)) return { solved: nearest, kkt: nearest.solution.kkt };
  const ratio = scaleOf(objective) / scaleOf(distance);
  const mixture = (share: number): SolvedWeights => solveWeights(problem, mixed(objective, distance, share, ratio), further);
  let best = nearest;
  const seek = (share: number): number => {
    if (share === 0) return deviationOf(free) - limit.most;
    if (share === 1) return least - limit.most;
    const found = mixture(share);
    const excess = deviationOf(found) - limit.most;
    if (Math.abs(excess) < Math.abs(deviationOf(best) - limit.most)) best = found;
    return Math.abs(excess) <= SLACK * limit.most ? 0 : excess;
  };
  brentRoot(seek, 1, 0);
  const violation = Math.abs(deviationOf(best) / limit.most - 1);
  if (!(violation <= ACCEPTED)) throw new InvalidInputError([{ path: limit.name, message: `no answer within 1e-8 of ${limit.most}; the nearest has ${deviationOf(best)}` }], 'schema', '/problems/unsolved-program');
  return { solved: best, kkt: { ...best.solution.kkt, primal: Math.max(best.solution.kkt.primal, violation) } };
}

/** Minimises within all the problem's constraints, the tracking error among them. */
export function solveWithin(problem: CheckedProblem, objective: WeightObjective, further: readonly LinearRow[] = []): LimitedWeights {
  const { trackingError } = problem;
  if (trackingError !== undefined) return solveUnderLimit(problem, objective, { name: 'tracking error', centre: trackingError.benchmark, most: trackingError.most }, further);
  const solved = solveWeights(problem, objective, further);
  return { solved, kkt: solved.solution.kkt };
}

/** (w−centre)ᵀΣ(w−centre) without its constant. */
export function distanceObjective({ covariance }: CheckedProblem, centre: Float64Array): WeightObjective {
  return { quadratic: scaledMatrix(covariance, 2), linear: times(covariance, centre).map((value) => -2 * value), extras: 0 };
}

function deviationFrom(covariance: SymmetricMatrix, weights: Float64Array, centre: Float64Array): number {
  return Math.sqrt(Math.max(0, quadraticForm(covariance, weights.map((weight, i) => weight - (centre[i] ?? 0)))));
}

function mixed(objective: WeightObjective, distance: WeightObjective, share: number, ratio: number): WeightObjective {
  const weight = share * ratio;
  const matrix = scaledMatrix(distance.quadratic as SymmetricMatrix, weight);
  const own = objective.quadratic?.values;
  if (own !== undefined) for (let k = 0; k < own.length; k++) matrix.values[k] = (matrix.values[k] ?? 0) + (1 - share) * (own[k] ?? 0);
  return { quadratic: matrix, linear: objective.linear.map((value, i) => (1 - share) * value + weight * (distance.linear[i] ?? 0)), extras: (1 - share) * objective.extras };
}

function scaleOf({ quadratic, linear }: WeightObjective): number {
  return objectiveScale({ size: linear.length, quadratic, linear, lower: linear, upper: linear, rows: [] });
}

function bindingNames({ solution, rows }: SolvedWeights): string[] {
  return rows.flatMap((row, r) => (Math.abs(solution.rowMultipliers[r] ?? 0) > 0 ? [row.name] : []));
}
