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
  // The time of each stream's next event; Infinity when it has none.
  const heads = Float64Array.from(streams, (stream) => stream.times[0] ?? Infinity);
  for (let index = 0; index < total; index += 1) {
    const chosen = earliest(streams, heads, next);
    const row = next[chosen] ?? 0;
    times[index] = heads[chosen] ?? NaN;
    streamAt[index] = chosen;
    rowAt[index] = row;
    next[chosen] = row + 1;
    heads[chosen] = streams[chosen]?.times[row + 1] ?? Infinity;
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
function earliest(streams: readonly EventStream[], heads: Float64Array, next: Uint32Array): number {
  let chosen = 0;
  let time = heads[0] ?? Infinity;
  for (let index = 1; index < heads.length; index += 1) {
    const head = heads[index] ?? Infinity;
    if (head < time || (head === time && goesFirst(streams[index], next[index] ?? 0, streams[chosen], next[chosen] ?? 0))) {
      chosen = index;
      time = head;
    }
  }
  return chosen;
}

/** Streams stand in order of source and symbol, so only a smaller sequence of the same source turns two round. */
function goesFirst(later: EventStream | undefined, laterRow: number, earlier: EventStream | undefined, earlierRow: number): boolean {
  return later !== undefined && earlier !== undefined && later.source === earlier.source && later.firstSeq + laterRow < earlier.firstSeq + earlierRow;
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
