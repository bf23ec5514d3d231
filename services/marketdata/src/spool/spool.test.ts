import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Spool, type SpooledLetter } from './spool.ts';

let folder: string;
let damage: number[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
  damage = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (largestBytes = 1_048_576): Promise<Spool> => Spool.open({ folder, largestBytes, onDamage: (bytes) => void damage.push(bytes) });
const letter = (payload: unknown): SpooledLetter => ({ topic: 't', payload, options: { provenance: 'live', messageId: `id-${String(payload)}` } });
const append = async (spool: Spool, ...letters: readonly SpooledLetter[]): Promise<void> => {
  await Promise.all(letters.map(async (one) => {
    await spool.append(one);
  }));
};
const file = (): string => join(folder, 'events.spool');
const payloads = (letters: readonly SpooledLetter[]): unknown[] => letters.map(({ payload }) => payload);

describe('the spool', () => {
  it('gives what was appended, as it was and in its order, and is emptied when all of it has arrived', async () => {
    const spool = await open();
    expect(spool.isEmpty).toBe(true);
    const event = { ts_event_ns: 1_381_152_600_000_000_007n, price: 0.1, missing: null, nested: [[99, 1]] };
    await append(spool, letter(1), { ...letter(2), payload: event }, letter(3));
    expect(await spool.next(2)).toEqual([letter(1), { ...letter(2), payload: event }]);
    expect(spool.isEmpty).toBe(false);
    await spool.append(letter(4));
    expect(payloads(await spool.next(10))).toEqual([3, 4]);
    expect(await spool.next(10)).toEqual([]);
    expect((await stat(file())).size).toBeGreaterThan(0);
    await spool.passed();
    expect([spool.isEmpty, spool.bytes, (await stat(file())).size]).toEqual([true, 0, 0]);
    await spool.close();
  });

  it('counts what is appended while it is emptied, whenever that is', async () => {
    const spool = await open();
    for (let turns = 0; turns < 30; turns += 1) {
      await append(spool, letter('before'));
      await spool.next(10);
      const emptied = spool.passed();
      for (let turn = 0; turn < turns; turn += 1) await (turn % 3 === 2 ? new Promise((resolve) => setImmediate(resolve)) : undefined);
      await append(spool, letter(turns));
      await emptied;
      expect(payloads(await spool.next(10))).toEqual([turns]);
      await spool.passed();
      expect([spool.isEmpty, spool.bytes]).toEqual([true, 0]);
    }
    await spool.close();
  });

  it('goes on after its process where it stood: what had not arrived is given again', async () => {
    const first = await open();
    await append(first, ...[1, 2, 3, 4].map(letter));
    await first.next(2);
    await first.passed();
    await first.next(1);
    await first.close();
    const second = await open();
    expect(second.isEmpty).toBe(false);
    await second.append(letter(5));
    expect(payloads(await second.next(10))).toEqual([3, 4, 5]);
    await second.passed();
    await second.close();
    const third = await open();
    expect(third.isEmpty).toBe(true);
    await third.close();
  });

  it('takes no more than fits, and says so before', async () => {
    const spool = await open(1_000);
    const written: Promise<void>[] = [];
    while (!spool.isFull) written.push(spool.append(letter('x'.repeat(20))) ?? Promise.reject(new Error('refused before it was full')));
    expect(written.length).toBeGreaterThan(5);
    let more = spool.append(letter('y'));
    for (let i = 0; i < 100 && more !== undefined; i += 1) {
      written.push(more);
      more = spool.append(letter('y'));
    }
    expect(more).toBeUndefined();
    await Promise.all(written);
    expect((await stat(file())).size).toBeLessThanOrEqual(1_000);
    expect(await spool.next(1_000)).toHaveLength(written.length);
    await spool.passed();
    expect(spool.isFull).toBe(false);
    await spool.close();
  });

  it('drops what was cut off or damaged at its end, says how much, and keeps the rest', async () => {
    const first = await open();
    await append(first, ...[1, 2, 3].map(letter));
    await first.close();
    const { size } = await stat(file());
    await truncate(file(), size - 3);
    const second = await open();
    expect(damage).toEqual([size / 3 - 3]);
    expect(payloads(await second.next(10))).toEqual([1, 2]);
    await second.close();
    const bytes = await readFile(file());
    bytes[size / 3 + 12] = (bytes[size / 3 + 12] ?? 0) ^ 0xff;
    await writeFile(file(), bytes);
    const third = await open();
    expect(payloads(await third.next(10))).toEqual([1]);
    expect(damage).toEqual([size / 3 - 3, size / 3]);
    await third.close();
  });

  it('does not believe a position that belongs to an earlier content', async () => {
    await writeFile(join(folder, 'events.position'), '90');
    const first = await open();
    await append(first, ...[1, 2, 3].map(letter));
    await first.close();
    expect((await stat(file())).size).toBeGreaterThan(90);
    const second = await open();
    expect(payloads(await second.next(10))).toEqual([1, 2, 3]);
    await second.close();
  });

  it('is first in, first out, whatever is appended, given, passed or restarted in between', async () => {
    const step = fc.oneof(fc.record({ append: fc.integer({ min: 1, max: 30 }) }), fc.record({ next: fc.integer({ min: 1, max: 40 }) }), fc.constant({ passed: true }), fc.constant({ restart: true }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await rm(folder, { recursive: true, force: true });
        let spool = await open();
        let [appended, given, passed] = [0, 0, 0];
        for (const one of steps) {
          if ('append' in one) for (let i = 0; i < one.append; i += 1) await spool.append(letter((appended += 1)));
          if ('next' in one) {
            const found = await spool.next(one.next);
            expect(payloads(found)).toEqual(Array.from({ length: Math.min(one.next, appended - given) }, (_, i) => given + i + 1));
            given += found.length;
          }
          if ('passed' in one) {
            await spool.passed();
            passed = given;
          }
          if ('restart' in one) {
            await spool.close();
            spool = await open();
            given = passed;
          }
          expect(spool.isEmpty).toBe(passed === appended);
        }
        await spool.close();
      }),
      { numRuns: 40 },
    );
    expect(damage).toEqual([]);
  });

  it('holds what it said it holds when its process is killed', async () => {
    const program = `
      import { Spool } from ${JSON.stringify(fileURLToPath(new URL('./spool.ts', import.meta.url)))};
      const spool = await Spool.open({ folder: ${JSON.stringify(folder)}, largestBytes: 1e8, onDamage: () => undefined });
      for (let n = 0; ; n += 1) {
        await spool.append({ topic: 't', payload: n, options: { messageId: String(n) } });
        process.stdout.write(n + '\\n');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } });
    let told = '';
    child.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      if (told.length > 2_000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const last = Number(told.slice(0, told.lastIndexOf('\n')).split('\n').at(-1));
    const spool = await open(1e8);
    const found = payloads(await spool.next(100_000)) as number[];
    expect(found.length).toBeGreaterThan(last);
    expect(found).toEqual(Array.from({ length: found.length }, (_, n) => n));
    await spool.close();
  });
});
