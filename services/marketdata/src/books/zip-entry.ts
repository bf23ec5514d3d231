import { crc32, inflateRawSync } from 'node:zlib';
import { CorruptDataError } from '@nautilus/model';

const LOCAL = 0x04034b50;
const DIRECTORY = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const STORED = 0;
const DEFLATED = 8;
const LARGEST = 2 ** 31;

/** The first file of a ZIP archive (PKWARE APPNOTE 4.3), stored or deflated. Throws CorruptDataError naming `file`. */
export function firstZipEntry(archive: Buffer, file: string): Buffer {
  const damaged = (message: string): CorruptDataError => new CorruptDataError(`${file}: ${message}`);
  try {
    const end = archive.lastIndexOf(Buffer.from(Uint32Array.of(END).buffer), archive.length - END_BYTES + 4);
    const entry = end < 0 ? -1 : archive.readUInt32LE(end + 16);
    if (entry < 0 || archive.readUInt32LE(entry) !== DIRECTORY) throw damaged('not a ZIP archive');
    const [method, checksum, packed, size, local] = [
      archive.readUInt16LE(entry + 10), archive.readUInt32LE(entry + 16), archive.readUInt32LE(entry + 20), archive.readUInt32LE(entry + 24), archive.readUInt32LE(entry + 42),
    ];
    if (archive.readUInt32LE(local) !== LOCAL || size > LARGEST) throw damaged('not a ZIP archive that can be read');
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(from, from + packed);
    if (method !== STORED && method !== DEFLATED) throw damaged(`packed by method ${method}`);
    const content = method === STORED ? bytes : inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
    if (content.length !== size || crc32(content) !== checksum) throw damaged('the archive is damaged');
    return content;
  } catch (error) {
    throw error instanceof CorruptDataError ? error : damaged('the archive is damaged');
  }
}
