import type { Redis } from 'ioredis';
import { TransientError, type BusName } from '@nautilus/model';
import type { BusAmbient } from '../bus.ts';
import type { Entry, Lane, LaneReader } from '../stream-server.ts';
import { cutSilent, asBusError, isNoGroup } from './connection.ts';
import { entryFrom, type RawEntry } from './entries.ts';

/** The server answers at least this often, with nothing if nothing came. */
const BLOCK_MS = 1_000;
/** Silence above BLOCK_MS that means a dead connection which does not know it. */
const GRACE_MS = 3_000;

export interface ReaderParts {
  readonly bus: BusName;
  readonly redis: Redis;
  readonly group: string;
  readonly consumer: string;
  /** In order of priority: Redis answers in the order of the keys asked for. */
  readonly lanes: readonly (readonly [Lane, string])[];
  readonly count: number;
  readonly lingerMs: number;
  readonly ambient: BusAmbient;
  readonly makeGroup: () => Promise<void>;
}

/** Blocking reads on a connection of their own, watched: silence rebuilds the connection. */
export class RedisReader implements LaneReader {
  readonly #parts: ReaderParts;
  readonly #laneOf: ReadonlyMap<string, Lane>;
  #closed = false;
  /** When entries came, but fewer than a read may bring. */
  #shortSince: number | undefined;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#laneOf = new Map(parts.lanes.map(([lane, key]) => [key, lane]));
    // Failures reach the caller of next(); without a listener they would also be printed.
    parts.redis.on('error', () => undefined);
  }

  async next(): Promise<readonly Entry[]> {
    await this.#linger();
    if (this.#closed) return [];
    const { redis, bus, group, consumer, lanes, count, makeGroup, ambient } = this.#parts;
    if (redis.status !== 'ready') await this.#ready();
    try {
      const keys = lanes.map(([, key]) => key);
      const answer = await this.#watched(
        redis.callBuffer('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...keys.map(() => '>')),
      );
      const entries = this.#entries(answer as readonly (readonly [Buffer, readonly RawEntry[]])[] | null);
      this.#shortSince = entries.length > 0 && entries.length < count ? ambient.monotonic() : undefined;
      return entries;
    } catch (error) {
      if (this.#closed) return [];
      if (!isNoGroup(error)) throw asBusError(error, bus);
      await makeGroup();
      return [];
    }
  }

  close(): void {
    this.#closed = true;
    this.#parts.redis.disconnect();
  }

  #entries(answer: readonly (readonly [Buffer, readonly RawEntry[]])[] | null): readonly Entry[] {
    return (answer ?? []).flatMap(([key, raw]) => {
      const lane = this.#laneOf.get(key.toString());
      return lane === undefined ? [] : raw.map((entry) => entryFrom(lane, entry, 1));
    });
  }

  async #linger(): Promise<void> {
    const { ambient, lingerMs } = this.#parts;
    const rest = this.#shortSince === undefined ? 0 : this.#shortSince + lingerMs - ambient.monotonic();
    if (rest > 0 && !this.#closed) await new Promise<void>((resolve) => void ambient.after(rest, resolve));
  }

  #ready(): Promise<void> {
    const { redis, ambient, bus } = this.#parts;
    return new Promise((resolve, reject) => {
      const ready = (): void => {
        cancel();
        resolve();
      };
      const cancel = ambient.after(BLOCK_MS, () => {
        redis.off('ready', ready);
        reject(new TransientError(`the ${bus} bus is away`));
      });
      redis.once('ready', ready);
    });
  }

  #watched<T>(answer: Promise<T>): Promise<T> {
    const { redis, ambient, bus } = this.#parts;
    return new Promise((resolve, reject) => {
      const cancel = ambient.after(BLOCK_MS + GRACE_MS, () => {
        cutSilent(redis);
        reject(new TransientError(`the ${bus} bus fell silent`));
      });
      answer.then(
        (value) => {
          cancel();
          resolve(value);
        },
        (error: unknown) => {
          cancel();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }
}
