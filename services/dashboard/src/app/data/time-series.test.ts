import { describe, expect, it } from '@jest/globals';
import { TimeSeries } from './time-series.ts';

const at = (time: number, value = 0) => ({ time, value });
const times = (series: TimeSeries<{ time: number; value: number }>): number[] => series.points.map(({ time }) => time);

function drawn(limit = 100): TimeSeries<{ time: number; value: number }> {
  const series = new TimeSeries<{ time: number; value: number }>(limit);
  series.takeChanges();
  return series;
}

describe('a time series', () => {
  it('stays in ascending order, one point per time, whatever the order of arrival', () => {
    const series = drawn();
    for (const time of [30, 10, 20, 10, 40, 30]) series.put(at(time, time));
    expect(times(series)).toEqual([10, 20, 30, 40]);
  });

  it('reports appended and replaced points only', () => {
    const series = drawn();
    series.put(at(1));
    series.put(at(2));
    series.takeChanges();
    series.put(at(1, 9));
    series.put(at(3));
    expect(series.takeChanges()).toEqual({ all: false, points: [at(1, 9), at(3)] });
    expect(series.takeChanges()).toEqual({ all: false, points: [] });
  });

  it('asks for a full redraw when a point fits in between, which charts cannot append', () => {
    const series = drawn();
    series.put(at(1));
    series.put(at(3));
    series.takeChanges();
    series.put(at(2));
    expect(series.takeChanges()).toEqual({ all: true });
  });

  it('never holds more than its limit and keeps the newest', () => {
    const series = drawn(50);
    for (let time = 0; time < 1_000; time += 1) {
      series.put(at(time));
      expect(series.points.length).toBeLessThanOrEqual(50);
    }
    expect(series.last).toEqual(at(999));
  });

  it('forgets what lies after a time, and keeps the point at it', () => {
    const series = drawn();
    const start = 1_381_156_140;
    for (const minute of [0, 60, 120, 180]) series.put(at(start + minute));
    series.takeChanges();
    series.cutAfter(start + 60);
    expect(times(series)).toEqual([start, start + 60]);
    expect(series.takeChanges()).toEqual({ all: true });
    series.cutAfter(start + 119);
    expect(series.takeChanges()).toEqual({ all: false, points: [] });
  });
});
