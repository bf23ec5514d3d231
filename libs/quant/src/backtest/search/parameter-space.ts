import { InvalidInputError } from '@nautilus/model';
import { SobolSequence } from '../../random/sobol-sequence.ts';
import { SeededRandom } from '../../random/seeded-random.ts';

export type ParameterValue = number | string | boolean;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

export type SearchParameter =
  | {
      readonly name: string;
      readonly kind: 'real' | 'integer';
      readonly lower: number;
      /** Belongs to the range. */
      readonly upper: number;
      /** `log` spreads points evenly over orders of magnitude; needs a positive range. Default `linear`. */
      readonly scale?: 'linear' | 'log';
    }
  | { readonly name: string; readonly kind: 'choice'; readonly values: readonly ParameterValue[] };

export type ParameterSpace = readonly SearchParameter[];

const LARGEST_GRID = 1_000_000;

/** @throws InvalidInputError for no parameters, a name used twice, an empty or unfit range and no or repeated choices. */
export function checkParameterSpace(space: ParameterSpace): void {
  const fail = (name: string, message: string): never => {
    throw new InvalidInputError([{ path: `space.${name}`, message }]);
  };
  if (space.length === 0) fail('parameters', 'there are none');
  space.forEach((parameter, i) => {
    const { name } = parameter;
    if (space.findIndex((other) => other.name === name) !== i) fail(name, 'is there twice');
    if (parameter.kind === 'choice') {
      if (parameter.values.length === 0 || new Set(parameter.values).size !== parameter.values.length) fail(name, 'needs choices that differ');
      return;
    }
    const { kind, lower, upper, scale } = parameter;
    if (!(Number.isFinite(lower) && Number.isFinite(upper) && lower <= upper)) fail(name, `${lower} to ${upper} is no range`);
    if (kind === 'integer' && !(Number.isSafeInteger(lower) && Number.isSafeInteger(upper))) fail(name, 'needs whole limits');
    if (scale === 'log' && !(lower > 0)) fail(name, 'a logarithmic range is positive');
  });
}

/** The parameters at a point of the unit cube, one coordinate in [0, 1] for each. Whole numbers and choices have cells of equal width (on the scale). */
export function parametersAt(space: ParameterSpace, point: ArrayLike<number>): ParameterValues {
  return Object.fromEntries(space.map((parameter, i) => [parameter.name, valueAt(parameter, point[i] ?? 0)]));
}

function valueAt(parameter: SearchParameter, u: number): ParameterValue {
  if (parameter.kind === 'choice') return parameter.values[Math.min(parameter.values.length - 1, Math.floor(u * parameter.values.length))] ?? 0;
  const { kind, lower, upper, scale } = parameter;
  const end = kind === 'integer' ? upper + 1 : upper;
  const value = scale === 'log' ? lower * (end / lower) ** u : lower + u * (end - lower);
  return Math.min(upper, Math.max(lower, kind === 'integer' ? Math.floor(value) : value));
}

/** The middle of the cell that has these values: `parametersAt` of it gives them back (a real one up to rounding). @throws InvalidInputError for a value that is missing or outside. */
export function unitPoint(space: ParameterSpace, values: ParameterValues): Float64Array {
  return Float64Array.from(space, (parameter) => {
    const value = values[parameter.name];
    const refuse = (): never => {
      throw new InvalidInputError([{ path: parameter.name, message: `${value} is not in the space` }]);
    };
    if (parameter.kind === 'choice') {
      const place = parameter.values.findIndex((choice) => choice === value);
      return place < 0 ? refuse() : (place + 0.5) / parameter.values.length;
    }
    const { kind, lower, upper, scale } = parameter;
    if (typeof value !== 'number' || !(value >= lower && value <= upper) || (kind === 'integer' && !Number.isInteger(value))) return refuse();
    const share = (x: number, end: number): number => (end === lower ? 0.5 : scale === 'log' ? Math.log(x / lower) / Math.log(end / lower) : (x - lower) / (end - lower));
    return kind === 'real' ? share(value, upper) : (share(value, upper + 1) + share(value + 1, upper + 1)) / 2;
  });
}

/**
 * All combinations, the last parameter changing fastest: every choice, `steps` values of a range with both ends (fewer
 * where it has fewer whole numbers).
 * @throws InvalidInputError as `checkParameterSpace`, for steps below 1 and beyond a million combinations.
 */
export function gridParameters(space: ParameterSpace, steps: number): readonly ParameterValues[] {
  checkParameterSpace(space);
  if (!Number.isInteger(steps) || steps < 1) throw new InvalidInputError([{ path: 'steps', message: `${steps} is no whole number from 1` }]);
  const axes = space.map((parameter) => axisOf(parameter, steps));
  const count = axes.reduce((product, axis) => product * axis.length, 1);
  if (count > LARGEST_GRID) throw new InvalidInputError([{ path: 'steps', message: `${count} combinations are more than ${LARGEST_GRID}` }]);
  return Array.from({ length: count }, (_, index) => {
    let rest = index;
    const chosen = axes.toReversed().map((axis) => {
      const value = axis[rest % axis.length] ?? 0;
      rest = Math.floor(rest / axis.length);
      return value;
    });
    return Object.fromEntries(space.map(({ name }, i) => [name, chosen[space.length - 1 - i] ?? 0]));
  });
}

function axisOf(parameter: SearchParameter, steps: number): readonly ParameterValue[] {
  if (parameter.kind === 'choice') return parameter.values;
  const { kind, lower, upper, scale } = parameter;
  const values = Array.from({ length: steps }, (_, i) => {
    if (i === steps - 1 && steps > 1) return upper;
    const u = steps === 1 ? 0.5 : i / (steps - 1);
    const value = scale === 'log' ? lower * (upper / lower) ** u : lower + u * (upper - lower);
    return kind === 'integer' ? Math.round(value) : value;
  });
  return [...new Set(values)];
}

/** Points of the unit cube: independent uniforms of the seed. */
export function randomPoints(dimensions: number, count: number, seed: number): readonly Float64Array[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => Float64Array.from({ length: dimensions }, () => random.uniform()));
}

/** Points of the Sobol sequence behind the origin. @throws InvalidInputError beyond ten dimensions. */
export function sobolPoints(dimensions: number, count: number): readonly Float64Array[] {
  const sequence = new SobolSequence(dimensions);
  sequence.next();
  return Array.from({ length: count }, () => sequence.next());
}
