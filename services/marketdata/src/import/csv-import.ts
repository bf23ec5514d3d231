import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { InvalidInputError } from '@nautilus/model';
import { parse, type Info } from 'csv-parse';
import type { RecordingContent } from '../recordings/recording-file.ts';
import type { RecordingKind } from '../recordings/recording.ts';
import type { Zone } from '../recordings/zone.ts';
import { formatOf, type CsvFormat } from './csv-format.ts';
import { SessionTables } from './session-tables.ts';

export interface CsvImport {
  readonly symbol: string;
  readonly venue: string;
  readonly source: string;
  /** Zone of the wall times in the files. */
  readonly zone: Zone;
  /** Refuses files of another kind; taken from the header when absent. `minute` covers both kinds of minute bars. */
  readonly kind?: RecordingKind;
  /** First session to keep, `2012-05-18`; earlier rows are counted and left out. */
  readonly from?: string;
  readonly onProgress?: (file: string, bytesRead: number, bytesTotal: number) => void;
}

export interface CsvImported {
  readonly recordings: readonly RecordingContent[];
  readonly rows: number;
  readonly cut: number;
  /** Rows whose time lay before that of the row above; they are put in order, ties stay as they were. */
  readonly reordered: number;
}

/**
 * Converts text files (gzip by their name) of one symbol into one recording per kind and session. Throws
 * InvalidInputError naming file and line; nothing is written here.
 */
export async function importCsv(files: readonly string[], options: CsvImport): Promise<CsvImported> {
  const tables = new Map<RecordingKind, SessionTables>();
  for (const file of files) await readFile(file, options, tables);
  const done = [...tables.values()];
  return {
    recordings: done.flatMap((table) => table.recordings()),
    rows: sum(done.map((table) => table.rows)),
    cut: sum(done.map((table) => table.cut)),
    reordered: sum(done.map((table) => table.reordered)),
  };
}

async function readFile(file: string, options: CsvImport, tables: Map<RecordingKind, SessionTables>): Promise<void> {
  const name = basename(file);
  const total = (await stat(file)).size;
  const input = createReadStream(file);
  const records = parse({ info: true, skip_empty_lines: true, relax_column_count: true });
  const work = pipeline(file.endsWith('.gz') ? [input, createGunzip(), records] : [input, records]);
  // The loop below sees the same failure; without this the promise would also be an unhandled rejection.
  work.catch(() => undefined);
  let reader: { readonly format: CsvFormat; readonly table: SessionTables } | undefined;
  let line = 0;
  try {
    for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: Info }>) {
      line = info.lines;
      if (reader === undefined) {
        const format = checkedFormat(record, options.kind, name);
        const table = tables.get(format.kind) ?? new SessionTables(format.kind, options);
        tables.set(format.kind, table);
        reader = { format, table };
      } else {
        reader.table.add(reader.format, record, `${name}:${line}`);
        if (line % 20_000 === 0) options.onProgress?.(file, input.bytesRead, total);
      }
    }
    await work;
  } catch (error) {
    throw error instanceof InvalidInputError ? error : unreadable(name, line, error);
  } finally {
    input.destroy();
  }
  if (reader === undefined) throw new InvalidInputError([{ path: name, message: 'the file is empty' }]);
  options.onProgress?.(file, total, total);
}

function checkedFormat(header: readonly string[], kind: RecordingKind | undefined, name: string): CsvFormat {
  const format = formatOf(header);
  if (format === undefined) throw new InvalidInputError([{ path: `${name}:1`, message: `unknown columns "${header.join()}"` }]);
  const wanted = kind === undefined || kind === format.kind || (kind === 'minute' && format.kind === 'minute_quote');
  if (!wanted) throw new InvalidInputError([{ path: `${name}:1`, message: `the columns are those of kind ${format.kind}, not ${kind}` }]);
  return format;
}

function unreadable(name: string, line: number, error: unknown): InvalidInputError {
  const reason = error instanceof Error ? error.message : String(error);
  return new InvalidInputError([{ path: `${name}:${line}`, message: `cannot be read after this line (${reason})` }], 'malformed');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
