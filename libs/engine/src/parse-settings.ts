import { ConfigError, MATRIX, type Problem } from '@nautilus/model';
import type { AnyEngine, SettingsValues } from './declaration.ts';
import { sharedSettings, type SharedSettings } from './shared-settings.ts';
import { textOf, type Environment, type Setting, type SettingsShape } from './settings.ts';

export interface EngineSettings {
  readonly shared: SharedSettings;
  /** As the declaration's own shape says. */
  readonly own: SettingsValues<SettingsShape>;
}

/** The settings that a declaration has of its own, in the order written. */
export function settingsOf(declaration: Pick<AnyEngine, 'settings'>): readonly Setting<unknown>[] {
  return Object.values((declaration.settings ?? {}) as SettingsShape);
}

/**
 * Reads every setting of one engine. Throws ConfigError that names all problems and repeats no value.
 * `others` are declarations of the same process, whose variables are theirs and no typing errors.
 */
export function parseSettings(declaration: AnyEngine, environment: Environment, others: readonly AnyEngine[] = []): EngineSettings {
  const problems: Problem[] = [];
  const shared = parseShape(sharedSettings, environment, problems);
  const before = problems.length;
  const own = parseShape((declaration.settings ?? {}) as SettingsShape, environment, problems);
  if (problems.length === before && declaration.check !== undefined) {
    const verdict: true | string = declaration.check(own);
    if (verdict !== true) problems.push({ path: declaration.name, message: verdict });
  }
  problems.push(...unknownNames(declaration, environment, others));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({ shared, own });
}

/** Only what all engines share; for what a composition needs before it looks at one of them. */
export function parseSharedSettings(environment: Environment): SharedSettings {
  return readSettings(sharedSettings, environment);
}

/** The settings of a program that is no engine. Throws ConfigError that names all problems and repeats no value. */
export function readSettings<S extends SettingsShape>(shape: S, environment: Environment): SettingsValues<S> {
  const problems: Problem[] = [];
  const values = parseShape(shape, environment, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return values;
}

function parseShape<S extends SettingsShape>(shape: S, environment: Environment, problems: Problem[]): SettingsValues<S> {
  const values: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(shape)) {
    const text = textOf(entry, environment);
    if (!text.ok) problems.push({ path: entry.env, message: text.rule });
    else if (text.value !== undefined) {
      const parsed = entry.parse(text.value);
      if (parsed.ok) values[key] = parsed.value;
      else problems.push({ path: entry.env, message: parsed.rule });
    } else if (entry.required) {
      problems.push({ path: entry.env, message: `is required${entry.help === '' ? '' : `: ${entry.help}`}` });
    } else values[key] = entry.value;
  }
  return Object.freeze(values) as SettingsValues<S>;
}

const prefixOf = (name: string): string => `${name.toUpperCase().replaceAll('-', '_')}_`;

/** `MESSAGEBUS_` is ours in every process, so a typing error there is told as well. */
const OUR_PREFIX = 'MESSAGEBUS_';

function unknownNames(declaration: AnyEngine, environment: Environment, others: readonly AnyEngine[]): Problem[] {
  const prefix = prefixOf(declaration.name);
  const known = new Set(
    [...Object.values<Setting<unknown>>(sharedSettings), ...[declaration, ...others].flatMap(settingsOf)].flatMap((entry) =>
      entry.secret ? [entry.env, `${entry.env}_FILE`] : [entry.env],
    ),
  );
  // `VPIN_ENHANCED_…` belongs to vpin-enhanced although it begins like a variable of vpin.
  const foreign = [...Object.keys(MATRIX), ...others.map((other) => other.name)]
    .map(prefixOf)
    .filter((other) => other !== prefix && other.startsWith(prefix));
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) || name.startsWith(OUR_PREFIX))
    .filter((name) => !known.has(name) && !foreign.some((other) => name.startsWith(other)))
    .map((name) => {
      const near = nearest(name, known);
      return { path: name, message: `is no setting of ${declaration.name}${near === undefined ? '' : `; did you mean ${near}?`}` };
    });
}

/** The known name that differs by at most three edits, if any. */
function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = 4;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** Values by variable as `/info` may show them: secrets are masked, what is unset is null. */
export function shownConfig(declaration: AnyEngine, settings: EngineSettings): Readonly<Record<string, unknown>> {
  const rows = (shape: SettingsShape, values: Readonly<Record<string, unknown>>): [string, unknown][] =>
    Object.entries(shape).map(([key, entry]) => {
      const value = values[key];
      return [entry.env, value === undefined ? null : entry.secret ? '[secret]' : value];
    });
  return Object.fromEntries([
    ...rows(sharedSettings, settings.shared),
    ...rows((declaration.settings ?? {}) as SettingsShape, settings.own),
  ]);
}
