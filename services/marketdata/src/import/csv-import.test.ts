import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { decodeRecording } from '../recordings/recording-file.ts';
import { Zone } from '../recordings/zone.ts';
import { importCsv, type CsvImport } from './csv-import.ts';
import { LEAN_FILES } from './lean-set.ts';
import { recordingPath, writeRecordings } from './write-recordings.ts';

const options: CsvImport = { symbol: 'IBM', venue: 'XNYS', source: 'test', zone: new Zone('America/New_York') };
const TRADES = 'time_ny,price,size,exchange,condition,suspicious\n';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nautilus-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(text: string, name = 'file.csv'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

describe('importing text', () => {
  it('splits sessions by the date on the wall and keeps the order within equal times', async () => {
    const path = await fileOf(`${TRADES}2013-10-07T19:59:59.000,1,10,P,a,0\n2013-10-07T19:59:59.000,2,20,Q,b,1\n2013-10-08T04:00:00.000,3,30,P,a,0\n`);
    const { recordings, rows, reordered } = await importCsv([path], options);
    expect(rows).toBe(3);
    expect(reordered).toBe(0);
    expect(recordings.map(({ session, rows: count }) => [session, count])).toEqual([['2013-10-07', 2], ['2013-10-08', 1]]);
    expect([...(recordings[0]?.numbers.get('price') ?? [])]).toEqual([1, 2]);
    expect([...(recordings[0]?.numbers.get('suspicious') ?? [])]).toEqual([0, 1]);
    expect(recordings[0]?.minTimeMs).toBe(Date.parse('2013-10-07T23:59:59Z'));
    expect(recordings[1]?.firstSeq).toBeGreaterThan((recordings[0]?.firstSeq ?? 0) + 2);
  });

  it('puts rows in order, says how many were not, and leaves ties as they stood', async () => {
    const path = await fileOf(`${TRADES}2013-10-07T10:00:01.000,1,1,P,a,0\n2013-10-07T10:00:00.000,2,1,P,a,0\n2013-10-07T10:00:01.000,3,1,P,a,0\n`);
    const { recordings, reordered } = await importCsv([path], options);
    expect(reordered).toBe(1);
    expect([...(recordings[0]?.numbers.get('price') ?? [])]).toEqual([2, 1, 3]);
  });

  it('takes a side of 0 as missing', async () => {
    const path = await fileOf('time,bid,bid_size,ask,ask_size,exchange,condition,suspicious\n2013-10-07T10:00:00.000,0,0,183.63,100,Q,1,0\n', 'quotes.csv.gz');
    const { recordings } = await importCsv([path], options);
    expect(recordings[0]?.kind).toBe('quote');
    expect(recordings[0]?.numbers.get('bid')?.[0]).toBeNaN();
    expect(recordings[0]?.numbers.get('bid_size')?.[0]).toBeNaN();
    expect(recordings[0]?.numbers.get('ask')?.[0]).toBe(183.63);
  });

  it.each([
    ['a text for a number', `${TRADES}2013-10-07T10:00:00.000,1,1,P,a,0\n2013-10-07T10:00:01.000,x,1,P,a,0\n`, /file\.csv:3: price: "x" is not a number/],
    ['a missing field', `${TRADES}2013-10-07T10:00:00.000,1,1,P,a\n`, /file\.csv:2: 5 fields instead of 6/],
    ['no time', `${TRADES}yesterday,1,1,P,a,0\n`, /file\.csv:2: "yesterday" is no wall time/],
    ['an hour that did not occur', `${TRADES}2013-03-10T02:30:00.000,1,1,P,a,0\n`, /file\.csv:2: .* does not occur in America\/New_York/],
    ['unknown columns', 'a,b\n1,2\n', /file\.csv:1: unknown columns "a,b"/],
    ['nothing', '', /file\.csv: the file is empty/],
  ])('names file and line of %s', async (_what, text, message) => {
    await expect(importCsv([await fileOf(text)], options)).rejects.toThrow(message);
  });

  it('refuses another kind than the one asked for', async () => {
    await expect(importCsv([await fileOf(TRADES)], { ...options, kind: 'quote' })).rejects.toThrow(/those of kind trade, not quote/);
  });

  it('names the file when packed data is cut', async () => {
    const path = join(folder, 'cut.csv.gz');
    await writeFile(path, gzipSync(TRADES + '2013-10-07T10:00:00.000,1,1,P,a,0\n'.repeat(5_000)).subarray(0, 100));
    await expect(importCsv([path], options)).rejects.toThrow(/cut\.csv\.gz:\d+: cannot be read/);
  });

  it('writes the same files again without touching them, and leaves nothing half-written', async () => {
    const out = join(folder, 'out');
    const { recordings } = await importCsv([await fileOf(`${TRADES}2013-10-07T10:00:00.000,1,1,P,a,0\n`)], options);
    expect((await writeRecordings(out, recordings)).map(({ changed }) => changed)).toEqual([true]);
    expect((await writeRecordings(out, recordings)).map(({ changed }) => changed)).toEqual([false]);
    expect(await readdir(join(out, 'market', 'trade', 'IBM'))).toEqual(['2013-10-07.ntr']);
  });
});

describeWithSharedData('the bundled set', () => {
  it.each(LEAN_FILES.filter(({ path }) => /IBM_20131007|SPY_quote|daily\/(FB|QQQ)/.test(path)))('holds what $path becomes', async (file) => {
    const { recordings } = await importCsv([sharedData(join('market', file.path))], { ...file, zone: new Zone('America/New_York') });
    const data = new URL('../../../../data/', import.meta.url);
    for (const recording of recordings) {
      const bundled = decodeRecording(await readFile(new URL(recordingPath(recording), data)), recordingPath(recording));
      expect(bundled.rows).toBe(recording.rows);
      for (const [name, column] of recording.numbers) expect(Buffer.from(bundled.numbers.get(name)?.slice().buffer ?? new ArrayBuffer()).equals(Buffer.from(column.buffer))).toBe(true);
    }
  });
});
