import { InvalidInputError } from '@nautilus/model';
import { dot, quadraticForm } from '../../linear-algebra/symmetric-matrix.ts';
import { InfeasibleConstraintsError } from '../infeasibility.ts';
import { optimalAnswer, type PortfolioAnswer } from './portfolio-answer.ts';
import { checkedProblem, refuseUnsupported, type CheckedProblem, type PortfolioProblem } from './portfolio-problem.ts';
import { utilityObjective } from './variance-optimisers.ts';
import { solveWeights, traded, varianceObjective, type SolvedWeights, type WeightObjective } from './weight-program.ts';

export interface CardinalityOptions {
  /** Most assets with a weight other than 0. */
  readonly most: number;
  /** With it max μᵀw − ½γwᵀΣw is sought, without it min wᵀΣw. */
  readonly riskAversion?: number;
  /** Programs after which the search gives up; default 20,000. */
  readonly mostPrograms?: number;
}

export interface CardinalityAnswer extends PortfolioAnswer {
  /** Quadratic programs solved until no portfolio of so few assets could be better. */
  readonly programs: number;
}

/** Relative gain for which it is not worth to look further. */
const GAIN = 1e-9;

interface Node {
  readonly inside: ReadonlySet<number>;
  readonly outside: ReadonlySet<number>;
}

/**
 * Least variance, or most quadratic utility, with at most so many assets, proven by branch and bound: the program without
 * the limit bounds every portfolio of a branch (Bienstock 1996). The KKT residuals are those of the program of the assets held.
 * @throws InvalidInputError when the search does not end in time; InfeasibleConstraintsError when no such portfolio exists.
 */
export function fewAssets(problem: PortfolioProblem, { most, riskAversion, mostPrograms = 20_000 }: CardinalityOptions): CardinalityAnswer {
  const checked = checkedProblem(problem);
  refuseUnsupported(checked, 'a largest number of assets', ['trackingError']);
  if (!(Number.isInteger(most) && most >= 1)) throw new InvalidInputError([{ path: 'most', message: 'must be a whole number of at least 1' }]);
  if (riskAversion !== undefined && !(riskAversion > 0 && riskAversion < Infinity)) throw new InvalidInputError([{ path: 'riskAversion', message: 'must be above 0' }]);
  const objective: WeightObjective = riskAversion === undefined ? varianceObjective(checked) : utilityObjective(checked, riskAversion);
  const forced = new Set(allOf(checked).filter((i) => !((checked.lower[i] ?? 0) <= 0 && (checked.upper[i] ?? 0) >= 0)));
  if (forced.size > most) throw new InfeasibleConstraintsError(['number of assets', 'lower bounds'], `${forced.size} assets must be held, at most ${most} may be`);
  let [programs, bestValue] = [0, Infinity];
  let best: SolvedWeights | undefined;
  const solve = (outside: ReadonlySet<number>): { readonly solved: SolvedWeights; readonly value: number } | undefined => {
    if (++programs > mostPrograms) throw new InvalidInputError([{ path: 'most', message: `no proof of the best ${most} assets after ${mostPrograms} programs` }], 'schema', '/problems/unsolved-program');
    try {
      const solved = solveWeights(without(checked, outside), objective);
      return { solved, value: valueOf(checked, objective, solved.weights) };
    } catch (error) {
      if (error instanceof InfeasibleConstraintsError && outside.size > 0) return undefined;
      throw error;
    }
  };
  const open: Node[] = [{ inside: forced, outside: new Set() }];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { inside, outside } = node;
    const relaxed = solve(outside);
    if (relaxed === undefined || relaxed.value >= bestValue - GAIN * Math.abs(bestValue)) continue;
    const { weights } = relaxed.solved;
    const held = largestFirst(weights);
    if (held.length <= most) {
      [best, bestValue] = [relaxed.solved, relaxed.value];
      continue;
    }
    const kept = new Set([...inside, ...held.filter((i) => !inside.has(i))].slice(0, most));
    const rounded = solve(new Set(allOf(checked).filter((i) => !kept.has(i))));
    if (rounded !== undefined && rounded.value < bestValue) [best, bestValue] = [rounded.solved, rounded.value];
    // With the last place taken the rounded portfolio was all there is in this branch.
    const branch = held.find((i) => !inside.has(i));
    if (branch === undefined || inside.size >= most) continue;
    open.push({ inside, outside: new Set([...outside, branch]) }, { inside: new Set([...inside, branch]), outside });
  }
  if (best === undefined) throw new InfeasibleConstraintsError(['number of assets'], `no portfolio of at most ${most} assets keeps the other constraints`);
  return { ...optimalAnswer(checked, best), programs };
}

const allOf = ({ assets }: CheckedProblem): number[] => Array.from(assets.keys());

function largestFirst(weights: Float64Array): number[] {
  return Array.from(weights.keys()).filter((i) => weights[i] !== 0).toSorted((a, b) => Math.abs(weights[b] ?? 0) - Math.abs(weights[a] ?? 0));
}

function without(problem: CheckedProblem, outside: ReadonlySet<number>): CheckedProblem {
  if (outside.size === 0) return problem;
  const closed = (bounds: Float64Array): Float64Array => bounds.map((value, i) => (outside.has(i) ? 0 : value));
  return { ...problem, lower: closed(problem.lower), upper: closed(problem.upper) };
}

function valueOf({ l2, transactionCost, holdings }: CheckedProblem, { quadratic, linear }: WeightObjective, weights: Float64Array): number {
  const curved = quadratic === undefined ? 0 : quadraticForm(quadratic, weights) / 2;
  return curved + dot(linear, weights) + l2 * dot(weights, weights) + (holdings === undefined ? 0 : transactionCost * traded(weights, holdings));
}
