import { InvalidInputError, NotFoundError } from '@nautilus/model';
import { BASE_DEFINITIONS, FURTHER_DEFINITIONS, type BaseDefinition } from './base-definitions.ts';

export const FACTOR_TIMEFRAMES = ['1d', '1m', '5m', '15m', '30m', '1h', '4h'] as const;
export const FACTOR_TRANSFORMS = ['raw', 'lag1', 'delta1', 'tsz', 'tspct', 'decay', 'csz', 'csrank', 'csgroup', 'neutral'] as const;
export const LEAST_LOOKBACK = 5;
export const GREATEST_LOOKBACK = 252;

export type FactorTimeframe = (typeof FACTOR_TIMEFRAMES)[number];
export type FactorTransform = (typeof FACTOR_TRANSFORMS)[number];

/** An address in full. */
export interface FactorAddress {
  readonly definition: BaseDefinition;
  /** In bars of the timeframe; undefined where the window is fixed. */
  readonly lookback: number | undefined;
  readonly timeframe: FactorTimeframe;
  readonly transform: FactorTransform;
}

const LIBRARY: readonly BaseDefinition[] = [...BASE_DEFINITIONS, ...FURTHER_DEFINITIONS];
const BY_NAME: ReadonlyMap<string, BaseDefinition> = new Map(LIBRARY.map((definition) => [definition.name, definition]));

/** `definition@lookback.timeframe.transform` with every part written; a fixed window is written x. */
export function formatFactorId({ definition, lookback, timeframe, transform }: FactorAddress): string {
  return `${definition.name}@${lookback ?? 'x'}.${timeframe}.${transform}`;
}

/**
 * Reads an id. Missing parts take defaults: the definition's own lookback, `1d`, `raw`; the published names of Alpha158
 * are read too (`STD30` is `std@30.1d.raw`).
 * @throws InvalidInputError with the column (from 1) for text outside the form, a lookback outside 5…252 or where the
 * window is fixed, an unknown timeframe or transform, and a timeframe that the definition does not have.
 * @throws NotFoundError with near names for an unknown definition.
 */
export function parseFactorId(text: string): FactorAddress {
  const published = /^([A-Z]+\d?)$|^([A-Z]+)(\d+)$/.exec(text);
  if (published !== null) {
    const plain = BY_NAME.get(text.toLowerCase());
    if (plain !== undefined && plain.lookback === undefined) return { definition: plain, lookback: undefined, timeframe: '1d', transform: 'raw' };
    const [, name = text, window = ''] = /^([A-Z]+)(\d*)$/.exec(text) ?? [];
    return parseFactorId(window === '' ? name.toLowerCase() : `${name.toLowerCase()}@${window}`);
  }
  const [, name = '', at] = /^([a-z][a-z0-9_]*)(@)?/.exec(text) ?? [];
  if (name === '') throw idError(1, 'must begin with the name of a definition');
  const definition = BY_NAME.get(name);
  const afterName = name.length + (at === undefined ? 0 : 1);
  const written = at === undefined ? undefined : (/^[^.]*/.exec(text.slice(afterName))?.[0] ?? '');
  const rest = afterName + (written?.length ?? 0);
  if (rest < text.length && text.charAt(rest) !== '.') throw idError(rest + 1, `"${text.charAt(rest)}" where "@" or "." belongs`);
  if (definition === undefined) throw new NotFoundError('factor', `No factor definition "${name}".`, { near: nearDefinitions(name) });
  const lookback = readLookback(definition, written, afterName + 1);
  return { definition, lookback, ...readTail(definition, text, rest) };
}

function readLookback(definition: BaseDefinition, written: string | undefined, column: number): number | undefined {
  if (definition.lookback === undefined) {
    if (written !== undefined && written !== 'x') throw idError(column, `the window of ${definition.name} is fixed; write x`);
    return undefined;
  }
  if (written === undefined) return definition.lookback;
  const lookback = /^\d+$/.test(written) ? Number(written) : NaN;
  if (!(lookback >= LEAST_LOOKBACK && lookback <= GREATEST_LOOKBACK)) throw idError(column, `a lookback must be a whole number from ${LEAST_LOOKBACK} to ${GREATEST_LOOKBACK}`);
  return lookback;
}

function readTail(definition: BaseDefinition, text: string, from: number): { readonly timeframe: FactorTimeframe; readonly transform: FactorTransform } {
  let timeframe: FactorTimeframe | undefined;
  let transform: FactorTransform | undefined;
  let place = from;
  while (place < text.length) {
    const column = place + 2;
    const part = /^[^.]*/.exec(text.slice(place + 1))?.[0] ?? '';
    const asTimeframe = FACTOR_TIMEFRAMES.find((known) => known === part);
    const asTransform = FACTOR_TRANSFORMS.find((known) => known === part);
    if (asTimeframe !== undefined && timeframe === undefined && transform === undefined) timeframe = asTimeframe;
    else if (asTransform !== undefined && transform === undefined) transform = asTransform;
    else throw idError(column, `"${part}" is no ${transform === undefined ? (timeframe === undefined ? 'timeframe or transform' : 'transform') : 'further part'}`);
    if (timeframe !== undefined && timeframe !== '1d' && definition.dailyOnly) throw idError(column, `${definition.name} is daily only`);
    place += 1 + part.length;
  }
  return { timeframe: timeframe ?? '1d', transform: transform ?? 'raw' };
}

const idError = (column: number, message: string): InvalidInputError => new InvalidInputError([{ path: 'factor_id', message: `column ${column}: ${message}` }]);

/** Up to five names within two edits, nearest first. */
function nearDefinitions(name: string): string[] {
  return LIBRARY.map((definition) => ({ name: definition.name, distance: editDistance(name, definition.name) }))
    .filter(({ distance }) => distance <= 2)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map((near) => near.name);
}

/** Levenshtein 1966. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}

/** How many addresses a definition has: lookbacks × timeframes × transforms. */
const lookbacksOf = (definition: BaseDefinition): number => (definition.lookback === undefined ? 1 : GREATEST_LOOKBACK - LEAST_LOOKBACK + 1);
const timeframesOf = (definition: BaseDefinition): readonly FactorTimeframe[] => (definition.dailyOnly ? ['1d'] : FACTOR_TIMEFRAMES);
const addressesOf = (definition: BaseDefinition): number => lookbacksOf(definition) * timeframesOf(definition).length * FACTOR_TRANSFORMS.length;

/** The size of the space of ids, counted from the definitions. */
export const countAddressable = (): number => LIBRARY.reduce((sum, definition) => sum + addressesOf(definition), 0);

export interface AddressablePage {
  readonly ids: readonly string[];
  /** Where the next page begins; undefined at the end. */
  readonly next: number | undefined;
}

/**
 * Ids from a place in the order of definitions, lookbacks, timeframes and transforms. Nothing is enumerated beyond the
 * page. `prefix` keeps the definitions whose name begins with it; places are then counted among these.
 * @throws InvalidInputError for a cursor or limit that is not a whole number, a negative cursor, a limit outside 1…1000.
 */
export function addressablePage(cursor: number, limit: number, prefix = ''): AddressablePage {
  if (!Number.isInteger(cursor) || cursor < 0) throw new InvalidInputError([{ path: 'cursor', message: 'must be a whole number of at least 0' }]);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new InvalidInputError([{ path: 'limit', message: 'must be a whole number from 1 to 1000' }]);
  const definitions = LIBRARY.filter(({ name }) => name.startsWith(prefix));
  const ids: string[] = [];
  let passed = 0;
  for (const definition of definitions) {
    const count = addressesOf(definition);
    for (let place = Math.max(0, cursor - passed); place < count && ids.length < limit; place++) ids.push(formatFactorId(addressAt(definition, place)));
    passed += count;
  }
  return { ids, next: cursor + ids.length < passed ? cursor + ids.length : undefined };
}

function addressAt(definition: BaseDefinition, place: number): FactorAddress {
  const timeframes = timeframesOf(definition);
  const transform = FACTOR_TRANSFORMS[place % FACTOR_TRANSFORMS.length] ?? 'raw';
  const above = Math.floor(place / FACTOR_TRANSFORMS.length);
  const timeframe = timeframes[above % timeframes.length] ?? '1d';
  const lookback = definition.lookback === undefined ? undefined : LEAST_LOOKBACK + Math.floor(above / timeframes.length);
  return { definition, lookback, timeframe, transform };
}
