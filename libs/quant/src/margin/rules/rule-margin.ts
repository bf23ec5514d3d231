import { InvalidInputError } from '@nautilus/model';
import { checkedPositions, type MarginPosition, type PartialPosition } from '../margin-position.ts';
import { roundedToCents } from '../money.ts';
import { REGULATION_T_RATE, ruleGroup, type RuleGroup } from './rule-group.ts';

export interface RuleMarginOptions {
  /** Positions without a price get 100 % margin and a flag instead of an error. */
  readonly allowPartial?: boolean;
  /** Least equity of an account that borrows or is short; default 2,000 (FINRA 4210(b)). */
  readonly minimumEquity?: number;
  /** The former pattern-day-trader rule; off by default, as 4210 has not had it since 2026-06-04. */
  readonly patternDayTrader?: boolean;
}

/** Amounts of an account in its currency, rounded to cents. */
export interface RuleMargin {
  readonly ruleSet: typeof RULE_MARGIN_SET;
  /** Cash + long − short market value. */
  readonly equity: number;
  readonly longValue: number;
  readonly shortValue: number;
  readonly initial: number;
  readonly maintenance: number;
  /** Equity − initial requirement; below 0 a shortfall. */
  readonly initialExcess: number;
  readonly maintenanceExcess: number;
  /** What is missing to the least equity, which new positions and withdrawals need (FINRA 4210(b)) and maintenance does not. */
  readonly minimumEquityShortfall: number;
  /** Value of stock that may be bought: initial excess, if any, over 50 %. */
  readonly buyingPower: number;
  /** 4 × maintenance excess under the pattern-day-trader switch, 0 below its $25,000; undefined when it is off. */
  readonly dayTradingBuyingPower: number | undefined;
  readonly groups: readonly RuleGroup[];
  readonly partial: readonly PartialPosition[];
}

export const RULE_MARGIN_SET = 'Regulation T (12 CFR 220) and FINRA 4210, figures of 2026-06-04';
const MINIMUM_EQUITY = 2_000;
const DAY_TRADER_EQUITY = 25_000;
const DAY_TRADER_MULTIPLE = 4;

/**
 * Initial margin under Regulation T and maintenance under FINRA 4210 of a margin account. `cash` is the ledger balance, proceeds
 * of short sales and premiums included, below 0 when borrowed. Doubles inside; each amount of the answer is rounded once, at the end; those in `groups` are not rounded.
 * Requirements are of equity: a short account's 150 % is 50 % here, a short option's premium is in its deposit only.
 * Long options have no loan value here, also those beyond nine months, to which 12 CFR 220.12 grants some.
 * @throws InvalidInputError naming position and field.
 */
export function ruleMargin(cash: number, positions: readonly MarginPosition[], options: RuleMarginOptions = {}): RuleMargin {
  const { complete, partial } = checkedPositions(positions, options.allowPartial ?? false);
  const byUnderlying = Map.groupBy(complete, ({ underlying }) => underlying);
  const groups = [...byUnderlying].map(([underlying, members]) => ruleGroup(underlying, members)).toSorted((a, b) => (a.underlying < b.underlying ? -1 : 1));
  return accountMargin(cash, groups, partial, options);
}

/** Sums over the groups of an account. */
export type RuleTotals = Pick<RuleGroup, 'initial' | 'maintenance' | 'longValue' | 'shortValue'>;

/** The account of groups that are computed already. */
export function accountMargin(cash: number, groups: readonly RuleGroup[], partial: readonly PartialPosition[], options: RuleMarginOptions = {}): RuleMargin {
  const totals = { initial: 0, maintenance: 0, longValue: 0, shortValue: 0 };
  for (const group of groups) for (const name of ['initial', 'maintenance', 'longValue', 'shortValue'] as const) totals[name] += group[name];
  return { ...accountFigures(cash, totals, partial, options), groups, partial };
}

/** The account's figures of sums, so that a change of one price costs one group, see `RuleMarginBook`. Errors as `ruleMargin`. */
export function accountFigures(cash: number, totals: RuleTotals, partial: readonly PartialPosition[], options: RuleMarginOptions = {}): Omit<RuleMargin, 'groups' | 'partial'> {
  const { minimumEquity = MINIMUM_EQUITY, patternDayTrader = false } = options;
  if (!Number.isFinite(cash)) throw new InvalidInputError([{ path: 'cash', message: `${cash} is no amount` }]);
  if (!(minimumEquity >= 0 && minimumEquity < Infinity)) throw new InvalidInputError([{ path: 'minimumEquity', message: `${minimumEquity} is no amount` }]);
  const inFull = partial.reduce((total, { margin }) => total + margin, 0);
  const { longValue, shortValue } = totals;
  const equity = cash + longValue - shortValue;
  // A customer without debt and shorts need not deposit more than the cost of what is long.
  const least = shortValue > 0 ? minimumEquity : Math.min(minimumEquity, longValue);
  const initial = Math.max(totals.initial + inFull, least);
  const maintenance = totals.maintenance + inFull;
  const excess = equity - maintenance;
  return {
    ruleSet: RULE_MARGIN_SET,
    equity: roundedToCents(equity), longValue: roundedToCents(longValue), shortValue: roundedToCents(shortValue),
    initial: roundedToCents(initial), maintenance: roundedToCents(maintenance),
    initialExcess: roundedToCents(equity - initial), maintenanceExcess: roundedToCents(excess),
    minimumEquityShortfall: roundedToCents(Math.max(0, least - equity)),
    buyingPower: roundedToCents(Math.max(0, equity - initial) / REGULATION_T_RATE),
    dayTradingBuyingPower: patternDayTrader ? roundedToCents(equity >= DAY_TRADER_EQUITY ? DAY_TRADER_MULTIPLE * Math.max(0, excess) : 0) : undefined,
  };
}
