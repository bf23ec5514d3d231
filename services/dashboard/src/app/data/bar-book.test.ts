import { describe, expect, it } from '@jest/globals';
import { BarBook } from './bar-book.ts';
import type { Bar, Tick } from './market-messages.ts';

const minute = 60_000;
const tick = (atMs: number, price: number, size = 100, more: Partial<Tick> = {}): Tick => ({
  symbol: 'IBM', atMs, price, size, suspicious: false, provenance: 'replay', runId: null, ...more,
});
const bar = (startMs: number, more: Partial<Bar> = {}): Bar => ({
  symbol: 'IBM', startMs, open: 10, high: 12, low: 9, close: 11, volume: 5_000, final: true, revision: 0, provenance: 'replay', runId: null, ...more,
});

describe('candles', () => {
  it('are built from ticks minute by minute', () => {
    const book = new BarBook(100);
    for (const [ms, price] of [[0, 10], [20_000, 12], [40_000, 9], [59_999, 11], [minute, 15]] as const) book.addTick(tick(ms, price));
    expect(book.series.points).toEqual([
      { time: 0, open: 10, high: 12, low: 9, close: 11, volume: 400, origin: 'ticks', revision: 0 },
      { time: 60, open: 15, high: 15, low: 15, close: 15, volume: 100, origin: 'ticks', revision: 0 },
    ]);
  });

  it('leave suspicious ticks out', () => {
    const book = new BarBook(100);
    book.addTick(tick(0, 10));
    book.addTick(tick(1, 900, 100, { suspicious: true }));
    expect(book.series.last).toMatchObject({ high: 10, volume: 100 });
  });

  it('take the volume of the server bar instead of the sum of ticks that happened to arrive', () => {
    const book = new BarBook(100);
    book.addTick(tick(30_000, 11));
    book.addBar(bar(0));
    expect(book.series.last).toMatchObject({ open: 10, volume: 5_000, origin: 'final' });
  });

  it('do not count a trade twice that the forming bar may already hold', () => {
    const book = new BarBook(100);
    book.addBar(bar(0, { final: false }));
    book.addTick(tick(50_000, 13));
    expect(book.series.last).toMatchObject({ high: 13, close: 13, volume: 5_000 });
  });

  it('are closed to late ticks and older editions once final', () => {
    const book = new BarBook(100);
    book.addBar(bar(0, { revision: 1, close: 11.5 }));
    book.addTick(tick(59_000, 99));
    book.addBar(bar(0, { revision: 0, close: 8 }));
    book.addBar(bar(0, { final: false, close: 7 }));
    expect(book.series.last).toMatchObject({ close: 11.5, high: 12 });
    book.addBar(bar(0, { revision: 2, close: 11.7 }));
    expect(book.series.last?.close).toBe(11.7);
  });

  it('forget the minute that is played again after a rewind', () => {
    const book = new BarBook(100);
    for (const start of [0, 1, 2, 3]) book.addBar(bar(start * minute));
    book.rewind(2 * minute + 30_000);
    expect(book.series.points.map(({ time }) => time)).toEqual([0, 60]);
    book.addTick(tick(2 * minute + 31_000, 14));
    expect(book.series.last).toMatchObject({ open: 14, volume: 100 });
  });
});
