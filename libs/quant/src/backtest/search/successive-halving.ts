import { InvalidInputError } from '@nautilus/model';
import { checkParameterSpace, parametersAt, randomPoints, type ParameterSpace, type ParameterValues } from './parameter-space.ts';

export interface HalvingPlan {
  /** Parameters in the first round, drawn at random. */
  readonly count: number;
  readonly seed: number;
  /** What a trial of the first round may use, in units of the caller (bars, symbols). */
  readonly smallestBudget: number;
  readonly largestBudget: number;
  /** One of so many goes on, with so many times the budget; default 3. */
  readonly divisor?: number;
}

export interface HalvingTrial {
  readonly round: number;
  /** The same in all rounds. */
  readonly candidate: number;
  readonly parameters: ParameterValues;
  readonly budget: number;
  readonly value: number | undefined;
}

export interface HalvingSearch {
  /** Every trial of every round, by round and candidate. */
  readonly trials: readonly HalvingTrial[];
  /** Highest of the last round; undefined when it has no value. */
  readonly best: HalvingTrial | undefined;
}

/**
 * Tries many parameters on a small budget and the better ones on more, until one is left or the largest budget is used
 * (Jamieson & Talwalkar 2016). `objective` is maximised; undefined ranks last, ties go to the lower number.
 * @throws InvalidInputError for a space or plan that cannot be.
 */
export function successiveHalving(space: ParameterSpace, plan: HalvingPlan, objective: (parameters: ParameterValues, budget: number) => number | undefined): HalvingSearch {
  checkParameterSpace(space);
  const { count, seed, smallestBudget, largestBudget, divisor = 3 } = plan;
  if (!Number.isInteger(count) || count < 1) throw new InvalidInputError([{ path: 'count', message: `${count} is no whole number from 1` }]);
  if (!(smallestBudget > 0 && smallestBudget <= largestBudget && largestBudget < Infinity)) throw new InvalidInputError([{ path: 'smallestBudget', message: `${smallestBudget} to ${largestBudget} is no range of budgets` }]);
  if (!Number.isInteger(divisor) || divisor < 2) throw new InvalidInputError([{ path: 'divisor', message: `${divisor} is no whole number from 2` }]);
  const trials: HalvingTrial[] = [];
  let alive = randomPoints(space.length, count, seed).map((point, candidate) => ({ candidate, parameters: parametersAt(space, point) }));
  for (let round = 0; ; round++) {
    const budget = Math.min(largestBudget, smallestBudget * divisor ** round);
    const tried = alive.map((one): HalvingTrial => ({ ...one, round, budget, value: objective(one.parameters, budget) }));
    trials.push(...tried);
    const ranked = tried.toSorted((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity) || a.candidate - b.candidate);
    if (budget === largestBudget || alive.length === 1) return { trials, best: ranked[0]?.value === undefined ? undefined : ranked[0] };
    alive = ranked.slice(0, Math.max(1, Math.floor(alive.length / divisor))).toSorted((a, b) => a.candidate - b.candidate).map(({ candidate, parameters }) => ({ candidate, parameters }));
  }
}
