import type { Bar, EpochMs } from '@nautilus/model';
import { firstAt } from '../merge.ts';
import type { ExchangeCalendar } from '../recordings/calendar.ts';
import type { Zone } from '../recordings/zone.ts';
import { DAY_MS } from '../sources/freshness.ts';

export const BACKFILL_TIMEFRAMES = ['1m', '5m', '15m', '1h', '1d'] as const;
export type BackfillTimeframe = (typeof BACKFILL_TIMEFRAMES)[number];

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

/**
 * Days without bars. A daily bar starts at midnight UTC of its date; of shorter ones a day has some when one lies in its
 * session: a minute without trades has no bar, so that holes within a session cannot be told from quiet minutes.
 */
export function missingDays(days: readonly Day[], timeframe: BackfillTimeframe, bars: readonly Pick<Bar, 'start_ms'>[]): readonly Day[] {
  const starts = Float64Array.from(bars, ({ start_ms: start }) => start).sort();
  return days.filter((day) => {
    const { from, to } = spanOf(day, timeframe);
    return !((starts[firstAt(starts, from)] ?? Infinity) < to);
  });
}

/** Where the bars of a day start. */
export function spanOf(day: Day, timeframe: BackfillTimeframe): Range {
  const midnight = Date.parse(`${day.date}T00:00:00Z`);
  return timeframe === '1d' ? { from: midnight, to: midnight + DAY_MS } : { from: day.opensAtMs, to: day.closesAtMs };
}
