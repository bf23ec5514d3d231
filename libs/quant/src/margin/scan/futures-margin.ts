import { InvalidInputError } from '@nautilus/model';
import { roundedToCents } from '../money.ts';

/** An exchange's margin per contract, valid from its date until the next row's. */
export interface FuturesMarginRow {
  /** yyyymmdd as a number, so that dates compare. */
  readonly date: number;
  readonly initial: number;
  readonly maintenance: number;
}

export type FuturesMarginAt = FuturesMarginRow | { readonly date: undefined; readonly reason: string };

/** The row in force on a date, found by bisection; before the first row the reason why there is none. @throws InvalidInputError for rows whose dates do not rise (naming the row) or without rows. */
export function futuresMarginAt(rows: readonly FuturesMarginRow[], date: number): FuturesMarginAt {
  const [first] = rows;
  if (first === undefined) throw new InvalidInputError([{ path: 'rows', message: 'no margins' }]);
  for (let i = 0; i < rows.length; i++) {
    const { date: day = NaN, initial = NaN, maintenance = NaN } = rows[i] ?? {};
    if (!(initial >= 0 && initial < Infinity && maintenance >= 0 && maintenance < Infinity)) throw new InvalidInputError([{ path: `rows.${i}`, message: 'initial and maintenance must be amounts' }]);
    if (i > 0 && !(day > (rows[i - 1]?.date ?? NaN))) throw new InvalidInputError([{ path: `rows.${i}.date`, message: 'must be later than the one before' }]);
  }
  if (!(date >= first.date)) return { date: undefined, reason: `the first margin is of ${first.date}` };
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rows[middle]?.date ?? Infinity) <= date) low = middle;
    else high = middle - 1;
  }
  return rows[low] ?? first;
}

/** Margin of net contracts by the table's row, for futures without scan parameters; in cents. */
export function futuresTableMargin(contracts: number, row: FuturesMarginRow): { readonly initial: number; readonly maintenance: number } {
  if (!Number.isFinite(contracts)) throw new InvalidInputError([{ path: 'contracts', message: `${contracts} is no number of contracts` }]);
  return { initial: roundedToCents(Math.abs(contracts) * row.initial), maintenance: roundedToCents(Math.abs(contracts) * row.maintenance) };
}
