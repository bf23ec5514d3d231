import { InvalidInputError, asNautilusError, type Problem } from '@nautilus/model';
import { Filings } from './filings.ts';
import type { Choice, Family, FeatureDefinition, Parameters } from './feature.ts';
import { FAMILIES, familyOf, nearNames } from './registry.ts';

/** By feature and parameter the values to try: every combination is computed. */
export type ParameterGrid = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** Convention and inputs of all features of a question. */
export type CommonChoice = Omit<Choice, 'parameters'>;

/** Of one question. */
const MOST_VARIANTS = 200;
/** As many bars as are read from the store at most. */
const LONGEST_PERIOD = 1_000;
/** Parameters that are no number of bars, above 0, and how large they may be. */
const LARGEST: Readonly<Record<string, number>> = { deviations: 10, volume_factor: 1, alpha: 1, fast_limit: 1, slow_limit: 1, step: 1, limit: 10, factor: 100, level_noise: 1_000, slope_noise: 1_000 };

/**
 * The features of a grid, named after their parameters in the order of the registry: `sma_20[period=50]`. Throws
 * InvalidInputError for a feature or parameter that is none, a value that cannot be, and for too many combinations.
 */
export function variantsOf(grid: ParameterGrid, choice: CommonChoice = {}): readonly FeatureDefinition[] {
  const problems: Problem[] = [];
  const chosen = Object.entries(grid).flatMap(([name, values]) => {
    const family = familyOf(name);
    const found = family === undefined ? [unknown(`parameters.${name}`, name, FAMILIES.filter(({ isVariable }) => isVariable).map((one) => one.name))] : problemsOf(family, values);
    problems.push(...found);
    return family === undefined || found.length > 0 ? [] : [{ family, values }];
  });
  const count = chosen.reduce((sum, { values }) => sum + Object.values(values).reduce((product, list) => product * list.length, 1), 0);
  if (count > MOST_VARIANTS) problems.push({ path: 'parameters', message: `are ${count} combinations; at most ${MOST_VARIANTS} are computed at once` });
  if (problems.length > 0) throw new InvalidInputError(problems);
  const definitions = chosen.flatMap(({ family, values }) => combinations(family, values).map((parameters) => family.make(nameOf(family, parameters), { ...choice, parameters })));
  const refused = definitions.flatMap(refusal);
  if (refused.length > 0) throw new InvalidInputError(refused);
  return definitions;
}

function problemsOf({ name, parameters, isVariable }: Family, values: ParameterGrid[string]): readonly Problem[] {
  const path = `parameters.${name}`;
  if (!isVariable) return [{ path, message: 'has no parameters that can be varied' }];
  const wrong = Object.entries(values).flatMap(([parameter, list]) => {
    if (!(parameter in parameters)) return [unknown(`${path}.${parameter}`, parameter, Object.keys(parameters))];
    const rule = list.map((value) => ruleBroken(parameter, value)).find((one) => one !== undefined);
    return rule === undefined ? [] : [{ path: `${path}.${parameter}`, message: rule }];
  });
  if (wrong.length > 0 || !('fast' in parameters)) return wrong;
  const crossed = combinations({ parameters }, values).some(({ fast = 0, slow = 0 }) => fast >= slow);
  return crossed ? [{ path, message: 'fast must be shorter than slow in every combination' }] : [];
}

function ruleBroken(parameter: string, value: number): string | undefined {
  const largest = LARGEST[parameter];
  if (largest !== undefined) return value > 0 && value <= largest ? undefined : `must be above 0 and at most ${largest}`;
  return Number.isInteger(value) && value >= 1 && value <= LONGEST_PERIOD ? undefined : `must be a whole number from 1 to ${LONGEST_PERIOD}`;
}

/** What the calculation itself says of its numbers: many need more than one bar, or one window longer than another. */
function refusal({ name, create }: FeatureDefinition): readonly Problem[] {
  try {
    create({ barsPerYear: 1, filings: new Filings() });
    return [];
  } catch (error) {
    const failure = asNautilusError(error);
    if (failure?.kind !== 'invalid_input') throw error;
    return failure.problems.map(({ path, message }) => ({ path: `parameters.${name}`, message: `${path} ${message}` }));
  }
}

function unknown(path: string, name: string, offered: readonly string[]): Problem {
  const near = nearNames(name, offered);
  return { path, message: `"${name}" is none; ${near.length > 0 ? `did you mean ${near.join(', ')}?` : `there are ${offered.join(', ')}`}` };
}

function combinations({ parameters }: Pick<Family, 'parameters'>, values: ParameterGrid[string]): readonly Parameters[] {
  return Object.entries(parameters).reduce<readonly Parameters[]>(
    (all, [parameter, usual]) => all.flatMap((chosen) => (values[parameter] ?? [usual]).map((value) => ({ ...chosen, [parameter]: value }))),
    [{}],
  );
}

function nameOf({ name }: Family, parameters: Parameters): string {
  return `${name}[${Object.entries(parameters).map(([parameter, value]) => `${parameter}=${value}`).join(',')}]`;
}

/** Under a name that also tells a convention and inputs that are not the registered ones: `ema[period=12,convention=tulip]`. */
export function qualified(definition: FeatureDefinition): FeatureDefinition {
  const { name, convention, inputs } = definition;
  const [base = name, numbers = ''] = name.split(/[[\]]/);
  const family = familyOf(base);
  const told = [
    ...(numbers === '' ? [] : [numbers]),
    ...(convention === family?.conventions[0] ? [] : [`convention=${convention}`]),
    ...(inputs.join() === family?.inputs.join() ? [] : [`inputs=${inputs.join('+')}`]),
  ];
  return told.length === 0 ? definition : { ...definition, name: `${base}[${told.join(',')}]` };
}
