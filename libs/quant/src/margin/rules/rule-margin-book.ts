import { checkedPositions, type MarginPosition } from '../margin-position.ts';
import { ruleGroup, type RuleGroup } from './rule-group.ts';
import { accountFigures, type RuleMargin, type RuleMarginOptions, type RuleTotals } from './rule-margin.ts';

/** Changes after which the sums are formed anew, so that rounding cannot gather. */
const RESUM = 4_096;

/** Rule margin of one account that follows prices: a change computes the positions of its underlying alone. */
export class RuleMarginBook {
  readonly #options: Omit<RuleMarginOptions, 'allowPartial'>;
  readonly #groups = new Map<string, RuleGroup>();
  #totals: RuleTotals = { initial: 0, maintenance: 0, longValue: 0, shortValue: 0 };
  #changes = 0;
  /** Groups with a short position: without any the sum must be zero itself, as least equity depends on it. */
  #shorts = 0;

  constructor(options: Omit<RuleMarginOptions, 'allowPartial'> = {}) {
    this.#options = options;
  }

  /** Replaces all positions of one underlying; none removes it. @throws InvalidInputError naming position and field; the book then stays as it was. */
  replace(underlying: string, positions: readonly MarginPosition[]): void {
    const { complete } = checkedPositions(positions, false);
    const next = complete.length === 0 ? undefined : ruleGroup(underlying, complete);
    const before = this.#groups.get(underlying);
    if (next === undefined) this.#groups.delete(underlying);
    else this.#groups.set(underlying, next);
    this.#changes++;
    this.#shorts += (isShort(next) ? 1 : 0) - (isShort(before) ? 1 : 0);
    this.#totals = this.#changes % RESUM === 0 ? [...this.#groups.values()].reduce((sum, group) => combined(sum, group, 1), { initial: 0, maintenance: 0, longValue: 0, shortValue: 0 }) : combined(combined(this.#totals, before, -1), next, 1);
    if (this.#shorts === 0) this.#totals = { ...this.#totals, shortValue: 0 };
  }

  /** The account now; as `ruleMargin` of all positions. @throws InvalidInputError for cash that is not finite. */
  margin(cash: number): Omit<RuleMargin, 'groups' | 'partial'> {
    return accountFigures(cash, this.#totals, [], this.#options);
  }
}

const isShort = (group: RuleGroup | undefined): boolean => group !== undefined && group.shortValue > 0;

function combined(totals: RuleTotals, group: RuleTotals | undefined, sign: 1 | -1): RuleTotals {
  if (group === undefined) return totals;
  return {
    initial: totals.initial + sign * group.initial, maintenance: totals.maintenance + sign * group.maintenance,
    longValue: totals.longValue + sign * group.longValue, shortValue: totals.shortValue + sign * group.shortValue,
  };
}
