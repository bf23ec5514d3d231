import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asNautilusError, parseSymbol } from '@nautilus/model';
import { readLevel2 } from '../services/marketdata/src/books/formats/read-level2.ts';
import { bookRecordings } from '../services/marketdata/src/books/recorded-book.ts';
import { importCsv } from '../services/marketdata/src/import/csv-import.ts';
import { LEAN_FILES, LEAN_ZONE } from '../services/marketdata/src/import/lean-set.ts';
import { writeRecordings, type Written } from '../services/marketdata/src/import/write-recordings.ts';
import { RECORDING_KINDS, type RecordingKind } from '../services/marketdata/src/recordings/recording.ts';
import { Zone } from '../services/marketdata/src/recordings/zone.ts';

/** Converts recorded market data into the files that the marketdata engine replays. Exits 0, 1 (bad data) or 2 (bad call). */

const HELP = `Converts recorded market data into files under data/market that load fast.

  node tools/import-market-data.ts --symbol IBM [options] FILE.csv[.gz] ...
  node tools/import-market-data.ts --level2 [options] FILE[.zip|.gz] ...
  node tools/import-market-data.ts --lean FOLDER        makes the bundled set anew

Options
  --symbol NAME    the instrument all the files are about
  --kind KIND      trade, quote, minute, minute_quote or daily; found from the header when absent
  --zone ZONE      zone of the wall times in the files (default America/New_York)
  --venue MIC      venue of the instrument (default XNYS)
  --source NAME    name that every record bears as its source (default import)
  --from DATE      leaves out sessions before this date
  --level2         the files are order books as venues record them: Binance depth, Bybit orderbook, Tardis
                   incremental_book_L2 or book_snapshot; all symbols in them, or that of --symbol
  --allow-gap      with --level2: applies updates although earlier ones are missing
  --out FOLDER     the data folder (default data)
  --help           this text

First line of a file, by kind:
  trade         time,price,size,exchange,condition,suspicious
  quote         time,bid,bid_size,ask,ask_size,exchange,condition,suspicious      (0 = nothing on that side)
  minute        time,open,high,low,close,volume
  minute_quote  time,bid_open,bid_high,bid_low,bid_close,bid_size,ask_open,ask_high,ask_low,ask_close,ask_size
  daily         date,open,high,low,close,volume

A repeated run leaves the same files. A bad line stops the run before anything of that symbol is written.
`;

class BadCall extends Error {}

interface Request {
  readonly files: readonly string[];
  readonly symbol: string;
  readonly venue: string;
  readonly source: string;
  readonly from?: string;
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args);
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const out = resolve(values.out ?? 'data');
  if (values.level2 === true) return convertBooks(values, positionals, out);
  const zone = toZone(values.lean === undefined ? (values.zone ?? LEAN_ZONE) : LEAN_ZONE);
  const kind = values.kind === undefined ? undefined : toKind(values.kind);
  const requests = values.lean === undefined ? [single(values, positionals)] : leanRequests(values.lean);
  let bytes = 0;
  for (const request of requests) bytes += await convert(request, zone, kind, out);
  process.stdout.write(`${(bytes / 1e6).toFixed(2)} MB in all\n`);
}

function readArguments(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { symbol: text, kind: text, zone: text, venue: text, source: text, from: text, out: text, lean: text, level2: { type: 'boolean' }, 'allow-gap': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new BadCall(error instanceof Error ? error.message : String(error));
  }
}

function single(values: { symbol?: string; venue?: string; source?: string; from?: string }, files: readonly string[]): Request {
  const symbol = parseSymbol(values.symbol ?? '');
  if (symbol === undefined) throw new BadCall('--symbol is needed and must be a symbol such as IBM');
  checkFiles(files);
  if (values.from !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(values.from)) throw new BadCall('--from must be a date such as 2013-10-07');
  return {
    files, symbol, venue: values.venue ?? 'XNYS', source: values.source ?? 'import', ...(values.from === undefined ? {} : { from: values.from }),
  };
}

function checkFiles(files: readonly string[]): void {
  if (files.length === 0) throw new BadCall('name at least one file');
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new BadCall(`${missing} does not exist`);
}

/** Files go one behind the other, so that a snapshot and its updates can come in two. */
async function convertBooks(values: { symbol?: string; venue?: string; source?: string; 'allow-gap'?: boolean }, files: readonly string[], out: string): Promise<void> {
  checkFiles(files);
  const allowGap = values['allow-gap'] ?? false;
  const all = files.flatMap((file) => readLevel2(readFileSync(file), file)).filter(({ symbol }) => values.symbol === undefined || symbol === values.symbol);
  if (all.length === 0) throw new BadCall('the files hold no book of that symbol');
  const changes = all.map((change) => (change.isSnapshot ? change : { ...change, allowGap }));
  printWritten(await writeRecordings(out, bookRecordings(changes, { venue: values.venue ?? '', source: values.source ?? 'import' })));
}

function leanRequests(folder: string): readonly Request[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new BadCall(`${folder} is not a folder`);
  const missing = LEAN_FILES.filter(({ path }) => !existsSync(join(folder, path)));
  if (missing.length > 0) throw new BadCall(`missing below ${folder}: ${missing.map(({ path }) => path).join(', ')}`);
  return LEAN_FILES.map(({ path, ...rest }) => ({ ...rest, files: [join(folder, path)] }));
}

function toKind(text: string): RecordingKind {
  const kind = RECORDING_KINDS.find((known) => known === text);
  if (kind === undefined) throw new BadCall(`--kind must be one of ${RECORDING_KINDS.join(', ')}`);
  return kind;
}

function toZone(name: string): Zone {
  try {
    return new Zone(name);
  } catch {
    throw new BadCall(`--zone ${name} is not a time zone`);
  }
}

/** Bytes of the files written or found unchanged. */
async function convert(request: Request, zone: Zone, kind: RecordingKind | undefined, out: string): Promise<number> {
  const { files, ...options } = request;
  const imported = await importCsv(files, { ...options, zone, ...(kind === undefined ? {} : { kind }), onProgress: showProgress });
  const written = await writeRecordings(out, imported.recordings);
  printWritten(written);
  if (imported.cut > 0) process.stdout.write(`  ${imported.cut} rows before ${request.from} left out\n`);
  if (imported.reordered > 0) process.stdout.write(`  ${imported.reordered} rows were out of order and were put in order\n`);
  return written.reduce((total, { bytes }) => total + bytes, 0);
}

function printWritten(written: readonly Written[]): void {
  for (const { path, rows, bytes, changed } of written) {
    process.stdout.write(`${path.padEnd(44)} ${String(rows).padStart(8)} rows ${String(bytes).padStart(9)} bytes${changed ? '' : '  unchanged'}\n`);
  }
}

/** A line that redraws itself on a terminal; nothing in a log. */
function showProgress(file: string, bytesRead: number, bytesTotal: number): void {
  if (!process.stderr.isTTY) return;
  const done = bytesRead >= bytesTotal;
  process.stderr.write(`\r${file} ${String(Math.floor((100 * bytesRead) / Math.max(bytesTotal, 1))).padStart(3)} %${done ? '\r\u001b[K' : ''}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof BadCall) {
    process.stderr.write(`${error.message}\nSee --help.\n`);
    process.exitCode = 2;
  } else if (asNautilusError(error) !== undefined && error instanceof Error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
