import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { asNautilusError, ConfigError } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import type { Ambient, StoreLease } from './composition.ts';
import type { Logger } from './log.ts';
import type { SharedSettings } from './shared-settings.ts';
import { lockState } from './state-lock.ts';
import { openConfiguredStore } from './supplies.ts';

/**
 * The store of a process: the server of DATABASE_URL, whose schema somebody else makes unless `migrate` says so, or
 * the embedded database below `directory`, which this process locks and migrates. Throws ConfigError for a folder
 * that is in use or damaged.
 */
export async function leaseStore(
  shared: SharedSettings, ambient: Ambient, log: Logger, directory: string, migrate: boolean,
): Promise<StoreLease> {
  if (shared.databaseUrl !== undefined) {
    const store = await openConfiguredStore(shared, ambient, log);
    return { store: migrate ? migratingOnDemand(store, log) : store, release: (deadlineMs) => end(store, deadlineMs) };
  }
  const unlock = lockState(directory);
  try {
    const store = await openEmbedded(shared, ambient, log, join(directory, 'db'));
    return {
      store,
      release: (deadlineMs) => end(store, deadlineMs).finally(unlock),
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function end(store: Store, deadlineMs: number): Promise<void> {
  try {
    await store.flush(deadlineMs);
  } finally {
    await store.close(deadlineMs);
  }
}

async function openEmbedded(shared: SharedSettings, ambient: Ambient, log: Logger, folder: string): Promise<Store> {
  const existed = existsSync(folder);
  try {
    const store = await openConfiguredStore(shared, ambient, log, { directory: folder });
    await store.migrate((name) => log.info({ migration: name }, 'the embedded database is brought up to date'));
    return store;
  } catch (error) {
    log.debug({ error }, 'the embedded database cannot be opened');
    if (asNautilusError(error)?.kind === 'config') throw error;
    const advice = existed ? `move the folder away to begin with an empty one (mv ${folder} ${folder}.damaged)` : 'see whether the folder can be written and the disk has room';
    throw new ConfigError([{ path: 'NAUTILUS_STATE_DIR', message: `the embedded database in ${folder} cannot be opened; ${advice}` }]);
  }
}

/** The same store, whose schema is brought up to date when it is first looked at and whenever that failed before. */
function migratingOnDemand(store: Store, log: Logger): Store {
  let migrated: Promise<unknown> | undefined;
  const schemaVersion: Store['schemaVersion'] = async () => {
    migrated ??= store.migrate((name) => log.info({ migration: name }, 'the database is brought up to date'));
    await migrated.catch((error: unknown) => {
      migrated = undefined;
      throw error;
    });
    return store.schemaVersion();
  };
  return new Proxy(store, {
    get(target, member) {
      if (member === 'schemaVersion') return schemaVersion;
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
