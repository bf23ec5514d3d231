import type { Bar, Tick } from './market-messages.ts';
import { TimeSeries } from './time-series.ts';

export interface Candle {
  /** Start of the minute, seconds since the epoch. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** `ticks`: built here from what arrived; `forming`, `final`: the server's bar. */
  readonly origin: 'ticks' | 'forming' | 'final';
  readonly revision: number;
}

const barSeconds = 60;

/** Start of the minute that contains `ms`, in seconds. */
export function minuteOf(ms: number): number {
  return Math.floor(ms / 60_000) * barSeconds;
}

/**
 * One-minute candles of one symbol. Ticks draw the minute in progress; the server's bar then replaces what was drawn.
 * A candle built from ticks is provisional: the page may have joined in mid-minute, and the server may drop ticks that
 * newer ones supersede. So its volume is a lower bound until the server's bar arrives.
 */
export class BarBook {
  readonly series: TimeSeries<Candle>;

  constructor(limit: number) {
    this.series = new TimeSeries(limit);
  }

  addTick({ atMs, price, size, suspicious }: Tick): void {
    if (suspicious) return;
    const time = minuteOf(atMs);
    const before = this.series.at(time);
    if (before === undefined) {
      this.series.put({ time, open: price, high: price, low: price, close: price, volume: size, origin: 'ticks', revision: 0 });
      return;
    }
    if (before.origin === 'final') return;
    this.series.put({
      ...before,
      high: Math.max(before.high, price),
      low: Math.min(before.low, price),
      close: price,
      // The server's forming bar may already hold this trade: only its next edition may raise the volume.
      volume: before.origin === 'ticks' ? before.volume + size : before.volume,
    });
  }

  /** An older edition of a bar that is already final is ignored. */
  addBar(bar: Bar): void {
    const time = minuteOf(bar.startMs);
    const before = this.series.at(time);
    if (before?.origin === 'final' && (!bar.final || bar.revision < before.revision)) return;
    const { open, high, low, close, volume, revision } = bar;
    this.series.put({ time, open, high, low, close, volume, revision, origin: bar.final ? 'final' : 'forming' });
  }

  /** Forgets what lies after `ms`, and re-opens the minute that contains it: it will be played again. */
  rewind(ms: number): void {
    const time = minuteOf(ms);
    this.series.cutAfter(time - barSeconds);
  }
}
