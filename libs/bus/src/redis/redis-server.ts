import type { ChainableCommander, Redis } from 'ioredis';
import { PRIORITIES, TransientError, type BusName, type Message } from '@nautilus/model';
import type { BusAmbient, DeadLetter, DiscoveredEngine } from '../bus.ts';
import { compareEntryIds, entryIdBefore } from '../entry-id.ts';
import { KEEP, MEMORY, type Batch, type Entry, type EntryRef, type Keep, type Lane, type LaneReader, type StreamServer } from '../stream-server.ts';
import { encodeEntry } from './codec.ts';
import { asBusError, connect, cutSilent, isBusyGroup, isNoGroup, type RedisAddress } from './connection.ts';
import { FIELD, entryFrom, topicsField, type RawEntry } from './entries.ts';
import { Keys } from './keys.ts';
import { letterFields, letterFrom } from './letters.ts';
import { RedisReader } from './redis-reader.ts';

/** Dead letters kept per bus. */
const LETTERS = 10_000;
/** A ping unanswered for this long means a connection that is dead and does not know it. */
const SILENCE_MS = 4_000;
const FIRST_CONNECTION_MS = 2_000;
/** Longest waits for replicas, while they confirm and once they have not. After it the entry counts as written: a bus that has lost its replicas goes on. */
const REPLICATION_MS = 2_000;
const LONELY_REPLICATION_MS = 250;

export interface RedisServerOptions {
  readonly bus: BusName;
  readonly address: RedisAddress;
  /** `nautilus-<engine>-<instance>` in CLIENT LIST. */
  readonly clientName: string;
  readonly keyPrefix: string;
  readonly ambient: BusAmbient;
}

/** One bus on Redis Streams. Commands share a connection; each reader has its own. */
export class RedisServer implements StreamServer {
  readonly bus: BusName;
  readonly transport = 'redis';
  readonly host: string;
  readonly port: number;
  readonly #o: RedisServerOptions;
  readonly #keys: Keys;
  readonly #redis: Redis;
  readonly #connectedListeners: (() => void)[] = [];
  readonly #readers: Redis[] = [];
  #reconnects = 0;
  #wasConnected = false;
  /** Replicas confirmed the last flush. */
  #isConfirmed = true;
  #lastError: string | null = null;
  #pingSince: number | undefined;

  constructor(options: RedisServerOptions) {
    this.#o = options;
    this.bus = options.bus;
    this.host = options.address.host;
    this.port = options.address.port;
    this.#keys = new Keys(options.bus, options.keyPrefix);
    this.#redis = connect(options.address, options.clientName, options.ambient);
    this.#redis.on('error', (error: Error) => void (this.#lastError = error.message));
    this.#redis.on('ready', () => {
      if (this.#wasConnected) this.#reconnects += 1;
      this.#wasConnected = true;
      this.#pingSince = undefined;
      for (const listener of this.#connectedListeners) listener();
    });
  }

  get connected(): boolean {
    return this.#redis.status === 'ready';
  }
  get reconnects(): number {
    return this.#reconnects;
  }
  get lastError(): string | null {
    return this.#lastError;
  }

  onConnected(listener: () => void): void {
    this.#connectedListeners.push(listener);
  }

  append(batches: readonly Batch[]): readonly Promise<void>[] {
    const pipeline = this.#redis.pipeline();
    for (const { lane, messages } of batches) pipeline.xadd(this.#keys.lane(lane, ''), '*', ...topicsField(messages), FIELD.data, encodeEntry(messages));
    // A primary that dies takes along what no replica has; what is confirmed here survives it.
    const replicas = this.#o.address.confirmingReplicas ?? 0;
    if (replicas > 0) pipeline.call('WAIT', replicas, this.#isConfirmed ? REPLICATION_MS : LONELY_REPLICATION_MS);
    const written = pipeline.exec();
    if (replicas > 0) void written.then((results) => (this.#isConfirmed = Number(results?.at(-1)?.[1]) >= replicas), () => undefined);
    return batches.map(async (_, i) => {
      const [error] = (await written.catch((e: unknown) => Promise.reject(asBusError(e, this.bus))))?.[i] ?? [new TransientError('no answer')];
      if (error !== null) throw asBusError(error, this.bus);
    });
  }

  async createGroup(group: string, from: 'new' | 'beginning'): Promise<void> {
    if (!this.#wasConnected) await this.#firstConnection();
    await this.#piped((pipeline) => {
      for (const [lane, key] of this.#keys.lanes(group)) {
        pipeline.xgroup('CREATE', key, group, lane !== 'RETRY' && from === 'new' ? '$' : '0', 'MKSTREAM');
      }
    }, isBusyGroup);
  }

  async dropGroup(group: string): Promise<void> {
    await this.#piped((pipeline) => {
      for (const [lane, key] of this.#keys.lanes(group)) {
        if (lane === 'RETRY') pipeline.del(key);
        else pipeline.xgroup('DESTROY', key, group);
      }
      pipeline.zrem(this.#keys.ephemeral, group);
    }, () => true);
  }

  async keepGroup(group: string, lifetimeMs: number): Promise<void> {
    if (!this.#wasConnected) await this.#firstConnection();
    await this.#call('ZADD', this.#keys.ephemeral, this.#o.ambient.now() + lifetimeMs, group);
  }

  async rewind(group: string, firstOf: (lane: Lane) => string): Promise<void> {
    const lanes = this.#keys.lanes(group).filter(([lane]) => lane !== 'RETRY');
    const groups = await this.#groups(lanes);
    await this.#piped((pipeline) => {
      lanes.forEach(([lane, key], i) => {
        const reached = groups[i]?.find(({ name }) => name === group)?.lastId;
        if (reached === undefined || compareEntryIds(reached, firstOf(lane)) < 0) return;
        // Made anew instead of set back: what it had not settled would otherwise come twice and out of order.
        pipeline.xgroup('DESTROY', key, group);
        pipeline.xgroup('CREATE', key, group, entryIdBefore(firstOf(lane)), 'MKSTREAM');
      });
    });
  }

  reader(group: string, consumer: string, lanes: readonly Lane[], count: number, lingerMs: number): LaneReader {
    const redis = connect(this.#o.address, this.#o.clientName, this.#o.ambient);
    this.#readers.push(redis);
    return new RedisReader({
      bus: this.bus,
      redis,
      group,
      consumer,
      lanes: lanes.map((lane) => [lane, this.#keys.lane(lane, group)] as const),
      count,
      lingerMs,
      ambient: this.#o.ambient,
      // The server lost its data: whatever is there now was written since, and is unread.
      makeGroup: () => this.createGroup(group, 'beginning'),
    });
  }

  async acknowledge(group: string, entries: readonly EntryRef[]): Promise<void> {
    const byLane = idsByLane(entries);
    await this.#piped((pipeline) => {
      for (const [lane, ids] of byLane) {
        const key = this.#keys.lane(lane, group);
        pipeline.xack(key, group, ...ids);
        // A retried message belongs to this group alone; nobody will read it again.
        if (lane === 'RETRY') pipeline.xdel(key, ...ids);
      }
    });
  }

  async takeOver(group: string, consumer: string, whose: 'own' | 'others', idleMs: number, limit: number): Promise<readonly Entry[]> {
    const lanes = this.#keys.lanes(group);
    const answers = await this.#piped((pipeline) => {
      for (const [, key] of lanes) {
        pipeline.call('XPENDING', key, group, 'IDLE', Math.ceil(idleMs), '-', '+', limit, ...(whose === 'own' ? [consumer] : []));
      }
    }, isNoGroup);
    const taken: Entry[] = [];
    for (const [i, [lane, key]] of lanes.entries()) {
      const pending = ((answers[i] ?? []) as readonly (readonly [string, string, number, number])[]).filter(([, holder]) => (holder === consumer) === (whose === 'own'));
      if (pending.length === 0) continue;
      const deliveries = new Map(pending.map(([id, , , count]) => [id, count]));
      const claimed = (await this.#call('XCLAIM', key, group, consumer, Math.ceil(idleMs), ...deliveries.keys())) as readonly (RawEntry | null)[];
      for (const raw of claimed) if (raw !== null) taken.push(entryFrom(lane, raw, (deliveries.get(raw[0].toString()) ?? 0) + 1));
    }
    return taken;
  }

  async keepAlive(group: string, consumer: string, entries: readonly EntryRef[]): Promise<void> {
    const byLane = idsByLane(entries);
    await this.#piped((pipeline) => {
      for (const [lane, ids] of byLane) pipeline.call('XCLAIM', this.#keys.lane(lane, group), group, consumer, 0, ...ids, 'IDLE', 0, 'JUSTID');
    }, isNoGroup);
  }

  async giveBack(group: string, message: Message, attempts: number, notBefore: number): Promise<void> {
    await this.#call('XADD', this.#keys.lane('RETRY', group), '*', FIELD.data, encodeEntry([message]), FIELD.attempts, attempts, FIELD.notBefore, Math.ceil(notBefore));
  }

  async range(from: string, to: string | undefined, limit: number): Promise<readonly Entry[]> {
    const perLane = await Promise.all(
      PRIORITIES.map(async (lane) => {
        const raw = (await this.#call('XRANGE', this.#keys.lane(lane, ''), from, to ?? '+', 'COUNT', limit)) as readonly RawEntry[];
        return raw.map((entry) => entryFrom(lane, entry, 1));
      }),
    );
    return perLane.flat().sort((a, b) => compareEntryIds(a.id, b.id)).slice(0, limit);
  }

  idAt(timeMs: number): string {
    return `${Math.ceil(timeMs)}-0`;
  }

  async bury(letter: Omit<DeadLetter, 'id'>): Promise<void> {
    await this.#call('XADD', this.#keys.letters, 'MAXLEN', '~', LETTERS, '*', ...letterFields(letter));
  }

  async buried(limit: number): Promise<readonly DeadLetter[]> {
    const raw = (await this.#call('XREVRANGE', this.#keys.letters, '+', '-', 'COUNT', limit)) as readonly RawEntry[];
    return raw.map((entry) => letterFrom(this.bus, entry)).reverse();
  }

  async unbury(id: string): Promise<DeadLetter | undefined> {
    if (!/^\d+-\d+$/.test(id)) return undefined;
    const [entry] = (await this.#call('XRANGE', this.#keys.letters, id, id)) as readonly RawEntry[];
    if (entry === undefined) return undefined;
    // Whoever removes it has it: two callers cannot both retry one letter.
    return Number(await this.#call('XDEL', this.#keys.letters, id)) === 1 ? letterFrom(this.bus, entry) : undefined;
  }

  async putBulk(name: string, bytes: Uint8Array, lifetimeMs: number): Promise<void> {
    await this.#call('SET', this.#keys.bulk(name), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 'PX', Math.ceil(lifetimeMs));
  }

  async takeBulk(name: string): Promise<Uint8Array | undefined> {
    return ((await this.#call('GETDEL', this.#keys.bulk(name))) as Buffer | null) ?? undefined;
  }

  async announce(engine: DiscoveredEngine, lifetimeMs: number): Promise<void> {
    await this.#call('SET', this.#keys.discovery(engine.engineId), JSON.stringify(engine), 'PX', lifetimeMs);
  }

  async discovered(): Promise<readonly DiscoveredEngine[]> {
    const keys: string[] = [];
    let cursor = '0';
    do {
      const [next, found] = await this.#redis.scan(cursor, 'MATCH', this.#keys.discovery('*'), 'COUNT', 200);
      keys.push(...found);
      cursor = next;
    } while (cursor !== '0');
    if (keys.length === 0) return [];
    const values = await this.#redis.mget(...keys);
    return values.flatMap((value) => (value === null ? [] : [JSON.parse(value) as DiscoveredEngine]));
  }

  async backlog(group: string): Promise<{ lag: number; pending: number }> {
    const groups = await this.#groups(this.#keys.lanes(group));
    const own = groups.flat().filter((info) => info.name === group);
    return { lag: own.reduce((sum, g) => sum + (g.lag ?? 0), 0), pending: own.reduce((sum, g) => sum + g.pending, 0) };
  }

  async trim(): Promise<number> {
    const keep = KEEP[this.bus];
    await this.#dropAbandoned();
    const lanes = PRIORITIES.map((lane) => [lane, this.#keys.lane(lane, '')] as const);
    const used = await this.#memoryShare();
    const groups = await this.#groups(lanes);
    const lengths = await this.#piped((pipeline) => lanes.forEach(([, key]) => pipeline.xlen(key)));
    let lost = 0;
    await this.#piped((pipeline) => {
      lanes.forEach(([, key], i) => {
        const length = Number(lengths[i] ?? 0);
        const unread = Math.max(0, ...(groups[i] ?? []).map((group) => (group.lag ?? length) + group.pending));
        const most = entriesToKeep(keep, length, unread, used);
        lost += Math.max(0, Math.min(unread, length) - most);
        if (length > most) pipeline.xtrim(key, 'MAXLEN', '~', most);
        if (keep.maxAgeMs !== undefined) pipeline.xtrim(key, 'MINID', '~', this.idAt(this.#o.ambient.now() - keep.maxAgeMs));
      });
    });
    return lost;
  }

  async ping(): Promise<void> {
    const { ambient } = this.#o;
    if (this.#pingSince !== undefined && ambient.monotonic() - this.#pingSince > SILENCE_MS) {
      this.#pingSince = undefined;
      this.#lastError = 'the connection fell silent';
      cutSilent(this.#redis);
    }
    this.#pingSince ??= ambient.monotonic();
    await this.#call('PING');
    this.#pingSince = undefined;
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) reader.disconnect();
    if (this.connected) await this.#redis.quit().catch(() => undefined);
    else this.#redis.disconnect();
  }

  async #dropAbandoned(): Promise<void> {
    const abandoned = await this.#call('ZRANGEBYSCORE', this.#keys.ephemeral, '-inf', this.#o.ambient.now()) as readonly unknown[];
    for (const group of abandoned) await this.dropGroup(String(group));
  }

  /** Of the memory that the server may use, 0 where it has no limit. */
  async #memoryShare(): Promise<number> {
    const info = String(await this.#call('INFO', 'memory'));
    const number = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    const limit = number('maxmemory');
    return limit === 0 ? 0 : number('used_memory') / limit;
  }

  async #firstConnection(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#o.ambient.after(FIRST_CONNECTION_MS, resolve);
      this.#redis.once('ready', () => {
        cancel();
        resolve();
      });
    });
  }

  async #call(command: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await this.#redis.callBuffer(command, ...args);
    } catch (error) {
      throw asBusError(error, this.bus);
    }
  }

  /** Runs a pipeline; an error that `mayFail` accepts gives undefined in its place, the first other one is thrown. */
  async #piped(fill: (pipeline: ChainableCommander) => void, mayFail: (error: unknown) => boolean = () => false): Promise<readonly unknown[]> {
    const pipeline = this.#redis.pipeline();
    fill(pipeline);
    if (pipeline.length === 0) return [];
    let results: [Error | null, unknown][] | null;
    try {
      results = await pipeline.exec();
    } catch (error) {
      throw asBusError(error, this.bus);
    }
    return (results ?? []).map(([error, value]) => {
      if (error === null) return value;
      const known = asBusError(error, this.bus);
      if (!(known instanceof TransientError) && mayFail(error)) return undefined;
      throw known;
    });
  }

  async #groups(lanes: readonly (readonly [Lane, string])[]): Promise<readonly (readonly GroupInfo[])[]> {
    const answers = await this.#piped(
      (pipeline) => lanes.forEach(([, key]) => pipeline.xinfo('GROUPS', key)),
      // A lane nobody has written to does not exist yet.
      (error) => error instanceof Error && error.message.includes('no such key'),
    );
    return answers.map((answer) => ((answer ?? []) as readonly (readonly unknown[])[]).map(groupInfo));
  }
}

function entriesToKeep(keep: Keep, length: number, unread: number, used: number): number {
  const wanted = used <= MEMORY.short ? keep.maxEntries : Math.min(keep.maxEntries, Math.floor((length * MEMORY.aim) / used));
  const hard = used <= MEMORY.scarce ? keep.hardEntries : wanted;
  return Math.min(hard, Math.max(wanted, unread));
}

interface GroupInfo {
  readonly name: string;
  readonly pending: number;
  /** Undefined where Redis cannot tell, as after entries were removed that the group had not read. */
  readonly lag: number | undefined;
  readonly lastId: string;
}

function groupInfo(flat: readonly unknown[]): GroupInfo {
  const info = new Map<string, unknown>();
  for (let i = 0; i + 1 < flat.length; i += 2) info.set(String(flat[i]), flat[i + 1]);
  const lag = info.get('lag') ?? undefined;
  return { name: String(info.get('name')), pending: Number(info.get('pending') ?? 0), lag: lag === undefined ? undefined : Number(lag), lastId: String(info.get('last-delivered-id') ?? '0-0') };
}

function idsByLane(entries: readonly EntryRef[]): ReadonlyMap<Lane, string[]> {
  const byLane = new Map<Lane, string[]>();
  for (const { lane, id } of entries) {
    const ids = byLane.get(lane);
    if (ids === undefined) byLane.set(lane, [id]);
    else ids.push(id);
  }
  return byLane;
}
