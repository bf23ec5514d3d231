import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { asNautilusError, CorruptDataError } from '@nautilus/model';
import { decodeRecording, headerEnd, readInfo, RECORDING_EXTENSION } from './recording-file.ts';
import { RECORDING_KINDS, type Recording, type RecordingInfo, type RecordingKind } from './recording.ts';

export interface CatalogueEntry extends RecordingInfo {
  /** Relative to the data folder, with `/`. */
  readonly file: string;
}

/** A file that cannot be used, and why. The others are not affected. */
export interface DamagedFile {
  readonly file: string;
  readonly message: string;
}

export interface Catalogue {
  readonly entries: readonly CatalogueEntry[];
  readonly damaged: readonly DamagedFile[];
}

const FIRST_READ = 4096;

/** Lists the recordings below `folder` by their headers; a folder that does not exist holds none. */
export async function scanCatalogue(folder: string): Promise<Catalogue> {
  const entries: CatalogueEntry[] = [];
  const damaged: DamagedFile[] = [];
  for (const path of await recordingFiles(join(folder, 'market'))) {
    const file = relative(folder, path).split(sep).join('/');
    try {
      entries.push({ ...readInfo(await readHead(path, file), file), file });
    } catch (error) {
      damaged.push({ file, message: messageOf(error) });
    }
  }
  return { entries, damaged };
}

/** Reads and checks one file whole. Throws CorruptDataError naming it. */
export async function loadRecording(folder: string, entry: Pick<CatalogueEntry, 'file'>): Promise<Recording> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(folder, entry.file));
  } catch (error) {
    throw new CorruptDataError(`${entry.file}: cannot be read (${messageOf(error)})`);
  }
  return decodeRecording(bytes, entry.file);
}

/** `market/<kind>/…`; undefined when a file lies elsewhere. */
export function kindOfPath(file: string): RecordingKind | undefined {
  return RECORDING_KINDS.find((kind) => file.startsWith(`market/${kind}/`));
}

/** `market/<kind>/<symbol>/<session>.ntr` or `market/<kind>/<symbol>.ntr`; undefined when a file lies elsewhere. */
export function symbolOfPath(file: string): string | undefined {
  const [, , symbol] = file.split('/');
  return symbol?.endsWith(RECORDING_EXTENSION) === true ? symbol.slice(0, -RECORDING_EXTENSION.length) : symbol;
}

async function recordingFiles(folder: string): Promise<readonly string[]> {
  const known = await stat(folder).catch(() => undefined);
  if (known?.isDirectory() !== true) return [];
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((item) => item.isFile() && item.name.endsWith(RECORDING_EXTENSION)).map((item) => join(item.parentPath, item.name)).sort();
}

async function readHead(path: string, file: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const first = await handle.read(Buffer.alloc(FIRST_READ), 0, FIRST_READ, 0);
    const head = first.buffer.subarray(0, first.bytesRead);
    const end = headerEnd(head, file);
    if (end <= head.length) return head;
    const whole = await handle.read(Buffer.alloc(end), 0, end, 0);
    return whole.buffer.subarray(0, whole.bytesRead);
  } finally {
    await handle.close();
  }
}

function messageOf(error: unknown): string {
  return asNautilusError(error)?.message ?? (error instanceof Error ? error.message : String(error));
}
