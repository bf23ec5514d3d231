import { describe, expect, it } from '@jest/globals';
import { isRefused, normalise } from './normalise.ts';

const NOW = Date.parse('2025-01-02T15:00:00Z');
const options = { nowMs: NOW, reservedSources: new Set(['lean-tick']), nextSeq: () => 7 };
const record = { symbol: 'ibm', data_type: 'tick', source: 'desk', timestamp: '2025-01-02T14:59:59.123Z', data: { price: 220.5, size: 100 }, provenance: 'live' };

describe('an ingested record', () => {
  it('becomes an event with the time, source and provenance it came with', () => {
    expect(normalise(record, options)).toEqual({
      type: 'trade',
      event: {
        symbol: 'IBM', venue: '', ts_event_ns: 1_735_829_999_123_000_000n, ts_ingest_ns: BigInt(NOW) * 1_000_000n, seq: 7, source: 'desk', provenance: 'live',
        run_id: null, price: 220.5, size: 100, exchange: '', condition: '', suspicious: false,
      },
    });
  });

  it('counts as simulated when nobody vouches for it', () => {
    const { provenance: _, ...anonymous } = record;
    expect(normalise(anonymous, options)).toMatchObject({ event: { provenance: 'simulated' } });
  });

  it('takes a side of 0 as missing', () => {
    const item = normalise({ ...record, data_type: 'quote', data: { bid: 0, bid_size: 5, ask: 10, ask_size: 6 } }, options);
    expect(item).toMatchObject({ type: 'quote', event: { bid: null, bid_size: null, ask: 10, ask_size: 6 } });
  });

  it('about a book is a snapshot or a delta with the ids of its venue', () => {
    const level2 = (data: object) => normalise({ ...record, data_type: 'level2', data }, options);
    expect(level2({ type: 'snapshot', bids: [[99, 1]], asks: [['101.5', '2']], last_update_id: 7 })).toMatchObject({
      type: 'level2', event: { symbol: 'IBM', change: { isSnapshot: true, first: 7, last: 7, previous: null, bids: [{ price: 99, size: 1 }], asks: [{ price: 101.5, size: 2 }], allowGap: false } },
    });
    expect(level2({ type: 'delta', first_update_id: 8, last_update_id: 9, previous_update_id: 7, allow_gap: true })).toMatchObject({ event: { change: { isSnapshot: false, first: 8, last: 9, previous: 7, bids: [], allowGap: true } } });
    for (const wrong of [{}, { type: 'delta' }, { type: 'delta', last_update_id: -1 }, { type: 'delta', last_update_id: 1, bids: [[1]] }]) expect(level2(wrong)).toMatchObject({ reason: 'bad_data' });
  });

  it('of a bar ends after the length of its timeframe', () => {
    const item = normalise({ ...record, timestamp: NOW - 600_000, data_type: 'bar', data: { open: 1, high: 2, low: 1, close: 2, volume: 3, timeframe: '5m' } }, options);
    expect(item).toMatchObject({ type: 'bar', event: { start_ms: NOW - 600_000, end_ms: NOW - 300_000, vwap: null, trade_count: null } });
  });

  it.each<[unknown, string]>([
    ['text', 'malformed_record'],
    [{ ...record, symbol: '!' }, 'bad_symbol'],
    [{ ...record, source: 'IBKR live' }, 'bad_source'],
    [{ ...record, source: 'lean-tick' }, 'reserved_source'],
    [{ ...record, timestamp: 'today' }, 'bad_timestamp'],
    [{ ...record, timestamp: -1 }, 'bad_timestamp'],
    [{ ...record, timestamp: NOW + 61_000 }, 'time_in_future'],
    [{ ...record, provenance: 'real' }, 'bad_provenance'],
    [{ ...record, data_type: 'news' }, 'unsupported_data_type'],
    [{ ...record, data: { price: '220.5' } }, 'bad_data'],
  ])('%j is refused with a reason', (raw, reason) => {
    const result = normalise(raw, options);
    expect(isRefused(result) && result.reason).toBe(reason);
  });
});
