import { describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asNautilusError } from '@nautilus/model';
import { Library } from './library.ts';
import { decodeRecording, encodeRecording, type RecordingContent } from './recording-file.ts';

const DATA = fileURLToPath(new URL('../../../../data', import.meta.url));

function content(): RecordingContent {
  return {
    kind: 'quote', symbol: 'IBM', venue: 'XNYS', source: 'test', zone: 'America/New_York', session: '2013-10-07', rows: 4, events: 4,
    minTimeMs: 1_381_132_800_054, maxTimeMs: 1_381_132_900_000, firstSeq: 7,
    numbers: new Map([
      ['time', Float64Array.of(1_381_132_800_054, 1_381_132_800_241, 1_381_132_800_241, 1_381_132_900_000)],
      ['bid', Float64Array.of(NaN, 180.01, 0.07, NaN)],
      ['bid_size', Float64Array.of(NaN, 300, 4_000_000_000, NaN)],
      ['ask', Float64Array.of(183.63, NaN, Math.PI, 1e-12)],
      ['ask_size', Float64Array.of(100, NaN, 1, 1)],
      ['suspicious', Float64Array.of(0, 0, 1, 0)],
    ]),
    texts: new Map([['exchange', ['Q', 'P', 'P', 'Q']], ['condition', ['1', '1', '', '€']]]),
  };
}

function corrupt(change: (bytes: Buffer) => Buffer): unknown {
  const bytes = change(encodeRecording(content()));
  try {
    decodeRecording(bytes, 'trade/IBM.ntr');
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a recording', () => {
  it('gives back every number to the last bit, every text, and what is missing', () => {
    const read = decodeRecording(encodeRecording(content()), 'file');
    for (const [name, column] of content().numbers) expect([name, ...(read.numbers.get(name) ?? [])]).toEqual([name, ...column]);
    const exchange = read.texts.get('exchange');
    expect([...(exchange?.codes ?? [])].map((code) => exchange?.dictionary[code])).toEqual(['Q', 'P', 'P', 'Q']);
    expect(read.texts.get('condition')?.dictionary).toContain('€');
    expect(read).toMatchObject({ kind: 'quote', symbol: 'IBM', rows: 4, firstSeq: 7, session: '2013-10-07' });
  });

  it('is the same bytes when made twice', () => {
    expect(encodeRecording(content()).equals(encodeRecording(content()))).toBe(true);
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['other first bytes', (bytes) => Buffer.concat([Buffer.from('X'), bytes.subarray(1)])],
    ['nothing in it', () => Buffer.alloc(0)],
    ['a cut header', (bytes) => bytes.subarray(0, 60)],
    ['a changed header', (bytes) => { bytes[30] = (bytes[30] ?? 0) ^ 1; return bytes; }],
    ['a length of the header beyond reason', (bytes) => { bytes.writeUInt32LE(0xffff_ffff, 8); return bytes; }],
    ['cut data', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['changed data', (bytes) => { bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1; return bytes; }],
    ['bytes added', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
  ])('with %s is refused by name', (_what, change) => {
    const error = corrupt(change);
    expect(asNautilusError(error)?.kind).toBe('corrupt_data');
    expect(String(error)).toContain('trade/IBM.ntr');
  });

  it('whose columns do not have as many rows as it says is refused', () => {
    const short = { ...content(), rows: 5, events: 5 };
    expect(() => decodeRecording(encodeRecording(short), 'short.ntr')).toThrow(/short\.ntr: column time does not have 5 rows/);
  });
});

describe('a folder with damaged files', () => {
  it('is used without them, and each is reported once by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nautilus-recordings-'));
    try {
      await cp(join(DATA, 'market', 'trade', 'AIG'), join(folder, 'market', 'trade', 'AIG'), { recursive: true });
      const [first, second] = ['2013-10-08', '2013-10-09'].map((day) => join(folder, 'market', 'trade', 'AIG', `${day}.ntr`)) as [string, string];
      // One is damaged in its header and found when listed, the other in its data and found when loaded.
      await writeFile(first, (await readFile(first)).subarray(3));
      const bytes = await readFile(second);
      await writeFile(second, bytes.fill(0, bytes.length - 10));
      await cp(join(DATA, 'market', 'minute', 'AIG'), join(folder, 'market', 'minute', 'AIG'), { recursive: true });

      const reported: string[] = [];
      const library = await Library.open(folder, ({ file }) => reported.push(file));
      expect(reported).toEqual(['market/trade/AIG/2013-10-08.ntr']);
      const plan = library.sessions().find(({ date }) => date === '2013-10-09');
      expect(plan?.trades).toBe(52_008);
      if (plan === undefined) throw new Error('no session');
      expect((await library.merged(plan)).times.length).toBe(0);
      expect(reported).toEqual(['market/trade/AIG/2013-10-08.ntr', 'market/trade/AIG/2013-10-09.ntr']);
      // From now on the minute bars of that session stand in.
      expect(library.sessions().find(({ date }) => date === '2013-10-09')).toMatchObject({ trades: 0, bars: 427 });
      expect(library.damaged).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
