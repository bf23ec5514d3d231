import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ContentDigest, readLineFile, writeLineFile } from './line-file.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nautilus-lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

const newFile = (): string => join(folder, `${(files += 1)}.jsonl.gz`);

async function* batchesOf(batches: readonly (readonly string[])[]): AsyncGenerator<readonly string[]> {
  for (const batch of batches) yield await Promise.resolve(batch);
}

async function readAll(batches: AsyncIterable<readonly string[]>): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of batches) lines.push(...batch);
  return lines;
}

describe('a file of lines', () => {
  it('gives-back-what-was-written-in-whatever-batches', async () => {
    const line = fc.array(fc.option(fc.string({ unit: 'grapheme' }), { nil: null })).map((row) => JSON.stringify(row));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(line)), async (batches) => {
        const file = newFile();
        const written = await writeLineFile(file, batchesOf(batches));
        expect(written).toMatchObject({ rows: batches.flat().length, bytes: (await stat(file)).size });
        expect(await readAll(readLineFile(file, written))).toEqual(batches.flat());
      }),
      { numRuns: 30 },
    );
  });

  it('hands-on-large-lines-and-many-lines-in-pieces', async () => {
    const file = newFile();
    const large = JSON.stringify(['é'.repeat(3_000_000)]);
    const many = Array.from({ length: 30_000 }, (_, i) => `["${i}"]`);
    const written = await writeLineFile(file, batchesOf([[large, large], many]));
    const sizes: number[] = [];
    for await (const batch of readLineFile(file, written)) sizes.push(batch.length);
    expect(sizes.slice(0, 2)).toEqual([1, 1]);
    expect(Math.max(...sizes)).toBe(5_000);
  });

  it('refuses-a-file-whose-rows-are-not-the-manifest\'s', async () => {
    const file = newFile();
    const written = await writeLineFile(file, batchesOf([['["a"]', '["b"]']]));
    for (const change of [{ rows: 3 }, { digest: '0:0' }, { bytes: written.bytes + 1 }, { sha256: '0'.repeat(64) }]) {
      await expect(readAll(readLineFile(file, { ...written, ...change }))).rejects.toMatchObject({ kind: 'corrupt_data' });
    }
  });

  it('tells-a-failing-source-from-a-file-that-cannot-be-written', async () => {
    async function* failing(): AsyncGenerator<readonly string[]> {
      yield await Promise.resolve(['["a"]']);
      throw new Error('the cursor is gone');
    }
    await expect(writeLineFile(newFile(), failing())).rejects.toThrow(/^the cursor is gone$/);
    await expect(writeLineFile(join(folder, 'none', 'x'), batchesOf([['["a"]']]))).rejects.toThrow(/^the backup cannot be read or written: ENOENT/);
    expect(await readdir(folder)).not.toContain('none');
  });
});

describe('ContentDigest', () => {
  const digestOf = (lines: readonly string[]): unknown => {
    const digest = new ContentDigest();
    for (const line of lines) digest.addLine(line);
    return digest.content;
  };

  it('is-the-same-in-any-order-and-another-for-other-rows', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.nat(), fc.string(), (lines, at, other) => {
        const index = at % lines.length;
        expect(digestOf(lines.toReversed())).toEqual(digestOf(lines));
        if (other !== lines[index]) expect(digestOf(lines.with(index, other))).not.toEqual(digestOf(lines));
        expect(digestOf([...lines, lines[index]!])).not.toEqual(digestOf(lines));
      }),
    );
  });

  it('adds-the-first-sixteen-bytes-of-sha-256', () => {
    // FIPS 180-4 example: "abc" hashes to ba7816bf 8f01cfea 414140de 5dae2223 …
    expect(digestOf(['abc'])).toEqual({ rows: 1, digest: `${BigInt.asIntN(64, 0xba7816bf8f01cfean)}:${0x414140de5dae2223n}` });
    expect(digestOf([])).toEqual({ rows: 0, digest: '0:0' });
  });
});
