import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptInFiles } from './kept-files.ts';
import { keptInMemory } from './kept-memory.ts';
import type { KeptAnswer, KeptAnswers } from './ports.ts';

const answer: KeptAnswer = { fetchedAt: 1_000, status: 200, headers: { 'content-type': 'text/plain' }, body: 'grüße' };
const folders: string[] = [];
let folder: string;
let failures: unknown[];

beforeEach(async () => {
  failures = [];
  folder = await mkdtemp(join(tmpdir(), 'kept-'));
  folders.push(folder);
});
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))));

const open = (largestBytes = 1_000_000): KeptAnswers => keptInFiles({ folder, largestBytes, onFailure: (error) => void failures.push(error) });

describe('kept files', () => {
  it('give back what was put, to a later process too', async () => {
    await open().put('fred', 'a', answer);
    expect(await open().get('fred', 'a')).toEqual(answer);
    expect(await open().get('yahoo', 'a')).toBeUndefined();
    expect(failures).toEqual([]);
    expect(await readdir(join(folder, 'fred'))).toEqual(['a.json.gz']);
  });

  it('that were cut or changed are as good as none, and said so', async () => {
    const kept = open();
    await kept.put('fred', 'a', answer);
    const path = join(folder, 'fred', 'a.json.gz');
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length >> 1));
    expect(await kept.get('fred', 'a')).toBeUndefined();
    await writeFile(path, 'no gzip');
    expect(await kept.get('fred', 'a')).toBeUndefined();
    expect(failures).toHaveLength(2);
    await kept.put('fred', 'a', answer);
    expect(await kept.get('fred', 'a')).toEqual(answer);
  });

  it('never grow beyond their limit', async () => {
    const kept = open(20_000);
    for (let index = 0; index < 12; index += 1) await kept.put('fred', `a${index}`, { ...answer, body: randomBytes(2_000).toString('hex') });
    await kept.put('fred', 'too-large', { ...answer, body: randomBytes(30_000).toString('hex') });
    const names = await readdir(join(folder, 'fred'));
    const sizes = await Promise.all(names.map(async (name) => (await readFile(join(folder, 'fred', name))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(20_000);
    expect(names.length).toBeGreaterThan(4);
    expect(await kept.get('fred', 'a11')).toBeDefined();
    expect(await kept.get('fred', 'too-large')).toBeUndefined();
    expect(failures).toEqual([]);
  });

  it('cost nothing but a request when the folder cannot be written', async () => {
    await writeFile(join(folder, 'fred'), 'a file in the way');
    await open().put('fred', 'a', answer);
    expect(await open().get('fred', 'a')).toBeUndefined();
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe('answers kept in memory', () => {
  it('never grow beyond their limit, and the oldest make room', async () => {
    const kept = keptInMemory(10);
    const of = (length: number): KeptAnswer => ({ ...answer, body: 'x'.repeat(length) });
    await kept.put('fred', 'a', of(4));
    await kept.put('fred', 'b', of(4));
    await kept.put('fred', 'a', of(6));
    expect([await kept.get('fred', 'a'), await kept.get('fred', 'b')]).toEqual([of(6), of(4)]);
    await kept.put('yahoo', 'a', of(1));
    expect([await kept.get('fred', 'a'), await kept.get('fred', 'b'), await kept.get('yahoo', 'a')]).toEqual([of(6), undefined, of(1)]);
    await kept.put('fred', 'c', of(11));
    expect([await kept.get('fred', 'a'), await kept.get('fred', 'c'), await kept.get('yahoo', 'a')]).toEqual([undefined, undefined, undefined]);
  });
});
