import { Decimal } from 'decimal.js';
import { InvalidInputError } from './errors.ts';

/**
 * Money and quantities in ledgers. Numeric kernels use doubles and convert at the edge.
 * Constructed through `decimal()` only, so that no NaN, infinity or exponent beyond a ledger's range gets in.
 */
export type { Decimal };

const Checked = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_EVEN, defaults: true });
const LARGEST = new Checked('1e24');

/** Throws InvalidInputError for anything that is not a finite decimal below 1e24 in size. */
export function decimal(value: string | number | Decimal, path = 'value'): Decimal {
  let result: Decimal;
  try {
    result = new Checked(value);
  } catch {
    throw new InvalidInputError([{ path, message: `not a decimal number` }]);
  }
  if (!result.isFinite() || result.abs().greaterThanOrEqualTo(LARGEST)) {
    throw new InvalidInputError([{ path, message: 'not a finite decimal below 1e24' }]);
  }
  return result;
}

export const ZERO: Decimal = new Checked(0);
