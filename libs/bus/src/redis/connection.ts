import { Redis, type RedisOptions } from 'ioredis';
import { TransientError, asNautilusError } from '@nautilus/model';
import type { BusAmbient } from '../bus.ts';

/** Where one Redis is, and who asks. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  /** Sentinels know the primary; `host` and `port` then only describe it. */
  readonly sentinels?: readonly { readonly host: string; readonly port: number }[];
  readonly master?: string;
  /** How many replicas must have an entry before it counts as written; 0 by default. */
  readonly confirmingReplicas?: number;
}

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 10_000;
const SENTINEL_SILENCE_MS = 2_000;

/**
 * A connection that comes back by itself, for ever. Commands fail at once while it is away, and what was on its way
 * at the loss fails too: the caller decides what is sent again.
 */
export function connect(address: RedisAddress, name: string, ambient: BusAmbient): Redis {
  const backOff = (attempt: number): number => {
    const wait = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(attempt - 1, 10));
    return wait * (0.5 + ambient.random() / 2);
  };
  const options: RedisOptions = {
    connectionName: name,
    db: address.db ?? 0,
    retryStrategy: backOff,
    sentinelRetryStrategy: backOff,
    // A Sentinel that took the connection and went away would be waited for without end.
    sentinelCommandTimeout: SENTINEL_SILENCE_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // 0 makes ioredis fail at the loss what was on its way; null would leave it waiting for ever.
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
  };
  if (address.sentinels === undefined) return new Redis({ ...options, host: address.host, port: address.port });
  // No failoverDetector: it cuts by itself, also while the connection is being made, which ends it for good.
  return new Redis({ ...options, sentinels: address.sentinels.map((s) => ({ ...s })), name: address.master ?? 'mymaster' });
}

/**
 * Ends a connection that fell silent, so that another is made. One that is being made already is left alone: while
 * ioredis asks a Sentinel, a cut ends the client for good.
 */
export function cutSilent(redis: Redis): void {
  if (redis.status === 'ready' || redis.status === 'connect') redis.disconnect(true);
}

/** Redis begins an error with its code; errors of the connection do not look like that. */
const ANSWER = /^[A-Z]+ /;
/** Answers of a server that will do better later: starting, changing roles, full. */
const LATER = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|OOM|BUSY|TRYAGAIN|UNBLOCKED) /;

/** A lost connection and a server that cannot serve now are transient; any other answer is a defect of ours. */
export function asBusError(error: unknown, bus: string): Error {
  if (asNautilusError(error) !== undefined) return error as Error;
  if (!(error instanceof Error)) return new TransientError(String(error));
  return ANSWER.test(error.message) && !LATER.test(error.message) ? error : new TransientError(`the ${bus} bus is away: ${error.message}`, { cause: error });
}

export function isNoGroup(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOGROUP');
}

export function isBusyGroup(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('BUSYGROUP');
}
