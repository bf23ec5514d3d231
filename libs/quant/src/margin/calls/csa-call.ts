import { decimal, InvalidInputError } from '@nautilus/model';
import { roundedToCents } from '../money.ts';

/** Terms of a credit support annex, seen from the party that receives; amounts in its base currency. */
export interface CsaTerms {
  readonly threshold: number;
  readonly minimumTransferAmount: number;
  /** Deliveries are rounded up and returns down to a multiple of it; above 0. */
  readonly roundingUnit: number;
}

export interface CsaCall {
  readonly action: 'call' | 'return' | 'none';
  /** To be transferred, a multiple of the rounding unit; 0 for `none`. */
  readonly amount: number;
  /** (exposure − threshold)⁺ − collateral held, in cents: what the terms act on. */
  readonly difference: number;
}

/**
 * Call under a credit support annex: (exposure − threshold)⁺ − collateral held, made when it reaches the minimum transfer
 * amount. Too much collateral is returned on the same terms, never more than is held.
 * @throws InvalidInputError for terms below 0, a rounding unit that is not above 0, collateral below 0 and figures that are not finite.
 */
export function csaCall(exposure: number, collateralHeld: number, { threshold, minimumTransferAmount, roundingUnit }: CsaTerms): CsaCall {
  if (!Number.isFinite(exposure)) throw new InvalidInputError([{ path: 'exposure', message: `${exposure} is no amount` }]);
  for (const [path, value] of Object.entries({ collateralHeld, threshold, minimumTransferAmount }))
    if (!(value >= 0 && value < Infinity)) throw new InvalidInputError([{ path, message: `${value} is no amount of at least 0` }]);
  if (!(roundingUnit > 0 && roundingUnit < Infinity)) throw new InvalidInputError([{ path: 'roundingUnit', message: `${roundingUnit} is no amount above 0` }]);
  const difference = roundedToCents(Math.max(0, exposure - threshold) - collateralHeld);
  if (difference === 0 || Math.abs(difference) < minimumTransferAmount) return { action: 'none', amount: 0, difference };
  const units = decimal(Math.abs(difference)).div(roundingUnit);
  const amount = (difference > 0 ? units.ceil() : units.floor()).mul(roundingUnit).toNumber();
  if (amount === 0) return { action: 'none', amount: 0, difference };
  return { action: difference > 0 ? 'call' : 'return', amount, difference };
}
