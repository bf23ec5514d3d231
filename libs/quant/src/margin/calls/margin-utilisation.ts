import { InvalidInputError } from '@nautilus/model';

export interface UtilisationBounds {
  readonly warning: number;
  readonly critical: number;
}

export type MarginUtilisation =
  | { readonly utilisation: number; readonly level: 'normal' | 'warning' | 'critical' | 'call' }
  | { readonly utilisation: undefined; readonly level: 'call'; readonly reason: string };

const BOUNDS: UtilisationBounds = { warning: 0.8, critical: 0.9 };

/** Requirement over equity, and its level: warning from 80 %, critical from 90 %, a call above 100 %. Without equity there is no quotient, with a requirement a call. @throws InvalidInputError for a requirement below 0, bounds out of order and figures that are not finite. */
export function marginUtilisation(requirement: number, equity: number, { warning, critical }: UtilisationBounds = BOUNDS): MarginUtilisation {
  if (!(requirement >= 0 && requirement < Infinity)) throw new InvalidInputError([{ path: 'requirement', message: `${requirement} is no requirement` }]);
  if (!Number.isFinite(equity)) throw new InvalidInputError([{ path: 'equity', message: 'must be finite' }]);
  if (!(warning > 0 && warning <= critical && critical <= 1)) throw new InvalidInputError([{ path: 'bounds', message: `0 < ${warning} ≤ ${critical} ≤ 1 does not hold` }]);
  if (equity <= 0) return requirement === 0 && equity === 0 ? { utilisation: 0, level: 'normal' } : { utilisation: undefined, level: 'call', reason: 'there is no equity' };
  const utilisation = requirement / equity;
  return { utilisation, level: utilisation > 1 ? 'call' : utilisation >= critical ? 'critical' : utilisation >= warning ? 'warning' : 'normal' };
}
