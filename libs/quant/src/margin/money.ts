import { decimal } from '@nautilus/model';

const HALF_AWAY_FROM_ZERO = 4;

/** Nearest cent, halves away from zero, of the shortest decimal that is the double; the last step of a computation only. @throws InvalidInputError unless finite. */
export function roundedToCents(amount: number): number {
  return Number(decimal(amount, 'amount').toFixed(2, HALF_AWAY_FROM_ZERO)) + 0;
}
