import { ConfigError } from '@nautilus/model';
import type { Ambient } from '@nautilus/engine';
import { findSet, openArchive, openStore, verifySet, type Archive, type Manifest, type OnProgress, type Store } from '@nautilus/store';
import type { Work } from './command-line.ts';
import { withPatience } from './patience.ts';
import type { Progress } from './progress.ts';
import type { MigratorSettings } from './settings.ts';

export interface Surroundings {
  readonly settings: MigratorSettings;
  readonly ambient: Ambient;
  readonly say: (line: string) => void;
  readonly progress: (title: string) => Progress;
}

/** Does what the command says. Rejects with a typed error when it could not be done. */
export async function execute(command: Work, around: Surroundings): Promise<void> {
  switch (command.name) {
    case 'migrate': return migrateSchema(around);
    case 'backup': return makeBackup(command, around);
    case 'restore': return restoreSet(command.from, around);
    case 'verify': return checkSet(command.from, around);
  }
}

async function migrateSchema({ settings, ambient, say }: Surroundings): Promise<void> {
  const store = await storeOf(settings, ambient);
  try {
    const { from, to, applied } = await reached(() => store.migrate((name) => say(`Applying ${name}.`)), { settings, ambient, say });
    const { timescale } = store.offers;
    const tables = timescale === 'none' ? 'ordinary tables, since the server has no TimescaleDB' : 'hypertables of TimescaleDB';
    say(applied.length === 0
      ? `The schema is at version ${to} already; nothing was changed.`
      : `The schema went from version ${from} to ${to} (${tables}).`);
  } finally {
    await store.close(0);
  }
}

async function makeBackup({ to, keep }: { readonly to: string | undefined; readonly keep: number | undefined }, around: Surroundings): Promise<void> {
  const folder = to ?? around.settings.backupDirectory;
  if (folder === undefined) throw new ConfigError([{ path: 'MIGRATOR_BACKUP_DIR', message: 'is not set and there is no --to: where shall the backup be written?' }]);
  await withArchive(around, async (archive) => {
    const report = await shown(around, 'Backing up', (onProgress) =>
      shown(around, 'Verifying', (onVerify) => archive.backUp({ to: folder, onProgress, onVerify, ...(keep === undefined ? {} : { keep }) })));
    around.say(`Backed up ${summaryOf(report.manifest)} to ${report.folder}, and verified it.`);
    for (const removed of report.removed) around.say(`Removed the older set ${removed}.`);
  });
}

async function restoreSet(from: string, around: Surroundings): Promise<void> {
  const set = await setOf(from, around.settings);
  await withArchive(around, async (archive) => {
    const { manifest, migrated } = await shown(around, 'Restoring', (onProgress) =>
      shown(around, 'Verifying', (onVerify) => archive.restore({ from: set, onProgress, onVerify })));
    around.say(`Restored ${summaryOf(manifest)} from ${set}; counts and checksums are equal.`);
    for (const name of migrated.applied) around.say(`Applied ${name}, which is newer than the backup.`);
  });
}

async function checkSet(from: string, around: Surroundings): Promise<void> {
  const set = await setOf(from, around.settings);
  const manifest = await shown(around, 'Verifying', (onProgress) => verifySet(set, onProgress));
  around.say(`${set} is whole: ${summaryOf(manifest)}, of ${manifest.createdAt}.`);
}

function summaryOf({ tables, schemaVersion }: Manifest): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  return `${rows.toLocaleString('en-GB')} rows of ${tables.length} tables (schema ${schemaVersion}, ${bytes.toLocaleString('en-GB')} bytes)`;
}

function setOf(from: string, settings: MigratorSettings): Promise<string> {
  if (from !== 'latest') return findSet(from);
  if (settings.backupDirectory === undefined) throw new ConfigError([{ path: 'MIGRATOR_BACKUP_DIR', message: 'is not set: where is the latest backup?' }]);
  return findSet(settings.backupDirectory);
}

async function shown<T>(around: Surroundings, title: string, work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  const progress = around.progress(title);
  try {
    return await work((state) => progress.update(state));
  } finally {
    progress.end();
  }
}

function databaseOf({ databaseUrl, databaseSslMode, migrationsDirectory }: MigratorSettings) {
  if (databaseUrl === undefined) throw new ConfigError([{ path: 'DATABASE_URL', message: 'is required: the database that this command works on' }]);
  return { url: databaseUrl, sslMode: databaseSslMode, ...(migrationsDirectory === undefined ? {} : { migrationsDirectory }) };
}

function storeOf(settings: MigratorSettings, { clock, delay, random }: Ambient): Promise<Store> {
  const ambient = { now: () => clock.now(), monotonic: () => clock.monotonic(), after: delay, random };
  return openStore({ ...databaseOf(settings), ambient, maxConnections: 1 });
}

/** Runs `work` once the database answers; what fails then is not tried again. */
async function withArchive(around: Surroundings, work: (archive: Archive) => Promise<void>): Promise<void> {
  const { settings, ambient } = around;
  const store = await storeOf(settings, ambient);
  try {
    await reached(() => store.schemaVersion(), around);
  } finally {
    await store.close(0);
  }
  const archive = openArchive({ ...databaseOf(settings), now: () => ambient.clock.now() });
  try {
    await work(archive);
  } finally {
    await archive.close();
  }
}

function reached<T>(work: () => Promise<T>, { settings, ambient, say }: Pick<Surroundings, 'settings' | 'ambient' | 'say'>): Promise<T> {
  return withPatience(work, { ambient, waitMs: settings.waitMs, onWait: (reason) => say(`Waiting: ${reason}.`) });
}
