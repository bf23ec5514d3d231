import { InvalidInputError, type Problem } from '@nautilus/model';
import type { OptionRight } from '../options/black-scholes.ts';

/** What a position moves with; rules and portfolio margin differ by it. */
export const UNDERLYING_CLASSES = ['equity', 'narrow_index', 'broad_index', 'large_cap_broad_index'] as const;
export type UnderlyingClass = (typeof UNDERLYING_CLASSES)[number];

/** Shares of one stock or fund; quantity below 0 is short. */
export interface StockPosition {
  readonly kind: 'stock';
  readonly id: string;
  readonly underlying: string;
  readonly underlyingClass: UnderlyingClass;
  readonly quantity: number;
  /** Per share; absent when unknown. */
  readonly price?: number | undefined;
  /** What 100 % is taken of where a partial answer is allowed and the price is absent. */
  readonly lastPrice?: number | undefined;
}

/** Contracts of one listed option; quantity below 0 is short. */
export interface OptionPosition {
  readonly kind: 'option';
  readonly id: string;
  readonly underlying: string;
  readonly underlyingClass: UnderlyingClass;
  readonly quantity: number;
  /** Premium per unit of the underlying. */
  readonly price?: number | undefined;
  readonly underlyingPrice?: number | undefined;
  readonly right: OptionRight;
  readonly strike: number;
  /** To expiry, in years. */
  readonly years: number;
  /** Units of the underlying per contract. */
  readonly multiplier: number;
}

export type MarginPosition = StockPosition | OptionPosition;

/** A position whose figures were missing and which is margined in full. */
export interface PartialPosition {
  readonly id: string;
  readonly margin: number;
  readonly missing: readonly string[];
}

export interface CheckedPositions<P extends MarginPosition> {
  readonly complete: readonly P[];
  readonly partial: readonly PartialPosition[];
}

const positive = (value: number | undefined): boolean => value !== undefined && value > 0 && value < Infinity;

/** Fields of a position that are missing or impossible, with the reason. */
function positionProblems(position: MarginPosition): readonly Problem[] {
  const problems: Problem[] = [];
  const need = (field: string, holds: boolean, message: string): void => {
    if (!holds) problems.push({ path: `positions.${position.id}.${field}`, message });
  };
  need('underlyingClass', UNDERLYING_CLASSES.includes(position.underlyingClass), `${position.underlyingClass} is an unknown class`);
  need('quantity', Number.isFinite(position.quantity), 'must be finite');
  if (position.kind === 'stock') need('price', positive(position.price), 'no price above 0');
  else {
    need('price', position.price !== undefined && position.price >= 0 && position.price < Infinity, 'no price of at least 0');
    need('underlyingPrice', positive(position.underlyingPrice), 'no price above 0');
    need('strike', positive(position.strike), 'no strike above 0');
    need('years', position.years >= 0 && position.years < Infinity, 'no time to expiry of at least 0');
    need('multiplier', positive(position.multiplier), 'no multiplier above 0');
    need('right', position.right === 'call' || position.right === 'put', 'neither call nor put');
  }
  return problems;
}

/**
 * Positions with all figures, and those without. With `allowPartial` a position without a price gets 100 % margin: of the
 * price that is known, for options of the underlying's price or the strike.
 * @throws InvalidInputError naming position and field: for every problem, or with `allowPartial` for those where nothing is known to take 100 % of.
 */
export function checkedPositions<P extends MarginPosition>(positions: readonly P[], allowPartial: boolean): CheckedPositions<P> {
  const [complete, partial, fatal]: [P[], PartialPosition[], Problem[]] = [[], [], []];
  const seen = new Set<string>();
  for (const position of positions) {
    if (seen.has(position.id)) fatal.push({ path: `positions.${position.id}`, message: 'appears twice' });
    seen.add(position.id);
    const problems = positionProblems(position);
    if (problems.length === 0) {
      complete.push(position);
      continue;
    }
    const margin = allowPartial ? fullMargin(position) : undefined;
    if (margin === undefined) fatal.push(...problems);
    else partial.push({ id: position.id, margin, missing: problems.map(({ path }) => path.slice(path.lastIndexOf('.') + 1)) });
  }
  if (fatal.length > 0) throw new InvalidInputError(fatal);
  return { complete, partial };
}

function fullMargin(position: MarginPosition): number | undefined {
  const unit = position.kind === 'stock' ? (positive(position.price) ? position.price : position.lastPrice) : positive(position.underlyingPrice) ? position.underlyingPrice : position.strike;
  const margin = Math.abs(position.quantity) * (unit ?? NaN) * (position.kind === 'stock' ? 1 : position.multiplier);
  return Number.isFinite(margin) && margin >= 0 ? margin : undefined;
}

/** Signed market value; the position must have passed `checkedPositions`. */
export function marketValue(position: MarginPosition): number {
  return position.quantity * (position.price ?? NaN) * (position.kind === 'stock' ? 1 : position.multiplier);
}
