import type { EpochMs } from '@nautilus/model';
import { MIGRATIONS_DIRECTORY } from '../migrations.ts';
import { PostgresDriver, type SslMode } from '../postgres-driver.ts';
import { translated } from '../translated-driver.ts';
import { backUp, type BackUpOptions, type BackUpReport } from './back-up.ts';
import { restore, type RestoreOptions, type RestoreReport } from './restore.ts';

export interface OpenArchiveOptions {
  readonly url: string;
  /** As for `openStore`. */
  readonly sslMode?: SslMode;
  /** Where the build put the migrations, when it moved them. */
  readonly migrationsDirectory?: string;
  readonly now: () => EpochMs;
}

/** Logical backup of one PostgreSQL database. */
export interface Archive {
  /** See `backUp`. */
  backUp(options: BackUpOptions): Promise<BackUpReport>;
  /** See `restore`. */
  restore(options: RestoreOptions): Promise<RestoreReport>;
  close(): Promise<void>;
}

/** A comparison reads a whole table in one statement, which takes longer than any statement of an engine may. */
const STATEMENT_TIMEOUT_MS = 30 * 60_000;

/** Connects with the first use. Throws ConfigError for a URL that is none. */
export function openArchive({ url, sslMode = 'prefer', migrationsDirectory = MIGRATIONS_DIRECTORY, now }: OpenArchiveOptions): Archive {
  const driver = translated(
    new PostgresDriver({ url, sslMode, maxConnections: 2, connectTimeoutMs: 5_000, statementTimeoutMs: STATEMENT_TIMEOUT_MS, onDisconnect: () => undefined }),
  );
  return {
    backUp: (options) => backUp(driver, options, now),
    restore: (options) => restore(driver, migrationsDirectory, options),
    close: () => driver.close(),
  };
}
