import { ConfigError, ConflictError, CorruptDataError } from '@nautilus/model';
import type { Driver, Sql } from '../driver.ts';
import { applyMigrations, foundVersion, offerTimescale, readMigrations, type Migration } from '../migrations.ts';
import { textArray } from '../table.ts';
import type { MigrationReport } from '../store.ts';
import { verifySet, type BackupSet, type OnProgress } from './backup-sets.ts';
import { contentOf, fixTextForms, identifier, insertLines, setSequence, tablesOf, type BackupTable } from './backup-tables.ts';
import { readLineFile } from './line-file.ts';
import { tableFile, type Manifest, type ManifestTable } from './manifest.ts';

export interface RestoreOptions {
  /** The folder of one set. */
  readonly from: string;
  readonly onProgress?: OnProgress;
  readonly onVerify?: OnProgress;
}

export interface RestoreReport extends BackupSet {
  /** Beyond the version of the set, to the one that this build needs. */
  readonly migrated: MigrationReport;
}

/**
 * Fills an empty database from a set, in one transaction: the schema of the set, its rows, the comparison of counts
 * and digests with what the server then holds, and the migrations that came later. All of it, or nothing. The set
 * is read as a whole before. Throws CorruptDataError for a set that is damaged or does not come out the same,
 * ConflictError for a database that is not empty or beyond the set, and ConfigError for a set of a newer build.
 */
export async function restore(driver: Driver, migrationsDirectory: string, { from, onProgress = () => undefined, onVerify }: RestoreOptions): Promise<RestoreReport> {
  const manifest = await verifySet(from, onVerify);
  const migrations = await readMigrations(migrationsDirectory);
  checkMigrations(manifest, migrations);
  await offerTimescale(driver);
  const migrated = await driver.transaction(async (sql) => {
    await fixTextForms(sql);
    await prepare(sql, manifest, migrations);
    const rowsExpected = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    let rows = 0;
    for (const [tablesDone, table] of manifest.tables.entries()) {
      await load(sql, from, table, (count) => {
        rows += count;
        onProgress({ table: table.name, tablesDone, tables: manifest.tables.length, rows, rowsExpected });
      });
      await compare(sql, table);
    }
    for (const table of manifest.tables) for (const sequence of table.sequences) await setSequence(sql, table.name, sequence);
    return applyMigrations(sql, migrations, () => undefined);
  });
  return { folder: from, manifest, migrated };
}

function checkMigrations(manifest: Manifest, own: readonly Migration[]): void {
  if (manifest.schemaVersion > own.length) {
    throw new ConfigError([{ path: 'backup', message: `has schema ${manifest.schemaVersion}, but this build knows ${own.length}: use a build at least as new as the one that made it` }]);
  }
  for (const { version, name, checksum } of manifest.migrations) {
    if (own[version - 1]?.checksum !== checksum) throw new CorruptDataError(`the backup was made after migration ${name}, but the file of this build is another one`);
  }
}

/** Schema at the version of the set, empty tables of the same columns, and nobody else who writes. */
async function prepare(sql: Sql, manifest: Manifest, migrations: readonly Migration[]): Promise<void> {
  const found = await foundVersion(sql);
  if (found === undefined) {
    const others = await tablesOf(sql);
    if (others.length > 0) throw notEmpty(`it has ${listed(others)} and no schema of Nautilus`);
  } else if (found > manifest.schemaVersion) {
    throw new ConflictError(`the database has schema ${found} and the backup ${manifest.schemaVersion}: restore into a database without schema`);
  }
  await applyMigrations(sql, migrations, () => undefined, manifest.schemaVersion);
  const tables = await tablesOf(sql);
  const names = tables.map(({ name }) => identifier(name));
  if (names.length > 0) await sql.query(`lock table ${names.join(', ')} in exclusive mode`);
  const filled: BackupTable[] = [];
  for (const table of tables) {
    const [row] = await sql.query<[boolean]>(`select exists (select from ${identifier(table.name)})`);
    if (row?.[0] === true) filled.push(table);
  }
  if (filled.length > 0) throw notEmpty(`${listed(filled)} hold${filled.length === 1 ? 's' : ''} rows`);
  const form = ({ name, columns }: BackupTable): string => JSON.stringify([name, columns.map((column) => [column.name, column.type])]);
  const expected = new Set(manifest.tables.map(form));
  const different = [...tables.filter((table) => !expected.delete(form(table))).map(({ name }) => name), ...[...expected].map((text) => (JSON.parse(text) as [string])[0])];
  if (different.length > 0) throw new ConflictError(`the backup and the schema differ in ${[...new Set(different)].join(', ')}`);
}

const notEmpty = (why: string): ConflictError => new ConflictError(`the database is not empty (${why}): restore into an empty one`);

function listed(tables: readonly BackupTable[]): string {
  const names = tables.map(({ name }) => name);
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}

async function load(sql: Sql, folder: string, table: ManifestTable, onRows: (count: number) => void): Promise<void> {
  const insert = insertLines(table);
  for await (const lines of readLineFile(tableFile(folder, table.name), table)) {
    const columns: (string | null)[][] = table.columns.map(() => []);
    for (const line of lines) {
      const row = JSON.parse(line) as readonly (string | null)[];
      for (const [i, column] of columns.entries()) column.push(row[i] ?? null);
    }
    if (table.columns.length > 0) await sql.query(insert, columns.map(textArray));
    onRows(lines.length);
  }
}

async function compare(sql: Sql, table: ManifestTable): Promise<void> {
  const found = await contentOf(sql, table);
  if (found.rows !== table.rows || found.digest !== table.digest) {
    throw new CorruptDataError(`${table.name} did not come out as it was backed up: ${found.rows} of ${table.rows} rows, digest ${found.digest} instead of ${table.digest}`);
  }
}
