import { InvalidInputError } from '@nautilus/model';
import { roundedToCents } from '../money.ts';
import { REGULATION_T_RATE } from './rule-group.ts';

/** What changes the special memorandum account; amounts above 0. A purchase takes its requirement, a sale releases it. */
export interface MemorandumEntry {
  readonly kind: 'deposit' | 'withdrawal' | 'income' | 'purchase' | 'sale';
  readonly amount: number;
}

const SHARE: Readonly<Record<MemorandumEntry['kind'], number>> = { deposit: 1, income: 1, withdrawal: -1, purchase: -REGULATION_T_RATE, sale: REGULATION_T_RATE };

/**
 * The special memorandum account after a day's entries (12 CFR 220.5): the larger of what the entries leave and the excess
 * under Regulation T, so that falling prices do not lower it. Below 0 it is the day's Federal call. Rounded to cents.
 * @throws InvalidInputError for amounts that are not finite or below 0 and for unknown kinds, naming the entry.
 */
export function specialMemorandumAccount(previous: number, entries: readonly MemorandumEntry[], initialExcess: number): number {
  if (!(Number.isFinite(previous) && Number.isFinite(initialExcess))) throw new InvalidInputError([{ path: 'previous', message: 'balance and excess must be finite' }]);
  let balance = previous;
  entries.forEach(({ kind, amount }, i) => {
    if (!(amount >= 0 && amount < Infinity)) throw new InvalidInputError([{ path: `entries.${i}.amount`, message: `${amount} is no amount` }]);
    if (!Object.hasOwn(SHARE, kind)) throw new InvalidInputError([{ path: `entries.${i}.kind`, message: `${String(kind)} is unknown` }]);
    balance += SHARE[kind] * amount;
  });
  return roundedToCents(Math.max(balance, initialExcess));
}
