import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CorruptDataError } from '@nautilus/model';
import type { BackupTable, SequenceState } from './backup-tables.ts';
import type { LineFile } from './line-file.ts';

/** One table in a set: its rows are in `<name>.jsonl.gz`. */
export interface ManifestTable extends BackupTable, LineFile {
  readonly sequences: readonly SequenceState[];
}

export interface Manifest {
  readonly format: 1;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly schemaVersion: number;
  /** Those that made the schema, in order. */
  readonly migrations: readonly { readonly version: number; readonly name: string; readonly checksum: string }[];
  readonly server: { readonly version: string; readonly timescale: boolean };
  /** Referenced tables first. */
  readonly tables: readonly ManifestTable[];
}

/** Written last: a set without it was never finished. */
export const MANIFEST = 'manifest.json';

export const tableFile = (folder: string, table: string): string => join(folder, `${table}.jsonl.gz`);

const sumOf = (manifest: unknown): string => createHash('sha256').update(JSON.stringify(manifest)).digest('hex');

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const handle = await open(join(folder, MANIFEST), 'wx');
  try {
    await handle.writeFile(`${JSON.stringify({ ...manifest, sha256: sumOf(manifest) }, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Throws CorruptDataError when the folder has no whole manifest of this format. */
export async function readManifest(folder: string): Promise<Manifest> {
  const refuse = (why: string): CorruptDataError => new CorruptDataError(`${folder} is no complete backup: ${why}`);
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR' ? refuse(`it has no ${MANIFEST}`) : error;
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refuse(`its ${MANIFEST} is damaged`);
  }
  if (typeof parsed !== 'object' || parsed === null) throw refuse(`its ${MANIFEST} is damaged`);
  const { sha256, ...manifest } = parsed as Manifest & { readonly sha256?: unknown };
  // The form first: another format may sum differently.
  if ((manifest.format as unknown) !== 1) throw refuse(`its format is not the one that this build reads (1)`);
  if (sha256 !== sumOf(manifest)) throw refuse(`the checksum of its ${MANIFEST} is wrong`);
  if (manifest.tables.some(({ name }) => !/^\w+$/.test(name))) throw refuse('it names a table that cannot be one');
  return manifest;
}
