import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isShared, packColumns, sharedBytes, unpackColumns } from './columns.ts';

const columns = fc.dictionary(fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'), fc.array(fc.double(), { maxLength: 20 }).map((values) => Float64Array.from(values)), { maxKeys: 5 });

describe('columns', () => {
  it('come back bit for bit, also from bytes that begin off the border of eight', () => {
    fc.assert(
      fc.property(columns, fc.integer({ min: 0, max: 7 }), (given, shift) => {
        const { layout, bytes } = packColumns(given);
        const moved = Buffer.from(new ArrayBuffer(bytes.byteLength + shift), shift);
        moved.set(bytes);
        const found = unpackColumns({ layout, bytes: moved })!;
        expect(Object.keys(found)).toEqual(Object.keys(given));
        for (const [name, column] of Object.entries(given)) {
          expect(Buffer.from(found[name]!.slice().buffer).equals(Buffer.from(column.slice().buffer))).toBe(true);
        }
      }),
    );
  });

  it('are read where they lie when the memory is shared, and copied once when it is not', () => {
    const { bytes } = packColumns({ a: Float64Array.of(1, 2, 3) });
    expect(isShared(bytes)).toBe(true);
    expect(sharedBytes(bytes)).toBe(bytes);
    const received = Buffer.from(bytes);
    expect(isShared(received)).toBe(false);
    expect(Array.from(sharedBytes(received))).toEqual(Array.from(received));
  });

  it('are refused when sizes disagree', () => {
    expect(unpackColumns({ layout: [['a', 2]], bytes: new Uint8Array(8) })).toBeUndefined();
  });
});
