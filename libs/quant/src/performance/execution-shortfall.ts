import { InvalidInputError } from '@nautilus/model';
import { absent, type Figure } from './figures.ts';

export interface ExecutedOrder {
  readonly side: 'buy' | 'sell';
  /** Ordered; above zero. */
  readonly quantity: number;
  /** Price when the decision was made. */
  readonly decisionPrice: number;
  /** Mid when the order reached the market. */
  readonly arrivalPrice: number;
  /** Price at which what was not filled is valued, e.g. the close. */
  readonly endPrice: number;
  /** Volume-weighted price of the market while the order worked, when known. */
  readonly marketVwap?: number;
  readonly fills: readonly { readonly quantity: number; readonly price: number }[];
  /** Money; 0 by default. */
  readonly fees?: number;
}

/** Costs are above zero. Parts are shares of quantity·decision price and add up to `total`. */
export interface ExecutionShortfall {
  readonly filledQuantity: number;
  readonly meanPrice: Figure;
  /** side·(mean fill − decision price)/decision price, of what was filled. */
  readonly shortfall: Figure;
  /** The same against the arrival mid and against the market's VWAP. */
  readonly againstArrival: Figure;
  readonly againstVwap: Figure;
  /** side·filled·(arrival − decision). */
  readonly delay: number;
  /** side·filled·(mean fill − arrival). */
  readonly impact: number;
  readonly fees: number;
  /** side·unfilled·(end − decision). */
  readonly opportunity: number;
  readonly total: number;
}

/**
 * Implementation shortfall of one order and its parts (Perold 1988; Wagner, Edwards 1993). Without fills prices have the
 * reason `no_data`, and everything is opportunity.
 * @throws InvalidInputError for prices and quantities that are not above zero, and fills beyond the order
 */
export function executionShortfall(order: ExecutedOrder): ExecutionShortfall {
  check(order);
  const { quantity, decisionPrice, arrivalPrice, endPrice, marketVwap, fills, fees = 0 } = order;
  const sign = order.side === 'buy' ? 1 : -1;
  const filled = fills.reduce((sum, fill) => sum + fill.quantity, 0);
  const paid = fills.reduce((sum, fill) => sum + fill.quantity * fill.price, 0);
  const base = quantity * decisionPrice;
  const mean: Figure = filled === 0 ? absent('no_data') : paid / filled;
  const against = (price: number | undefined): Figure => (typeof mean !== 'number' ? mean : price === undefined ? absent('no_price') : (sign * (mean - price)) / price);
  const parts = {
    delay: (sign * filled * (arrivalPrice - decisionPrice)) / base,
    impact: (sign * (paid - filled * arrivalPrice)) / base,
    fees: fees / base,
    opportunity: (sign * (quantity - filled) * (endPrice - decisionPrice)) / base,
  };
  return {
    filledQuantity: filled,
    meanPrice: mean,
    shortfall: against(decisionPrice),
    againstArrival: against(arrivalPrice),
    againstVwap: against(marketVwap),
    ...parts,
    total: parts.delay + parts.impact + parts.fees + parts.opportunity,
  };
}

function check(order: ExecutedOrder): void {
  const bad = (path: string, message: string): never => {
    throw new InvalidInputError([{ path, message }]);
  };
  const above = (value: number, path: string): void => {
    if (!(value > 0) || value === Infinity) bad(path, 'not above zero and finite');
  };
  for (const name of ['quantity', 'decisionPrice', 'arrivalPrice', 'endPrice'] as const) above(order[name], name);
  if (order.marketVwap !== undefined) above(order.marketVwap, 'marketVwap');
  if (!Number.isFinite(order.fees ?? 0)) bad('fees', 'not a finite number');
  let filled = 0;
  order.fills.forEach(({ quantity, price }, i) => {
    above(quantity, `fills.${i}.quantity`);
    above(price, `fills.${i}.price`);
    filled += quantity;
  });
  if (filled > order.quantity * (1 + 1e-12)) bad('fills', `${filled} filled of ${order.quantity} ordered`);
}
