import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readCalendar } from './calendar.ts';

const calendar = readCalendar(readFileSync(fileURLToPath(new URL('../../../../data/exchange_calendars/xnys.csv.gz', import.meta.url))), 'xnys');
const hours = (date: string): string | undefined => {
  const session = calendar.on(date);
  return session && `${new Date(session.opensAtMs).toISOString()} ${new Date(session.closesAtMs).toISOString()}`;
};

describe('the calendar of New York', () => {
  it('has every recorded session', () => {
    expect(calendar.sessions).toHaveLength(8_324);
  });

  it.each([
    ['2013-10-07', '2013-10-07T13:30:00.000Z 2013-10-07T20:00:00.000Z'],
    ['2013-12-02', '2013-12-02T14:30:00.000Z 2013-12-02T21:00:00.000Z'],
    ['2013-11-29', '2013-11-29T14:30:00.000Z 2013-11-29T18:00:00.000Z'],
  ])('opens and closes on %s as recorded, early closes included', (date, expected) => {
    expect(hours(date)).toBe(expected);
  });

  it.each(['2013-12-25', '2013-10-12', '2001-09-12'])('has no session on %s', (date) => {
    expect(calendar.on(date)).toBeUndefined();
  });

  it.each([
    ['not packed', Buffer.from('x')],
    ['of other columns', gzipSync('a,b\n')],
    ['with a session that ends before it begins', gzipSync(',open,close,break_start,break_end\n2013-10-07T00:00:00Z,2013-10-07T20:00:00Z,2013-10-07T13:30:00Z,,\n')],
  ])('%s is refused by name', (_what, packed) => {
    expect(() => readCalendar(packed, 'broken.csv.gz')).toThrow(/broken\.csv\.gz/);
  });
});
