import { InvalidInputError } from '@nautilus/model';
import { roundedToCents } from '../money.ts';

/** Equity and maintenance requirement right after something changed them. */
export interface IntradayPoint {
  /** Rising within the day. */
  readonly time: number;
  readonly equity: number;
  readonly requirement: number;
  /** What happened, for the audit trail. */
  readonly event: string;
}

export interface IntradayDeficit extends IntradayPoint {
  readonly deficit: number;
}

export interface IntradayMargin {
  /** Largest over the day of (requirement − equity)⁺, in cents. */
  readonly deficit: number;
  /** Event that made the largest deficit. */
  readonly worst: IntradayDeficit | undefined;
  /** Every event that left a deficit larger than the one before it, with its size. */
  readonly deficits: readonly IntradayDeficit[];
}

/**
 * Intraday margin deficit of one day (FINRA 4210 as amended with effect from 2026-06-04): maintenance has to hold through
 * the day, tracked per event. Amounts in cents.
 * @throws InvalidInputError for figures that are not finite and times that fall, naming the point.
 */
export function intradayMargin(points: readonly IntradayPoint[]): IntradayMargin {
  const deficits: IntradayDeficit[] = [];
  let [before, lastTime] = [0, -Infinity];
  let worst: IntradayDeficit | undefined;
  points.forEach((point, i) => {
    const { time, equity, requirement } = point;
    if (!(Number.isFinite(equity) && Number.isFinite(requirement) && Number.isFinite(time))) throw new InvalidInputError([{ path: `points.${i}`, message: 'figures must be finite' }]);
    if (time < lastTime) throw new InvalidInputError([{ path: `points.${i}.time`, message: 'is before the point before it' }]);
    lastTime = time;
    const deficit = roundedToCents(Math.max(0, requirement - equity));
    if (deficit > before) deficits.push({ ...point, deficit });
    if (deficit > (worst?.deficit ?? 0)) worst = { ...point, deficit };
    before = deficit;
  });
  return { deficit: worst?.deficit ?? 0, worst, deficits };
}

export interface IntradayOrderAnswer {
  readonly allowed: boolean;
  /** Deficit that the account would have after the order, in cents. */
  readonly deficit: number;
}

/**
 * Whether an order may be sent. `block` refuses what would create a deficit or enlarge one, never what reduces it;
 * `end_of_day` lets all pass and leaves the deficit to the day's end. @throws InvalidInputError for figures that are not finite and unknown modes.
 */
export function intradayOrderCheck(now: { readonly equity: number; readonly requirement: number }, after: { readonly equity: number; readonly requirement: number }, mode: 'block' | 'end_of_day'): IntradayOrderAnswer {
  for (const [path, value] of [['equity', now.equity], ['requirement', now.requirement], ['after.equity', after.equity], ['after.requirement', after.requirement]] as const)
    if (!Number.isFinite(value)) throw new InvalidInputError([{ path, message: 'must be finite' }]);
  if (mode !== 'block' && mode !== 'end_of_day') throw new InvalidInputError([{ path: 'mode', message: `${String(mode)} is neither block nor end_of_day` }]);
  const deficit = roundedToCents(Math.max(0, after.requirement - after.equity));
  return { allowed: mode === 'end_of_day' || deficit <= roundedToCents(Math.max(0, now.requirement - now.equity)), deficit };
}
