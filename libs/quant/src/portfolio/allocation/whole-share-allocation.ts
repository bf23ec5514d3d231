import type { LinearProgrammingSolver } from '../linear-programming/solve-linear-program.ts';
import type { WholeNumberOptions } from '../linear-programming/linear-program.ts';
import type { LinearRow } from '../quadratic-program.ts';
import { allocationOf, allocationSides, costOfLots, type Allocation, type AllocationProblem, type AllocationSide } from './allocation-problem.ts';

export interface WholeShareAllocation extends Allocation {
  /** `limited`: the time was over before it was proved that nothing is better. */
  readonly status: 'optimal' | 'limited';
}

/** Below this share of the value a better answer is not looked for. */
const ENOUGH = 1e-6;

/**
 * Whole lots that minimise leftover + Σ|target − bought| without spending more than the weights allow, by a mixed-integer
 * program for longs and one for shorts.
 * @param options time limit of each program, default 10 seconds; relative gap, default 1e-6 of the objective.
 * @throws InvalidInputError as `allocationSides`, and when the time ends without any answer.
 */
export function wholeShareAllocation(solver: LinearProgrammingSolver, problem: AllocationProblem, { timeLimitSeconds = 10, relativeGap = ENOUGH }: WholeNumberOptions = {}): WholeShareAllocation {
  const { long, short } = allocationSides(problem);
  const options = { timeLimitSeconds, relativeGap };
  const [longs, shorts] = [lotsOf(solver, long, options), lotsOf(solver, short, options)];
  return { ...allocationOf(problem, long, longs.lots, short, shorts.lots), status: longs.proved && shorts.proved ? 'optimal' : 'limited' };
}

function lotsOf(solver: LinearProgrammingSolver, side: AllocationSide, options: WholeNumberOptions): { readonly lots: Float64Array; readonly proved: boolean } {
  if (side.assets.length === 0) return { lots: new Float64Array(0), proved: true };
  // The solver's tolerance may spend more than the budget by a trifle; then a trifle less is offered.
  for (const offered of [1, 1 - 1e-9, 1 - 1e-6]) {
    const { lots, proved } = solvedLots(solver, side, offered, options);
    if (costOfLots(side, lots) <= side.budget) return { lots, proved };
  }
  return { lots: side.targets.map((target, k) => Math.floor(target / (side.lotPrices[k] ?? NaN))), proved: false };
}

/** Variables: lots of each, deviation of each, leftover; money as shares of the budget. */
function solvedLots(solver: LinearProgrammingSolver, { targets, lotPrices, budget }: AllocationSide, offered: number, options: WholeNumberOptions): { readonly lots: Float64Array; readonly proved: boolean } {
  const n = targets.length;
  const prices = lotPrices.map((price) => price / budget);
  const deviations = Array.from(targets).flatMap((target, k): LinearRow[] =>
    [1, -1].map((sign) => ({ name: `deviation ${k}`, indices: Int32Array.of(k, n + k), values: Float64Array.of(sign * (prices[k] ?? 0), 1), lower: (sign * target) / budget, upper: Infinity, definition: true })),
  );
  const spent: LinearRow = { name: 'budget', indices: Int32Array.from({ length: n + 1 }, (_, k) => (k < n ? k : 2 * n)), values: Float64Array.of(...prices, 1), lower: offered, upper: offered };
  const { x, status } = solver.solveWhole(
    {
      size: 2 * n + 1,
      linear: new Float64Array(2 * n + 1).fill(1, n),
      lower: new Float64Array(2 * n + 1),
      upper: Float64Array.from({ length: 2 * n + 1 }, (_, k) => (k < n ? Math.floor(1 / (prices[k] ?? 1) + 1e-9) : Infinity)),
      rows: [spent, ...deviations],
    },
    Int32Array.from({ length: n }, (_, k) => k),
    options,
  );
  return { lots: x.slice(0, n), proved: status === 'optimal' };
}
