import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decimal } from './decimal.ts';
import { InvalidInputError, NotFoundError, TransientError, asNautilusError, reactionOf } from './errors.ts';
import { messageSchema, toWire, type Message } from './message.ts';
import { asBar, asQuote, asTrade } from './payload-guards.ts';
import { PRIORITIES, leavesAtOnce, rankOf } from './priority.ts';
import { leastTrusted } from './provenance.ts';
import { parseSymbol, topicSegment } from './symbols.ts';
import { isoFromMs, msFromIso, msFromNs, nsFromMs, type EpochNs } from './time.ts';
import { wireJson } from './wire.ts';

const message: Message = {
  message_id: '0190f3c2-0000-7000-8000-000000000001',
  message_type: 'market_data',
  topic: 'market_data.tick.IBM',
  priority: 'NORMAL',
  source_engine: 'marketdata',
  source_instance: 'host:8800',
  target_engines: [],
  payload: { price: 181.52 },
  timestamp: Date.UTC(2013, 9, 7, 13, 30),
  expiry_timestamp: null,
  processing_deadline: null,
  correlation_id: null,
  reply_to: null,
  version: 1,
  routing_history: [],
  processing_time_ms: null,
  provenance: 'replay',
  mirrored_from: null,
  replayed: false,
  traceparent: null,
};

const trade = {
  symbol: 'IBM', venue: 'XNYS', ts_event_ns: 1381152630_270_000_000n as EpochNs, ts_ingest_ns: 0n as EpochNs, seq: 0,
  source: 'lean', provenance: 'replay', run_id: null, price: 181.52, size: 283, exchange: 'P', condition: '2000', suspicious: false,
};

describe('messages', () => {
  it('survive the published JSON form', () => {
    expect(messageSchema.parse(JSON.parse(wireJson(toWire(message))))).toEqual(message);
  });

  it('of an earlier sender, without optional fields, still parse', () => {
    const { message_id, message_type, topic, priority, source_engine, source_instance, payload, version, provenance } = message;
    const old = { message_id, message_type, topic, priority, source_engine, source_instance, payload, version, provenance, timestamp: isoFromMs(message.timestamp) };
    expect(messageSchema.parse(old)).toEqual(message);
  });

  it('with a topic that is none are refused', () => {
    expect(messageSchema.safeParse({ ...toWire(message), topic: 'market_data' }).success).toBe(false);
  });
});

describe('wire JSON', () => {
  it('writes NaN and infinities as null, nanoseconds as digits, typed arrays as arrays', () => {
    expect(wireJson({ a: NaN, b: -Infinity, ns: 5n, v: Float64Array.of(1, 2), m: new Map([['x', 1]]), d: decimal('1.10') })).toBe(
      '{"a":null,"b":null,"ns":"5","v":[1,2],"m":{"x":1},"d":"1.1"}',
    );
  });
});

describe('payload guards', () => {
  it('name every field that is wrong', () => {
    expect(asTrade(trade)).toBe(trade);
    try {
      asTrade({ ...trade, price: NaN, size: -1 });
      throw new Error('accepted');
    } catch (error) {
      expect((error as InvalidInputError).problems?.map((p) => p.path)).toEqual(['payload.price', 'payload.size']);
    }
    expect(() => asTrade(null)).toThrow('not an object');
    expect(() => asQuote({ ...trade, bid: 0, ask: null, bid_size: null, ask_size: null })).toThrow('payload.bid');
    expect(() => asBar({ symbol: 'IBM', open: 1, high: 1, low: 2, close: 1, volume: 0, start_ms: 0, end_ms: 60_000 })).toThrow('below low');
  });
});

describe('errors', () => {
  it('decide between another try and the dead letters', () => {
    expect(reactionOf(new TransientError('away'))).toBe('retry');
    expect(reactionOf(new InvalidInputError([]))).toBe('dead_letter');
    expect(reactionOf(new TypeError('defect'))).toBe('retry');
  });

  it('are told apart by kind, also when thrown by another copy of the package', () => {
    const foreign = Object.assign(new Error('x'), { kind: 'not_found' });
    expect(asNautilusError(foreign)?.kind).toBe('not_found');
    expect(asNautilusError(Object.assign(new Error('x'), { kind: 'else' }))).toBeUndefined();
    expect(new NotFoundError('symbol', 'no').type).toBe('/problems/unknown-symbol');
  });
});

describe('time', () => {
  it('keeps milliseconds exactly through nanoseconds', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => msFromNs(nsFromMs(ms)) === ms));
  });

  it('refuses texts without an offset', () => {
    expect(msFromIso('2013-10-07T13:30:00')).toBeUndefined();
    expect(msFromIso('2013-10-07T09:30:00-04:00')).toBe(Date.UTC(2013, 9, 7, 13, 30));
    expect(msFromIso('2013-13-07T09:30:00Z')).toBeUndefined();
  });
});

describe('small types', () => {
  it('decimals refuse what a ledger cannot hold', () => {
    expect(decimal('0.1').plus('0.2').toString()).toBe('0.3');
    for (const bad of ['x', NaN, Infinity, '1e24']) expect(() => decimal(bad, 'cash')).toThrow(InvalidInputError);
  });

  it('priorities are ordered and URGENT and above leave at once', () => {
    expect(PRIORITIES.map(rankOf)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(PRIORITIES.filter(leavesAtOnce)).toEqual(['FLASH_CRASH', 'CRITICAL', 'URGENT']);
  });

  it('a figure claims no better source than the worst it was made from', () => {
    expect(leastTrusted('live', 'replay')).toBe('replay');
    expect(leastTrusted('simulated', 'live')).toBe('simulated');
  });

  it('symbols become one topic segment and keep their true form', () => {
    expect(parseSymbol(' brk.b ')).toBe('BRK.B');
    expect(topicSegment('BRK.B')).toBe('BRK-B');
    expect(parseSymbol('a b')).toBeUndefined();
  });
});
