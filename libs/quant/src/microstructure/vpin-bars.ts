import { InvalidInputError } from '@nautilus/model';
import type { TradeSeries } from './vpin-batch.ts';

const DAY_MS = 86_400_000;
/** Ten years of minutes; a longer span means a broken time stamp, and must not exhaust memory. */
const BARS_LIMIT = 5_300_000;

/** Time bars in order, days without any trade (UTC) left out, empty bars of the other days kept. */
export interface VpinBars {
  readonly startMs: number;
  readonly barSeconds: number;
  readonly volume: Float64Array;
  readonly priceChange: Float64Array;
  readonly totalVolume: number;
  /** Days on which something traded. */
  readonly days: number;
}

/**
 * Steps 1 to 3 of the batch algorithm. The first bar starts at midnight UTC of the first day plus a whole number of
 * bars. `trades` must be sorted by time.
 */
export function aggregateBars(trades: TradeSeries, barSeconds: number, rule: 'intrabar' | 'close_to_close'): VpinBars {
  const { timesMs, prices, sizes } = trades;
  const barMs = barSeconds * 1000;
  const firstMs = timesMs[0] ?? 0;
  const midnight = Math.floor(firstMs / DAY_MS) * DAY_MS;
  const startMs = midnight + Math.floor((firstMs - midnight) / barMs) * barMs;
  const count = Math.floor(((timesMs[timesMs.length - 1] ?? 0) - startMs) / barMs) + 1;
  if (count > BARS_LIMIT) throw new InvalidInputError([{ path: 'trades', message: `the trades span ${count} bars; at most ${BARS_LIMIT} are taken` }]);
  const volume = new Float64Array(count);
  const first = new Float64Array(count);
  const last = new Float64Array(count);
  const tradedDays = new Set<number>();
  for (let i = 0; i < timesMs.length; i++) {
    const time = timesMs[i] ?? 0;
    const bar = Math.floor((time - startMs) / barMs);
    if (last[bar] === 0) first[bar] = prices[i] ?? 0;
    last[bar] = prices[i] ?? 0;
    volume[bar] = (volume[bar] ?? 0) + (sizes[i] ?? 0);
    tradedDays.add(Math.floor(time / DAY_MS));
  }
  return keepTradedDays({ startMs, barSeconds, barMs, volume, priceChange: changes(first, last, rule), tradedDays });
}

function changes(first: Float64Array, last: Float64Array, rule: 'intrabar' | 'close_to_close'): Float64Array {
  const change = new Float64Array(last.length);
  let previousClose = 0;
  for (let bar = 0; bar < last.length; bar++) {
    const close = last[bar] ?? 0;
    if (close === 0) continue;
    const reference = rule === 'intrabar' || previousClose === 0 ? (first[bar] ?? 0) : previousClose;
    change[bar] = close - reference;
    previousClose = close;
  }
  return change;
}

function keepTradedDays(all: {
  startMs: number; barSeconds: number; barMs: number; volume: Float64Array; priceChange: Float64Array; tradedDays: ReadonlySet<number>;
}): VpinBars {
  const { startMs, barSeconds, barMs, tradedDays } = all;
  const traded = (_: number, bar: number): boolean => tradedDays.has(Math.floor((startMs + bar * barMs) / DAY_MS));
  const volume = all.volume.filter(traded);
  const priceChange = all.priceChange.filter(traded);
  let totalVolume = 0;
  for (const v of volume) totalVolume += v;
  return { startMs, barSeconds, volume, priceChange, totalVolume, days: tradedDays.size };
}
