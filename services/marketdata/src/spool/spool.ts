import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { PublishOptions } from '@nautilus/bus';

/** A message that waits in the file; its id stays the same however often it is sent. */
export interface SpooledLetter {
  readonly topic: string;
  readonly payload: unknown;
  readonly options: PublishOptions & { readonly messageId: string };
}

interface SpoolOptions {
  readonly folder: string;
  readonly largestBytes: number;
  /** The file was cut off or damaged: what follows the last whole message is dropped. */
  readonly onDamage: (droppedBytes: number) => void;
}

/** Length and CRC-32 of the bytes that follow. */
const HEAD_BYTES = 8;
/** Kept free for what is under way when the spool says that it is full. */
const RESERVED_SHARE = 1 / 16;
/** Of an entry; a longer one is no entry. */
const LONGEST_BYTES = 64 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

interface Pending {
  readonly bytes: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Messages in a bounded file, in the order of `append`. What was appended outlives the process, killed or not: the next
 * one finds it. What `passed` was called for is not given again, unless the process is killed in that very moment.
 */
export class Spool {
  readonly #file: FileHandle;
  readonly #positionFile: FileHandle;
  readonly #largestBytes: number;
  readonly #onDamage: SpoolOptions['onDamage'];
  /** Bytes of the file, and of what is about to be written to it. */
  #bytes: number;
  /** Up to where the file is written. */
  #written: number;
  /** Up to where messages were given, and up to where they were passed. */
  #given: number;
  #passed: number;
  #pending: Pending[] = [];
  /** One piece of work on the files at a time. */
  #work: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, positionFile: FileHandle, { largestBytes, onDamage }: SpoolOptions, bytes: number, position: number) {
    this.#file = file;
    this.#positionFile = positionFile;
    this.#largestBytes = largestBytes;
    this.#onDamage = onDamage;
    this.#bytes = bytes;
    this.#written = bytes;
    this.#given = position;
    this.#passed = position;
  }

  /** Finds what an earlier process left. Rejects when the folder cannot be written. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { folder, onDamage } = options;
    await mkdir(folder, { recursive: true });
    const file = await open(join(folder, 'events.spool'), 'a+');
    const positionFile = await open(join(folder, 'events.position'), 'a+');
    const { size } = await file.stat();
    const position = await positionIn(positionFile, size);
    const whole = await wholeEnd(file, position, size);
    if (whole < size) {
      await file.truncate(whole);
      onDamage(size - whole);
    }
    // A position that was told of an earlier content of the file must not be believed once the file has grown again.
    await positionFile.truncate(0);
    await positionFile.appendFile(String(position));
    return new Spool(file, positionFile, options, whole, position);
  }

  /** Nothing was appended that was not passed. */
  get isEmpty(): boolean {
    return this.#passed === this.#bytes;
  }

  /** Producers that can wait should; a little more still fits. */
  get isFull(): boolean {
    return this.#bytes >= this.#largestBytes * (1 - RESERVED_SHARE);
  }

  get bytes(): number {
    return this.#bytes - this.#passed;
  }

  /** Resolves when the message is in the file; undefined when it does not fit. Rejects when it cannot be written. */
  append(letter: SpooledLetter): Promise<void> | undefined {
    const body = serialize([letter.topic, letter.payload, letter.options]);
    if (this.#bytes + HEAD_BYTES + body.byteLength > this.#largestBytes) return undefined;
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(body.byteLength, 0);
    head.writeUInt32LE(crc32(body), 4);
    this.#bytes += HEAD_BYTES + body.byteLength;
    return new Promise((resolve, reject) => {
      this.#pending.push({ bytes: Buffer.concat([head, body]), resolve, reject });
      if (this.#pending.length === 1) void this.#exclusively(() => this.#write());
    });
  }

  /** The next messages after those that were given, up to `most`; none when all were. */
  async next(most: number): Promise<readonly SpooledLetter[]> {
    return this.#exclusively(async () => {
      const letters: SpooledLetter[] = [];
      for await (const { body, end } of entries(this.#file, this.#given, this.#written)) {
        const [topic, payload, options] = deserialize(body) as [string, unknown, SpooledLetter['options']];
        letters.push({ topic, payload, options });
        this.#given = end;
        if (letters.length >= most) break;
      }
      if (letters.length === 0 && this.#given < this.#written) {
        this.#onDamage(this.#written - this.#given);
        this.#given = this.#written;
      }
      return letters;
    });
  }

  /** Everything given so far has arrived. Once nothing is left the file is emptied. */
  async passed(): Promise<void> {
    return this.#exclusively(async () => {
      this.#passed = this.#given;
      if (this.#passed === this.#bytes && this.#pending.length === 0) {
        await this.#clear();
      }
      await this.#positionFile.truncate(0);
      await this.#positionFile.appendFile(String(this.#passed));
    });
  }

  async close(): Promise<void> {
    await this.#exclusively(async () => {
      await this.#file.close();
      await this.#positionFile.close();
    });
  }

  /** Counts first: what is appended while the file is cut is written after it, and counted from zero. */
  async #clear(): Promise<void> {
    const size = this.#written;
    this.#bytes = this.#written = this.#given = this.#passed = 0;
    try {
      await this.#file.truncate(0);
    } catch (error) {
      this.#bytes += size;
      this.#written = this.#given = this.#passed = size;
      throw error;
    }
  }

  /** Everything that waits, with one call. What cannot be written is cut off again, so that the file stays whole. */
  async #write(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    const bytes = batch.reduce((sum, { bytes: own }) => sum + own.byteLength, 0);
    try {
      await this.#file.appendFile(Buffer.concat(batch.map((one) => one.bytes)));
      this.#written += bytes;
      for (const { resolve } of batch) resolve();
    } catch (error) {
      this.#bytes -= bytes;
      await this.#file.truncate(this.#written).catch(() => undefined);
      for (const { reject } of batch) reject(error);
    }
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.then(() => undefined, () => undefined);
    return result;
  }
}

/** Where an earlier process stood; the beginning when nothing tells, or tells of a file that was longer. */
async function positionIn(positionFile: FileHandle, size: number): Promise<number> {
  const text = (await positionFile.readFile()).toString('latin1');
  const position = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return position <= size ? position : 0;
}

async function wholeEnd(file: FileHandle, from: number, size: number): Promise<number> {
  let whole = from;
  for await (const { end } of entries(file, from, size)) whole = end;
  return whole;
}

/** Whole entries between two places; ends before the first one that is cut off or damaged. */
async function* entries(file: FileHandle, from: number, to: number): AsyncGenerator<{ readonly body: Buffer; readonly end: number }, void, undefined> {
  let place = from;
  let held = Buffer.alloc(0);
  const need = async (bytes: number): Promise<boolean> => {
    while (held.byteLength < bytes) {
      const start = place + held.byteLength;
      const more = Buffer.alloc(Math.min(Math.max(READ_BYTES, bytes - held.byteLength), to - start));
      const { bytesRead } = more.byteLength === 0 ? { bytesRead: 0 } : await file.read(more, 0, more.byteLength, start);
      if (bytesRead === 0) return false;
      held = Buffer.concat([held, more.subarray(0, bytesRead)]);
    }
    return true;
  };
  while (await need(HEAD_BYTES)) {
    const length = held.readUInt32LE(0);
    if (length > LONGEST_BYTES || !(await need(HEAD_BYTES + length))) return;
    const body = held.subarray(HEAD_BYTES, HEAD_BYTES + length);
    if (crc32(body) !== held.readUInt32LE(4)) return;
    place += HEAD_BYTES + length;
    held = held.subarray(HEAD_BYTES + length);
    yield { body, end: place };
  }
}
