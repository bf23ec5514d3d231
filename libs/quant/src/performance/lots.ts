import { decimal, InvalidInputError, ZERO, type Decimal } from '@nautilus/model';

export type Amount = string | number | Decimal;

/**
 * Which lots a closing fill takes: the oldest, the youngest, the dearest (of shorts the cheapest: what realises the least
 * gain), those that the fill names, or a share of the pool of all of them at average cost.
 */
export type LotMethod = 'fifo' | 'lifo' | 'hifo' | 'specific' | 'average';

export interface LotFill {
  /** A fill that was applied before is ignored. */
  readonly id: string;
  readonly timeMs: number;
  readonly side: 'buy' | 'sell';
  /** Above zero. */
  readonly quantity: Amount;
  readonly price: Amount;
  /** Commissions and fees in the currency of the instrument; 0 by default, a rebate is negative. */
  readonly fees?: Amount;
  /** Base currency per unit of the instrument's currency at the time of the fill; 1 by default. */
  readonly rate?: Amount;
  /** For `specific`: which lots to close, and how much of each. */
  readonly lots?: readonly { readonly lot: string; readonly quantity: Amount }[];
}

/** What is open of one opening fill, or of the pool. Costs carry the multiplier. */
export interface Lot {
  /** Id of the fill that opened it; of the pool, of the first. */
  readonly id: string;
  readonly openedMs: number;
  /** Above zero, also for a short position. */
  readonly quantity: Decimal;
  /** quantity·price·multiplier in the instrument's currency, and in base currency at the rates of opening. */
  readonly cost: Decimal;
  readonly baseCost: Decimal;
  /** Fees of opening still to be charged to closings, base currency. */
  readonly baseFees: Decimal;
}

/** A lot, or a part of one, that was closed. Everything but prices is in base currency. */
export interface Closure {
  readonly lot: string;
  readonly fill: string;
  readonly side: 'long' | 'short';
  readonly quantity: Decimal;
  readonly openedMs: number;
  readonly closedMs: number;
  /** q(p₁ − p₀)·multiplier·x₀, x the rates, sign of the position. */
  readonly priceEffect: Decimal;
  /** q·p₁·multiplier·(x₁ − x₀), sign of the position. */
  readonly currencyEffect: Decimal;
  /** Of both sides. */
  readonly fees: Decimal;
  /** priceEffect + currencyEffect − fees. */
  readonly net: Decimal;
}

/** A fill read and checked. */
export interface CheckedFill {
  readonly id: string;
  readonly timeMs: number;
  readonly sign: 1 | -1;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly baseFees: Decimal;
  readonly rate: Decimal;
  readonly lots: readonly { readonly lot: string; readonly quantity: Decimal }[];
}

/** @throws InvalidInputError for amounts that are not finite decimals, a quantity or rate that is not above zero, or a time that is not finite. */
export function checkFill(fill: LotFill): CheckedFill {
  if (!Number.isFinite(fill.timeMs)) throw new InvalidInputError([{ path: 'timeMs', message: 'not a time' }]);
  const rate = above(fill.rate ?? 1, 'rate');
  return {
    id: fill.id,
    timeMs: fill.timeMs,
    sign: fill.side === 'buy' ? 1 : -1,
    quantity: above(fill.quantity, 'quantity'),
    price: decimal(fill.price, 'price'),
    baseFees: decimal(fill.fees ?? ZERO, 'fees').times(rate),
    rate,
    lots: (fill.lots ?? []).map(({ lot, quantity }, i) => ({ lot, quantity: above(quantity, `lots.${i}.quantity`) })),
  };
}

/** @throws InvalidInputError unless above zero. */
export function above(value: Amount, path: string): Decimal {
  const amount = decimal(value, path);
  if (!amount.greaterThan(ZERO)) throw new InvalidInputError([{ path, message: 'not above zero' }]);
  return amount;
}

/** Splits off `quantity`; the part takes its share of cost and fees, and what stays is the exact rest. */
export function splitLot(lot: Lot, quantity: Decimal): { readonly part: Lot; readonly rest: Lot | undefined } {
  if (quantity.equals(lot.quantity)) return { part: lot, rest: undefined };
  const share = (amount: Decimal): Decimal => amount.times(quantity).div(lot.quantity);
  const part = { ...lot, quantity, cost: share(lot.cost), baseCost: share(lot.baseCost), baseFees: share(lot.baseFees) };
  return {
    part,
    rest: {
      ...lot,
      quantity: lot.quantity.minus(quantity),
      cost: lot.cost.minus(part.cost),
      baseCost: lot.baseCost.minus(part.baseCost),
      baseFees: lot.baseFees.minus(part.baseFees),
    },
  };
}

/** Two lots as one, opened with the first. */
export const pooled = (first: Lot, second: Lot): Lot => ({
  ...first,
  quantity: first.quantity.plus(second.quantity),
  cost: first.cost.plus(second.cost),
  baseCost: first.baseCost.plus(second.baseCost),
  baseFees: first.baseFees.plus(second.baseFees),
});

/** Result of a position worth `cost` at `price` and `rate` now: price effect at the rate of opening, currency effect the rest. */
export function effectsOf(lot: Lot, sign: 1 | -1, price: Decimal, rate: Decimal, multiplier: Decimal): { readonly priceEffect: Decimal; readonly currencyEffect: Decimal } {
  const value = lot.quantity.times(price).times(multiplier);
  const openingRate = lot.cost.isZero() ? rate : lot.baseCost.div(lot.cost);
  const total = value.times(rate).minus(lot.baseCost).times(sign);
  const priceEffect = value.times(openingRate).minus(lot.baseCost).times(sign);
  return { priceEffect, currencyEffect: total.minus(priceEffect) };
}
