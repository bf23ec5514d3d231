import { InvalidInputError } from '@nautilus/model';
import { limitMeasures, type LimitBook, type LimitKind, type LimitMeasure } from './limit-measures.ts';

export interface RiskLimit {
  readonly kind: LimitKind;
  /** In the unit of the measure; above 0. */
  readonly level: number;
  /** Utilisation that warns; default 0.8. */
  readonly warnAt?: number;
}

export type LimitSeverity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
export type LimitStatus = 'clear' | 'warning' | 'breach' | 'unknown';

export interface LimitEvaluation {
  readonly limit: RiskLimit;
  readonly measure: LimitMeasure;
  /** Measure over level; undefined where the measure is. */
  readonly utilisation: number | undefined;
  readonly status: LimitStatus;
  /** Undefined below every threshold and for an unknown measure. */
  readonly severity: LimitSeverity | undefined;
}

const WARN_AT = 0.8;
/** Share of the level that fired, below which it is cleared. */
const CLEAR_BELOW = 0.95;

export const DEFAULT_RISK_LIMITS: readonly RiskLimit[] = [
  { kind: 'leverage', level: 3 },
  { kind: 'concentration', level: 0.25 },
  { kind: 'portfolio_value', level: 1_000_000 },
  { kind: 'var_limit', level: 0.05 },
  { kind: 'volatility', level: 0.5, warnAt: 0.6 },
];

/** Severity of a utilisation: from 0.8 (or where the limit warns) LOW, 1 MEDIUM, 1.1 HIGH, 1.5 CRITICAL. */
export function limitSeverity(utilisation: number, warnAt = WARN_AT): LimitSeverity | undefined {
  if (utilisation >= 1.5) return 'CRITICAL';
  if (utilisation >= 1.1) return 'HIGH';
  if (utilisation >= 1) return 'MEDIUM';
  return utilisation >= warnAt ? 'LOW' : undefined;
}

/**
 * Status with hysteresis: what fired at a level is cleared below 95 % of it. `before` is the status at the last
 * evaluation; an unknown one counts as clear.
 */
export function nextLimitStatus(utilisation: number, before: LimitStatus, warnAt = WARN_AT): Exclude<LimitStatus, 'unknown'> {
  if (utilisation >= 1 || (before === 'breach' && utilisation >= CLEAR_BELOW)) return 'breach';
  const warned = before === 'breach' || before === 'warning';
  return utilisation >= warnAt || (warned && utilisation >= CLEAR_BELOW * warnAt) ? 'warning' : 'clear';
}

/** One limit against one measure. @throws InvalidInputError for a level that is not positive or a warning outside (0, 1]. */
export function evaluateLimit(limit: RiskLimit, measure: LimitMeasure, before: LimitStatus = 'clear'): LimitEvaluation {
  const { kind, level, warnAt = WARN_AT } = limit;
  if (!(level > 0 && level < Infinity)) throw new InvalidInputError([{ path: `limits.${kind}.level`, message: `${level} is not positive` }]);
  if (!(warnAt > 0 && warnAt <= 1)) throw new InvalidInputError([{ path: `limits.${kind}.warnAt`, message: `${warnAt} does not lie in (0, 1]` }]);
  if (measure.value === undefined) return { limit, measure, utilisation: undefined, status: 'unknown', severity: undefined };
  const utilisation = measure.value / level;
  return { limit, measure, utilisation, status: nextLimitStatus(utilisation, before, warnAt), severity: limitSeverity(utilisation, warnAt) };
}

/** All limits of a book. `before` holds the status of each limit at the last evaluation, in the same order. @throws InvalidInputError as `evaluateLimit` and `limitMeasures`. */
export function evaluateLimits(limits: readonly RiskLimit[], book: LimitBook, before: readonly LimitStatus[] = []): readonly LimitEvaluation[] {
  const measures = limitMeasures(book);
  return limits.map((limit, i) => evaluateLimit(limit, measures[limit.kind], before[i]));
}

export interface PreTradeLimit {
  readonly limit: RiskLimit;
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** Why it blocks; undefined when it does not. */
  readonly blocks: 'breach' | 'unknown' | undefined;
}

export interface PreTradeAnswer {
  readonly decision: 'allow' | 'block';
  readonly limits: readonly PreTradeLimit[];
}

/**
 * Whether an order may go: `after` is the book with it. A limit that would be breached blocks, unless it is breached
 * already and the order lowers the utilisation; one that cannot be measured blocks too.
 * @throws InvalidInputError as `evaluateLimits`.
 */
export function preTradeCheck(limits: readonly RiskLimit[], before: LimitBook, after: LimitBook): PreTradeAnswer {
  const [now, then] = [evaluateLimits(limits, before), evaluateLimits(limits, after)];
  const answers = limits.map((limit, i): PreTradeLimit => {
    const [was, becomes] = [now[i]?.utilisation, then[i]?.utilisation];
    const reduces = was !== undefined && becomes !== undefined && was >= 1 && becomes < was;
    const blocks = becomes === undefined ? 'unknown' : becomes >= 1 && !reduces ? 'breach' : undefined;
    return { limit, before: was, after: becomes, blocks };
  });
  return { decision: answers.some(({ blocks }) => blocks !== undefined) ? 'block' : 'allow', limits: answers };
}

/** Quantity of a symbol after the worse of two outcomes: all its open buys filled, or all its open sells. The larger absolute quantity is the worse. */
export function worstFillQuantity(quantity: number, openOrders: readonly number[]): number {
  let [bought, sold] = [quantity, quantity];
  for (const order of openOrders) {
    if (order > 0) bought += order;
    else sold += order;
  }
  return Math.abs(sold) > Math.abs(bought) ? sold : bought;
}
