import { createHash, hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { CorruptDataError, TransientError } from '@nautilus/model';
import { describe } from '../failures.ts';
import type { TableContent } from './backup-tables.ts';

export interface LineFile extends TableContent {
  readonly bytes: number;
  /** Of the compressed file, in hexadecimal. */
  readonly sha256: string;
}

/** Largest number of characters and of lines that are handed on at once. */
const BATCH_CHARACTERS = 2 * 1024 * 1024;
const BATCH_LINES = 5_000;
const PIECE_BYTES = 256 * 1024;

/**
 * The sum of the SHA-256 of each line, its first and its second eight bytes as signed numbers: the same in whatever
 * order the rows come, so that neither side has to sort them.
 */
export class ContentDigest {
  #rows = 0;
  #first = 0n;
  #second = 0n;

  addLine(line: string): void {
    const digest = hash('sha256', line, 'buffer');
    this.#rows += 1;
    this.#first += digest.readBigInt64BE(0);
    this.#second += digest.readBigInt64BE(8);
  }

  get content(): TableContent {
    return { rows: this.#rows, digest: `${this.#first}:${this.#second}` };
  }
}

/** Writes one line per row, compressed, to the disk itself. One batch at most is in memory. Throws as `batches` does, and TransientError for the file. */
export async function writeLineFile(file: string, batches: AsyncIterable<readonly string[]>): Promise<LineFile> {
  const content = new ContentDigest();
  const sum = createHash('sha256');
  let bytes = 0;
  let sourceFailed = false;
  async function* texts(): AsyncGenerator<string> {
    try {
      for await (const lines of batches) {
        for (const line of lines) content.addLine(line);
        if (lines.length > 0) yield `${lines.join('\n')}\n`;
      }
    } catch (error) {
      sourceFailed = true;
      throw error;
    }
  }
  const measured = new Transform({
    transform(piece: Buffer, _encoding, done) {
      sum.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  const source = Readable.from(texts(), { objectMode: true, highWaterMark: 1 });
  await pipeline(source, createGzip({ level: 6 }), measured, createWriteStream(file, { flags: 'wx', flush: true })).catch((error: unknown) => {
    throw sourceFailed ? error : fileTrouble(error);
  });
  return { ...content.content, bytes, sha256: sum.digest('hex') };
}

/**
 * The lines of a file in batches of bounded size. Throws CorruptDataError, at the latest after the last line, when
 * the file is not the one that was written.
 */
export async function* readLineFile(file: string, expected: LineFile): AsyncGenerator<readonly string[]> {
  const sum = createHash('sha256');
  const content = new ContentDigest();
  let bytes = 0;
  const source = createReadStream(file, { highWaterMark: PIECE_BYTES });
  const measured = new Transform({
    transform(piece: Buffer, _encoding, done) {
      sum.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  const flow = pipeline(source, measured, gunzip);
  flow.catch(() => undefined);
  try {
    for await (const lines of linesOf(gunzip)) {
      for (const line of lines) content.addLine(line);
      yield lines;
    }
    await flow;
  } catch (error) {
    // Damage shows as an error of zlib, a file that is away as one of the system.
    const code = String((error as NodeJS.ErrnoException).code);
    throw code.startsWith('Z_') || code === 'ENOENT' ? new CorruptDataError(`${file} is damaged: ${describe(error)}`) : fileTrouble(error);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  const found = content.content;
  if (bytes !== expected.bytes || sum.digest('hex') !== expected.sha256) throw new CorruptDataError(`${file} is damaged: its checksum is not the manifest's`);
  if (found.rows !== expected.rows || found.digest !== expected.digest) throw new CorruptDataError(`${file} is damaged: its rows are not the manifest's`);
}

/** A full disk or a missing right: said as such, lest it be taken for a loss of the database. */
export function fileTrouble(error: unknown): TransientError {
  return new TransientError(`the backup cannot be read or written: ${describe(error)}`, { cause: error });
}

async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8');
  let begun: string[] = [];
  let lines: string[] = [];
  let characters = 0;
  for await (const piece of source) {
    const parts = decoder.decode(piece, { stream: true }).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      const line = begun.length === 0 ? part : begun.join('') + part;
      begun = [];
      lines.push(line);
      characters += line.length;
      if (characters < BATCH_CHARACTERS && lines.length < BATCH_LINES) continue;
      yield lines;
      lines = [];
      characters = 0;
    }
    if (last !== '') begun.push(last);
  }
  // A last line without its end is a file that was cut.
  if (begun.length > 0) lines.push(begun.join(''));
  if (lines.length > 0) yield lines;
}
