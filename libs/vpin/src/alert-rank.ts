import type { VpinReading } from '@nautilus/model';

/** What toxicity alerts rank: VPIN as it is, or with its daily shape removed. */
export const ALERT_BASES = ['trailing', 'time_of_day'] as const;
export type AlertBasis = (typeof ALERT_BASES)[number];

export interface AlertRank {
  readonly percentile: number;
  readonly basis: AlertBasis;
}

/**
 * The rank that decides on an alert. While the usual at a time of the day is unknown VPIN as it is decides, and the alert
 * says so: no alert at all for five sessions would be worse. Undefined while neither is known.
 */
export function alertRank({ percentile, seasonalPercentile }: VpinReading, basis: AlertBasis): AlertRank | undefined {
  if (basis === 'time_of_day' && seasonalPercentile !== null && seasonalPercentile !== undefined) return { percentile: seasonalPercentile, basis };
  return percentile === null ? undefined : { percentile, basis: 'trailing' };
}
