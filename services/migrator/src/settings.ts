import { setting, sharedSettings, type SettingsValues } from '@nautilus/engine';

/** Every variable that the migrator reads. */
export const settings = {
  databaseUrl: sharedSettings.databaseUrl,
  databaseSslMode: sharedSettings.databaseSslMode,
  waitMs: setting.milliseconds('MIGRATOR_WAIT_MS', 300_000, { help: 'Longest wait for a database that does not answer yet.' }),
  migrationsDirectory: setting.text('MIGRATOR_MIGRATIONS_DIR', undefined, {
    help: 'Folder of the migrations instead of `migrations/` beside the folder of the program.',
  }),
  backupDirectory: setting.text('MIGRATOR_BACKUP_DIR', undefined, { help: 'Folder of the backup sets, for `backup` without --to and for `latest`.' }),
} as const;

export type MigratorSettings = SettingsValues<typeof settings>;
