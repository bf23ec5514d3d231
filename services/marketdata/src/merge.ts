import type { EventStream, MarketEvent, Stamp } from './events.ts';

/** The events of one session in the order in which they became known. */
export interface MergedSession {
  readonly date: string;
  /** Ascending, UTC milliseconds. */
  readonly times: Float64Array;
  symbolAt(index: number): string;
  make(index: number, stamp: Stamp): MarketEvent;
}

/**
 * Merges by (time, source, sequence); what is equal in all three goes by symbol, then type, so that the order
 * never depends on the order of files. Each stream must ascend.
 */
export function mergeStreams(date: string, unordered: readonly EventStream[]): MergedSession {
  const streams = [...unordered].sort((a, b) => compare(a.source, b.source) || compare(a.symbol, b.symbol) || compare(a.type, b.type));
  const total = streams.reduce((sum, { times }) => sum + times.length, 0);
  const times = new Float64Array(total);
  const streamAt = new Uint16Array(total);
  const rowAt = new Uint32Array(total);
  const next = new Uint32Array(streams.length);
  for (let index = 0; index < total; index += 1) {
    const chosen = earliest(streams, next);
    const row = next[chosen] ?? 0;
    times[index] = streams[chosen]?.times[row] ?? NaN;
    streamAt[index] = chosen;
    rowAt[index] = row;
    next[chosen] = row + 1;
  }
  const at = (index: number): EventStream => {
    const stream = streams[streamAt[index] ?? 0];
    if (stream === undefined || index >= total) throw new RangeError(`event ${index} of ${total}`);
    return stream;
  };
  return {
    date,
    times,
    symbolAt: (index) => at(index).symbol,
    make: (index, stamp) => at(index).make(rowAt[index] ?? 0, stamp),
  };
}

/** A handful of streams per session: looking at each is faster than keeping a heap. */
function earliest(streams: readonly EventStream[], next: Uint32Array): number {
  let chosen = -1;
  let time = Infinity;
  let best: EventStream | undefined;
  for (const [index, stream] of streams.entries()) {
    const row = next[index] ?? 0;
    const at = stream.times[row];
    if (at === undefined || at > time) continue;
    const wins = best === undefined || at < time
      || (stream.source === best.source && stream.firstSeq + row < best.firstSeq + (next[chosen] ?? 0));
    if (wins) {
      chosen = index;
      time = at;
      best = stream;
    }
  }
  return chosen;
}

/** Index of the first time that is not before `timeMs`. */
export function firstAt(times: Float64Array, timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Byte order: the same in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
