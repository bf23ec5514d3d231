import { isoMillis, isRecord, number, text } from './read.ts';

/** What a feature is: one entry of `GET /features/registry`. */
export interface FeatureDefinition {
  readonly name: string;
  readonly category: string;
  readonly formula: string;
  readonly unit: string;
  /** Bars until the first value. */
  readonly requiredBars: number | null;
  readonly convention: string;
}

/** Those that run for every symbol: the others have no value until somebody names them. */
export function readRegistry(data: unknown): readonly FeatureDefinition[] | undefined {
  if (!isRecord(data) || !Array.isArray(data['features'])) return undefined;
  return data['features'].filter(isRecord).filter((row) => row['always'] !== false).map((row) => ({
    name: text(row['name']) ?? 'unnamed',
    category: text(row['category']) ?? 'other',
    formula: text(row['formula']) ?? '',
    unit: text(row['unit']) ?? '',
    requiredBars: number(row['required_bars']),
    convention: text(row['convention']) ?? '',
  }));
}

/** One stored value of a feature; null with the reason where it could not be computed. */
export interface FeaturePoint {
  readonly atMs: number;
  readonly value: number | null;
  readonly reason: string | null;
}

/** `GET /features/history/{s}`, ascending by time. */
export function readFeatureHistory(data: unknown): readonly FeaturePoint[] | undefined {
  if (!isRecord(data) || !Array.isArray(data['items'])) return undefined;
  return data['items'].filter(isRecord).flatMap((item): FeaturePoint[] => {
    const atMs = isoMillis(item['timestamp']);
    return atMs === null ? [] : [{ atMs, value: number(item['value']), reason: text(item['reason']) }];
  }).sort((a, b) => a.atMs - b.atMs);
}
