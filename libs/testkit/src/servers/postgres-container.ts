import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { uniquePrefix } from '../unique-prefix.ts';
import type { FoundPostgres } from './found.ts';
import { settingArguments, type PostgresBackend, type PostgresLaunch } from './postgres-backend.ts';
import { eventually } from '../eventually.ts';
import { whenThisProcessEnds } from './server-process.ts';

type FoundContainer = Extract<FoundPostgres, { kind: 'container' }>;

/** Runs the official TimescaleDB image in Docker or Podman. */
export async function containerBackend(found: FoundContainer, launch: PostgresLaunch): Promise<PostgresBackend> {
  const name = `nautilus-${uniquePrefix()}`;
  const engine = (...args: readonly string[]): Promise<unknown> => promisify(execFile)(found.engine, args);
  const callOff = whenThisProcessEnds(`"$1" rm -f -v "$2" >/dev/null 2>&1`, found.engine, name);
  const environment = { POSTGRES_USER: launch.user, POSTGRES_DB: 'postgres', POSTGRES_HOST_AUTH_METHOD: 'trust', TIMESCALEDB_TELEMETRY: 'off' };
  await engine(
    'create', '--name', name, '-p', `127.0.0.1:${launch.port}:5432`,
    ...Object.entries(environment).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
    found.image, 'postgres', ...settingArguments(launch.settings),
  );
  return {
    async start(ready) {
      await engine('start', name);
      await eventually(() => ready().then(() => true), { deadlineMs: 60_000, describe: `${found.image} to be ready` });
    },
    async end() {
      await engine('stop', name);
    },
    async kill() {
      await engine('kill', '-s', 'KILL', name);
    },
    async dispose() {
      await engine('rm', '-f', '-v', name);
      callOff();
    },
  };
}
