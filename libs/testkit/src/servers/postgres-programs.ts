import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../eventually.ts';
import type { FoundPostgres } from './found.ts';
import { settingArguments, type PostgresBackend, type PostgresLaunch } from './postgres-backend.ts';
import { ServerProcess } from './server-process.ts';

type FoundPrograms = Extract<FoundPostgres, { kind: 'programs' }>;

/** Runs initdb and postgres of this machine, under another user where the tests run as root. */
export async function programsBackend(found: FoundPrograms, launch: PostgresLaunch): Promise<PostgresBackend> {
  const identity = found.uid === undefined || found.gid === undefined ? {} : { uid: found.uid, gid: found.gid };
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-postgres-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  if (found.uid !== undefined && found.gid !== undefined) for (const owned of [folder, data]) chownSync(owned, found.uid, found.gid);
  const initdb = ['-D', data, '-U', launch.user, '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'];
  try {
    await promisify(execFile)(join(found.bin, 'initdb'), initdb, { cwd: folder, ...identity });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const server = new ServerProcess({
    program: join(found.bin, 'postgres'),
    args: ['-D', data, '-p', String(launch.port), ...settingArguments({ listen_addresses: '127.0.0.1', unix_socket_directories: '', ...launch.settings })],
    folder,
    // SIGQUIT ends the children as well and gives shared memory back, which SIGKILL does not.
    endSignal: 'QUIT',
    ...identity,
  });
  let killed = false;
  return {
    async start(ready) {
      if (!killed) return server.start(ready);
      killed = false;
      // After a crash the server's children need a moment to notice; until then it refuses to start.
      await eventually(() => server.start(ready).then(() => true), { deadlineMs: 30_000, intervalMs: 50, describe: 'PostgreSQL to recover' });
    },
    end: () => server.end('SIGINT'),
    kill() {
      killed = true;
      return server.end('SIGKILL');
    },
    dispose: () => server.dispose(),
  };
}
