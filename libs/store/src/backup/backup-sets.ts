import { open, readdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { NotFoundError } from '@nautilus/model';
import { readLineFile } from './line-file.ts';
import { MANIFEST, readManifest, tableFile, type Manifest } from './manifest.ts';

/** How far a backup, a restore or a check is. */
export interface BackupProgress {
  readonly table: string;
  /** Tables finished before this one, and of how many. */
  readonly tablesDone: number;
  readonly tables: number;
  /** Rows handled so far in all tables. */
  readonly rows: number;
  /** Undefined where nobody has counted them yet. */
  readonly rowsExpected?: number;
}

export type OnProgress = (progress: BackupProgress) => void;

export interface BackupSet {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** `nautilus-20260131T235959123Z`: names sort as their times do. */
const SET_NAME = /^nautilus-\d{8}T\d{9}Z$/;
const PARTIAL = '.partial-';

export function setName(createdAt: string): string {
  return `nautilus-${createdAt.replaceAll(/[-:.]/g, '')}`;
}

/** Where a set is written until it is whole; nothing that reads sets looks there. */
export const partialFolder = (root: string, name: string): string => join(root, `${PARTIAL}${name}`);

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}

/** Folders of the sets in `root`, oldest first; what was begun and not finished is not among them. */
export async function listSets(root: string): Promise<readonly string[]> {
  const names = await namesIn(root);
  return names.filter((name) => SET_NAME.test(name)).sort().map((name) => join(root, name));
}

/** The set itself, or the newest one in a folder of sets. Throws NotFoundError when there is none. */
export async function findSet(path: string): Promise<string> {
  const folder = resolve(path);
  if (SET_NAME.test(basename(folder)) || (await namesIn(folder)).includes(MANIFEST)) return folder;
  const newest = (await listSets(folder)).at(-1);
  if (newest === undefined) throw new NotFoundError('backup', `${folder} is no backup and holds none`);
  return newest;
}

/** Reads every byte of a set. Throws CorruptDataError at the first difference from its manifest. */
export async function verifySet(folder: string, onProgress: OnProgress = () => undefined): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const rowsExpected = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  let rows = 0;
  for (const [tablesDone, table] of manifest.tables.entries()) {
    for await (const lines of readLineFile(tableFile(folder, table.name), table)) {
      rows += lines.length;
      onProgress({ table: table.name, tablesDone, tables: manifest.tables.length, rows, rowsExpected });
    }
  }
  return manifest;
}

/** Removes all but the newest `keep` sets. Gives the folders removed. */
export async function removeOlderSets(root: string, keep: number): Promise<readonly string[]> {
  const sets = await listSets(root);
  const old = sets.slice(0, Math.max(0, sets.length - keep));
  for (const folder of old) await rm(folder, { recursive: true });
  return old;
}

/** What a killed backup left behind. Only for who knows that no other backup writes into `root`. */
export async function removePartials(root: string): Promise<void> {
  for (const name of await namesIn(root)) {
    if (name.startsWith(PARTIAL)) await rm(join(root, name), { recursive: true });
  }
}

/** Makes the entries of a folder survive a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
