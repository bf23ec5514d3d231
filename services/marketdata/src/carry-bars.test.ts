import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isoFromMs, type Bar } from '@nautilus/model';
import { carried } from './carry-bars.ts';

const T0 = Date.parse('2024-06-03T13:30:00Z');
const bar = (i: number, close = 10 + i): Bar => ({
  symbol: 'X', venue: '', timeframe: '1m', start_ms: T0 + i * 60_000, end_ms: T0 + (i + 1) * 60_000, open: 9, high: 99, low: 8, close, volume: 5, trade_count: 2, vwap: 10, is_final: true, revision: 0,
  source: 's', provenance: 'replay', run_id: null,
});
const day = (ms: number): string => isoFromMs(ms).slice(0, 10);

describe('bars of empty intervals', () => {
  it('repeat the close before without volume, and say that they are filled', () => {
    const filled = carried([bar(0), bar(3)], day);
    expect(filled.map(({ start_ms: start, open, high, low, close, volume, trade_count: trades, vwap, is_filled: isFilled }) => [(start - T0) / 60_000, open, high, low, close, volume, trades, vwap, isFilled])).toEqual([
      [0, 9, 99, 8, 10, 5, 2, 10, false], [1, 10, 10, 10, 10, 0, 0, null, true], [2, 10, 10, 10, 10, 0, 0, null, true], [3, 9, 99, 8, 13, 5, 2, 10, false],
    ]);
  });

  it('leave no interval of a day empty, keep every bar, and do not reach from one day to the next', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.nat(3_000), { maxLength: 40 }), (minutes) => {
      const bars = minutes.sort((a, b) => a - b).map((i) => bar(i));
      const filled = carried(bars, day);
      expect(filled.filter((one) => !one.is_filled).map(({ start_ms: start }) => start)).toEqual(bars.map(({ start_ms: start }) => start));
      filled.slice(1).forEach((one, i) => {
        const before = filled[i];
        if (before !== undefined && day(before.start_ms) === day(one.start_ms)) expect(one.start_ms).toBe(before.end_ms);
      });
      for (const one of filled) if (one.is_filled) expect(bars.some(({ start_ms: start }) => day(start) === day(one.start_ms) && start > one.start_ms)).toBe(true);
    }));
  });
});
