/** Absolute level of a VPIN value; each name holds from its threshold on. */
export const TOXICITY_LEVELS = ['NORMAL', 'LOW', 'MEDIUM', 'HIGH', 'EXTREME'] as const;
export type ToxicityLevel = (typeof TOXICITY_LEVELS)[number];

const THRESHOLDS: readonly (readonly [number, ToxicityLevel])[] = [[0.9, 'EXTREME'], [0.7, 'HIGH'], [0.5, 'MEDIUM'], [0.3, 'LOW']];

export function toxicityLevel(vpin: number): ToxicityLevel {
  return THRESHOLDS.find(([from]) => vpin >= from)?.[1] ?? 'NORMAL';
}
