/** A rank from which an alert is raised, and the one below which it ends: apart, so that it does not flicker. */
const HIGH = 0.9;
const URGENT = 0.99;
const CLEARED = 0.85;

export type AlertSeverity = 'HIGH' | 'URGENT';

export type AlertChange = { readonly severity: AlertSeverity; readonly cleared: boolean };

/**
 * Alerts by where VPIN stands in its own trailing distribution. `current` is the severity now standing; the result
 * is what changes, or undefined. URGENT falls back to HIGH only by being cleared first.
 */
export function toxicityAlert(current: AlertSeverity | undefined, percentile: number): AlertChange | undefined {
  if (percentile > URGENT && current !== 'URGENT') return { severity: 'URGENT', cleared: false };
  if (percentile > HIGH && current === undefined) return { severity: 'HIGH', cleared: false };
  if (percentile < CLEARED && current !== undefined) return { severity: current, cleared: true };
  return undefined;
}
