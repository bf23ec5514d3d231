import type { EpochMs } from '@nautilus/model';
import { Zone } from '../recordings/zone.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const QUOTE_FRESH_MS = 5_000;

const newYork = new Zone('America/New_York');
/** Daily bars appear some minutes after the close of 16:00. */
const BARS_READY_MS = 16 * HOUR_MS + 15 * MINUTE_MS;

/** Milliseconds until the daily bar of the next weekday is there; a holiday costs a needless question, no wrong answer. */
export function untilNextDailyBar(now: EpochMs): number {
  const wall = newYork.toWall(now);
  let ready = Math.floor(wall / DAY_MS) * DAY_MS + BARS_READY_MS;
  while (ready <= wall || isWeekend(ready)) ready += DAY_MS;
  return (newYork.toUtc(ready) ?? ready) - now;
}

function isWeekend(wallMs: number): boolean {
  const day = new Date(wallMs).getUTCDay();
  return day === 0 || day === 6;
}
