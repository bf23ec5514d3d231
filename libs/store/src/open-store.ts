import { EmbeddedDriver } from './embedded-driver.ts';
import { InstrumentIds } from './instruments.ts';
import { MIGRATIONS_DIRECTORY } from './migrations.ts';
import { PostgresDriver, type SslMode } from './postgres-driver.ts';
import { SqlStore, type StoreLog } from './sql-store.ts';
import type { Store, StoreAmbient } from './store.ts';
import { translated } from './translated-driver.ts';
import { writerLimits, type WriterOptions } from './writer.ts';

export interface OpenStoreOptions {
  /** `postgresql://…`; without it the embedded database is used. */
  readonly url?: string;
  /** Default `prefer`. `require` and above insist on TLS; a `sslmode` in the URL wins. */
  readonly sslMode?: SslMode;
  /** Folder of the embedded database; without it the data live in memory. */
  readonly directory?: string;
  /** Of `makeEmbeddedImage`, for data in memory. */
  readonly image?: Uint8Array<ArrayBuffer>;
  readonly ambient: StoreAmbient;
  readonly log?: StoreLog;
  /** Default 8. The embedded database has one. */
  readonly maxConnections?: number;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Default 60,000; transactions such as migrations may take ten times as long. */
  readonly statementTimeoutMs?: number;
  /** Where the build put the migrations, when it moved them. */
  readonly migrationsDirectory?: string;
  readonly writer?: WriterOptions;
}

/**
 * A server that is away is no reason to fail: the store opens, rejects reads with TransientError, holds appends
 * back, and connects when it can. Throws ConfigError for a URL that is none,
 * and for a directory that another store has open.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const instruments = new InstrumentIds();
  const driver = translated(
    options.url === undefined
      ? await EmbeddedDriver.open(options.directory, options.image)
      : new PostgresDriver({
          url: options.url,
          sslMode: options.sslMode ?? 'prefer',
          maxConnections: options.maxConnections ?? 8,
          connectTimeoutMs: options.connectTimeoutMs ?? 5000,
          statementTimeoutMs: options.statementTimeoutMs ?? 60_000,
          onDisconnect: () => instruments.forget(),
        }),
  );
  const store = new SqlStore({
    driver,
    instruments,
    limits: writerLimits(options.writer),
    ambient: options.ambient,
    log: options.log,
    migrationsDirectory: options.migrationsDirectory ?? MIGRATIONS_DIRECTORY,
  });
  // Met again by the first ping; status and offers tell the state until then.
  await store.detect().catch(() => undefined);
  return store;
}
