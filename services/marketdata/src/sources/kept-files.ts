import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { z } from 'zod';
import { isMissingFile } from '../missing-file.ts';
import type { KeptAnswer, KeptAnswers } from './ports.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);
const SUFFIX = '.json.gz';
/** Room is made down to this share of the limit, so that not every new answer looks through the folder. */
const MADE_ROOM = 0.8;

const keptAnswer = z.object({
  fetchedAt: z.number(), status: z.int(), headers: z.record(z.string(), z.string()), body: z.string(), sha256: z.string(),
});

export interface KeptFilesOptions {
  readonly folder: string;
  readonly largestBytes: number;
  /** A file that cannot be written or read; the answer is then fetched anew. */
  readonly onFailure: (error: unknown) => void;
}

/** Answers as compressed files, one per question, with a checksum. The oldest make room. */
export function keptInFiles({ folder, largestBytes, onFailure }: KeptFilesOptions): KeptAnswers {
  let bytes: number | undefined;
  let work: Promise<void> = Promise.resolve();
  let names = 0;

  const write = async (source: string, key: string, answer: KeptAnswer): Promise<void> => {
    const { fetchedAt, status, headers, body } = answer;
    const packed = await compress(JSON.stringify({ fetchedAt, status, headers, body, sha256: checksum(answer) }));
    if (packed.byteLength > largestBytes) return;
    await mkdir(join(folder, source), { recursive: true });
    const path = pathOf(folder, source, key);
    // A reader, or a process that ends now, sees the old file or the whole new one.
    names += 1;
    const draft = `${path}.${names}.new`;
    await writeFile(draft, packed);
    await rename(draft, path);
    bytes = (bytes ?? (await usage(folder)).reduce((sum, file) => sum + file.bytes, 0)) + packed.byteLength;
    if (bytes > largestBytes) bytes = await makeRoom(folder, largestBytes * MADE_ROOM);
  };

  return {
    async get(source, key) {
      const path = pathOf(folder, source, key);
      try {
        const { sha256, ...answer } = keptAnswer.parse(JSON.parse((await decompress(await readFile(path))).toString('utf8')));
        if (checksum(answer) !== sha256) throw new Error(`${path}: the checksum differs`);
        return answer;
      } catch (error) {
        if (!isMissingFile(error)) onFailure(error);
        return undefined;
      }
    },
    put(source, key, answer) {
      work = work.then(() => write(source, key, answer)).catch(onFailure);
      return work;
    },
  };
}

async function makeRoom(folder: string, downToBytes: number): Promise<number> {
  const files = (await usage(folder)).sort((a, b) => a.writtenMs - b.writtenMs);
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files) {
    if (bytes <= downToBytes) break;
    await rm(file.path, { force: true });
    bytes -= file.bytes;
  }
  return bytes;
}

async function usage(folder: string): Promise<{ readonly path: string; readonly bytes: number; readonly writtenMs: number }[]> {
  const found = [];
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(SUFFIX)) continue;
    const { size, mtimeMs } = await stat(join(folder, name));
    found.push({ path: join(folder, name), bytes: size, writtenMs: mtimeMs });
  }
  return found;
}

const pathOf = (folder: string, source: string, key: string): string => join(folder, source, `${key}${SUFFIX}`);

function checksum({ fetchedAt, status, body }: Pick<KeptAnswer, 'fetchedAt' | 'status' | 'body'>): string {
  return createHash('sha256').update(`${fetchedAt}\n${status}\n${body}`).digest('hex');
}
