import { InvalidInputError } from '@nautilus/model';
import { blackScholesValue, type OptionContract } from '../../options/black-scholes.ts';
import { impliedVolatility } from '../../options/implied-volatility.ts';
import { checkedPositions, type MarginPosition, type OptionPosition, type PartialPosition, type UnderlyingClass } from '../margin-position.ts';
import { roundedToCents } from '../money.ts';

export const PORTFOLIO_MARGIN_SET = 'FINRA 4210(g), figures to be confirmed against the current rule text';

/** Furthest fall and rise; five equidistant moves lead to each. */
const RANGES: Readonly<Record<UnderlyingClass, readonly [fall: number, rise: number]>> = {
  equity: [0.15, 0.15], narrow_index: [0.15, 0.15], broad_index: [0.1, 0.1], large_cap_broad_index: [0.08, 0.06],
};
const STEPS = 5;
const MOVES = 2 * STEPS;
const MINIMUM_PER_UNIT = 0.375;
const INDEX_OFFSET = 0.9;

export interface PortfolioMarginOptions {
  readonly allowPartial?: boolean;
  /** Continuously compounded, for all options; default 0. */
  readonly rate?: number;
  readonly dividendYields?: ReadonlyMap<string, number>;
  /** Per unit of the multiplier and contract; default 0.375. */
  readonly minimumPerUnit?: number;
  /** Share of an index class's gain that offsets another's loss at the same move; default 0.9. */
  readonly indexOffset?: number;
}

/** All positions of one underlying, revalued at its ten moves. */
export interface ClassGroup {
  readonly underlying: string;
  readonly underlyingClass: UnderlyingClass;
  /** Ten relative moves, rising. */
  readonly moves: Float64Array;
  /** Gain (above 0) or loss at each. */
  readonly profits: Float64Array;
  readonly largestLoss: number;
  /** Least requirement of the group's option contracts. */
  readonly minimum: number;
}

/** Amounts rounded to cents at the end; those of the groups are not rounded. */
export interface PortfolioMargin {
  readonly ruleSet: typeof PORTFOLIO_MARGIN_SET;
  readonly requirement: number;
  /** Σ of the groups' own requirements − requirement. */
  readonly offset: number;
  readonly groups: readonly ClassGroup[];
  readonly partial: readonly PartialPosition[];
  /** Options whose price holds no time value; they are revalued without volatility. */
  readonly withoutVolatility: readonly string[];
}

/**
 * Portfolio margin: each class group is revalued at ten equidistant moves (equity and narrow index ±15 %, broad index ±10 %,
 * large-cap broad index −8/+6 %), options by Black–Scholes at their own implied volatility. A group needs its largest loss;
 * groups of broad indices offset 90 % of a gain against losses at the same move; at least $0.375 × multiplier per contract.
 * @throws InvalidInputError naming position and field, also where no volatility gives an option's price and where one underlying has two classes.
 */
export function portfolioMargin(positions: readonly MarginPosition[], options: PortfolioMarginOptions = {}): PortfolioMargin {
  const { allowPartial = false, minimumPerUnit = MINIMUM_PER_UNIT, indexOffset = INDEX_OFFSET } = options;
  if (!(minimumPerUnit >= 0 && minimumPerUnit < Infinity)) throw new InvalidInputError([{ path: 'minimumPerUnit', message: `${minimumPerUnit} is no amount` }]);
  if (!(indexOffset >= 0 && indexOffset <= 1)) throw new InvalidInputError([{ path: 'indexOffset', message: `${indexOffset} is no share` }]);
  const { complete, partial } = checkedPositions(positions, allowPartial);
  const withoutVolatility: string[] = [];
  const groups = [...Map.groupBy(complete, ({ underlying }) => underlying)]
    .map(([underlying, members]) => classGroup(underlying, members, { ...options, minimumPerUnit }, withoutVolatility))
    .toSorted((a, b) => (a.underlying < b.underlying ? -1 : 1));
  const isIndex = ({ underlyingClass }: ClassGroup): boolean => underlyingClass === 'broad_index' || underlyingClass === 'large_cap_broad_index';
  const own = (group: ClassGroup): number => Math.max(group.largestLoss, group.minimum);
  const [indices, others] = [groups.filter(isIndex), groups.filter((group) => !isIndex(group))];
  const inFull = partial.reduce((sum, { margin }) => sum + margin, 0);
  const apart = groups.reduce((sum, group) => sum + own(group), inFull);
  const requirement = others.reduce((sum, group) => sum + own(group), inFull) + indexRequirement(indices, indexOffset);
  return { ruleSet: PORTFOLIO_MARGIN_SET, requirement: roundedToCents(requirement), offset: roundedToCents(apart - requirement), groups, partial, withoutVolatility };
}

function indexRequirement(groups: readonly ClassGroup[], offset: number): number {
  let worst = 0;
  for (let move = 0; move < MOVES; move++) {
    let loss = 0;
    for (const { profits } of groups) {
      const profit = profits[move] ?? 0;
      loss -= profit > 0 && groups.length > 1 ? offset * profit : profit;
    }
    worst = Math.max(worst, loss);
  }
  return Math.max(worst, groups.reduce((sum, { minimum }) => sum + minimum, 0));
}

function classGroup(underlying: string, members: readonly MarginPosition[], { rate = 0, dividendYields, minimumPerUnit = MINIMUM_PER_UNIT }: PortfolioMarginOptions, withoutVolatility: string[]): ClassGroup {
  const underlyingClass = members[0]?.underlyingClass ?? 'equity';
  const other = members.find((member) => member.underlyingClass !== underlyingClass);
  if (other !== undefined) throw new InvalidInputError([{ path: `positions.${other.id}.underlyingClass`, message: `${other.underlyingClass} differs from ${underlyingClass} of the same underlying` }]);
  const moves = movesOf(underlyingClass);
  const profits = new Float64Array(MOVES);
  let minimum = 0;
  for (const member of members) {
    if (member.kind === 'stock') {
      const value = member.quantity * (member.price ?? NaN);
      for (let k = 0; k < MOVES; k++) profits[k] = (profits[k] ?? 0) + value * (moves[k] ?? 0);
      continue;
    }
    minimum += Math.abs(member.quantity) * member.multiplier * minimumPerUnit;
    addOption(profits, moves, member, { rate, dividendYield: dividendYields?.get(underlying) ?? 0 }, withoutVolatility);
  }
  const largestLoss = profits.reduce((worst, profit) => Math.max(worst, -profit), 0);
  return { underlying, underlyingClass, moves, profits, largestLoss, minimum };
}

function movesOf(underlyingClass: UnderlyingClass): Float64Array {
  const [fall, rise] = RANGES[underlyingClass];
  return Float64Array.from({ length: MOVES }, (_, k) => (k < STEPS ? (-fall * (STEPS - k)) / STEPS : (rise * (k - STEPS + 1)) / STEPS));
}

function addOption(profits: Float64Array, moves: Float64Array, option: OptionPosition, carry: { readonly rate: number; readonly dividendYield: number }, withoutVolatility: string[]): void {
  const { id, quantity, multiplier, underlyingPrice: spot = NaN, price = NaN } = option;
  const contract: OptionContract = option;
  const implied = impliedVolatility(contract, { spot, ...carry }, price);
  const volatility = implied.volatility ?? 0;
  const now = blackScholesValue(contract, { spot, ...carry }, volatility);
  if (implied.volatility === undefined) {
    if (price > now * (1 + 1e-9) + 1e-9 * spot && option.years > 0) throw new InvalidInputError([{ path: `positions.${id}.price`, message: implied.reason }]);
    withoutVolatility.push(id);
  }
  for (let k = 0; k < MOVES; k++) {
    const moved = blackScholesValue(contract, { spot: spot * (1 + (moves[k] ?? 0)), ...carry }, volatility);
    profits[k] = (profits[k] ?? 0) + quantity * multiplier * (moved - now);
  }
}
