import type { Bar, EpochMs } from '@nautilus/model';
import { firstAt } from '../merge.ts';
import type { ExchangeCalendar } from '../recordings/calendar.ts';
import type { Zone } from '../recordings/zone.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../sources/freshness.ts';

export const BACKFILL_TIMEFRAMES = ['1m', '5m', '15m', '1h', '1d'] as const;
export type BackfillTimeframe = (typeof BACKFILL_TIMEFRAMES)[number];

export const TIMEFRAME_MS: Readonly<Record<BackfillTimeframe, number>> = { '1m': MINUTE_MS, '5m': 5 * MINUTE_MS, '15m': 15 * MINUTE_MS, '1h': HOUR_MS, '1d': DAY_MS };

/** A day on which bars are expected. */
export interface Day {
  readonly date: string;
  readonly opensAtMs: EpochMs;
  readonly closesAtMs: EpochMs;
  /** False beyond the end of the calendar, where every weekday is expected and holidays are not known. */
  readonly isKnown: boolean;
}

export interface Range {
  /** Inclusive. */
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

const [OPENING_MS, CLOSING_MS] = [9.5 * 3_600_000, 16 * 3_600_000];

/** The days whose session begins on a date from `from` to `to`, both `YYYY-MM-DD` and inclusive, and has ended by `nowMs`. */
export function daysOf(calendar: ExchangeCalendar, zone: Zone, from: string, to: string, nowMs: EpochMs): readonly Day[] {
  const days: Day[] = calendar.sessions.filter(({ date }) => from <= date && date <= to).map((session) => ({ ...session, isKnown: true }));
  const last = calendar.sessions.at(-1)?.date ?? '';
  for (let midnight = Date.parse(`${from > last ? from : last}T00:00:00Z`); ; midnight += DAY_MS) {
    const date = new Date(midnight).toISOString().slice(0, 10);
    if (date > to || midnight > nowMs) break;
    const weekday = new Date(midnight).getUTCDay();
    if (date <= last || weekday === 0 || weekday === 6) continue;
    const at = (wallMs: number): EpochMs => zone.toUtc(midnight + wallMs) ?? midnight + wallMs;
    days.push({ date, opensAtMs: at(OPENING_MS), closesAtMs: at(CLOSING_MS), isKnown: false });
  }
  return days.filter(({ closesAtMs }) => closesAtMs <= nowMs);
}

/** Days without a single bar. A daily bar starts at midnight UTC of its date; of shorter ones a day has some when one lies in its session. */
export function missingDays(days: readonly Day[], timeframe: BackfillTimeframe, starts: BarStarts): readonly Day[] {
  return days.filter((day) => !starts.any(spanOf(day, timeframe)));
}

/** Days that lack at least one bar. */
export function incompleteDays(days: readonly Day[], timeframe: BackfillTimeframe, starts: BarStarts): readonly Day[] {
  return days.filter((day) => holesOf(day, timeframe, starts).length > 0);
}

/** Neighbouring bars that are not there. */
export interface Hole extends Range {
  readonly bars: number;
}

/**
 * What a day lacks, ascending. A minute without trades has no bar either: only the source can tell one from the other,
 * so a hole is a reason to ask, not yet a fault.
 */
export function holesOf(day: Day, timeframe: BackfillTimeframe, starts: Pick<BarStarts, 'any'>): readonly Hole[] {
  const lengthMs = TIMEFRAME_MS[timeframe];
  const { from, to } = spanOf(day, timeframe);
  const holes: { from: EpochMs; to: EpochMs; bars: number }[] = [];
  for (let slot = Math.ceil(from / lengthMs) * lengthMs; slot < to; slot += lengthMs) {
    if (starts.any({ from: slot, to: slot + lengthMs })) continue;
    const last = holes.at(-1);
    if (last?.to === slot) Object.assign(last, { to: slot + lengthMs, bars: last.bars + 1 });
    else holes.push({ from: slot, to: slot + lengthMs, bars: 1 });
  }
  return holes;
}

/** When bars start, for questions about spans. */
export class BarStarts {
  readonly #starts: Float64Array;

  constructor(bars: readonly Pick<Bar, 'start_ms'>[]) {
    this.#starts = Float64Array.from(bars, ({ start_ms: start }) => start).sort();
  }

  any({ from, to }: Range): boolean {
    return (this.#starts[firstAt(this.#starts, from)] ?? Infinity) < to;
  }
}

/** Where the bars of a day start. */
export function spanOf(day: Day, timeframe: BackfillTimeframe): Range {
  const midnight = Date.parse(`${day.date}T00:00:00Z`);
  return timeframe === '1d' ? { from: midnight, to: midnight + DAY_MS } : { from: day.opensAtMs, to: day.closesAtMs };
}
