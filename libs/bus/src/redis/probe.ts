import { Redis } from 'ioredis';
import { TransientError, asNautilusError } from '@nautilus/model';
import type { BusAmbient } from '../bus.ts';
import { isNoGroup, type RedisAddress } from './connection.ts';

const CLIENT_NAME = 'nautilus-exporter';
const STREAMS = 'nautilus:*';
/** More streams than a bus ever has; a server that holds others' data must not make a probe endless. */
const MOST_STREAMS = 500;
const SCAN_COUNT = 1_000;

export interface ProbeOptions {
  readonly address: RedisAddress;
  /** How long connecting and PING together may take, milliseconds. */
  readonly pingLimitMs: number;
  /** How long everything together may take, milliseconds. */
  readonly limitMs: number;
  readonly after: BusAmbient['after'];
}

export interface GroupFigures {
  readonly name: string;
  /** Entries delivered and not acknowledged. */
  readonly pending: number;
  /** Entries not delivered yet; undefined when the server cannot tell. */
  readonly lag: number | undefined;
}

export interface StreamFigures {
  readonly name: string;
  readonly length: number;
  readonly groups: readonly GroupFigures[];
}

export interface RedisFigures {
  /** INFO as the server wrote it: field to text. */
  readonly info: ReadonlyMap<string, string>;
  readonly streams: readonly StreamFigures[];
}

/**
 * PING, INFO and the lengths of Nautilus' streams over one connection that is closed afterwards.
 *
 * @throws TransientError for a server that does not answer in time, or refuses the user or a command.
 */
export function probeRedis(options: ProbeOptions): Promise<RedisFigures> {
  return withProbe(options, async (redis) => {
    const info = parseInfo(await redis.info());
    return { info, streams: await streamsOf(redis) };
  });
}

/** `primary`, `replica`, or undefined for a server that says neither. Throws as `probeRedis` does. */
export function probeRole(options: ProbeOptions): Promise<'primary' | 'replica' | undefined> {
  return withProbe(options, async (redis) => roleOf(parseInfo(await redis.info('replication'))));
}

export function roleOf(info: ReadonlyMap<string, string>): 'primary' | 'replica' | undefined {
  const role = info.get('role');
  return role === 'master' ? 'primary' : role === 'slave' ? 'replica' : undefined;
}

async function withProbe<T>({ address, pingLimitMs, limitMs, after }: ProbeOptions, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: address.host,
    port: address.port,
    db: address.db ?? 0,
    connectionName: CLIENT_NAME,
    disableClientInfo: true,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
  });
  let lost: Error | undefined;
  redis.on('error', (error: Error) => void (lost = error));
  const where = `${address.host}:${address.port}`;
  try {
    const ping = redis.connect().then(() => redis.ping());
    await within(pingLimitMs, after, ping, `${where} did not answer PING`);
    return await within(limitMs, after, ask(redis), `${where} did not answer INFO`);
  } catch (error) {
    if (asNautilusError(error) !== undefined) throw error;
    const cause = lost ?? error;
    throw new TransientError(`${where} does not serve: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  } finally {
    redis.disconnect();
  }
}

async function within<T>(limitMs: number, after: BusAmbient['after'], work: Promise<T>, message: string): Promise<T> {
  let cancel = (): void => undefined;
  const end = new Promise<never>((_resolve, reject) => {
    cancel = after(limitMs, () => reject(new TransientError(`${message} within ${limitMs} ms`)));
  });
  // After the limit the connection is cut and the work fails: nobody waits for that any more.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, end]);
  } finally {
    cancel();
  }
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\r\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

async function streamsOf(redis: Redis): Promise<readonly StreamFigures[]> {
  const names = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', STREAMS, 'COUNT', SCAN_COUNT, 'TYPE', 'stream');
    for (const name of found) names.add(name);
    cursor = next;
  } while (cursor !== '0' && names.size < MOST_STREAMS);
  return Promise.all(
    [...names].sort().slice(0, MOST_STREAMS).map(async (name) => ({ name, length: await redis.xlen(name), groups: await groupsOf(redis, name) })),
  );
}

async function groupsOf(redis: Redis, stream: string): Promise<readonly GroupFigures[]> {
  let rows: unknown;
  try {
    rows = await redis.xinfo('GROUPS', stream);
  } catch (error) {
    // The stream went away between SCAN and here.
    if (isNoGroup(error) || (error instanceof Error && error.message.includes('no such key'))) return [];
    throw error;
  }
  return (Array.isArray(rows) ? (rows as readonly unknown[]) : []).flatMap((row) => {
    if (!Array.isArray(row)) return [];
    const fields = row as readonly unknown[];
    const valueOf = (key: string): unknown => fields[fields.indexOf(key) + 1];
    const [name, pending, lag] = [valueOf('name'), valueOf('pending'), valueOf('lag')];
    if (typeof name !== 'string' || typeof pending !== 'number') return [];
    return [{ name, pending, lag: typeof lag === 'number' ? lag : undefined }];
  });
}
