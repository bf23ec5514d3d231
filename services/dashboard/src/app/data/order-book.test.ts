import { beforeEach, describe, expect, it } from '@jest/globals';
import { topics } from '@nautilus/model';
import { FakePorts, frameText } from './fixtures/fake-ports.ts';
import { parseFrame, type Frame } from '@nautilus/client';
import { LiveBook } from './live-book.ts';
import { cumulated, imbalance, priceDigits, readBook, readBookUpdate, readDepth } from './order-book.ts';

const update = (type: string, last: number, bids: number[][], asks: number[][], more: object = {}) => ({
  type, symbol: 'IBM', venue: 'X', ts_event_ns: '1381154400000000000', ts_ingest_ns: '1381154400000000000', seq: last, source: 'test', provenance: 'replay', run_id: null,
  bids, asks, last_update_id: last, previous_update_id: type === 'delta' ? last - 1 : null, reason: type === 'stale' ? 'sequence_gap' : null, ...more,
});
const frame = (data: object): Frame => parseFrame(frameText(topics.marketData.level2.of('IBM'), data)) as Frame;

describe('answers about books', () => {
  it('are read with their levels, and as stale with the reason', () => {
    const told = { symbol: 'IBM', state: 'open', bids: [[10, 1], [9.99, 2], ['x', 1]], asks: [[10.01, 3]], last_update_id: 7, timestamp: '2013-10-07T14:00:00Z', source: 's', venue: 'v', provenance: 'replay' };
    expect(readBook(told)).toEqual({
      state: 'open', bids: [{ price: 10, size: 1 }, { price: 9.99, size: 2 }], asks: [{ price: 10.01, size: 3 }], update: 7, atMs: Date.UTC(2013, 9, 7, 14), source: 's', venue: 'v', provenance: 'replay', reason: null,
    });
    for (const nonsense of [null, [], {}, { ...told, state: 'strange' }]) expect(readBook(nonsense)).toBeUndefined();
  });

  it('about quotes keep the number of venues', () => {
    const told = { bids: [{ price: 10, size: 1, venues: 2 }], asks: [], timestamp: '2013-10-07T14:00:00Z', state: 'one_sided', spread: null, mid: null, quotes_seen: 3, provenance: 'replay' };
    expect(readDepth(told)).toMatchObject({ bids: [{ price: 10, size: 1, venues: 2 }], asks: [], state: 'one_sided', spread: null, quotes: 3 });
    for (const nonsense of [null, [], {}, { bids: [] }]) expect(readDepth(nonsense)).toBeUndefined();
  });

  it('give sums, imbalance and the decimals of prices', () => {
    expect(cumulated([{ price: 10, size: 1 }, { price: 9, size: 2 }])).toEqual([{ price: 10, size: 1, total: 1 }, { price: 9, size: 2, total: 3 }]);
    expect(imbalance({ bids: [{ price: 10, size: 3 }, { price: 9, size: 5 }], asks: [{ price: 11, size: 1 }] }, 1)).toBe(0.5);
    expect(imbalance({ bids: [], asks: [] }, 5)).toBeNull();
    expect([priceDigits([]), priceDigits([{ price: 10.5, size: 1 }]), priceDigits([{ price: 0.12345, size: 1 }]), priceDigits([{ price: 1 / 3, size: 1 }])]).toEqual([2, 2, 5, 8]);
  });

  it('on the bus need nanoseconds as digits', () => {
    expect(readBookUpdate(update('snapshot', 1, [[10, 1]], []))?.ts_event_ns).toBe(1_381_154_400_000_000_000n);
    for (const nonsense of [null, {}, update('snapshot', 1, [[10, -1]], []), update('snapshot', 1, [], [], { ts_event_ns: 5 })]) expect(readBookUpdate(nonsense)).toBeUndefined();
  });
});

describe('the live book', () => {
  let ports: FakePorts;
  let live: LiveBook;
  let asked: number;
  beforeEach(() => {
    ports = new FakePorts();
    asked = 0;
    live = new LiveBook(ports, (run) => run(), () => void (asked += 1));
    live.begin('IBM');
  });

  it('follows a snapshot and its deltas; size 0 takes a level away', () => {
    live.take(frame(update('snapshot', 1, [[10, 1], [9, 2]], [[11, 3]])));
    live.take(frame(update('delta', 2, [[10, 0], [9.5, 4]], [[11, 5]])));
    expect(live.book.get()).toMatchObject({ state: 'open', update: 2, bids: [{ price: 9.5, size: 4 }, { price: 9, size: 2 }], asks: [{ price: 11, size: 5 }], atMs: 1_381_154_400_000 });
    expect(asked).toBe(0);
  });

  it('shows nothing after a gap, asks once for a snapshot at a time, and stands again with it', () => {
    live.take(frame(update('snapshot', 1, [[10, 1]], [[11, 3]])));
    live.take(frame(update('delta', 5, [[10, 2]], [])));
    live.take(frame(update('delta', 6, [[10, 3]], [])));
    expect(live.book.get()).toMatchObject({ state: 'stale', bids: [], asks: [], reason: 'sequence_gap' });
    expect(asked).toBe(1);
    ports.advance(2_000);
    live.take(frame(update('delta', 7, [[10, 3]], [])));
    expect(asked).toBe(2);
    live.take(frame(update('snapshot', 8, [[10, 9]], [[11, 3]])));
    expect(live.book.get()).toMatchObject({ state: 'open', bids: [{ price: 10, size: 9 }] });
  });

  it('is stale when the source says so, without asking for what nobody has', () => {
    live.take(frame(update('snapshot', 1, [[10, 1]], [[11, 3]])));
    live.take({ ...frame(update('stale', 2, [], [])), messageType: 'gap' });
    expect(live.book.get()).toMatchObject({ state: 'stale', reason: 'sequence_gap', bids: [] });
    expect(asked).toBe(0);
  });

  it('asks for a snapshot when the server announces a hole', () => {
    live.take({ ...frame({ from_seq: 3 }), messageType: 'gap' });
    expect(asked).toBe(1);
    live.take({ ...frame({ other: true }), messageType: 'subscribed' });
    ports.advance(2_000);
    expect(asked).toBe(1);
  });

  it('is none before a snapshot, for another symbol, and after it was begun anew', () => {
    live.take(frame(update('delta', 2, [[10, 1]], [])));
    live.take(frame(update('snapshot', 1, [[10, 1]], [[11, 3]], { symbol: 'AIG' })));
    expect(live.book.get()).toBeNull();
    expect(asked).toBe(1);
    live.take(frame(update('snapshot', 1, [[10, 1]], [[11, 3]])));
    expect(live.book.get()).not.toBeNull();
    live.begin('AIG');
    expect(live.book.get()).toBeNull();
  });
});
