import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisAddress } from '@nautilus/bus';
import { NotFoundError } from '@nautilus/model';

/** Name of the password's file by the port of a server of Nautilus (contract.md, section 4.8). */
const KEYS: ReadonlyMap<number, string> = new Map([[6379, 'main'], [6380, 'marketdata'], [6381, 'engine-logic'], [6382, 'neural-gpu']]);

export interface Access {
  /** `localhost:6380=real-host:6380`, as in REDIS_EXPORTER_TARGETS. */
  readonly targets: readonly string[];
  readonly username: string | undefined;
  /** A folder with one password file per server; it is read at each use, so a changed Secret is followed. */
  readonly passwordDir: string | undefined;
}

/**
 * Where a target really is, with user and password.
 *
 * @param target `host:port` as a name or as the host of a configured server
 * @throws NotFoundError for anything else: the exporter asks, and shows its password to, no other host
 */
export function addressOf(target: string, access: Access): RedisAddress {
  const known = access.targets.map((text) => text.split('=')).find(([name, real]) => name === target || (real ?? name) === target);
  const [name = '', real = name] = known ?? [];
  if (known === undefined) throw new NotFoundError('target', `No target ${target} is configured (REDIS_EXPORTER_TARGETS).`);
  const { host, port } = hostAndPort(real);
  return { host, port, ...credentialsOf(KEYS.get(hostAndPort(name).port), access) };
}

/** User and password of a server by its key, e.g. `engine-logic`. */
export function credentialsOf(key: string | undefined, { username, passwordDir }: Access): Pick<RedisAddress, 'username' | 'password'> {
  if (passwordDir === undefined || key === undefined) return {};
  const password = readFileSync(join(passwordDir, key), 'utf8').trim();
  return username === undefined ? { password } : { username, password };
}

export function portOfKey(key: string): number | undefined {
  return [...KEYS].find(([, name]) => name === key)?.[0];
}

function hostAndPort(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
