import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { anchoredBarStart, minutesOfSession, SessionCalendar, tradingMs, type ExchangeSession } from './session-calendar.ts';

const MINUTE_MS = 60_000;

function readSessions(name: string): ExchangeSession[] {
  const text = gunzipSync(readFileSync(sharedData(`exchange_calendars/${name}.csv.gz`))).toString('utf8');
  return text.trim().split('\n').slice(1).map((line) => {
    const [label, open, close, breakStart, breakEnd] = line.trim().split(',');
    const pause = breakStart ? { breakStartMs: Date.parse(breakStart), breakEndMs: Date.parse(breakEnd!) } : {};
    return { date: label!.slice(0, 10), openMs: Date.parse(open!), closeMs: Date.parse(close!), ...pause };
  });
}

describeWithSharedData('recorded exchange calendars', () => {
  it.each([['xnys', 8324], ['cmes', 9682]])('%s: every session is found by date and time, with its neighbours', (name, count) => {
    const rows = readSessions(name);
    expect(rows).toHaveLength(count);
    const calendar = new SessionCalendar(rows);
    let wrong = 0;
    let values = 0;
    const same = (found: unknown, expected: unknown): void => {
      values++;
      if (found !== expected) wrong++;
    };
    rows.forEach((row, i) => {
      same(calendar.sessionOf(row.date), row);
      same(calendar.nextSession(row.date), rows[i + 1]);
      same(calendar.previousSession(row.date), rows[i - 1]);
      same(calendar.sessionAt(row.openMs), row);
      same(calendar.sessionAt(row.closeMs - 1), row);
      same(calendar.sessionAt(row.closeMs), rows[i + 1]?.openMs === row.closeMs ? rows[i + 1] : undefined);
      same(calendar.nextOpenMs(row.openMs), row.openMs);
      same(calendar.nextOpenMs(row.openMs + 1), rows[i + 1]?.openMs);
      same(minutesOfSession(row).length, (row.closeMs - row.openMs) / MINUTE_MS);
    });
    recordAccuracy({ reference: 'exchange_calendars', quantity: `${name}: sessions, neighbours and minutes`, values, largestDeviation: wrong, tolerance: 0, kind: 'absolute' });
    expect(values).toBe(9 * count);
    expect(wrong).toBe(0);
  });

  it('knows the holidays and early closes of New York', () => {
    const calendar = new SessionCalendar(readSessions('xnys'));
    expect(calendar.sessionOf('2019-12-25')).toBeUndefined();
    expect(calendar.nextSession('2001-09-10')?.date).toBe('2001-09-17');
    const early = calendar.shortSessions().map((session) => session.date);
    expect(early).toContain('2019-11-29');
    expect(early).not.toContain('2019-11-27');
    expect(minutesOfSession(calendar.sessionOf('2019-11-29')!)).toHaveLength(210);
  });
});

const day: ExchangeSession = { date: '2024-01-02', openMs: 600 * MINUTE_MS, closeMs: 960 * MINUTE_MS, breakStartMs: 720 * MINUTE_MS, breakEndMs: 780 * MINUTE_MS };
const following: ExchangeSession = { date: '2024-01-04', openMs: 3600 * MINUTE_MS, closeMs: 3900 * MINUTE_MS };

describe('SessionCalendar', () => {
  it('leaves breaks out of trading time', () => {
    const calendar = new SessionCalendar([day, following]);
    expect(calendar.sessionAt(719 * MINUTE_MS)).toBe(day);
    expect(calendar.sessionAt(720 * MINUTE_MS)).toBeUndefined();
    expect(calendar.nextOpenMs(720 * MINUTE_MS)).toBe(780 * MINUTE_MS);
    expect(minutesOfSession(day)).toHaveLength(300);
    expect(tradingMs(day)).toBe(300 * MINUTE_MS);
  });

  it('anchors bars at the open of the session', () => {
    const start = anchoredBarStart({ ...day, openMs: 570 * MINUTE_MS }, 629 * MINUTE_MS, 60 * MINUTE_MS);
    expect(start).toBe(570 * MINUTE_MS);
    expect(() => anchoredBarStart(day, day.closeMs, MINUTE_MS)).toThrow('outside the session');
    expect(() => anchoredBarStart(day, day.openMs, 0)).toThrow('barMs');
  });

  it('refuses sessions that are missing, unsorted, doubled or impossible, and questions outside', () => {
    expect(() => new SessionCalendar([])).toThrow('none');
    expect(() => new SessionCalendar([following, day])).toThrow('unsorted');
    expect(() => new SessionCalendar([day, day])).toThrow('doubled');
    expect(() => new SessionCalendar([{ ...following, closeMs: NaN }])).toThrow('close');
    expect(() => new SessionCalendar([{ ...day, breakEndMs: 2000 * MINUTE_MS }])).toThrow('break');
    const calendar = new SessionCalendar([day, following]);
    expect(() => calendar.sessionOf('2023-01-01')).toThrow('date');
    expect(() => calendar.sessionAt(NaN)).toThrow('timeMs');
    expect(calendar.sessionOf('2024-01-03')).toBeUndefined();
    expect(calendar.sessionsBetween('2024-01-02', '2024-01-04')).toEqual([day, following]);
  });
});
