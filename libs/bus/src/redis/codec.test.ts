import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PRIORITIES, PROVENANCES, type Message } from '@nautilus/model';
import { decodeEntry, encodeEntry } from './codec.ts';

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }), fc.integer(), fc.double({ noDefaultInfinity: true, noNaN: true }).map((x) => x + 0), fc.boolean(), fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger(),
);
const { payload } = fc.letrec((tie) => ({
  payload: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('payload'), { maxLength: 4 }), fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }).filter((k) => k !== '__proto__'), tie('payload'), { maxKeys: 5, noNullPrototype: true })),
}));
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const message: fc.Arbitrary<Message> = fc.record({
  message_id: fc.uuid(), message_type: fc.string({ minLength: 1 }), topic: fc.constant('market_data.tick.IBM'), priority: fc.constantFrom(...PRIORITIES),
  source_engine: fc.constant('marketdata'), source_instance: fc.constant('host:8800'), target_engines: fc.array(fc.string(), { maxLength: 2 }),
  payload, timestamp: fc.nat(), expiry_timestamp: orNull(fc.nat()), processing_deadline: orNull(fc.nat()), correlation_id: orNull(fc.uuid()),
  reply_to: orNull(fc.string()), version: fc.constant(1), routing_history: fc.array(fc.string(), { maxLength: 2 }), processing_time_ms: orNull(fc.nat()),
  provenance: fc.constantFrom(...PROVENANCES), mirrored_from: orNull(fc.string()), replayed: fc.boolean(), traceparent: orNull(fc.string()),
});

describe('the codec', () => {
  it('gives back every message as it was, bigint and unicode included', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (messages) => {
        expect(decodeEntry(encodeEntry(messages))).toEqual(messages);
      }),
    );
  });

  it('needs nothing but the entry itself to read it', () => {
    const [one] = fc.sample(message, { numRuns: 1, seed: 1 });
    if (one === undefined) throw new Error('no sample');
    encodeEntry([{ ...one, payload: { a: 1, b: 2 } }]);
    const second = encodeEntry([{ ...one, payload: { a: 1, b: 2 } }]);
    expect(decodeEntry(Buffer.from(second))[0]?.payload).toEqual({ a: 1, b: 2 });
  });

  it('refuses another version, cut and foreign bytes as corrupt', () => {
    const bytes = encodeEntry(fc.sample(message, { numRuns: 3, seed: 2 }));
    const corrupt = [Buffer.from([]), Buffer.from([9, ...bytes.subarray(1)]), bytes.subarray(0, bytes.length - 3), Buffer.from([1, 0xc0]), Buffer.from('hello')];
    for (const broken of corrupt) {
      expect(() => decodeEntry(broken)).toThrow(expect.objectContaining({ kind: 'corrupt_data' }));
    }
  });
});
