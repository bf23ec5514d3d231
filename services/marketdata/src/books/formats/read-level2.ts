import { gunzipSync } from 'node:zlib';
import { InvalidInputError } from '@nautilus/model';
import type { RecordedChange } from '../book-change.ts';
import { firstZipEntry } from '../zip-entry.ts';
import { BINANCE_COLUMNS, readBinance } from './binance.ts';
import { readBybit } from './bybit.ts';
import { readTardisIncremental, readTardisSnapshots, TARDIS_INCREMENTAL_COLUMNS, TARDIS_SNAPSHOT_START } from './tardis.ts';

/** Messages about books from a recorded file of a format known by its first line; ZIP and gzip are unpacked. Throws InvalidInputError or CorruptDataError naming the file. */
export function readLevel2(bytes: Buffer, file: string): readonly RecordedChange[] {
  const content = unpacked(bytes, file).toString('utf8');
  const head = content.slice(0, 500);
  if (head.startsWith('{')) return readBybit(content, file);
  if (head.startsWith(BINANCE_COLUMNS)) return readBinance(content, file);
  if (head.startsWith(TARDIS_INCREMENTAL_COLUMNS)) return readTardisIncremental(content, file);
  if (head.startsWith(TARDIS_SNAPSHOT_START)) return readTardisSnapshots(content, file);
  throw new InvalidInputError([{ path: file, message: 'neither Binance depth, Bybit order book, Tardis incremental_book_L2 nor book_snapshot' }]);
}

function unpacked(bytes: Buffer, file: string): Buffer {
  if (file.endsWith('.zip')) return firstZipEntry(bytes, file);
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}
