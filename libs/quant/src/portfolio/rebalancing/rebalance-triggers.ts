import { InvalidInputError } from '@nautilus/model';
import type { SessionCalendar } from '../../calendar/session-calendar.ts';
import { checkedSymmetric, quadraticForm, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';

export type RebalancePeriod = 'session' | 'week' | 'month' | 'quarter' | 'year' | { readonly sessions: number };

export interface RebalanceRules {
  /** Due on the first session of a new period after the last rebalance, or after so many sessions. */
  readonly period?: RebalancePeriod;
  /** Largest |weight − target|. */
  readonly absoluteBand?: number;
  /** Largest |weight − target| as a share of |target|; whatever is held of a target of 0 is outside. */
  readonly relativeBand?: number;
  /** Largest √((w−t)ᵀΣ(w−t)), in the covariance's period. */
  readonly trackingError?: number;
  /** Share of the value that cash may be. */
  readonly cash?: { readonly least?: number; readonly most?: number };
}

export interface RebalanceState {
  /** Shares of the value now, and those wanted. */
  readonly weights: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  /** Needed by the tracking error. */
  readonly covariance?: SymmetricMatrix;
  /** Cash as a share of the value; needed by its rule. */
  readonly cash?: number;
  /** Needed by the period: sessions, the date of today and that of the last rebalance (YYYY-MM-DD); undefined: never. */
  readonly calendar?: SessionCalendar;
  readonly date?: string;
  readonly lastRebalance?: string | undefined;
}

/** Why to rebalance: what was measured and the limit that it crossed. */
export type RebalanceReason =
  | { readonly rule: 'period'; readonly date: string; readonly since: string | undefined }
  | { readonly rule: 'absolute band'; readonly asset: number; readonly measured: number; readonly limit: number }
  /** `measured` is undefined for a target of 0. */
  | { readonly rule: 'relative band'; readonly asset: number; readonly measured: number | undefined; readonly limit: number }
  | { readonly rule: 'tracking error' | 'least cash' | 'most cash'; readonly measured: number; readonly limit: number };

/**
 * Every rule that asks for a rebalance now; none means that nothing is due.
 * @throws InvalidInputError when a rule's input is missing or out of range.
 */
export function rebalanceReasons(state: RebalanceState, rules: RebalanceRules): readonly RebalanceReason[] {
  const { weights, targets } = state;
  if (weights.length !== targets.length) throw new InvalidInputError([{ path: 'weights', message: `${weights.length} weights for ${targets.length} targets` }]);
  const drift = Float64Array.from(targets, (target, i) => (weights[i] ?? NaN) - target);
  drift.forEach((value, i) => {
    if (!Number.isFinite(value)) throw new InvalidInputError([{ path: `weights.${i}`, message: 'must be a finite number, as its target' }]);
  });
  for (const name of ['absoluteBand', 'relativeBand', 'trackingError'] as const) {
    const limit = rules[name];
    if (limit !== undefined && !(limit >= 0 && limit < Infinity)) throw new InvalidInputError([{ path: `rules.${name}`, message: 'must be a number from 0 on' }]);
  }
  return [...periodReasons(state, rules.period), ...bandReasons(drift, targets, rules), ...trackingReasons(drift, state.covariance, rules.trackingError), ...cashReasons(state.cash, rules.cash)];
}

function bandReasons(drift: Float64Array, targets: ArrayLike<number>, { absoluteBand = Infinity, relativeBand = Infinity }: RebalanceRules): RebalanceReason[] {
  return Array.from(drift).flatMap((value, asset): RebalanceReason[] => {
    const measured = Math.abs(value);
    const scale = Math.abs(targets[asset] ?? 0);
    return [
      ...(measured > absoluteBand ? [{ rule: 'absolute band' as const, asset, measured, limit: absoluteBand }] : []),
      ...(relativeBand < Infinity && measured > relativeBand * scale ? [{ rule: 'relative band' as const, asset, measured: scale > 0 ? measured / scale : undefined, limit: relativeBand }] : []),
    ];
  });
}

function trackingReasons(drift: Float64Array, covariance: SymmetricMatrix | undefined, limit: number | undefined): RebalanceReason[] {
  if (limit === undefined) return [];
  if (covariance === undefined || checkedSymmetric(covariance, 'covariance').size !== drift.length)
    throw new InvalidInputError([{ path: 'covariance', message: `of ${drift.length} assets is needed by the tracking error` }]);
  const measured = Math.sqrt(Math.max(0, quadraticForm(covariance, drift)));
  return measured > limit ? [{ rule: 'tracking error', measured, limit }] : [];
}

function cashReasons(cash: number | undefined, limits: RebalanceRules['cash']): RebalanceReason[] {
  if (limits === undefined) return [];
  if (cash === undefined || !Number.isFinite(cash)) throw new InvalidInputError([{ path: 'cash', message: 'is needed by its rule' }]);
  const { least = -Infinity, most = Infinity } = limits;
  if (!(least <= most)) throw new InvalidInputError([{ path: 'rules.cash', message: 'the least is above the most' }]);
  return [...(cash < least ? [{ rule: 'least cash' as const, measured: cash, limit: least }] : []), ...(cash > most ? [{ rule: 'most cash' as const, measured: cash, limit: most }] : [])];
}

function periodReasons({ calendar, date, lastRebalance }: RebalanceState, period: RebalancePeriod | undefined): RebalanceReason[] {
  if (period === undefined) return [];
  if (calendar === undefined || date === undefined) throw new InvalidInputError([{ path: 'calendar', message: 'and a date are needed by the period' }]);
  if (typeof period === 'object' && !(Number.isInteger(period.sessions) && period.sessions > 0)) throw new InvalidInputError([{ path: 'rules.period.sessions', message: 'must be a positive whole number' }]);
  if (calendar.sessionOf(date) === undefined) return [];
  const reason = { rule: 'period' as const, date, since: lastRebalance };
  if (lastRebalance === undefined) return [reason];
  if (lastRebalance > date) throw new InvalidInputError([{ path: 'lastRebalance', message: `${lastRebalance} is after ${date}` }]);
  const passed = calendar.sessionsBetween(lastRebalance, date).filter((session) => session.date > lastRebalance).length;
  const due = typeof period === 'object' ? passed >= period.sessions : passed > 0 && (period === 'session' || periodOf(date, period) !== periodOf(lastRebalance, period));
  return due ? [reason] : [];
}

const DAY_MS = 86_400_000;

/** A name that two dates share when they lie in the same period; weeks start on Mondays. */
function periodOf(date: string, period: 'week' | 'month' | 'quarter' | 'year'): string {
  switch (period) {
    case 'week':
      // 1970-01-01 was a Thursday.
      return String(Math.floor((Date.parse(`${date}T00:00:00Z`) / DAY_MS + 3) / 7));
    case 'month':
      return date.slice(0, 7);
    case 'quarter':
      return `${date.slice(0, 4)} ${Math.floor((Number(date.slice(5, 7)) - 1) / 3)}`;
    case 'year':
      return date.slice(0, 4);
  }
}
