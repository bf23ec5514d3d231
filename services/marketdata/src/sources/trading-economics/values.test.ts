import { describe, expect, it } from '@jest/globals';
import { readAmount } from './amount.ts';
import { timeOfCsv, timeOfJson } from './times.ts';

describe('readAmount', () => {
  it.each<[unknown, number, string | null]>([
    ['178K', 178_000, null],
    ['3.2%', 3.2, '%'],
    ['-0.4%', -0.4, '%'],
    ['$-67.4B', -67_400_000_000, '$'],
    ['-$67.4B', -67_400_000_000, '$'],
    ['€1,234.5M', 1_234_500_000, '€'],
    ['A$2.005B', 2_005_000_000, 'A$'],
    ['MXN 12.1K', 12_100, 'MXN'],
    ['52.3', 52.3, null],
    ['52.3®', 52.3, null],
    [6.7, 6.7, null],
    ['0', 0, null],
  ])('%p', (raw, value, unit) => {
    expect(readAmount(raw)).toMatchObject({ value, unit });
  });

  it('is null where nothing was said and undefined for what is no amount', () => {
    for (const nothing of ['', ' ', null, undefined, 'N/A', '-']) expect(readAmount(nothing)).toBeNull();
    for (const wrong of ['strong', '1.2.3', '12,34', '--5', '+-5', 'NaN', Number.NaN, {}, '5X']) expect(readAmount(wrong)).toBeUndefined();
  });
});

describe('times', () => {
  it('of JSON carry no zone and mean UTC', () => {
    expect(timeOfJson('2016-12-02T13:30:00')).toBe(Date.UTC(2016, 11, 2, 13, 30));
    for (const wrong of ['2016-12-02', '2016-12-02T13:30:00Z', '2016-02-30T00:00:00', '2016-13-01T00:00:00', '']) expect(timeOfJson(wrong)).toBeUndefined();
  });

  it('of CSV are American with twelve hours', () => {
    expect(timeOfCsv('12/2/2016 1:30:00 PM')).toBe(Date.UTC(2016, 11, 2, 13, 30));
    expect(timeOfCsv('12/2/2016 12:00:00 AM')).toBe(Date.UTC(2016, 11, 2));
    expect(timeOfCsv('12/2/2016 12:05:00 PM')).toBe(Date.UTC(2016, 11, 2, 12, 5));
    expect(timeOfCsv('3/4/2020')).toBe(Date.UTC(2020, 2, 4));
    for (const wrong of ['13/2/2016 1:30:00 PM', '2/30/2016', '12/2/2016 13:30:00 PM', '12/2/2016 0:30:00 AM', '2016-12-02']) expect(timeOfCsv(wrong)).toBeUndefined();
  });
});
