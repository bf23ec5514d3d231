import { expect, it } from '@jest/globals';
import { untilNextDailyBar } from './freshness.ts';

it.each([
  ['2026-08-14T15:00:00Z', '2026-08-14T20:15:00Z', 'during the session'],
  ['2026-08-14T20:15:00Z', '2026-08-17T20:15:00Z', 'on a Friday after the close'],
  ['2026-08-16T12:00:00Z', '2026-08-17T20:15:00Z', 'on a Sunday'],
  ['2026-10-30T21:00:00Z', '2026-11-02T21:15:00Z', 'over the end of daylight saving'],
])('daily bars at %s are fresh until %s (%s)', (now, until) => {
  expect(Date.parse(now) + untilNextDailyBar(Date.parse(now))).toBe(Date.parse(until));
});
