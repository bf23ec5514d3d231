import { describe, expect, it } from '@jest/globals';
import { decodeRecording, encodeRecording } from '../recordings/recording-file.ts';
import { streamOf } from '../events.ts';
import type { RecordedChange } from './book-change.ts';
import { bookRecordings } from './recorded-book.ts';

const day = Date.parse('2024-12-01T00:00:00Z');
const change = (more: Partial<RecordedChange>): RecordedChange => ({
  symbol: 'XRPUSDT', timeMs: day + 1, isSnapshot: false, first: 2_098_041_693_435, last: 2_098_041_696_700, previous: null, bids: [], asks: [], allowGap: false, ...more,
});
const changes = [
  change({ isSnapshot: true, first: 7, last: 7, bids: [{ price: 1.9531, size: 6203 }, { price: 1.953, size: 2 }], asks: [{ price: 1.9532, size: 0.001 }] }),
  change({ timeMs: day + 1, first: 8, last: 8 }),
  change({ timeMs: day + 1.5, previous: 8, allowGap: true, asks: [{ price: 1.9532, size: 0 }] }),
];

describe('a recording of a book', () => {
  it('gives back every message as it was', () => {
    const [made, ...more] = bookRecordings(changes, { venue: 'BYBIT', source: 'bybit-sample' });
    expect(more).toEqual([]);
    const recording = decodeRecording(encodeRecording(made!), 'f');
    expect(recording).toMatchObject({ kind: 'level2', symbol: 'XRPUSDT', session: '2024-12-01', rows: 5, events: 3, source: 'bybit-sample' });
    const stream = streamOf(recording)!;
    expect([stream.type, ...stream.times]).toEqual(['level2', day + 1, day + 1, day + 1.5]);
    const events = changes.map((_, row) => stream.make(row, { runId: 'r', ingestNs: 5n as never }).event);
    expect(events.map((event) => 'change' in event && event.change)).toEqual(changes.map(({ symbol: _, timeMs: __, ...rest }) => rest));
    expect(events.map((event) => 'seq' in event && event.seq - recording.firstSeq)).toEqual([0, 1, 2]);
    expect(events[0]).toMatchObject({ provenance: 'replay', run_id: 'r', ts_event_ns: BigInt(day + 1) * 1_000_000n });
  });

  it('is one file per symbol and day, and needs rising times', () => {
    const files = bookRecordings([change({}), change({ symbol: 'BTCUSDT', timeMs: day }), change({ timeMs: day + 86_400_000 })], { venue: 'V', source: 's' });
    expect(files.map(({ symbol, session }) => `${symbol} ${session}`)).toEqual(['BTCUSDT 2024-12-01', 'XRPUSDT 2024-12-01', 'XRPUSDT 2024-12-02']);
    expect(() => bookRecordings([change({}), change({ timeMs: day })], { venue: 'V', source: 's' })).toThrow('message 2 is earlier');
  });
});
