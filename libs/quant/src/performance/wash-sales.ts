import { ZERO, type Decimal } from '@nautilus/model';
import type { Closure } from './lots.ts';

/** An opening of a lot, of the side that a replacement must have. */
export interface Acquisition {
  readonly lot: string;
  readonly openedMs: number;
  readonly side: 'long' | 'short';
  /** When it was opened. */
  readonly quantity: Decimal;
}

export interface WashSale {
  readonly closure: Closure;
  /** How much of the closed quantity was replaced. */
  readonly quantity: Decimal;
  /** The part of the loss that falls on it, above zero. */
  readonly disallowedLoss: Decimal;
  readonly replacements: readonly { readonly lot: string; readonly quantity: Decimal }[];
}

const DAY_MS = 86_400_000;

/**
 * Losses of one security that meet a replacement: the same side opened within `days` calendar days (UTC) before or after
 * the closing, oldest opening first, other than the lot that was closed (26 U.S.C. § 1091; the rule of shares sold
 * together is Rev. Rul. 56-602). What was opened before counts with what is still open after the closing, and nothing
 * replaces twice. A flag for people: holding periods and substantially identical securities are not
 * looked at, and a pool at average cost has no lots to tell apart, so it is not for closures of that method.
 */
export function washSales(closures: readonly Closure[], acquisitions: readonly Acquisition[], days = 30): WashSale[] {
  const used = new Map<string, Decimal>();
  const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
  const openAfter = (opening: Acquisition, timeMs: number): Decimal =>
    closures.reduce((left, other) => (other.lot === opening.lot && other.closedMs <= timeMs ? left.minus(other.quantity) : left), opening.quantity);
  const inOrder = acquisitions.toSorted((a, b) => a.openedMs - b.openedMs);
  const result: WashSale[] = [];
  for (const closure of closures.toSorted((a, b) => a.closedMs - b.closedMs)) {
    if (!closure.net.lessThan(ZERO)) continue;
    let left = closure.quantity;
    const replacements: { lot: string; quantity: Decimal }[] = [];
    for (const opening of inOrder) {
      const near = Math.abs(dayOf(opening.openedMs) - dayOf(closure.closedMs)) <= days;
      if (!near || opening.side !== closure.side || opening.lot === closure.lot || left.isZero()) continue;
      const open = openAfter(opening, closure.closedMs).minus(used.get(opening.lot) ?? ZERO);
      if (!open.greaterThan(ZERO)) continue;
      const quantity = open.lessThan(left) ? open : left;
      used.set(opening.lot, (used.get(opening.lot) ?? ZERO).plus(quantity));
      replacements.push({ lot: opening.lot, quantity });
      left = left.minus(quantity);
    }
    const quantity = closure.quantity.minus(left);
    if (quantity.isZero()) continue;
    result.push({ closure, quantity, disallowedLoss: closure.net.negated().times(quantity).div(closure.quantity), replacements });
  }
  return result;
}
