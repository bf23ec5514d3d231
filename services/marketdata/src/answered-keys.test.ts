import { beforeEach, describe, expect, it } from '@jest/globals';
import { ConflictError, InvalidInputError } from '@nautilus/model';
import { AnsweredKeys, fingerprintOf, keyOf } from './answered-keys.ts';

let now: number;
let done: number;
let keys: AnsweredKeys;
const work = async (): Promise<number> => (done += 1);

beforeEach(() => {
  now = 0;
  done = 0;
  keys = new AnsweredKeys(() => now);
});

describe('the answer of a key', () => {
  it('is given again for the same body, and the work is done once', async () => {
    expect([await keys.once('a', 'body', work), await keys.once('a', 'body', work)]).toEqual([1, 1]);
    expect(await keys.once('b', 'body', work)).toBe(2);
    expect(done).toBe(2);
  });

  it('is refused for another body, while worked on and afterwards', async () => {
    const running = keys.once('a', 'body', work);
    await expect(keys.once('a', 'other', work)).rejects.toThrow(InvalidInputError);
    await running;
    await expect(keys.once('a', 'other', work)).rejects.toMatchObject({ fault: 'schema', type: '/problems/idempotency-key-reused' });
    expect(done).toBe(1);
  });

  it('is a conflict while the first request is worked on', async () => {
    const running = keys.once('a', 'body', work);
    await expect(keys.once('a', 'body', work)).rejects.toThrow(ConflictError);
    expect(await running).toBe(1);
  });

  it('is not remembered when the work failed', async () => {
    await expect(keys.once('a', 'body', () => Promise.reject(new Error('busy')))).rejects.toThrow('busy');
    expect(await keys.once('a', 'body', work)).toBe(1);
    expect(await keys.once('a', 'body', work)).toBe(1);
  });

  it('is forgotten after ten minutes', async () => {
    await keys.once('a', 'body', work);
    now = 599_999;
    expect(await keys.once('a', 'other', work).catch(() => 'refused')).toBe('refused');
    now = 600_000;
    expect(await keys.once('a', 'other', work)).toBe(2);
  });

  it('is forgotten, the oldest first, when there are too many or they are too large', async () => {
    for (let i = 0; i <= 10_000; i += 1) await keys.once(`k${i}`, 'body', work);
    expect(await keys.once('k1', 'body', work)).toBe(2);
    expect(await keys.once('k0', 'body', work)).toBe(10_002);
    await keys.once('large', 'body', async () => 'x'.repeat(9 * 1024 * 1024));
    expect(await keys.once('k10000', 'body', work)).toBe(10_003);
  });
});

describe('a key', () => {
  it.each([[undefined, undefined], ['8e03', '8e03'], [' "8e03" ', '8e03'], [String.raw`"a\"b\\"`, String.raw`a"b${'\\'}`], ['x'.repeat(200), 'x'.repeat(200)]])('%p is %p', (header, key) => {
    expect(keyOf(header)).toBe(key);
  });

  it.each(['', '""', 'x'.repeat(201), ['a', 'b']])('%p is refused', (header) => {
    expect(() => keyOf(header)).toThrow(InvalidInputError);
  });
});

describe('the fingerprint of a body', () => {
  it('is that of its parts, their order and where they end', async () => {
    const of = fingerprintOf;
    expect(await of([{ a: 1 }, 2])).toBe(await of([{ a: 1 }, 2]));
    const all = await Promise.all([of([]), of([1, 2]), of([2, 1]), of([12]), of(['1', '2']), of([[1, 2]]), of(Array.from({ length: 600 }, () => 0))]);
    expect(new Set(all).size).toBe(all.length);
  });
});
