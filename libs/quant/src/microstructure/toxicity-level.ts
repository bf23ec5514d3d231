import type { ToxicityLevel } from '@nautilus/model';

const THRESHOLDS: readonly (readonly [number, ToxicityLevel])[] = [[0.9, 'EXTREME'], [0.7, 'HIGH'], [0.5, 'MEDIUM'], [0.3, 'LOW']];

export function toxicityLevel(vpin: number): ToxicityLevel {
  return THRESHOLDS.find(([from]) => vpin >= from)?.[1] ?? 'NORMAL';
}
