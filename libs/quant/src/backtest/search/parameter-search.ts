import { InvalidInputError } from '@nautilus/model';
import { SOBOL_MAX_DIMENSIONS } from '../../random/sobol-sequence.ts';
import { SeededRandom } from '../../random/seeded-random.ts';
import { expectedImprovement, GaussianProcess } from './gaussian-process.ts';
import { checkParameterSpace, gridParameters, parametersAt, randomPoints, sobolPoints, unitPoint, type ParameterSpace, type ParameterValues } from './parameter-space.ts';

export type SearchPlan =
  | { readonly method: 'grid'; readonly steps: number }
  | { readonly method: 'random'; readonly count: number; readonly seed: number }
  | { readonly method: 'sobol'; readonly count: number }
  | {
      readonly method: 'bayesian';
      readonly count: number;
      readonly seed: number;
      /** Trials before the first model; default the larger of 5 and twice the parameters, at most `count`. */
      readonly initial?: number;
    };

/** Figure to be maximised; undefined where a constraint is not met or there is no figure. */
export type SearchObjective = (parameters: ParameterValues, index: number) => number | undefined;

export interface SearchTrial {
  readonly index: number;
  readonly parameters: ParameterValues;
  readonly value: number | undefined;
}

export interface ParameterSearch {
  /** All of them in order: their number and values are what the tests of overfitting need. Equal parameters are tried once. */
  readonly trials: readonly SearchTrial[];
  /** The first of the highest; undefined when no trial has a value. */
  readonly best: SearchTrial | undefined;
}

const CANDIDATES = 512;
/** Deviation of the half of the candidates that lies around the best trial. */
const NEAR = 0.1;

/**
 * Tries parameters and keeps every trial. `bayesian`: after a first sample, the candidate of 512 with the greatest expected
 * improvement over the best trial, by a Gaussian process over all trials so far (Jones, Schonlau & Welch 1998).
 * @throws InvalidInputError for a space or plan that cannot be, and when the objective gives a number that is not finite.
 */
export function searchParameters(space: ParameterSpace, plan: SearchPlan, objective: SearchObjective): ParameterSearch {
  checkParameterSpace(space);
  const trials: SearchTrial[] = [];
  const seen = new Set<string>();
  const attempt = (parameters: ParameterValues): boolean => {
    const key = JSON.stringify(parameters);
    if (seen.has(key)) return false;
    seen.add(key);
    const index = trials.length;
    const value = objective(parameters, index);
    if (value !== undefined && !Number.isFinite(value)) throw new InvalidInputError([{ path: `trials.${index}`, message: `the objective gave ${value}` }]);
    trials.push({ index, parameters, value });
    return true;
  };
  if (plan.method === 'grid') gridParameters(space, plan.steps).forEach(attempt);
  else {
    if (!Number.isInteger(plan.count) || plan.count < 1) throw new InvalidInputError([{ path: 'count', message: `${plan.count} is no whole number from 1` }]);
    if (plan.method === 'sobol') sobolPoints(space.length, plan.count).forEach((point) => attempt(parametersAt(space, point)));
    else if (plan.method === 'random') randomPoints(space.length, plan.count, plan.seed).forEach((point) => attempt(parametersAt(space, point)));
    else improveByModel(space, plan, trials, attempt);
  }
  return { trials, best: bestTrial(trials) };
}

/** The first of the trials with the highest value. */
export function bestTrial(trials: readonly SearchTrial[]): SearchTrial | undefined {
  let best: SearchTrial | undefined;
  for (const trial of trials) if (trial.value !== undefined && (best?.value === undefined || trial.value > best.value)) best = trial;
  return best;
}

function improveByModel(space: ParameterSpace, plan: Extract<SearchPlan, { method: 'bayesian' }>, trials: readonly SearchTrial[], attempt: (parameters: ParameterValues) => boolean): void {
  const { count, seed, initial = Math.max(5, 2 * space.length) } = plan;
  if (!Number.isInteger(initial) || initial < 1) throw new InvalidInputError([{ path: 'initial', message: `${initial} is no whole number from 1` }]);
  const first = Math.min(initial, count);
  const points = space.length <= SOBOL_MAX_DIMENSIONS ? sobolPoints(space.length, first) : randomPoints(space.length, first, seed);
  points.forEach((point) => attempt(parametersAt(space, point)));
  const random = new SeededRandom(seed);
  for (let round = points.length; round < count; round++) {
    const ranked = rankedCandidates(space, trials, random);
    // In a small discrete space all candidates may have been tried; the search has then ended.
    if (!ranked.some((point) => attempt(parametersAt(space, point)))) return;
  }
}

/** Candidates by falling expected improvement; by chance while fewer than two trials have a value. */
function rankedCandidates(space: ParameterSpace, trials: readonly SearchTrial[], random: SeededRandom): readonly Float64Array[] {
  const valued = trials.filter((trial): trial is SearchTrial & { readonly value: number } => trial.value !== undefined);
  const best = bestTrial(valued);
  const centre = best === undefined ? undefined : unitPoint(space, best.parameters);
  const candidates = Array.from({ length: CANDIDATES }, (_, k) => Float64Array.from(space, (_parameter, i) =>
    centre === undefined || k % 2 === 0 ? random.uniform() : Math.min(1, Math.max(0, (centre[i] ?? 0.5) + NEAR * random.normal()))));
  if (valued.length < 2 || best?.value === undefined) return candidates;
  const process = new GaussianProcess(valued.map(({ parameters }) => unitPoint(space, parameters)), valued.map(({ value }) => value));
  const highest = best.value;
  // A candidate stands for its cell: the model knows whole numbers and choices by their middles.
  const improvements = candidates.map((point) => ({ point, gain: expectedImprovement(process.forecast(unitPoint(space, parametersAt(space, point))), highest) }));
  return improvements.sort((a, b) => b.gain - a.gain).map(({ point }) => point);
}
