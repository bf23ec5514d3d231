import { InvalidInputError, type EpochMs } from '@nautilus/model';
import { balance, balanceYearBefore, trailingYear, type DatedValue, type FiledFact, type FundamentalConcept } from './filed-facts.ts';

/**
 * `missing`: no filing up to the moment asked for gives it. `not_positive`: the divisor is zero or negative, where the
 * ratio would mislead (a loss has no P/E).
 */
export type RatioReason = { readonly code: 'missing' | 'not_positive'; readonly concept: FundamentalConcept };

/** `endMs` is the end of the latest period used, so that a reader sees how old the figure is. */
export type Ratio = { readonly value: number; readonly endMs: EpochMs } | { readonly value: undefined; readonly reason: RatioReason };

/** Price over diluted earnings per share of the last four quarters. Throws InvalidInputError for a price that is not positive. */
export function priceToEarnings(facts: readonly FiledFact[], asOfMs: EpochMs, price: number): Ratio {
  checkPrice(price);
  return over({ value: price }, trailingYear(facts, 'eps_diluted', asOfMs), 'eps_diluted');
}

/** Price over equity per share outstanding. Throws InvalidInputError for a price that is not positive. */
export function priceToBook(facts: readonly FiledFact[], asOfMs: EpochMs, price: number): Ratio {
  checkPrice(price);
  const shares = balance(facts, 'shares_outstanding', asOfMs);
  if (shares === undefined) return without('missing', 'shares_outstanding');
  return over({ value: price * shares.value }, balance(facts, 'equity', asOfMs), 'equity');
}

/** Net income of the last four quarters over the mean of equity at their end and a year before; a fraction. */
export function returnOnEquity(facts: readonly FiledFact[], asOfMs: EpochMs): Ratio {
  const income = trailingYear(facts, 'net_income', asOfMs);
  if (income === undefined) return without('missing', 'net_income');
  const now = balance(facts, 'equity', asOfMs);
  const before = now === undefined ? undefined : balanceYearBefore(facts, 'equity', asOfMs, now.endMs);
  if (now === undefined || before === undefined) return without('missing', 'equity');
  return over(income, { endMs: now.endMs, value: (now.value + before.value) / 2 }, 'equity');
}

/** Total debt over equity. */
export function debtToEquity(facts: readonly FiledFact[], asOfMs: EpochMs): Ratio {
  const debt = balance(facts, 'debt', asOfMs);
  if (debt === undefined) return without('missing', 'debt');
  return over(debt, balance(facts, 'equity', asOfMs), 'equity');
}

/** Revenue of the last four quarters over that of the four before, minus 1; a fraction. */
export function revenueGrowth(facts: readonly FiledFact[], asOfMs: EpochMs): Ratio {
  const now = trailingYear(facts, 'revenue', asOfMs);
  if (now === undefined) return without('missing', 'revenue');
  const ratio = over(now, trailingYear(facts, 'revenue', asOfMs, 1), 'revenue');
  return ratio.value === undefined ? ratio : { value: ratio.value - 1, endMs: now.endMs };
}

function over(above: { readonly value: number }, below: DatedValue | undefined, concept: FundamentalConcept): Ratio {
  if (below === undefined) return without('missing', concept);
  return below.value > 0 ? { value: above.value / below.value, endMs: below.endMs } : without('not_positive', concept);
}

function without(code: RatioReason['code'], concept: FundamentalConcept): Ratio {
  return { value: undefined, reason: { code, concept } };
}

function checkPrice(price: number): void {
  if (!(price > 0 && price < Infinity)) throw new InvalidInputError([{ path: 'price', message: 'must be positive and finite' }]);
}
