import { describe, expect, it } from '@jest/globals';
import type { EventStream } from './events.ts';
import { firstAt, mergeStreams } from './merge.ts';

const stream = (source: string, symbol: string, firstSeq: number, ...times: number[]): EventStream => ({
  type: 'trade', symbol, source, firstSeq, times: Float64Array.from(times),
  make: (row) => ({ type: 'trade', event: `${source}/${symbol}/${firstSeq + row}@${times[row]}` }) as never,
});
const order = (streams: readonly EventStream[]): unknown[] => {
  const merged = mergeStreams('2013-10-07', streams);
  return Array.from(merged.times, (_, index) => merged.make(index, { runId: '', ingestNs: 0n as never }).event);
};

describe('merging', () => {
  it('goes by time, then source, then sequence, then symbol, whatever the order of the files', () => {
    const streams = [stream('b', 'X', 5, 1, 2, 2, 9), stream('a', 'Y', 6, 2, 3), stream('b', 'A', 6, 2, 2)];
    const expected = ['b/X/5@1', 'a/Y/6@2', 'b/A/6@2', 'b/X/6@2', 'b/A/7@2', 'b/X/7@2', 'a/Y/7@3', 'b/X/8@9'];
    expect(order(streams)).toEqual(expected);
    expect(order(streams.toReversed())).toEqual(expected);
  });

  it('finds where a time begins', () => {
    const times = Float64Array.of(1, 2, 2, 5);
    expect([0, 1, 1.5, 2, 3, 5, 6].map((time) => firstAt(times, time))).toEqual([0, 0, 1, 1, 3, 3, 4]);
    expect(firstAt(new Float64Array(), 1)).toBe(0);
  });
});
