import { InvalidInputError } from '@nautilus/model';
import type { FeatureDefinition } from './feature.ts';
import { FAMILIES, FEATURE_NAMES, nearNames } from './registry.ts';
import { variantsOf, type CommonChoice, type ParameterGrid } from './variants.ts';

/** Which features are asked for. */
export interface Selection {
  /** Without them and a grid the ones that are always present. */
  readonly names: readonly string[] | undefined;
  /** Features with other parameters than the registered ones, beside `names`; alone when there are none. */
  readonly grid?: ParameterGrid | undefined;
  readonly choice?: CommonChoice | undefined;
  /** Only those of one category. */
  readonly category?: string | undefined;
}

export interface Selected {
  readonly definitions: readonly FeatureDefinition[];
  /** All run live for every symbol, as they are asked for. */
  readonly areLive: boolean;
}

/** Throws InvalidInputError for an unknown name (with near ones), and as `variantsOf` does. */
export function select(selection: Selection): Selected {
  const choice = selection.choice ?? {};
  const variants = variantsOf(selection.grid ?? {}, choice);
  const names = variants.length > 0 && selection.names === undefined ? new Set<string>() : namesOf(selection);
  const named = FAMILIES.filter(({ name }) => names.has(name)).map((family) => family.make(family.name, choice));
  const asRegistered = (choice.convention ?? 'talib') === 'talib' && choice.inputs === undefined;
  return { definitions: [...named, ...variants], areLive: asRegistered && variants.length === 0 && [...names].every((name) => FEATURE_NAMES.has(name)) };
}

function namesOf({ names, category }: Selection): ReadonlySet<string> {
  const offered = category === undefined ? FAMILY_NAMES : FAMILY_NAMES.filter((name) => CATEGORY_OF.get(name) === category);
  if (names === undefined) return new Set(offered.filter((name) => FEATURE_NAMES.has(name)));
  const unknown = names.filter((name) => !offered.includes(name));
  if (unknown.length === 0) return new Set(names);
  const kind = category === undefined ? 'feature' : `${category} feature`;
  throw new InvalidInputError(unknown.map((name) => ({ path: 'features', message: unknownMessage(name, offered, kind) })), 'malformed', '/problems/unknown-feature');
}

const FAMILY_NAMES = FAMILIES.map(({ name }) => name);
const CATEGORY_OF: ReadonlyMap<string, string> = new Map(FAMILIES.map((family) => [family.name, family.make(family.name).category]));

/** Unknown names out of `names`, each with what is said about it. */
export function unknownNames(names: readonly string[], offered: readonly string[] = FAMILY_NAMES): ReadonlyMap<string, string> {
  return new Map(names.filter((name) => !offered.includes(name)).map((name) => [name, unknownMessage(name, offered)]));
}

function unknownMessage(name: string, offered: readonly string[], kind = 'feature'): string {
  const near = nearNames(name, offered);
  return `"${name}" is no ${kind}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`;
}
