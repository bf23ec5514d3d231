import { PRIORITIES, type BusName, type Message, type Priority } from '@nautilus/model';
import type { DeadLetter, DiscoveredEngine } from '../bus.ts';
import { compareEntryIds } from '../entry-id.ts';
import { KEEP, type Batch, type Entry, type EntryRef, type Lane } from '../stream-server.ts';

/** Unread messages of the slowest group above which a publisher waits: the twin has no disk to put them on. */
const BACKLOG_LIMIT = 50_000;
/** Messages that a lane keeps after everybody has read them, for replay. */
const KEPT_MESSAGES = 50_000;

interface Stored {
  readonly id: string;
  readonly ms: number;
  readonly seq: number;
  readonly messages: readonly Message[];
  readonly attempts: number;
  readonly notBefore: number;
}

interface Delivered {
  readonly stored: Stored;
  consumer: string;
  deliveredAt: number;
  count: number;
}

/** An append-only list that forgets its oldest part; positions count from the beginning of time. */
class Log {
  entries: Stored[] = [];
  /** Position of `entries[0]`. */
  first = 0;
  messages = 0;

  get end(): number {
    return this.first + this.entries.length;
  }

  at(position: number): Stored | undefined {
    return this.entries[position - this.first];
  }
}

interface Group {
  readonly cursors: Map<Lane, number>;
  readonly retries: Log;
  readonly pending: Map<string, Delivered>;
  /** Unread messages over all lanes. */
  unread: number;
  readonly waiting: Set<{ readonly lanes: readonly Lane[]; readonly wake: () => void }>;
}

/** One bus of the in-memory twin: what a Redis server would hold. */
export class MemoryStreams {
  readonly bus: BusName;
  readonly #now: () => number;
  readonly #lanes = new Map<Priority, Log>(PRIORITIES.map((priority) => [priority, new Log()]));
  readonly #groups = new Map<string, Group>();
  /** Groups that end with their process, by the time until which they are kept. */
  readonly #ephemeral = new Map<string, number>();
  readonly #letters = new Map<string, DeadLetter>();
  readonly #bulk = new Map<string, { readonly bytes: Uint8Array; readonly until: number }>();
  readonly #engines = new Map<string, { engine: DiscoveredEngine; until: number }>();
  #blocked: { readonly resolve: () => void }[] = [];
  #lastMs = 0;
  #lastSeq = 0;
  #letterCount = 0;

  constructor(bus: BusName, now: () => number) {
    this.bus = bus;
    this.#now = now;
  }

  append({ lane, messages }: Batch): Promise<void> {
    const log = this.#lane(lane);
    log.entries.push(this.#store(messages, 0, 0));
    log.messages += messages.length;
    let slowest = 0;
    for (const group of this.#groups.values()) {
      group.unread += messages.length;
      slowest = Math.max(slowest, group.unread);
      wake(group, lane);
    }
    this.#forget(lane, log);
    return slowest <= BACKLOG_LIMIT ? Promise.resolve() : new Promise((resolve) => this.#blocked.push({ resolve }));
  }

  createGroup(name: string, from: 'new' | 'beginning'): void {
    if (this.#groups.has(name)) return;
    const cursors = new Map<Lane, number>();
    let unread = 0;
    for (const [lane, log] of this.#lanes) {
      cursors.set(lane, from === 'new' ? log.end : log.first);
      if (from === 'beginning') unread += log.messages;
    }
    this.#groups.set(name, { cursors, retries: new Log(), pending: new Map(), unread, waiting: new Set() });
  }

  rewind(name: string, firstOf: (lane: Lane) => string): void {
    const group = this.#group(name);
    for (const [lane, log] of this.#lanes) {
      const first = log.entries.findIndex(({ id }) => compareEntryIds(id, firstOf(lane)) >= 0);
      const reached = group.cursors.get(lane) ?? 0;
      if (first < 0 || log.first + first >= reached) continue;
      for (const { id, messages } of log.entries.slice(first, reached - log.first)) {
        group.unread += messages.length;
        group.pending.delete(`${lane} ${id}`);
      }
      group.cursors.set(lane, log.first + first);
      wake(group, lane);
    }
  }

  keepGroup(name: string, lifetimeMs: number): void {
    this.#ephemeral.set(name, this.#now() + lifetimeMs);
  }

  dropGroup(name: string): void {
    this.#groups.delete(name);
    this.#ephemeral.delete(name);
    this.#unblock();
  }

  /** Entries not yet given to the group, higher lanes first. */
  read(name: string, consumer: string, lanes: readonly Lane[], count: number): readonly Entry[] {
    const group = this.#group(name);
    return lanes.flatMap((lane) => {
      const log = lane === 'RETRY' ? group.retries : this.#lane(lane);
      const from = Math.max(group.cursors.get(lane) ?? 0, log.first);
      const to = Math.min(log.end, from + count);
      group.cursors.set(lane, to);
      const entries: Entry[] = [];
      for (let position = from; position < to; position += 1) {
        const stored = log.at(position);
        if (stored === undefined) continue;
        if (lane !== 'RETRY') group.unread -= stored.messages.length;
        group.pending.set(`${lane} ${stored.id}`, { stored, consumer, deliveredAt: this.#now(), count: 1 });
        entries.push(entryOf(lane, stored, stored.attempts + 1));
      }
      if (entries.length > 0) this.#unblock();
      return entries;
    });
  }

  /** Calls back once when something is there for the group on one of the lanes. */
  wait(name: string, lanes: readonly Lane[], wakeUp: () => void): () => void {
    const group = this.#group(name);
    const waiting = { lanes, wake: wakeUp };
    group.waiting.add(waiting);
    return () => group.waiting.delete(waiting);
  }

  acknowledge(name: string, entries: readonly EntryRef[]): void {
    const pending = this.#groups.get(name)?.pending;
    for (const { lane, id } of entries) pending?.delete(`${lane} ${id}`);
  }

  takeOver(name: string, consumer: string, whose: 'own' | 'others', idleMs: number, limit: number): readonly Entry[] {
    const now = this.#now();
    const taken: Entry[] = [];
    for (const [key, delivered] of this.#group(name).pending) {
      if (taken.length >= limit) break;
      if ((delivered.consumer === consumer) !== (whose === 'own') || now - delivered.deliveredAt < idleMs) continue;
      delivered.consumer = consumer;
      delivered.deliveredAt = now;
      delivered.count += 1;
      taken.push(entryOf(key.slice(0, key.indexOf(' ')) as Lane, delivered.stored, delivered.stored.attempts + delivered.count));
    }
    return taken;
  }

  keepAlive(name: string, consumer: string, entries: readonly EntryRef[]): void {
    const pending = this.#group(name).pending;
    for (const { lane, id } of entries) {
      const delivered = pending.get(`${lane} ${id}`);
      if (delivered?.consumer === consumer) delivered.deliveredAt = this.#now();
    }
  }

  giveBack(name: string, message: Message, attempts: number, notBefore: number): void {
    this.createGroup(name, 'new');
    const group = this.#group(name);
    group.retries.entries.push(this.#store([message], attempts, notBefore));
    // Read and settled retries are of no further use.
    const read = (group.cursors.get('RETRY') ?? 0) - group.retries.first;
    if (read > 1_000) {
      group.retries.entries.splice(0, read);
      group.retries.first += read;
    }
    wake(group, 'RETRY');
  }

  range(from: string, to: string | undefined, limit: number): readonly Entry[] {
    const start = parseId(from, 0);
    const end = to === undefined ? [Infinity, 0] as const : parseId(to, Infinity);
    const all = [...this.#lanes].flatMap(([lane, log]) =>
      log.entries.filter((s) => compare([s.ms, s.seq], start) >= 0 && compare([s.ms, s.seq], end) <= 0).map((stored) => ({ lane, stored })),
    );
    all.sort((a, b) => compare([a.stored.ms, a.stored.seq], [b.stored.ms, b.stored.seq]));
    return all.slice(0, limit).map(({ lane, stored }) => entryOf(lane, stored, 1));
  }

  bury(letter: Omit<DeadLetter, 'id'>): void {
    const id = `${this.#now()}-${this.#letterCount++}`;
    this.#letters.set(id, { ...letter, id });
  }

  buried(limit: number): readonly DeadLetter[] {
    return [...this.#letters.values()].slice(-limit);
  }

  unbury(id: string): DeadLetter | undefined {
    const letter = this.#letters.get(id);
    this.#letters.delete(id);
    return letter;
  }

  putBulk(name: string, bytes: Uint8Array, lifetimeMs: number): void {
    const now = this.#now();
    for (const [known, { until }] of this.#bulk) if (until <= now) this.#bulk.delete(known);
    this.#bulk.set(name, { bytes, until: now + lifetimeMs });
  }

  takeBulk(name: string): Uint8Array | undefined {
    const found = this.#bulk.get(name);
    this.#bulk.delete(name);
    return found === undefined || found.until <= this.#now() ? undefined : found.bytes;
  }

  announce(engine: DiscoveredEngine, lifetimeMs: number): void {
    this.#engines.set(engine.engineId, { engine, until: this.#now() + lifetimeMs });
  }

  discovered(): readonly DiscoveredEngine[] {
    const now = this.#now();
    for (const [id, { until }] of this.#engines) if (until <= now) this.#engines.delete(id);
    return [...this.#engines.values()].map(({ engine }) => engine);
  }

  backlog(name: string): { lag: number; pending: number } {
    const group = this.#groups.get(name);
    if (group === undefined) return { lag: 0, pending: 0 };
    let lag = group.retries.end - Math.max(group.cursors.get('RETRY') ?? 0, group.retries.first);
    for (const [lane, log] of this.#lanes) lag += log.end - Math.max(group.cursors.get(lane) ?? 0, log.first);
    return { lag, pending: group.pending.size };
  }

  /** Age and abandoned groups alone; the length is kept at every append, and the memory is the process's own. */
  trim(): number {
    const keep = KEEP[this.bus];
    for (const [group, until] of this.#ephemeral) if (until <= this.#now()) this.dropGroup(group);
    if (keep.maxAgeMs === undefined) return 0;
    const oldest = this.#now() - keep.maxAgeMs;
    for (const [lane, log] of this.#lanes) {
      const unread = this.#firstUnread(lane, log);
      let drop = 0;
      while (log.first + drop < unread && (log.entries[drop]?.ms ?? Infinity) < oldest) drop += 1;
      this.#drop(log, drop);
    }
    return 0;
  }

  /** Everything is gone, as after the loss of a server without persistence. For tests. */
  loseData(): void {
    for (const log of this.#lanes.values()) Object.assign(log, { entries: [], first: log.end, messages: 0 });
    const readers = [...this.#groups.values()].flatMap((group) => [...group.waiting]);
    this.#groups.clear();
    for (const reader of readers) reader.wake();
    this.#letters.clear();
    this.#bulk.clear();
    this.#engines.clear();
    this.#unblock();
  }

  hasGroup(name: string): boolean {
    return this.#groups.has(name);
  }

  #store(messages: readonly Message[], attempts: number, notBefore: number): Stored {
    const ms = Math.max(Math.floor(this.#now()), this.#lastMs);
    this.#lastSeq = ms === this.#lastMs ? this.#lastSeq + 1 : 0;
    this.#lastMs = ms;
    return { id: `${ms}-${this.#lastSeq}`, ms, seq: this.#lastSeq, messages, attempts, notBefore };
  }

  #forget(lane: Priority, log: Log): void {
    if (log.messages <= 2 * KEPT_MESSAGES) return;
    const unread = this.#firstUnread(lane, log);
    let drop = 0;
    let messages = log.messages;
    while (log.first + drop < unread && messages > KEPT_MESSAGES) {
      messages -= log.entries[drop]?.messages.length ?? 0;
      drop += 1;
    }
    this.#drop(log, drop);
  }

  #firstUnread(lane: Lane, log: Log): number {
    let first = log.end;
    for (const group of this.#groups.values()) first = Math.min(first, group.cursors.get(lane) ?? log.end);
    return first;
  }

  #drop(log: Log, count: number): void {
    if (count === 0) return;
    for (const stored of log.entries.splice(0, count)) log.messages -= stored.messages.length;
    log.first += count;
  }

  #unblock(): void {
    if (this.#blocked.length === 0) return;
    let slowest = 0;
    for (const group of this.#groups.values()) slowest = Math.max(slowest, group.unread);
    if (slowest <= BACKLOG_LIMIT / 2) for (const { resolve } of this.#blocked.splice(0)) resolve();
  }

  #lane(lane: Lane): Log {
    const log = lane === 'RETRY' ? undefined : this.#lanes.get(lane);
    if (log === undefined) throw new Error(`no lane ${lane}`);
    return log;
  }

  /** A group that was lost is made anew and begins with all that is there now. */
  #group(name: string): Group {
    const group = this.#groups.get(name);
    if (group !== undefined) return group;
    this.createGroup(name, 'beginning');
    return this.#group(name);
  }
}

function wake(group: Group, lane: Lane): void {
  for (const waiting of group.waiting) {
    if (!waiting.lanes.includes(lane)) continue;
    group.waiting.delete(waiting);
    waiting.wake();
  }
}

function entryOf(lane: Lane, stored: Stored, attempts: number): Entry {
  return { lane, id: stored.id, messages: stored.messages, attempts, notBefore: stored.notBefore };
}

function parseId(text: string, missingSeq: number): readonly [number, number] {
  if (text === '-') return [0, 0];
  if (text === '+') return [Infinity, Infinity];
  const [ms, seq] = text.split('-');
  return [Number(ms), seq === undefined ? missingSeq : Number(seq)];
}

function compare(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** The servers of the twin, shared by all clients of one process. */
export class MemoryNetwork {
  readonly #streams = new Map<BusName, MemoryStreams>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  streams(bus: BusName): MemoryStreams {
    const known = this.#streams.get(bus);
    if (known !== undefined) return known;
    const streams = new MemoryStreams(bus, this.#now);
    this.#streams.set(bus, streams);
    return streams;
  }

  loseData(): void {
    for (const streams of this.#streams.values()) streams.loseData();
  }
}
