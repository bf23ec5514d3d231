import { isRecord, list, number, plainFields, text } from './read.ts';

export type FeatureValue = number | string | readonly (readonly [string, number | string])[] | null;

export interface Feature {
  readonly name: string;
  readonly category: string;
  readonly value: FeatureValue;
  readonly zscore: number | null;
  /** Fraction, 0..1. */
  readonly percentile: number | null;
  readonly confidence: number | null;
  readonly synthetic: boolean;
  readonly sources: readonly string[];
  /** Parts of the calculation beside the value. */
  readonly components: readonly (readonly [string, number])[];
  /** Why there is no value. */
  readonly reason: string | null;
  /** Bars that the feature needs and has, while it lacks some. */
  readonly needs: number | null;
  readonly has: number | null;
}

export interface FeatureSet {
  readonly symbol: string;
  readonly asOf: string | null;
  readonly features: readonly Feature[];
}

/** `feature.update.*` and the answer of `POST /features/calculate/{s}`. */
export function readFeatures(data: unknown): FeatureSet | undefined {
  if (!isRecord(data) || !isRecord(data['features'])) return undefined;
  const symbol = text(data['symbol']);
  if (symbol === null) return undefined;
  const features = Object.entries(data['features']).map(([name, entry]) => readFeature(name, isRecord(entry) ? entry : {}));
  return { symbol, asOf: text(data['as_of']), features };
}

function readFeature(name: string, entry: Record<string, unknown>): Feature {
  return {
    name,
    category: text(entry['category']) ?? 'other',
    value: readValue(entry['value']),
    zscore: number(entry['zscore']),
    percentile: number(entry['percentile']),
    confidence: number(entry['confidence']),
    synthetic: entry['is_synthetic'] === true,
    sources: list(entry['data_sources']).filter((source): source is string => typeof source === 'string'),
    components: plainFields(entry['components']).filter((part): part is readonly [string, number] => typeof part[1] === 'number'),
    reason: text(entry['reason']),
    needs: number(entry['needs']),
    has: number(entry['has']),
  };
}

function readValue(value: unknown): FeatureValue {
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return number(value);
  return Object.entries(value).flatMap(([key, part]) => {
    const read = text(part) ?? number(part);
    return read === null ? [] : [[key, read] as const];
  });
}

/** An update may name some features only: the others keep what they had. */
export function mergeFeatures(before: FeatureSet | undefined, update: FeatureSet): FeatureSet {
  if (before === undefined || before.symbol !== update.symbol) return update;
  const fresh = new Map(update.features.map((feature) => [feature.name, feature]));
  const kept = before.features.map((feature) => fresh.get(feature.name) ?? feature);
  const known = new Set(before.features.map((feature) => feature.name));
  return { ...update, features: [...kept, ...update.features.filter((feature) => !known.has(feature.name))] };
}

export type SortKey = 'name' | 'category' | 'value' | 'zscore' | 'percentile' | 'confidence';
export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

export interface FeatureGroup {
  readonly title: string;
  readonly features: readonly Feature[];
}

/** Groups by category, in the order in which the categories first appear. */
export function groupFeatures(features: readonly Feature[]): readonly FeatureGroup[] {
  const groups = new Map<string, Feature[]>();
  for (const feature of features) {
    const group = groups.get(feature.category);
    if (group === undefined) groups.set(feature.category, [feature]);
    else group.push(feature);
  }
  return [...groups].map(([title, members]) => ({ title, features: members }));
}

/** Sorted copy; features without that figure come last in either direction. z-scores sort by their size. */
export function sortFeatures(features: readonly Feature[], { key, descending }: Sort): readonly Feature[] {
  const direction = descending ? -1 : 1;
  return features
    .map((feature) => ({ feature, rank: rankOf(feature, key) }))
    .sort((a, b) => {
      if (a.rank === null || b.rank === null) return (a.rank === null ? 1 : 0) - (b.rank === null ? 1 : 0);
      if (typeof a.rank === 'string' || typeof b.rank === 'string') {
        return direction * String(a.rank).localeCompare(String(b.rank));
      }
      return direction * (a.rank - b.rank);
    })
    .map(({ feature }) => feature);
}

function rankOf(feature: Feature, key: SortKey): number | string | null {
  if (key === 'name' || key === 'category') return feature[key];
  if (key === 'value') return typeof feature.value === 'number' ? feature.value : null;
  if (key === 'zscore') return feature.zscore === null ? null : Math.abs(feature.zscore);
  return feature[key];
}
