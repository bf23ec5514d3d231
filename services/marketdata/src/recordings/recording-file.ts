import { createHash } from 'node:crypto';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { CorruptDataError } from '@nautilus/model';
import { z } from 'zod';
import { fits, PayloadWriter, readNumbers, readTexts, type ColumnSpec } from './columns.ts';
import { NUMBER_COLUMNS, RECORDING_KINDS, TEXT_COLUMNS, type Recording, type RecordingInfo } from './recording.ts';

/**
 * One recording as bytes: magic (8), length of the header (u32), CRC-32 of the header (u32), header as JSON,
 * payload as one zstd frame. Integers are little-endian. The header alone tells what the file holds, so a folder
 * is listed without unpacking anything.
 */
const MAGIC = Buffer.from('NTLSREC1', 'latin1');
const PREFIX_BYTES = 16;
export const RECORDING_EXTENSION = '.ntr';
/** Headers are a few hundred bytes; more means that the length itself is damaged. */
const LARGEST_HEADER = 4 * 1024 * 1024;
const LARGEST_PAYLOAD = 2 ** 31;

const placed = { name: z.string(), offset: z.int().nonnegative(), values: z.int().nonnegative() };
const columnSchema = z.discriminatedUnion('encoding', [
  z.object({
    ...placed, encoding: z.literal('delta'), type: z.enum(['i8', 'i16', 'i32']), scale: z.number().positive(), base: z.number(),
    presence: z.int().nonnegative().nullable(),
  }),
  z.object({ ...placed, encoding: z.literal('plain'), type: z.literal('f64') }),
  z.object({ ...placed, encoding: z.literal('code'), type: z.enum(['u8', 'u16']), dictionary: z.array(z.string()) }),
]);
const headerSchema = z.object({
  schema: z.literal(1),
  kind: z.enum(RECORDING_KINDS),
  symbol: z.string().min(1),
  venue: z.string(),
  source: z.string().min(1),
  zone: z.string().min(1),
  session: z.string().nullable(),
  rows: z.int().nonnegative(),
  events: z.int().nonnegative().optional(),
  min_time_ms: z.number(),
  max_time_ms: z.number(),
  first_seq: z.int().nonnegative(),
  columns: z.array(columnSchema),
  payload: z.object({ bytes: z.int().nonnegative(), unpacked_bytes: z.int().nonnegative().max(LARGEST_PAYLOAD), sha256: z.string() }),
});
type Header = z.infer<typeof headerSchema>;

export type RecordingContent = Omit<Recording, 'texts' | 'contentId'> & { readonly texts: ReadonlyMap<string, readonly string[]> };

/** The same content gives the same bytes: no time and no path is written into the file. */
export function encodeRecording(content: RecordingContent): Buffer {
  const writer = new PayloadWriter();
  for (const [name, column] of content.numbers) writer.number(name, column);
  for (const [name, column] of content.texts) writer.text(name, column);
  const unpacked = writer.bytes();
  const payload = zstdCompressSync(unpacked, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
  const header: Header = {
    schema: 1, kind: content.kind, symbol: content.symbol, venue: content.venue, source: content.source, zone: content.zone,
    session: content.session, rows: content.rows, ...(content.events === content.rows ? {} : { events: content.events }), min_time_ms: content.minTimeMs, max_time_ms: content.maxTimeMs,
    first_seq: content.firstSeq, columns: writer.specs.map((spec) => (spec.encoding === 'code' ? { ...spec, dictionary: [...spec.dictionary] } : spec)),
    payload: { bytes: payload.length, unpacked_bytes: unpacked.length, sha256: sha256(payload) },
  };
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(text.length, 8);
  prefix.writeUInt32LE(crc32(text), 12);
  return Buffer.concat([prefix, text, payload]);
}

/** What the first bytes promise. `head` must hold the whole header; see `headerEnd`. Throws CorruptDataError naming `file`. */
export function readInfo(head: Buffer, file: string): RecordingInfo {
  return infoOf(readHeader(head, file));
}

/** Bytes from the start of the file to the end of its header. Throws CorruptDataError. */
export function headerEnd(prefix: Buffer, file: string): number {
  if (prefix.length < PREFIX_BYTES || !prefix.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new CorruptDataError(`${file}: not a recording (its first bytes are wrong)`);
  }
  const length = prefix.readUInt32LE(8);
  if (length > LARGEST_HEADER) throw new CorruptDataError(`${file}: the length of the header is damaged`);
  return PREFIX_BYTES + length;
}

/** Throws CorruptDataError naming `file` for anything but the bytes that were written. */
export function decodeRecording(bytes: Buffer, file: string): Recording {
  const header = readHeader(bytes, file);
  const packed = bytes.subarray(headerEnd(bytes, file));
  if (packed.length !== header.payload.bytes) {
    throw new CorruptDataError(`${file}: ${packed.length} bytes of data instead of ${header.payload.bytes}; the file is cut or was added to`);
  }
  if (sha256(packed) !== header.payload.sha256) throw new CorruptDataError(`${file}: the checksum of the data is wrong`);
  const payload = aligned(unpack(packed, header.payload.unpacked_bytes, file));
  const unfit = header.columns.find((spec) => !fits(spec, header.rows, payload.length));
  if (unfit !== undefined) throw new CorruptDataError(`${file}: column ${unfit.name} does not have ${header.rows} rows`);
  return assemble(header, payload, file);
}

function readHeader(bytes: Buffer, file: string): Header {
  const end = headerEnd(bytes, file);
  if (bytes.length < end) throw new CorruptDataError(`${file}: the header is cut`);
  const text = bytes.subarray(PREFIX_BYTES, end);
  if (crc32(text) !== bytes.readUInt32LE(12)) throw new CorruptDataError(`${file}: the checksum of the header is wrong`);
  const parsed = headerSchema.safeParse(parseJson(text.toString('utf8')));
  if (!parsed.success) throw new CorruptDataError(`${file}: the header is of another version (${z.prettifyError(parsed.error)})`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function infoOf(header: Header): RecordingInfo {
  return {
    kind: header.kind, symbol: header.symbol, venue: header.venue, source: header.source, zone: header.zone, session: header.session,
    rows: header.rows, events: header.events ?? header.rows, minTimeMs: header.min_time_ms, maxTimeMs: header.max_time_ms, firstSeq: header.first_seq, contentId: header.payload.sha256,
  };
}

function unpack(packed: Buffer, bytes: number, file: string): Buffer {
  let payload: Buffer;
  try {
    payload = zstdDecompressSync(packed, { maxOutputLength: Math.max(bytes, 1) });
  } catch (error) {
    throw new CorruptDataError(`${file}: the data cannot be unpacked (${error instanceof Error ? error.message : String(error)})`);
  }
  if (payload.length !== bytes) throw new CorruptDataError(`${file}: ${payload.length} bytes unpacked instead of ${bytes}`);
  return payload;
}

/** Typed arrays need an aligned start; small buffers come out of a pool and may lie anywhere. */
function aligned(payload: Buffer): Uint8Array {
  return payload.byteOffset % 8 === 0 ? payload : Uint8Array.from(payload);
}

function assemble(header: Header, payload: Uint8Array, file: string): Recording {
  const specs = new Map<string, ColumnSpec>(header.columns.map((spec) => [spec.name, spec]));
  const numbers = new Map(NUMBER_COLUMNS[header.kind].map((name) => {
    const spec = specs.get(name);
    if (spec === undefined || spec.encoding === 'code') throw new CorruptDataError(`${file}: column ${name} is missing`);
    return [name, readNumbers(spec, header.rows, payload)];
  }));
  const texts = new Map(TEXT_COLUMNS[header.kind].map((name) => {
    const spec = specs.get(name);
    if (spec?.encoding !== 'code') throw new CorruptDataError(`${file}: column ${name} is missing`);
    return [name, readTexts(spec, payload)];
  }));
  return { ...infoOf(header), numbers, texts };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
