import { PatternSet, reactionOf, type BusName, type Message } from '@nautilus/model';
import type { BusAmbient, BusOptions, Consumption, DeliveryContext, PatternStatus } from './bus.ts';
import type { BusCounters } from './counters.ts';
import { LaneQueues, type Holder, type Work } from './lane-queues.ts';
import { RecentIds } from './recent-ids.ts';
import { KEEP, type Entry, type EntryRef, type Lane, type LaneReader, type StreamServer } from './stream-server.ts';

/** Readers with a connection each, so that a full lane never delays a higher one: lanes and entries per read. */
const READERS: readonly { readonly lanes: readonly Lane[]; readonly count: number; readonly waits: boolean }[] = [
  { lanes: ['FLASH_CRASH'], count: 10, waits: false },
  { lanes: ['CRITICAL', 'URGENT', 'HIGH'], count: 50, waits: false },
  { lanes: ['NORMAL', 'LOW', 'RETRY'], count: 100, waits: true },
];
/** Messages handled before higher lanes are looked at again, and the longest time for it. */
const SLICE = 50;
const SLICE_MS = 1;
/** What a sink may get at once, and how long it may wait for it. */
const BATCH = 1_000;
const BATCH_LINGER_MS = 200;
/** Messages waiting here above which nothing more is read: the backlog belongs into the stream. */
const QUEUE_LIMIT = 10_000;
/**
 * Of what was read, messages decoded ahead of their turn: two batches of a sink. Bytes can wait for nothing, while objects that
 * live long are what the garbage collector works on.
 */
const DECODED_AHEAD = 2 * BATCH;
/** Settled entries that wait for company on their way, and the longest time they do. */
const SETTLED = 50;
const SETTLED_MS = 5;
const REMEMBERED_IDS = 200_000;
const TAKE_OVER_LIMIT = 100;
/** Above what one consumer has in hand and what one read brings. */
const LOST_LIMIT = 1_000;
/** Longest time between two looks at entries in hand and at the backlog. */
const CARE_MS = 5_000;
/** Longer than a restart of the bus, shorter than it takes to fill it. */
const EPHEMERAL_MS = 5 * 60_000;

export interface InboxOptions {
  readonly consumption: Consumption;
  /** Patterns of this bus, aliases included. */
  readonly patterns: readonly { pattern: string; aliasOf: string | null }[];
  readonly engine: string;
  readonly consumer: string;
  readonly reclaimAfterMs: number;
  readonly maxAttempts: number;
  readonly ambient: BusAmbient;
  readonly log: NonNullable<BusOptions['log']>;
}

/**
 * One consumer of one group on one bus: reads entries, hands their messages to the handler by priority, settles
 * what succeeded, gives back what may succeed later and buries what never will.
 */
export class Inbox {
  readonly #server: StreamServer;
  readonly #counters: BusCounters;
  readonly #o: InboxOptions;
  readonly #patterns: PatternSet;
  readonly #stats: Map<string, { received: number; lastMessageAt: number | null }>;
  readonly #workers: readonly LaneQueues[];
  readonly #running: boolean[];
  readonly #recent = new RecentIds(REMEMBERED_IDS);
  readonly #held = new Map<string, Holder>();
  readonly #closing = new AbortController();
  readonly #readers: LaneReader[] = [];
  #settled: EntryRef[] = [];
  #settledMessages = 0;
  #settledSentAt = 0;
  /** Reads whose entries are being opened. */
  #taking = 0;
  #room: (() => void)[] = [];
  #idle: (() => void)[] = [];
  #backlog = { lag: 0, pending: 0 };
  #cancelCare: () => void = () => undefined;
  #stopped = false;
  #warned = false;

  constructor(server: StreamServer, counters: BusCounters, options: InboxOptions) {
    this.#server = server;
    this.#counters = counters;
    this.#o = options;
    this.#patterns = new PatternSet(options.patterns.map((p) => p.pattern));
    this.#stats = new Map(options.patterns.map((p) => [p.pattern, { received: 0, lastMessageAt: null }]));
    const workers = options.consumption.batch === undefined ? (options.consumption.concurrency ?? 1) : 1;
    this.#workers = Array.from({ length: workers }, () => new LaneQueues());
    this.#running = this.#workers.map(() => false);
  }

  get bus(): BusName {
    return this.#server.bus;
  }

  get consumption(): Consumption {
    return this.#o.consumption;
  }

  get backlog(): { readonly lag: number; readonly pending: number } {
    return this.#backlog;
  }

  patternStatus(): readonly PatternStatus[] {
    return this.#o.patterns.map(({ pattern, aliasOf }) => ({
      pattern,
      aliasOf,
      bus: this.bus,
      ...(this.#stats.get(pattern) ?? { received: 0, lastMessageAt: null }),
    }));
  }

  /** Never fails: while the server is away it goes on trying in the background. Resolves when the group stands. */
  async start(): Promise<void> {
    const { group } = this.#o.consumption;
    try {
      await this.#makeGroup();
    } catch (error) {
      this.#o.log('warn', 'the consumer group waits for its bus', { bus: this.bus, group, error: String(error) });
      void this.#startLater();
      return;
    }
    this.#read();
  }

  async #makeGroup(): Promise<void> {
    const { group, from, resumeFrom, ephemeral } = this.#o.consumption;
    // Before it exists, so that a process that dies in between leaves nothing behind.
    if (ephemeral === true) await this.#server.keepGroup(group, EPHEMERAL_MS);
    await this.#server.createGroup(group, from ?? 'new');
    if (resumeFrom === undefined) return;
    await this.#server.rewind(group, (lane) => resumeFrom.entries[this.bus]?.[lane] ?? this.#server.idAt(resumeFrom.sinceMs));
  }

  async #startLater(): Promise<void> {
    for (let wait = 100; !this.#stopped; wait = Math.min(wait * 2, 10_000)) {
      await this.#pause(wait * (0.5 + this.#o.ambient.random() / 2));
      try {
        await this.#makeGroup();
        if (!this.#stopped) this.#read();
        return;
      } catch {
        // Said once at the start; the bus's own state tells the rest.
      }
    }
  }

  #read(): void {
    const { group, batch, lingerMs = batch === undefined ? 0 : BATCH_LINGER_MS } = this.#o.consumption;
    for (const { lanes, count, waits } of READERS) {
      const reader = this.#server.reader(group, this.#o.consumer, lanes, count, waits ? lingerMs : 0);
      this.#readers.push(reader);
      void this.#readLoop(reader, lanes, waits);
    }
    void this.#takeOver('own', 0).then(() => this.#care());
  }

  /** `waits`: what it reads is decoded no earlier than it is needed. */
  async #readLoop(reader: LaneReader, lanes: readonly Lane[], waits: boolean): Promise<void> {
    let wait = 50;
    let wasCut = false;
    while (!this.#stopped) {
      try {
        if (wasCut) await this.#takeLost(lanes, waits);
        wasCut = false;
        const entries = await reader.next();
        wait = 50;
        await this.#take(entries, waits);
        if (this.#queued() > QUEUE_LIMIT) await new Promise<void>((resolve) => this.#room.push(resolve));
      } catch (error) {
        if (this.#stopped) return;
        wasCut = true;
        this.#o.log('warn', 'reading a bus failed', { bus: this.bus, group: this.#o.consumption.group, error: String(error) });
        await this.#pause(wait);
        wait = Math.min(wait * 2, 5_000);
      }
    }
  }

  /**
   * What the server gave to a read whose answer was lost with the connection. It goes before anything newer, so that messages
   * keep their order, and as what it is: delivered for the first time.
   */
  async #takeLost(lanes: readonly Lane[], waits: boolean): Promise<void> {
    const entries = await this.#server.takeOver(this.#o.consumption.group, this.#o.consumer, 'own', 0, LOST_LIMIT);
    await this.#take(entries.filter(({ lane }) => lanes.includes(lane)), waits, (entry) => (entry.lane === 'RETRY' ? Math.max(1, entry.attempts - 1) : 1));
  }

  /** Delivers a stored message once more, marked as replayed. True when it is for this consumer. */
  replay(message: Message): boolean {
    if (!this.#wants(message)) return false;
    this.#enqueue({ message: { ...message, replayed: true }, holder: { ref: { lane: message.priority, id: 'replay' }, left: Infinity }, attempts: 1 });
    return true;
  }

  #wants(message: Message): boolean {
    if (!this.#patterns.matches(message.topic)) return false;
    if (message.source_engine === this.#o.engine && this.#o.consumption.includeOwn !== true) return false;
    return this.#o.consumption.anyTarget === true || message.target_engines.length === 0 || message.target_engines.includes(this.#o.engine);
  }

  /** Decoding what one read brought may take long, so that it makes way for what is more urgent. */
  async #take(entries: readonly Entry[], waits: boolean, attemptsOf = (entry: Entry): number => entry.attempts): Promise<void> {
    this.#taking += 1;
    const fresh = entries.filter((entry) => !this.#held.has(keyOf(entry)));
    // In hand from here on, also while they wait for their turn to be decoded.
    for (const entry of fresh) this.#held.set(keyOf(entry), { ref: { lane: entry.lane, id: entry.id }, left: Infinity });
    let until = this.#o.ambient.monotonic() + SLICE_MS;
    for (const entry of fresh) {
      if (entry.topics?.every((topic) => !this.#patterns.matches(topic)) === true) {
        this.#passOver(entry);
        continue;
      }
      while (waits && this.#queued() > DECODED_AHEAD && !this.#stopped) await new Promise<void>((resolve) => this.#room.push(resolve));
      if (this.#o.ambient.monotonic() > until) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        until = this.#o.ambient.monotonic() + SLICE_MS;
      }
      const { messages } = entry;
      if (messages === undefined) this.#buryRaw(entry);
      else this.#open(entry, messages, attemptsOf(entry));
    }
    this.#taking -= 1;
    if (this.#settled.length >= SETTLED) this.#sendSettled();
    this.#tellIdle();
  }

  #open(entry: Entry, messages: readonly Message[], attempts: number): void {
    const wanted = messages.filter((message) => this.#wants(message));
    const key = keyOf(entry);
    const holder: Holder = { ref: { lane: entry.lane, id: entry.id }, left: wanted.length };
    if (wanted.length === 0) return this.#passOver(entry);
    this.#held.set(key, holder);
    // One of several has stopped a consumer: each goes on by itself, so that a poison message harms no neighbour.
    if (attempts > 1 && wanted.length > 1) {
      for (const message of wanted) {
        const work: Work = { message, holder, attempts: attempts - 1 };
        if (!this.#isDuplicate(work)) void this.#giveBack(work, 0);
      }
      return;
    }
    const wait = entry.notBefore === 0 ? 0 : entry.notBefore - this.#o.ambient.now();
    for (const message of wanted) {
      const work: Work = { message, holder, attempts };
      if (attempts > this.#o.maxAttempts) void this.#bury(work, 'delivered too often without being settled');
      else if (wait > 0) this.#o.ambient.after(wait, () => this.#enqueue(work));
      else this.#enqueue(work);
    }
  }

  /** Settled with the next that is handled, with others like it, or in the next round of care. */
  #passOver(entry: Entry): void {
    this.#held.delete(keyOf(entry));
    this.#settleEntry(entry);
  }

  #enqueue(work: Work): void {
    const worker = this.#workers.length === 1 ? 0 : hash(work.message.topic) % this.#workers.length;
    this.#workers[worker]?.push(work);
    if (this.#running[worker] === true) return;
    this.#running[worker] = true;
    setImmediate(() => void this.#run(worker));
  }

  async #run(worker: number): Promise<void> {
    const queues = this.#workers[worker];
    while (queues !== undefined && queues.size > 0) {
      if (this.#o.consumption.batch === undefined) await this.#runSlice(queues);
      else await this.#runBatch(queues);
      this.#sendSettledInTime(queues.size === 0);
      if (this.#room.length > 0 && this.#queued() <= DECODED_AHEAD / 2) for (const resume of this.#room.splice(0)) resume();
      // Lets readers bring what is more urgent.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#running[worker] = false;
    this.#tellIdle();
  }

  async #runSlice(queues: LaneQueues): Promise<void> {
    const until = this.#o.ambient.monotonic() + SLICE_MS;
    for (let done = 0; done < SLICE; done += 1) {
      const work = queues.next();
      if (work === undefined) return;
      const pending = this.#handle(work);
      if (pending !== undefined) await pending;
      if (done % 8 === 7 && this.#o.ambient.monotonic() > until) return;
    }
  }

  /** Undefined when the handler was synchronous: then no turn of the event loop is spent on it. */
  #handle(work: Work): Promise<void> | undefined {
    if (!this.#isDue(work)) return undefined;
    try {
      const result = this.#o.consumption.handler?.(work.message, this.#delivery(work));
      if (result instanceof Promise) return result.then(() => this.#done(work), (error: unknown) => this.#failed(work, error));
    } catch (error) {
      return this.#failed(work, error);
    }
    this.#done(work);
    return undefined;
  }

  async #runBatch(queues: LaneQueues): Promise<void> {
    const works = queues.take(BATCH).filter((work) => this.#isDue(work));
    const [first] = works;
    if (first === undefined) return;
    try {
      await this.#o.consumption.batch?.(works.map((work) => work.message), this.#delivery(first));
      const now = this.#o.ambient.now();
      for (const work of works) this.#done(work, now);
    } catch (error) {
      if (works.length === 1) await this.#failed(first, error);
      else for (const work of works) await this.#alone(work);
    }
  }

  async #alone(work: Work): Promise<void> {
    try {
      await this.#o.consumption.batch?.([work.message], this.#delivery(work));
      this.#done(work);
    } catch (error) {
      await this.#failed(work, error);
    }
  }

  /** Leaves out what is expired or was handled before; counts what goes to the handler. */
  #isDue(work: Work): boolean {
    const { message } = work;
    const now = this.#o.ambient.now();
    if (message.expiry_timestamp !== null && message.expiry_timestamp <= now && !message.replayed) {
      this.#counters.event('expire');
      this.#settle(work);
      return false;
    }
    if (this.#isDuplicate(work)) return false;
    this.#counters.in(message.priority, now, message.timestamp);
    for (const pattern of this.#patterns.matching(message.topic)) {
      const stats = this.#stats.get(pattern);
      if (stats === undefined) continue;
      stats.received += 1;
      stats.lastMessageAt = now;
    }
    return true;
  }

  /** Settles what was handled before: a lost settlement brings it again. */
  #isDuplicate(work: Work): boolean {
    if (work.message.replayed || !this.#recent.has(work.message.message_id)) return false;
    this.#counters.duplicates += 1;
    this.#settle(work);
    return true;
  }

  #delivery(work: Work): DeliveryContext {
    return { attempt: work.attempts, bus: this.bus, entryId: work.holder.ref.id, lane: work.holder.ref.lane, signal: this.#closing.signal };
  }

  #done(work: Work, now = this.#o.ambient.now()): void {
    const { message } = work;
    this.#recent.add(message.message_id);
    if (!message.replayed) this.#counters.handled(now, message.timestamp);
    this.#settle(work);
  }

  async #failed(work: Work, error: unknown): Promise<void> {
    const text = error instanceof Error ? error.message : String(error);
    if (work.message.replayed) {
      this.#o.log('warn', 'a replayed message failed', { topic: work.message.topic, error: text });
    } else if (reactionOf(error) === 'dead_letter' || work.attempts >= this.#o.maxAttempts) {
      await this.#bury(work, text);
    } else {
      const wait = Math.min(this.#o.reclaimAfterMs, (this.#o.reclaimAfterMs / 10) * 2 ** (work.attempts - 1));
      await this.#giveBack(work, this.#o.ambient.now() + wait);
    }
  }

  async #giveBack(work: Work, notBefore: number): Promise<void> {
    await this.#orLeavePending(work, () => this.#server.giveBack(this.#o.consumption.group, work.message, work.attempts, notBefore));
  }

  async #bury(work: Work, reason: string): Promise<void> {
    const { message, attempts } = work;
    await this.#orLeavePending(work, async () => {
      await this.#server.bury({ bus: this.bus, group: this.#o.consumption.group, reason, attempts, failedAt: this.#o.ambient.now(), message });
      this.#counters.event('dead_letter');
      this.#o.log('error', 'a message became a dead letter', { bus: this.bus, topic: message.topic, message_id: message.message_id, reason });
    });
  }

  /** When the server is away the entry stays unsettled, and is taken over again later. */
  async #orLeavePending(work: Work, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.#settle(work);
      this.#sendSettled();
    } catch {
      this.#held.delete(keyOf(work.holder.ref));
    }
  }

  #buryRaw(entry: Entry): void {
    const letter = {
      bus: this.bus,
      group: this.#o.consumption.group,
      reason: entry.problem ?? 'could not be decoded',
      attempts: entry.attempts,
      failedAt: this.#o.ambient.now(),
      raw: Buffer.from(entry.raw ?? new Uint8Array()).toString('base64'),
    };
    this.#server.bury(letter).then(
      () => {
        this.#counters.event('dead_letter');
        this.#settleEntry(entry);
        this.#sendSettled();
      },
      () => undefined,
    ).finally(() => this.#held.delete(keyOf(entry)));
  }

  #settle({ holder }: Work): void {
    holder.left -= 1;
    this.#settledMessages += 1;
    if (holder.left === 0) {
      this.#held.delete(keyOf(holder.ref));
      this.#settleEntry(holder.ref);
    }
  }

  #settleEntry(ref: EntryRef): void {
    this.#settled.push({ lane: ref.lane, id: ref.id });
  }

  #sendSettledInTime(empty: boolean): void {
    if (empty || this.#settled.length >= SETTLED || this.#o.ambient.monotonic() - this.#settledSentAt > SETTLED_MS) this.#sendSettled();
  }

  /** Not awaited by anybody: what is not settled comes again, and is then known. */
  #sendSettled(): void {
    this.#settledSentAt = this.#o.ambient.monotonic();
    if (this.#settled.length === 0) return;
    const settled = this.#settled;
    const messages = this.#settledMessages;
    this.#settled = [];
    this.#settledMessages = 0;
    this.#server.acknowledge(this.#o.consumption.group, settled).then(
      () => void (this.#counters.acked += messages),
      () => undefined,
    );
  }

  /** Keeps entries in hand from being taken over, takes over those of the dead, and looks at the backlog. */
  #care(): void {
    if (this.#stopped) return;
    this.#cancelCare = this.#o.ambient.after(Math.min(this.#o.reclaimAfterMs / 3, CARE_MS), () => {
      void this.#careOnce().finally(() => this.#care());
    });
  }

  async #careOnce(): Promise<void> {
    const { group, ephemeral } = this.#o.consumption;
    try {
      if (ephemeral === true) await this.#server.keepGroup(group, EPHEMERAL_MS);
      this.#sendSettled();
      if (this.#held.size > 0) await this.#server.keepAlive(group, this.#o.consumer, [...this.#held.values()].map((h) => h.ref));
      await this.#takeOver('own', this.#o.reclaimAfterMs);
      await this.#takeOver('others', this.#o.reclaimAfterMs);
      this.#backlog = await this.#server.backlog(group);
      this.#warnBeforeTrimming();
    } catch {
      // The server is away; its reconnection is not this loop's work.
    }
  }

  /** Trimming removes unread entries silently, so the half of what is kept is the time to say so. */
  #warnBeforeTrimming(): void {
    const high = this.#backlog.lag > KEEP[this.bus].maxEntries / 2;
    if (high && !this.#warned) this.#o.log('warn', 'unread entries pass half of what the bus keeps', { bus: this.bus, group: this.#o.consumption.group, lag: this.#backlog.lag });
    this.#warned = high;
  }

  async #takeOver(whose: 'own' | 'others', idleMs: number): Promise<void> {
    const { group } = this.#o.consumption;
    const entries = await this.#server.takeOver(group, this.#o.consumer, whose, idleMs, TAKE_OVER_LIMIT).catch(() => []);
    const fresh = entries.filter((entry) => !this.#held.has(keyOf(entry)));
    if (fresh.length === 0 || this.#stopped) return;
    if (whose === 'others') this.#counters.event('reclaim', fresh.length);
    // Not made to wait: the care for what is in hand goes on.
    await this.#take(fresh, false);
  }

  #queued(): number {
    return this.#workers.reduce((sum, queues) => sum + queues.size, 0);
  }

  #isIdle(): boolean {
    return this.#taking === 0 && this.#queued() === 0 && this.#running.every((running) => !running);
  }

  #tellIdle(): void {
    if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Stops reading, lets what was read be handled until the deadline, settles it. */
  async close(deadlineMs: number): Promise<void> {
    // The twin forgets with the process, so what it holds for this group is handled first.
    const until = this.#o.ambient.monotonic() + deadlineMs;
    while (this.#server.transport === 'memory' && this.#o.ambient.monotonic() < until) {
      const { lag } = await this.#server.backlog(this.#o.consumption.group);
      if (lag === 0) break;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#stopped = true;
    this.#cancelCare();
    for (const reader of this.#readers) reader.close();
    for (const resume of this.#room.splice(0)) resume();
    if (!this.#isIdle()) {
      await new Promise<void>((resolve) => {
        const cancel = this.#o.ambient.after(Math.max(0, until - this.#o.ambient.monotonic()), resolve);
        this.#idle.push(() => {
          cancel();
          resolve();
        });
      });
    }
    this.#closing.abort();
    this.#sendSettled();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#o.ambient.after(ms, resolve));
  }
}

function keyOf({ lane, id }: EntryRef): string {
  return `${lane} ${id}`;
}

/** FNV-1a; spreads topics over workers. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
