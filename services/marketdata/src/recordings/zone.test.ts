import { describe, expect, it } from '@jest/globals';
import { Zone } from './zone.ts';

const newYork = new Zone('America/New_York');
const utc = (wall: string): string | undefined => {
  const ms = newYork.toUtc(Date.parse(`${wall}Z`));
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('New York wall time', () => {
  it.each([
    ['2013-10-07T09:30:00.000', '2013-10-07T13:30:00.000Z'],
    ['2013-12-02T09:30:00.000', '2013-12-02T14:30:00.000Z'],
    ['2013-10-07T04:00:00.054', '2013-10-07T08:00:00.054Z'],
    // Around the change to daylight saving on 2013-03-10 and back on 2013-11-03.
    ['2013-03-10T01:59:59.999', '2013-03-10T06:59:59.999Z'],
    ['2013-03-10T03:00:00.000', '2013-03-10T07:00:00.000Z'],
    ['2013-11-03T00:59:59.999', '2013-11-03T04:59:59.999Z'],
    ['2013-11-03T02:00:00.000', '2013-11-03T07:00:00.000Z'],
    // Before 2007 daylight saving began in April.
    ['2006-03-20T09:30:00.000', '2006-03-20T14:30:00.000Z'],
  ])('%s is %s', (wall, expected) => {
    expect(utc(wall)).toBe(expected);
  });

  it('takes the first of two equal times when clocks are set back', () => {
    expect(utc('2013-11-03T01:30:00.000')).toBe('2013-11-03T05:30:00.000Z');
  });

  it('has no time in the hour that is left out when clocks are set forward', () => {
    expect(utc('2013-03-10T02:30:00.000')).toBeUndefined();
  });

  it('comes back from UTC unchanged on every day of a year', () => {
    for (let day = 0; day < 366; day += 1) {
      const wall = Date.UTC(2013, 0, 1 + day, 9, 30, 0, 7);
      expect(newYork.toWall(newYork.toUtc(wall) ?? NaN)).toBe(wall);
    }
  });

  it('gives the date on the wall, not that of UTC', () => {
    expect(newYork.dateAt(Date.parse('2013-10-08T00:30:00Z'))).toBe('2013-10-07');
  });
});

it('an unknown zone is refused', () => {
  expect(() => new Zone('America/Nowhere')).toThrow(RangeError);
});
