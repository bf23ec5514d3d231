import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOL = fileURLToPath(new URL('import-market-data.ts', import.meta.url));
const LINE = '2013-10-07T10:00:00.000,181.5,100,P,1,0\n';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nautilus-tool-'));
});
afterAll(() => rm(folder, { recursive: true }));

function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, [TOOL, ...args], { cwd: folder, env }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });
}

async function csv(name: string, lines: string): Promise<string> {
  await writeFile(join(folder, name), `time,price,size,exchange,condition,suspicious\n${lines}`);
  return name;
}

describe('the importer of market data', () => {
  it('explains itself', async () => {
    const { code, out } = await call('--help');
    expect(code).toBe(0);
    for (const option of ['--symbol', '--kind', '--zone', '--lean', '--out']) expect(out).toContain(option);
  });

  it('makes a file per session, and leaves it alone the second time', async () => {
    const file = await csv('good.csv', LINE + LINE.replace('10-07', '10-08'));
    const first = await call('--symbol', 'ibm', '--out', 'good', file);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(await readdir(join(folder, 'good', 'market', 'trade', 'IBM'))).toEqual(['2013-10-07.ntr', '2013-10-08.ntr']);
    const before = await readFile(join(folder, 'good', 'market', 'trade', 'IBM', '2013-10-07.ntr'));
    const again = await call('--symbol', 'IBM', '--out', 'good', file);
    expect(again.out.match(/unchanged/g)).toHaveLength(2);
    expect(before.equals(await readFile(join(folder, 'good', 'market', 'trade', 'IBM', '2013-10-07.ntr')))).toBe(true);
  });

  it('makes a recording of an order book, and refuses what is none', async () => {
    const line = (id: number, type: string) => JSON.stringify({ topic: 'orderbook.500.XRPUSDT', type, ts: 1_733_011_200_691 + id, data: { s: 'XRPUSDT', b: [['1.9531', '6203']], a: [['1.9532', '1']], u: id, seq: id } });
    await writeFile(join(folder, 'book.data'), `${line(1, 'snapshot')}\n${line(2, 'delta')}\n`);
    expect((await call('--level2', '--source', 'bybit', '--venue', 'BYBIT', '--out', 'books', 'book.data')).out).toContain('market/level2/XRPUSDT/2024-12-01.ntr');
    expect(await readdir(join(folder, 'books', 'market', 'level2', 'XRPUSDT'))).toEqual(['2024-12-01.ntr']);
    expect(await call('--level2', '--symbol', 'BTCUSDT', '--out', 'books', 'book.data')).toMatchObject({ code: 2 });
    expect(await call('--level2', await csv('trades.csv', LINE))).toMatchObject({ code: 1, err: expect.stringContaining('trades.csv: neither Binance depth') });
  });

  it('names the bad line and writes nothing', async () => {
    const file = await csv('bad.csv', `${LINE}2013-10-08T10:00:00.000,x,1,P,1,0\n`);
    const { code, err } = await call('--symbol', 'IBM', '--out', 'bad', file);
    expect(code).toBe(1);
    expect(err).toContain('bad.csv:3: price: "x" is not a number');
    expect(await readdir(folder)).not.toContain('bad');
  });

  it.each([
    [['file.csv'], /--symbol is needed/],
    [['--symbol', 'IBM'], /name at least one file/],
    [['--symbol', 'IBM', 'absent.csv'], /absent\.csv does not exist/],
    [['--symbol', 'IBM', '--zone', 'Mars', 'x'], /Mars is not a time zone/],
    [['--symbol', 'IBM', '--kind', 'news', 'x'], /--kind must be one of/],
    [['--nonsense'], /nonsense/],
    [['--lean', 'absent'], /absent is not a folder/],
  ])('refuses %j as a bad call', async (args, message) => {
    const { code, err } = await call(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
