import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeState, encodeState } from './state-codec.ts';

const row = fc.record({ time: fc.double(), name: fc.string(), flag: fc.boolean(), missing: fc.constantFrom(null, undefined) }, { noNullPrototype: true });

describe('the codec of states', () => {
  it('gives back every state bit for bit, infinities, negative zero and NaN included', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.array(fc.double(), { maxLength: 40 }), fc.string(), (rows, numbers, key) => {
        const state = { rows, numbers, typed: Float64Array.from(numbers), map: new Map([[key, { rows }]]), nothing: undefined, nested: [{ rows }, { numbers }] };
        expect(decodeState(encodeState(state))).toEqual(state);
      }),
    );
  });

  it('writes the names of rows once', () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => ({ aRatherLongNameOfAField: i, another: i / 3 }));
    expect(encodeState(rows).length).toBeLessThan(17_000);
    expect(encodeState(rows.map((one, i) => (i === 500 ? { another: 1, aRatherLongNameOfAField: 2 } : one))).length).toBeGreaterThan(17_000);
  });

  it('says that damaged bytes are no state', () => {
    expect(decodeState(new Uint8Array([1, 2, 3]))).toBeUndefined();
    expect(decodeState(encodeState({ rows: [1, 2, 3] }).subarray(0, 8))).toBeUndefined();
  });
});
