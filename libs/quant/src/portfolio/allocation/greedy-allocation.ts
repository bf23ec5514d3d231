import { allocationOf, allocationSides, costOfLots, type Allocation, type AllocationProblem, type AllocationSide } from './allocation-problem.ts';

/**
 * Rounds every target down to whole lots, then buys one lot at a time of the asset that lacks most money among those that
 * the rest can pay, until none of these lacks anything. Never spends more than the weights allow.
 * @throws InvalidInputError as `allocationSides`.
 */
export function greedyAllocation(problem: AllocationProblem): Allocation {
  const { long, short } = allocationSides(problem);
  return allocationOf(problem, long, lotsOf(long), short, lotsOf(short));
}

function lotsOf(side: AllocationSide): Float64Array {
  const { targets, lotPrices, budget } = side;
  const lots = targets.map((target, k) => Math.floor(target / (lotPrices[k] ?? NaN)));
  for (;;) {
    const spent = costOfLots(side, lots);
    let [next, most] = [-1, 0];
    targets.forEach((target, k) => {
      const price = lotPrices[k] ?? Infinity;
      const lack = target - (lots[k] ?? 0) * price;
      if (lack > most && spent + price <= budget) [next, most] = [k, lack];
    });
    if (next < 0) break;
    lots[next] = (lots[next] ?? 0) + 1;
    // The sum in another order may round above the budget.
    if (costOfLots(side, lots) <= budget) continue;
    lots[next] = (lots[next] ?? 0) - 1;
    break;
  }
  return lots;
}
