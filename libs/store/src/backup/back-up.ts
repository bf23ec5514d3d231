import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError, ConflictError, CorruptDataError, isoFromMs, TransientError, type EpochMs } from '@nautilus/model';
import type { Driver, Sql } from '../driver.ts';
import { appliedMigrations, foundVersion, holdMigrations } from '../migrations.ts';
import { partialFolder, removeOlderSets, removePartials, setName, syncFolder, verifySet, type BackupSet, type OnProgress } from './backup-sets.ts';
import { fixTextForms, selectLines, sequencesOf, tablesOf, type BackupTable } from './backup-tables.ts';
import { fileTrouble, writeLineFile } from './line-file.ts';
import { tableFile, writeManifest, type Manifest, type ManifestTable } from './manifest.ts';

export interface BackUpOptions {
  /** Folder of the sets of this one database; made when it is not there. */
  readonly to: string;
  /** Sets that stay, the new one included; all when left out. */
  readonly keep?: number;
  readonly onProgress?: OnProgress;
  readonly onVerify?: OnProgress;
}

export interface BackUpReport extends BackupSet {
  readonly removed: readonly string[];
}

const LOCK = 'nautilus backup';
/** A batch of rows is of about this size; the first of a table is small, because its rows may be large. */
const BATCH_CHARACTERS = 1024 * 1024;
const FIRST_BATCH_ROWS = 50;
const MOST_BATCH_ROWS = 5_000;

/**
 * One snapshot of all tables as a new set, read back before it gets its name, so that only whole and verified sets
 * count. Throws ConfigError for a folder that cannot be used, ConflictError while another backup of this database
 * runs, and TransientError while a migration does.
 */
export async function backUp(driver: Driver, { to, keep, onProgress = () => undefined, onVerify }: BackUpOptions, now: () => EpochMs): Promise<BackUpReport> {
  const root = resolve(to);
  await mkdir(root, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([{ path: 'backup folder', message: `${root} cannot be used (${error.code ?? 'unknown'})` }]);
  });
  const createdAt = isoFromMs(now());
  const name = setName(createdAt);
  const partial = partialFolder(root, name);
  const folder = join(root, name);
  try {
    const manifest = await driver.transaction(async (sql) => {
      await takeTurn(sql, driver);
      await removePartials(root).then(() => mkdir(partial)).catch((error: unknown) => {
        throw fileTrouble(error);
      });
      return writeSet(sql, partial, createdAt, onProgress);
    }, { snapshot: true });
    await verifySet(partial, onVerify);
    await syncFolder(partial);
    await rename(partial, folder);
    await syncFolder(root);
    return { folder, manifest, removed: keep === undefined ? [] : await removeOlderSets(root, keep) };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function takeTurn(sql: Sql, driver: Driver): Promise<void> {
  const [row] = await sql.query<[boolean]>('select pg_try_advisory_xact_lock(hashtext($1))', [LOCK]);
  if (row?.[0] !== true) throw new ConflictError('another backup of this database is running');
  const held = await holdMigrations(sql);
  // The snapshot is older than the lock: a migration may have ended in between, which only a later look can see.
  if (!held || (await foundVersion(sql)) !== (await foundVersion(driver))) throw new TransientError('a migration is running; back up when it is done');
}

async function writeSet(sql: Sql, folder: string, createdAt: string, onProgress: OnProgress): Promise<Manifest> {
  const version = await foundVersion(sql);
  if (version === undefined) throw new ConflictError('the database has no schema, so there is nothing to back up');
  await fixTextForms(sql);
  const migrations = (await appliedMigrations(sql)).map(([number, name, checksum]) => ({ version: number, name, checksum }));
  const [server] = await sql.query<[string, boolean]>(
    "select current_setting('server_version'), exists (select from pg_extension where extname = 'timescaledb')",
  );
  if (server === undefined) throw new CorruptDataError('the server does not tell its version');
  const found = await tablesOf(sql);
  const tables: ManifestTable[] = [];
  let rows = 0;
  for (const [tablesDone, table] of found.entries()) {
    const report = (count: number): void => {
      rows += count;
      onProgress({ table: table.name, tablesDone, tables: found.length, rows });
    };
    report(0);
    const file = await writeLineFile(tableFile(folder, table.name), linesOf(sql, table, report));
    tables.push({ ...table, ...file, sequences: await sequencesOf(sql, table) });
  }
  const manifest: Manifest = { format: 1, createdAt, schemaVersion: version, migrations, server: { version: server[0], timescale: server[1] }, tables };
  await writeManifest(folder, manifest).catch((error: unknown) => {
    throw fileTrouble(error);
  });
  return manifest;
}

async function* linesOf(sql: Sql, table: BackupTable, onRows: (count: number) => void): AsyncGenerator<readonly string[]> {
  await sql.query(`declare backup_rows no scroll cursor for ${selectLines(table)}`);
  let rows = 0;
  let characters = 0;
  let batch = FIRST_BATCH_ROWS;
  for (;;) {
    const fetched = await sql.query<[string]>(`fetch forward ${batch} from backup_rows`);
    if (fetched.length === 0) break;
    const lines = fetched.map(([line]) => line);
    rows += lines.length;
    characters += lines.reduce((sum, line) => sum + line.length, 0);
    onRows(lines.length);
    yield lines;
    batch = Math.max(1, Math.min(MOST_BATCH_ROWS, Math.floor((BATCH_CHARACTERS * rows) / characters)));
  }
  await sql.query('close backup_rows');
}
