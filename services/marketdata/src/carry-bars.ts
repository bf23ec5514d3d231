import type { Bar } from '@nautilus/model';

/** A bar of an interval without trades, or a bar as it was stored. */
type CarriedBar = Bar & { readonly is_filled: boolean };

/**
 * The bars with those of empty intervals between two of one day: the close before, repeated, without volume. Nothing is filled
 * from one day to the next, nor before the first or after the last bar. `bars` ascend; `dayOf` names the day of a time.
 */
export function carried(bars: readonly Bar[], dayOf: (ms: number) => string): readonly CarriedBar[] {
  return bars.flatMap((bar, i): readonly CarriedBar[] => {
    const last = bars[i - 1];
    const own = { ...bar, is_filled: false };
    return last === undefined || dayOf(last.start_ms) !== dayOf(bar.start_ms) ? [own] : [...between(last, bar), own];
  });
}

function between(last: Bar, next: Bar): readonly CarriedBar[] {
  const lengthMs = last.end_ms - last.start_ms;
  const { close } = last;
  return Array.from({ length: Math.max(0, Math.ceil((next.start_ms - last.end_ms) / lengthMs)) }, (_, i) => ({
    ...last, start_ms: last.end_ms + i * lengthMs, end_ms: last.end_ms + (i + 1) * lengthMs, open: close, high: close, low: close, close, volume: 0, trade_count: 0, vwap: null, is_filled: true,
  }));
}
