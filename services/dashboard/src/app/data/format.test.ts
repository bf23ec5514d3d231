import { describe, expect, it } from '@jest/globals';
import { dateIn, decimals, figure, milliseconds, percent, quantity, span, timeIn } from './format.ts';

describe('printed figures', () => {
  it('never turn a missing value into a number', () => {
    for (const print of [figure, quantity, milliseconds, span, percent]) expect(print(null)).toBe('–');
    expect(decimals(undefined, 2)).toBe('–');
  });

  it('keep about four digits over the range that features have', () => {
    expect([0, 0.000012, 0.01234, 1.23456, 61.2, 1234.56, -1_234_567].map(figure)).toEqual(['0', '1.20e-5', '0.0123', '1.2346', '61.20', '1,234.6', '-1.235M']);
    expect([812, 4_504.3, 92_622.6].map(quantity)).toEqual(['812', '4,504', '92.62K']);
  });

  it('print durations with their two largest units', () => {
    expect([42, 183, 11_220, 187_200].map(span)).toEqual(['42 s', '3 m 03 s', '3 h 07 m', '2 d 04 h']);
  });
});

describe('printed times', () => {
  it('follow the rules of the zone, summer time included', () => {
    const summer = Date.parse('2013-10-07T13:30:05Z');
    const winter = Date.parse('2013-12-09T14:30:05Z');
    expect([timeIn(summer, 'exchange'), timeIn(winter, 'exchange'), timeIn(summer, 'utc')]).toEqual(['09:30:05', '09:30:05', '13:30:05']);
    expect(dateIn(Date.parse('2013-10-08T02:00:00Z'), 'exchange')).toBe('2013-10-07');
  });

  it('write midnight as 00', () => {
    expect(timeIn(Date.parse('2013-10-07T00:00:00Z'), 'utc')).toBe('00:00:00');
  });
});
