import { describe, expect, it } from '@jest/globals';
import { RateSeries, ratePerSecond } from './rates.ts';

describe('rates', () => {
  it('are differences over the measured time, not over the intended interval', () => {
    const series = new RateSeries(['bus'], 10);
    series.sample(0, { bus: 100 });
    series.sample(2_000, { bus: 300 });
    series.sample(2_500, { bus: 400 });
    expect(series.columns).toEqual({ times: [0, 2, 2.5], columns: [[null, 100, 200]] });
  });

  it('have a hole, not a zero, where a counter was missing or fell', () => {
    const series = new RateSeries(['bus'], 10);
    for (const [second, bus] of [[0, 10], [1, null], [2, 30], [3, 40], [4, 2], [5, 5]] as const) series.sample(second * 1000, { bus });
    expect(series.columns.columns[0]).toEqual([null, null, null, 10, null, 3]);
  });

  it('keep the newest samples only, all columns alike', () => {
    const series = new RateSeries(['a', 'b'], 3);
    for (let second = 0; second < 9; second += 1) series.sample(second * 1000, { a: second, b: null });
    expect(series.columns.times).toEqual([6, 7, 8]);
    expect(series.columns.columns).toEqual([[1, 1, 1], [null, null, null]]);
  });

  it('need time between the samples', () => {
    expect(ratePerSecond({ atMs: 5, value: 1 }, { atMs: 5, value: 2 })).toBeNull();
  });
});
