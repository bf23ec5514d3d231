import { decimal, InvalidInputError, ZERO, type Decimal } from '@nautilus/model';
import { above, checkFill, effectsOf, pooled, splitLot, type Amount, type CheckedFill, type Closure, type Lot, type LotFill, type LotMethod } from './lots.ts';

export interface LotLedgerOptions {
  readonly method?: LotMethod;
  /** Units of the instrument in one of quantity, e.g. 50 for a future; 1 by default. */
  readonly multiplier?: Amount;
}

export interface AppliedFill {
  /** False when the id was applied before: nothing changed. */
  readonly applied: boolean;
  readonly closures: readonly Closure[];
  /** The lot that the fill, or the part of it beyond zero, opened or enlarged. */
  readonly opened: Lot | undefined;
}

export interface MarkedPosition {
  /** Signed. */
  readonly quantity: Decimal;
  /** Signed, base currency: quantity·mark·multiplier·rate. */
  readonly value: Decimal;
  readonly priceEffect: Decimal;
  readonly currencyEffect: Decimal;
}

/** Plain JSON; amounts as text. */
export interface LotLedgerState {
  readonly sign: 1 | -1;
  readonly lots: readonly { readonly id: string; readonly openedMs: number; readonly quantity: string; readonly cost: string; readonly baseCost: string; readonly baseFees: string }[];
  readonly lastMs: number | null;
  readonly applied: readonly string[];
}

/**
 * Lots of one instrument in one portfolio, in decimals: a fold over fills in order of time. Shorts mirror longs; a fill
 * through zero closes and opens, its fees split by quantity. Realised result = q(p_exit − p_lot)·multiplier − fees of
 * both sides.
 */
export class LotLedger {
  readonly #method: LotMethod;
  readonly #multiplier: Decimal;
  #sign: 1 | -1 = 1;
  /** Oldest first; at most one for `average`. */
  #lots: Lot[] = [];
  #lastMs = -Infinity;
  #applied = new Set<string>();

  /** @throws InvalidInputError for a multiplier that is not above zero */
  constructor(options: LotLedgerOptions = {}) {
    this.#method = options.method ?? 'fifo';
    this.#multiplier = above(options.multiplier ?? 1, 'multiplier');
  }

  /** Open lots, oldest first; all of the same side. */
  get lots(): readonly Lot[] {
    return this.#lots;
  }

  /** Signed. */
  get quantity(): Decimal {
    return this.#lots.reduce((sum, lot) => sum.plus(lot.quantity), ZERO).times(this.#sign);
  }

  get side(): 'long' | 'short' | 'flat' {
    return this.#lots.length === 0 ? 'flat' : this.#sign > 0 ? 'long' : 'short';
  }

  /**
   * @throws InvalidInputError, with nothing changed, for a bad fill, a time before the last fill, and for `specific` lots
   * that are not open or do not add up to what the fill closes
   */
  apply(fill: LotFill): AppliedFill {
    if (this.#applied.has(fill.id)) return { applied: false, closures: [], opened: undefined };
    const read = checkFill(fill);
    if (read.timeMs < this.#lastMs) throw new InvalidInputError([{ path: 'timeMs', message: 'before the last fill; restore an earlier snapshot and apply again in order' }]);
    const closing = this.#lots.length > 0 && read.sign !== this.#sign;
    const held = this.quantity.abs();
    const closedQuantity = closing ? (read.quantity.lessThan(held) ? read.quantity : held) : ZERO;
    const closures = closing ? this.#close(read, closedQuantity) : [];
    const left = read.quantity.minus(closedQuantity);
    const opened = left.isZero() ? undefined : this.#open(read, left);
    this.#lastMs = read.timeMs;
    this.#applied.add(read.id);
    return { applied: true, closures, opened };
  }

  /**
   * Unrealised result at a mark, base currency, before fees.
   * @throws InvalidInputError for amounts that are not finite decimals or a rate that is not above zero
   */
  mark(price: Amount, rate: Amount = 1): MarkedPosition {
    const [at, exchange] = [decimal(price, 'price'), above(rate, 'rate')];
    const zero = { priceEffect: ZERO, currencyEffect: ZERO };
    const effects = this.#lots.reduce((sum, lot) => {
      const own = effectsOf(lot, this.#sign, at, exchange, this.#multiplier);
      return { priceEffect: sum.priceEffect.plus(own.priceEffect), currencyEffect: sum.currencyEffect.plus(own.currencyEffect) };
    }, zero);
    const { quantity } = this;
    return { quantity, value: quantity.times(at).times(this.#multiplier).times(exchange), ...effects };
  }

  snapshot(): LotLedgerState {
    return {
      sign: this.#sign,
      lots: this.#lots.map((lot) => ({ ...lot, quantity: lot.quantity.toString(), cost: lot.cost.toString(), baseCost: lot.baseCost.toString(), baseFees: lot.baseFees.toString() })),
      lastMs: Number.isFinite(this.#lastMs) ? this.#lastMs : null,
      applied: [...this.#applied],
    };
  }

  /** Continues exactly where the snapshot of a ledger of the same options was taken; a corrected fill begins here. */
  restore(state: LotLedgerState): void {
    this.#sign = state.sign;
    this.#lots = state.lots.map((lot) => ({ ...lot, quantity: decimal(lot.quantity), cost: decimal(lot.cost), baseCost: decimal(lot.baseCost), baseFees: decimal(lot.baseFees) }));
    this.#lastMs = state.lastMs ?? -Infinity;
    this.#applied = new Set(state.applied);
  }

  #open(fill: CheckedFill, quantity: Decimal): Lot {
    const cost = quantity.times(fill.price).times(this.#multiplier);
    const baseFees = fill.baseFees.times(quantity).div(fill.quantity);
    const lot: Lot = { id: fill.id, openedMs: fill.timeMs, quantity, cost, baseCost: cost.times(fill.rate), baseFees };
    const pool = this.#lots[0];
    this.#sign = fill.sign;
    if (this.#method === 'average' && pool !== undefined) {
      const whole = pooled(pool, lot);
      this.#lots = [whole];
      return whole;
    }
    this.#lots.push(lot);
    return lot;
  }

  #close(fill: CheckedFill, quantity: Decimal): Closure[] {
    const parts = this.#chosen(fill, quantity);
    const kept: Lot[] = [];
    const taken = new Map(parts.map(({ lot, quantity: q }) => [lot.id, q]));
    const closed = new Map<string, Lot>();
    for (const lot of this.#lots) {
      const q = taken.get(lot.id);
      if (q === undefined) {
        kept.push(lot);
        continue;
      }
      const { part, rest } = splitLot(lot, q);
      closed.set(lot.id, part);
      if (rest !== undefined) kept.push(rest);
    }
    this.#lots = kept;
    return parts.flatMap(({ lot }) => {
      const part = closed.get(lot.id);
      return part === undefined ? [] : [this.#closure(part, fill)];
    });
  }

  #closure(part: Lot, fill: CheckedFill): Closure {
    const { priceEffect, currencyEffect } = effectsOf(part, this.#sign, fill.price, fill.rate, this.#multiplier);
    const fees = part.baseFees.plus(fill.baseFees.times(part.quantity).div(fill.quantity));
    return {
      lot: part.id,
      fill: fill.id,
      side: this.#sign > 0 ? 'long' : 'short',
      quantity: part.quantity,
      openedMs: part.openedMs,
      closedMs: fill.timeMs,
      priceEffect,
      currencyEffect,
      fees,
      net: priceEffect.plus(currencyEffect).minus(fees),
    };
  }

  #chosen(fill: CheckedFill, quantity: Decimal): { readonly lot: Lot; readonly quantity: Decimal }[] {
    if (this.#method === 'specific') return this.#named(fill, quantity);
    const result: { lot: Lot; quantity: Decimal }[] = [];
    let left = quantity;
    for (const lot of this.#ordered()) {
      if (left.isZero()) break;
      const q = lot.quantity.lessThan(left) ? lot.quantity : left;
      result.push({ lot, quantity: q });
      left = left.minus(q);
    }
    return result;
  }

  #ordered(): readonly Lot[] {
    switch (this.#method) {
      case 'lifo':
        return this.#lots.toReversed();
      case 'hifo':
        return this.#lots
          .map((lot, age) => ({ lot, age, price: lot.baseCost.div(lot.quantity) }))
          .sort((a, b) => b.price.comparedTo(a.price) * this.#sign || a.age - b.age)
          .map(({ lot }) => lot);
      case 'fifo':
      case 'average':
      case 'specific':
        return this.#lots;
    }
  }

  #named(fill: CheckedFill, quantity: Decimal): { readonly lot: Lot; readonly quantity: Decimal }[] {
    const bad = (path: string, message: string): never => {
      throw new InvalidInputError([{ path, message }]);
    };
    const seen = new Set<string>();
    const result = fill.lots.map(({ lot: id, quantity: q }, i) => {
      const lot = this.#lots.find((open) => open.id === id) ?? bad(`lots.${i}.lot`, `no open lot "${id}"`);
      if (seen.has(id)) bad(`lots.${i}.lot`, `lot "${id}" is named twice`);
      if (q.greaterThan(lot.quantity)) bad(`lots.${i}.quantity`, `only ${lot.quantity.toString()} of lot "${id}" are open`);
      seen.add(id);
      return { lot, quantity: q };
    });
    const total = result.reduce((sum, { quantity: q }) => sum.plus(q), ZERO);
    if (!total.equals(quantity)) bad('lots', `${total.toString()} named, ${quantity.toString()} to close`);
    return result;
  }
}
