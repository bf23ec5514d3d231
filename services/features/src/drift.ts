import { distributionDrift } from '@nautilus/quant';
import type { FeatureRepository, TimeRange } from '@nautilus/store';
import { isoFromMs, type ReasonCode } from '@nautilus/model';

interface DriftQuestion {
  readonly symbol: string;
  readonly feature: string;
  /** Values that are compared, and values before them that they are compared with. */
  readonly recent: number;
  readonly reference: number;
  readonly range: TimeRange;
}

export const DRIFT_LEVELS = ['stable', 'moderate', 'strong'] as const;

/** Fewer say too little about a distribution of ten classes. */
export const FEWEST_VALUES = 50;
const PAGE = 1_000;

/** How far the newest stored values of a feature have moved from those before them. */
export async function driftOf(features: FeatureRepository, { symbol, feature, recent, reference, range }: DriftQuestion) {
  const rows = await newest(features, symbol, feature, range, recent + reference);
  const [before, after] = [rows.slice(0, Math.max(0, rows.length - recent)), rows.slice(-recent)];
  const spans = { reference: spanOf(before), recent: spanOf(after) };
  if (before.length < FEWEST_VALUES || after.length < FEWEST_VALUES) return { feature, ...spans, ...NOTHING, reason: 'insufficient_history' as ReasonCode };
  const { stabilityIndex, distance, pValue, meanShift, deviationRatio } = distributionDrift(before.map(({ value }) => value), after.map(({ value }) => value));
  return {
    feature, ...spans, psi: stabilityIndex, level: levelOf(stabilityIndex), ks_distance: distance, ks_p_value: pValue,
    mean_shift: meanShift ?? null, deviation_ratio: deviationRatio ?? null,
    ...(meanShift === undefined ? { reason: 'constant_series' as ReasonCode } : {}),
  };
}

const NOTHING = { psi: null, level: null, ks_distance: null, ks_p_value: null, mean_shift: null, deviation_ratio: null };

/** The usual reading of the index: below 0.1 nothing moved, from 0.25 on a model of the feature should be looked at (Siddiqi 2006). */
function levelOf(index: number): (typeof DRIFT_LEVELS)[number] {
  return index < 0.1 ? 'stable' : index < 0.25 ? 'moderate' : 'strong';
}

interface Value {
  readonly time: number;
  readonly value: number;
}

/** Ascending; bars without a value are left out. */
async function newest(features: FeatureRepository, symbol: string, feature: string, { to }: TimeRange, most: number): Promise<readonly Value[]> {
  let found: readonly Value[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<FeatureRepository['history']>> = await features.history(symbol, feature, to === undefined ? {} : { to }, { limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    found = [...page.items.flatMap(({ time, value }) => (value === null ? [] : [{ time, value }])), ...found];
    cursor = page.nextCursor;
  } while (cursor !== null && found.length < most);
  return found.slice(-most);
}

function spanOf(values: readonly Value[]): { readonly from: string | null; readonly to: string | null; readonly observations: number } {
  const [first, last] = [values[0], values.at(-1)];
  return { from: first === undefined ? null : isoFromMs(first.time), to: last === undefined ? null : isoFromMs(last.time), observations: values.length };
}
