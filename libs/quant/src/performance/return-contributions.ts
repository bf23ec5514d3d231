import { InvalidInputError } from '@nautilus/model';
import { compounded, linkEffects } from './attribution-linking.ts';
import { sum } from './brinson.ts';

export interface ReturnContributions {
  /** By position; they and `rest` add up to `total`. */
  readonly contributions: Float64Array;
  /** What the given returns of the portfolio hold beyond weights times returns: trading, fees, cash. */
  readonly rest: number;
  /** Compounded return of the portfolio. */
  readonly total: number;
}

/**
 * Contribution of each position to the compounded return: w·r of each period, linked by Cariño's factors against a return
 * of zero (Cariño 1999).
 * @param weights periods × positions, at the begin of the period
 * @param returns periods × positions
 * @param portfolio return of the portfolio per period; Σ w·r when it is not given
 * @throws InvalidInputError for rows that do not match, values that are not finite, and a period or total of −1 or less
 */
export function returnContributions(weights: readonly ArrayLike<number>[], returns: readonly ArrayLike<number>[], portfolio?: ArrayLike<number>): ReturnContributions {
  if (weights.length === 0 || weights.length !== returns.length) throw new InvalidInputError([{ path: 'returns', message: `${returns.length} periods of returns for ${weights.length} of weights` }]);
  const effects = weights.map((row, t) => {
    const own = returns[t] ?? [];
    if (own.length !== row.length) throw new InvalidInputError([{ path: `returns.${t}`, message: `${own.length} returns for ${row.length} weights` }]);
    return Float64Array.from(row, (w, i) => w * (own[i] ?? NaN));
  });
  const totals = Float64Array.from(effects, (row, t) => (portfolio === undefined ? sum(row) : (portfolio[t] ?? NaN)));
  const zeros = new Float64Array(totals.length);
  const contributions = linkEffects(effects, totals, zeros, 'carino');
  const rest = portfolio === undefined ? 0 : (linkEffects(effects.map((row, t) => [(totals[t] ?? 0) - sum(row)]), totals, zeros, 'carino')[0] ?? 0);
  return { contributions, rest, total: compounded(totals) };
}
