import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '@nautilus/model';

const held = new Set<string>();

/**
 * Reserves a folder for this process by a file beside it; gives the release. The embedded database has no guard of
 * its own, and two processes in one folder would destroy the data. What a process that has ended left behind does
 * not count. Throws ConfigError when the folder is in use.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = resolve(directory);
  const file = `${path}.lock`;
  const inUse = (by: string): ConfigError =>
    new ConfigError([{ path: 'data folder', message: `${path} is in use by ${by}; if that is not so, remove ${file}` }]);
  if (held.has(path)) throw inUse('this process');
  held.add(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    if (!(await created(file))) {
      const owner = Number(await readFile(file, 'utf8'));
      // A container's restarted process often has the number of the one before.
      if (owner !== process.pid && isAlive(owner)) throw inUse(`process ${owner}`);
      await rm(file, { force: true });
      if (!(await created(file))) throw inUse('a process that started at the same time');
    }
  } catch (error) {
    held.delete(path);
    throw error;
  }
  return async () => {
    await rm(file, { force: true });
    held.delete(path);
  };
}

async function created(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
