import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ConfigError, CorruptDataError } from '@nautilus/model';
import type { Driver, Sql } from './driver.ts';
import { describe } from './failures.ts';
import type { MigrationReport } from './store.ts';

/**
 * Folder of `NNNN-name.sql`, beside `src`. A bundle is elsewhere: there the build copies the folder and gives its
 * place to `openStore`.
 */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../migrations', import.meta.url));

const LOCK = 'nautilus migrations';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** In order of their versions, which are 1, 2, 3 …; throws CorruptDataError otherwise. */
export async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name, i): Promise<Migration> => {
    const version = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
    if (version !== i + 1) throw new CorruptDataError(`migration ${name} is not number ${i + 1}`);
    // A checkout may change line ends, and that changes nothing.
    const text = (await readFile(`${directory}/${name}`, 'utf8')).replaceAll('\r\n', '\n');
    return { version, name: name.slice(0, -'.sql'.length), text, checksum: createHash('sha256').update(text).digest('hex') };
  }));
}

/** Undefined when no migration was ever applied. */
export async function foundVersion(sql: Sql): Promise<number | undefined> {
  const [exists] = await sql.query<[boolean]>("select to_regclass('schema_migrations') is not null");
  if (exists?.[0] !== true) return undefined;
  const [row] = await sql.query<[number | null]>('select max(version) from schema_migrations');
  return row?.[0] ?? undefined;
}

/**
 * All that is missing, in one transaction. Throws ConfigError when the schema is newer than this build knows, and
 * CorruptDataError when an applied file was changed afterwards.
 */
export async function migrate(driver: Driver, directory: string, onStep: (name: string) => void): Promise<MigrationReport> {
  const migrations = await readMigrations(directory);
  await offerTimescale(driver);
  return driver.transaction((sql) => applyMigrations(sql, migrations, onStep));
}

/** The part of `migrate` that belongs into a transaction; `upTo` ends at that version. Throws as `migrate` does. */
export async function applyMigrations(
  sql: Sql, migrations: readonly Migration[], onStep: (name: string) => void, upTo = migrations.length,
): Promise<MigrationReport> {
  await sql.query('select pg_advisory_xact_lock(hashtext($1))', [LOCK]);
  await sql.script(`create table if not exists schema_migrations (
    version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
  const found = await appliedMigrations(sql);
  compare(found, migrations);
  const missing = migrations.slice(found.length, upTo);
  for (const { version, name, text, checksum } of missing) {
    await sql.script(text);
    await sql.query('insert into schema_migrations (version, name, checksum) values ($1, $2, $3)', [version, name, checksum]);
    onStep(name);
  }
  return { from: found.length, to: Math.max(found.length, upTo), applied: missing.map(({ name }) => name) };
}

/** False while a migration runs; otherwise none begins before the transaction ends. */
export async function holdMigrations(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<[boolean]>('select pg_try_advisory_xact_lock_shared(hashtext($1))', [LOCK]);
  return row?.[0] === true;
}

/** Version, name and checksum of what was applied; the table must exist. */
export async function appliedMigrations(sql: Sql): Promise<readonly (readonly [number, string, string])[]> {
  return sql.query<[number, string, string]>('select version, name, checksum from schema_migrations order by version');
}

function compare(found: readonly (readonly [number, string, string])[], migrations: readonly Migration[]): void {
  if (found.length > migrations.length) {
    throw new ConfigError([{
      path: 'database schema',
      message: `is at version ${found.length}, but this build knows ${migrations.length}: use a build at least as new as the one that migrated it`,
    }]);
  }
  for (const [i, [version, name, checksum]] of found.entries()) {
    const own = migrations[i];
    if (own === undefined || own.version !== version || own.checksum !== checksum) {
      throw new CorruptDataError(`migration ${version} was applied as ${name}, but the file of this build is another one`);
    }
  }
}

/** In a transaction of its own, because a server that has the extension may still refuse it to this user. */
export async function offerTimescale(driver: Driver): Promise<void> {
  await driver.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock(hashtext($1))', [LOCK]);
    const rows = await sql.query("select 1 from pg_available_extensions where name = 'timescaledb' and installed_version is null");
    if (rows.length === 0) return;
    // Whether it is loaded is a secret to ordinary roles, and they could not create it either.
    const [loaded] = await sql.query<[boolean]>(
      `select case when pg_has_role('pg_read_all_settings', 'usage') then current_setting('shared_preload_libraries') ~ 'timescaledb' else false end`,
    );
    if (loaded?.[0] !== true) return;
    await sql.query('create extension timescaledb').catch((error: unknown) => {
      throw new ConfigError([{ path: 'database', message: `offers TimescaleDB, but the extension could not be created: ${describe(error)}` }]);
    });
  });
}
