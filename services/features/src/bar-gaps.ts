import type { Bar } from '@nautilus/model';

const DAY_MS = 86_400_000;
/** Daily bars further apart than the longest run of weekend and holidays. */
const LONGEST_PAUSE_DAYS = 5;

/**
 * Bars that are missing between two that follow each other. The pause between two sessions is none: bars of a session are
 * compared within a UTC day, daily bars count as neighbours over a weekend with holidays.
 */
export function missingBars(last: Pick<Bar, 'start_ms' | 'end_ms'>, next: Pick<Bar, 'start_ms'>): number {
  const lengthMs = last.end_ms - last.start_ms;
  const between = Math.round((next.start_ms - last.end_ms) / lengthMs);
  const isPause = lengthMs >= DAY_MS ? between < LONGEST_PAUSE_DAYS : Math.floor(next.start_ms / DAY_MS) !== Math.floor(last.start_ms / DAY_MS);
  return isPause ? 0 : Math.max(0, between);
}
