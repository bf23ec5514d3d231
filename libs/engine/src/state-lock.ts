import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@nautilus/model';

/**
 * Keeps a state folder for one process: the embedded database would be damaged by two. The lock is a file with the
 * id of its process; a lock whose process is gone is taken over. Gives what releases it. Throws ConfigError with
 * one sentence when the folder is in use or cannot be written.
 */
export function lockState(directory: string): () => void {
  const path = join(directory, 'lock');
  try {
    mkdirSync(directory, { recursive: true });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (create(path)) return () => rmSync(path, { force: true });
      const owner = ownerOf(path);
      if (owner !== undefined && isAlive(owner)) {
        throw new ConfigError([
          { path: 'NAUTILUS_STATE_DIR', message: `${directory} is in use by process ${owner}; stop that one, or set NAUTILUS_STATE_DIR to another folder` },
        ]);
      }
      rmSync(path, { force: true });
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new ConfigError([{ path: 'NAUTILUS_STATE_DIR', message: `${directory} cannot be written (${code})` }]);
  }
  throw new ConfigError([{ path: 'NAUTILUS_STATE_DIR', message: `${directory} is being taken by another process` }]);
}

function create(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** In a container a restarted process often has the id of the one before it, whose lock is then nobody's. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}
