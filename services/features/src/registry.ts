import { ALWAYS_PRESENT } from './always-present.ts';
import type { Family, FeatureDefinition } from './feature.ts';
import { ON_REQUEST } from './library/on-request.ts';

/** Every feature there is. Documents, routes, calculation and storage derive from this list. */
export const FAMILIES: readonly Family[] = [...ALWAYS_PRESENT, ...ON_REQUEST];

const BY_NAME: ReadonlyMap<string, Family> = new Map(FAMILIES.map((family) => [family.name, family]));

export function familyOf(name: string): Family | undefined {
  return BY_NAME.get(name);
}

/** Those that run for every symbol, with the numbers under which they are known. */
export const FEATURES: readonly FeatureDefinition[] = ALWAYS_PRESENT.map((family) => family.make(family.name));

export const FEATURE_NAMES: ReadonlySet<string> = new Set(FEATURES.map((feature) => feature.name));

/** Names that a mistyped one may have meant: those that share its beginning or most of its letters. */
export function nearNames(name: string, offered: readonly string[]): readonly string[] {
  const pairs = (text: string): Set<string> => new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)));
  const asked = pairs(name.toLowerCase());
  const likeness = (other: string): number => {
    const own = pairs(other);
    const common = [...asked].filter((pair) => own.has(pair)).length;
    return (2 * common) / Math.max(1, asked.size + own.size);
  };
  return offered.map((other) => [other, likeness(other)] as const).filter(([, score]) => score >= 0.4).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([other]) => other);
}
