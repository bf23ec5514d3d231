import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { isStateTopic, isoFromMs, matches, rankOf, type Clock, type EpochMs, type Priority, type Provenance } from '@nautilus/model';
import type { Timers } from '../context.ts';
import { Allowance } from './allowance.ts';
import { Books } from './books.ts';
import { viewOf, type ClientView } from './client-view.ts';
import { CLOSE, EVERY_TOPIC, FanoutClient, type ClientLimits, type TopicAccess } from './client.ts';
import { parseCommand, splitPatterns, type Command, type CommandId } from './commands.ts';
import { bookFrameType, OutgoingMessage, originOf, type FrameType, type ServerFrame, type WireFormat } from './frame.ts';
import { Groups, type Group } from './groups.ts';
import { TopicLog } from './topic-log.ts';

/** Subprotocol for binary frames; without it frames are JSON text. */
export const MSGPACK_PROTOCOL = 'nautilus.msgpack';

export interface HubOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly newId: () => string;
  /** Messages of this long are sent together; urgent ones leave at once. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  /** A client from which nothing came for this long is closed with 4408. */
  readonly silenceMs: number;
  readonly limits: ClientLimits;
  /** From publication until the bytes were handed to the sockets; once per message that reached somebody. */
  readonly onLatency?: (seconds: number) => void;
  /** Told of each connection that ends. */
  readonly onClosed?: (client: FanoutClient, code: number, reason: string) => void;
}

export interface FanoutEvent {
  readonly topic: string;
  readonly data: unknown;
  readonly messageId: string;
  readonly timestamp: EpochMs;
  readonly priority: Priority;
  readonly provenance?: Provenance;
}

/** Who a client is and what it may read; absent parts mean anybody and everything. */
export interface Admission {
  readonly access?: TopicAccess;
  readonly user?: string | undefined;
}

/** Sockets served between two turns of the event loop. */
const SLICE = 500;
const MS_PER_GOODBYE = 5;

/**
 * Sends what is published to the clients whose patterns match. Each message is encoded once per format, the
 * messages of a tick go to a client in one write, and a slow client delays nobody.
 */
export class FanoutHub {
  readonly epoch: string;
  readonly #options: HubOptions;
  readonly #clients = new Map<string, FanoutClient>();
  readonly #groups = new Groups();
  readonly #logs = new Map<string, TopicLog>();
  readonly #allowance: Allowance;
  readonly #books = new Books();
  #pending: OutgoingMessage[] = [];
  /** Those of the running flush: some clients have them, some not yet. */
  #inFlight: readonly OutgoingMessage[] = [];
  #flushing: Promise<void> = Promise.resolve();
  /** Of connections that ended. */
  readonly #gone = { delivered: 0, skipped: 0 };

  constructor(options: HubOptions) {
    this.#options = options;
    this.epoch = options.newId();
    this.#allowance = new Allowance(() => options.clock.monotonic());
    options.timers.every(options.tickMs, () => this.flush());
    options.timers.every(options.heartbeatMs, () => this.#beat());
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Messages given to sockets so far. */
  get delivered(): number {
    let sum = this.#gone.delivered;
    for (const client of this.#clients.values()) sum += client.delivered;
    return sum;
  }

  /** Superseded messages that a client did not get, of all clients so far. */
  get skipped(): number {
    let sum = this.#gone.skipped;
    for (const client of this.#clients.values()) sum += client.skipped;
    return sum;
  }

  /** Messages that wait for the end of the tick; a publisher that sees many should await `flush`. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Frames that wait for slow clients. */
  get queued(): number {
    let sum = 0;
    for (const client of this.#clients.values()) sum += client.queued;
    return sum;
  }

  publish(event: FanoutEvent): void {
    const { topic } = event;
    const isBook = this.#books.concerns(topic, event.data);
    const book = isBook ? this.#books.take(topic, event.data) : undefined;
    if (isBook && book === undefined) return;
    const log = this.#logOf(topic);
    const message = new OutgoingMessage(
      {
        message_id: event.messageId,
        message_type: book === undefined ? 'data' : bookFrameType(book),
        topic,
        data: book ?? event.data,
        timestamp: isoFromMs(event.timestamp),
        seq: log.nextSeq(),
        epoch: this.epoch,
      },
      { isState: isStateTopic(topic), book, origin: originOf(event.data, event.provenance) },
    );
    log.append(message, this.#options.clock.monotonic());
    if (this.#groups.of(topic).size === 0) return;
    this.#pending.push(message);
    if (rankOf(event.priority) <= rankOf('CRITICAL')) void this.flush();
  }

  /** A frame about the connection to everybody. */
  announce(data: unknown): void {
    for (const client of this.#clients.values()) this.#tell(client, 'system', data);
  }

  /** Clients that a message of the topic would reach now. */
  recipients(topic: string): number {
    let count = 0;
    for (const group of this.#groups.of(topic)) count += group.clients.size;
    return count;
  }

  /** Takes over an accepted socket. `preset` are the subscriptions that its path brings. */
  attach(socket: WebSocket, request: IncomingMessage, clientIp: string, preset: readonly string[], { access = EVERY_TOPIC, user }: Admission = {}): FanoutClient {
    const client = new FanoutClient({
      id: this.#options.newId(),
      ip: clientIp,
      now: this.#options.clock.now(),
      format: socket.protocol === MSGPACK_PROTOCOL ? 'msgpack' : 'json',
      socket,
      stream: request.socket,
      limits: this.#options.limits,
      access,
      user,
    });
    this.#clients.set(client.id, client);
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#hear(client, data, isBinary));
    socket.on('pong', () => this.#seen(client));
    // ws reports protocol errors here and closes the socket itself.
    socket.on('error', () => undefined);
    socket.on('close', (code: number, reason: Buffer) => this.#forget(client, code, reason.toString()));
    this.#tell(client, 'welcome', {
      connection_id: client.id,
      epoch: this.epoch,
      heartbeat_seconds: this.#options.heartbeatMs / 1000,
      subscriptions: preset,
    });
    if (preset.length > 0) this.#subscribe(client, { action: 'subscribe', topics: [...preset], snapshot: true });
    return client;
  }

  connections(): readonly ClientView[] {
    return [...this.#clients.values()].map((client) => viewOf(client, this.#options.limits.softBytes));
  }

  /** Topics seen so far with the number of clients that each reaches. */
  topics(): readonly { topic: string; subscriber_count: number }[] {
    return [...this.#logs.keys()].sort().map((topic) => ({ topic, subscriber_count: this.recipients(topic) }));
  }

  disconnect(id: string, code: number, reason: string): boolean {
    const client = this.#clients.get(id);
    client?.close(code, reason);
    return client !== undefined;
  }

  /** Bytes that wait for clients, in queues and in sockets. */
  get unsentBytes(): number {
    let sum = 0;
    for (const client of this.#clients.values()) sum += client.unsentBytes;
    return sum;
  }

  /**
   * Sends what is left, tells everybody that this replica goes, and closes the connections one by one over at most
   * `longestMs`, so that they do not all come back to another replica at once. A few take less.
   */
  async close(longestMs = 0): Promise<void> {
    await this.flush();
    const leaving = [...this.#clients.values()];
    const spreadMs = Math.min(longestMs, leaving.length * MS_PER_GOODBYE);
    this.announce({ event: 'going_away', within_ms: spreadMs });
    const started = this.#options.clock.monotonic();
    for (const [place, client] of leaving.entries()) {
      const due = started + (spreadMs * place) / leaving.length;
      const wait = due - this.#options.clock.monotonic();
      if (wait >= this.#options.tickMs && client.isOpen) await this.#options.timers.delay(wait);
      client.close(CLOSE.goingAway, 'going away');
    }
  }

  /** One flush at a time, so that every client sees messages in the order of publication. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flushNow());
    return this.#flushing;
  }

  async #flushNow(): Promise<void> {
    const messages = this.#pending;
    this.#pending = [];
    this.#inFlight = messages;
    const now = this.#options.clock.monotonic();
    const sentAt = isoFromMs(this.#options.clock.now());
    const wanted = new Map<Group, OutgoingMessage[]>();
    for (const message of messages) {
      message.stamp(sentAt);
      for (const group of this.#groups.of(message.frame.topic)) {
        const list = wanted.get(group);
        if (list === undefined) wanted.set(group, [message]);
        else list.push(message);
      }
    }
    let served = 0;
    for (const group of [...this.#groups]) {
      const list = wanted.get(group);
      const bytes = new Map<WireFormat, Buffer>();
      for (const client of group.clients) {
        if (list === undefined) client.tick(now);
        else this.#deliver(client, list, bytes, now);
        served += 1;
        if (served % SLICE === 0) await this.#options.timers.delay(0);
      }
    }
    this.#inFlight = [];
    this.#measure(messages);
  }

  #measure(messages: readonly OutgoingMessage[]): void {
    const { onLatency, clock } = this.#options;
    if (onLatency === undefined) return;
    const now = clock.now();
    for (const { frame } of messages) onLatency(Math.max(0, now - Date.parse(frame.timestamp)) / 1000);
  }

  #deliver(client: FanoutClient, messages: readonly OutgoingMessage[], bytes: Map<WireFormat, Buffer>, now: number): void {
    const due = client.due(messages);
    if (due.length !== messages.length) return this.#give(client, due);
    let joined = bytes.get(client.format);
    if (joined === undefined) {
      joined = Buffer.concat(messages.map((message) => message.bytes(client.format)));
      bytes.set(client.format, joined);
    }
    client.offer(messages, joined, now);
  }

  /** To one client alone, behind what it waits for. */
  #give(client: FanoutClient, messages: readonly OutgoingMessage[]): void {
    if (messages.length === 0) return;
    for (const message of messages) message.stamp(isoFromMs(this.#options.clock.now()));
    client.offer(messages, Buffer.concat(messages.map((message) => message.bytes(client.format))), this.#options.clock.monotonic());
  }

  #logOf(topic: string): TopicLog {
    let log = this.#logs.get(topic);
    if (log === undefined) this.#logs.set(topic, (log = new TopicLog()));
    return log;
  }

  #logsMatching(client: FanoutClient, pattern: string): [string, TopicLog][] {
    return [...this.#logs].filter(([topic]) => matches(pattern, topic) && client.access.mayRead(topic));
  }

  #hear(client: FanoutClient, data: Buffer, isBinary: boolean): void {
    this.#seen(client);
    if (!this.#allowance.command(client)) return client.close(CLOSE.rate, 'too many frames a minute');
    if (isBinary && client.format === 'json') return client.close(CLOSE.malformed, 'binary frame on a text protocol');
    const parsed = parseCommand(data, isBinary);
    if (parsed.ok) return this.#obey(client, parsed.command);
    if (parsed.code === 'malformed_frame' && !this.#allowance.malformed(client)) return client.close(CLOSE.malformed, 'too many malformed frames');
    this.#tell(client, 'error', { code: parsed.code, message: parsed.problem }, parsed.id);
  }

  #obey(client: FanoutClient, command: Command): void {
    switch (command.action) {
      case 'subscribe':
        return this.#subscribe(client, command);
      case 'unsubscribe':
        for (const topic of command.topics) client.subscriptions.delete(topic);
        client.conflation.changed();
        this.#groups.place(client);
        return this.#tell(client, 'unsubscribed', { topics: command.topics }, command.id);
      case 'resume':
        return this.#resumeAll(client, command);
      case 'list':
        return this.#tell(client, 'subscribed', { topics: [...client.subscriptions] }, command.id);
      case 'ping':
        return this.#tell(client, 'pong', { t: command.t ?? null, server_time: isoFromMs(this.#options.clock.now()) }, command.id);
      case 'snapshot':
        for (const topic of this.#allowed(client, command.topics, command.id)) this.#snapshot(client, topic);
    }
  }

  /** The patterns that the client may ask for; each of the others is answered with an error. */
  #allowed(client: FanoutClient, patterns: readonly string[], id: CommandId): readonly string[] {
    const { legal, illegal } = splitPatterns(patterns);
    for (const topic of illegal) this.#tell(client, 'error', { code: 'bad_pattern', topic, message: 'not a topic, nor a prefix ending in ".*"' }, id);
    return legal.filter((topic) => {
      const mayAsk = client.access.mayAsk(topic);
      if (!mayAsk) this.#tell(client, 'error', { code: 'forbidden', topic, message: 'this key may not read the topic' }, id);
      return mayAsk;
    });
  }

  #subscribe(client: FanoutClient, command: Extract<Command, { action: 'subscribe' }>): void {
    const legal = this.#allowed(client, command.topics, command.id);
    for (const pattern of legal) {
      if (command.conflate_ms !== undefined) client.conflation.set(pattern, command.conflate_ms);
      client.subscriptions.add(pattern);
    }
    client.conflation.changed();
    this.#groups.place(client);
    if (legal.length === 0) return;
    const matching = [...new Map(legal.flatMap((pattern) => this.#logsMatching(client, pattern)))];
    const seqs = Object.fromEntries(matching.map(([topic, log]) => [topic, log.seq]));
    this.#tell(client, 'subscribed', { topics: legal, seqs, epoch: this.epoch }, command.id);
    for (const [topic, log] of matching) {
      // A client that tells what it has of each topic had seen all that there were: one that it does not name is new.
      const fromSeq = command.seqs === undefined ? command.from_seq : (command.seqs[topic] ?? 0);
      if (fromSeq !== undefined) this.#resume(client, topic, log, fromSeq, command.epoch);
      else if (command.snapshot) this.#snapshotOf(client, topic, log);
    }
  }

  /** Subscribes to each topic and gives what was missed of it. */
  #resumeAll(client: FanoutClient, { topics, id }: Extract<Command, { action: 'resume' }>): void {
    for (const { topic, epoch, seq } of topics) {
      this.#subscribe(client, { action: 'subscribe', topics: [topic], snapshot: true, from_seq: seq, epoch, ...(id === undefined ? {} : { id }) });
    }
  }

  /** What was missed since `fromSeq`; when it is no longer kept, the hole is announced and the last state given. */
  #resume(client: FanoutClient, topic: string, log: TopicLog, fromSeq: number, epoch: string | undefined): void {
    const missed = epoch === undefined || epoch === this.epoch ? log.after(fromSeq, this.#options.clock.monotonic()) : undefined;
    if (missed === undefined) {
      const frame = this.#frame('gap', { topic, from_seq: fromSeq, to_seq: log.seq, epoch: this.epoch }, undefined);
      this.#give(client, [new OutgoingMessage({ ...frame, topic, seq: log.seq }, { isState: false })]);
      return this.#snapshotOf(client, topic, log);
    }
    this.#passOver(client, topic, log);
    this.#give(client, missed);
  }

  #snapshot(client: FanoutClient, pattern: string): void {
    for (const [topic, log] of this.#logsMatching(client, pattern)) this.#snapshotOf(client, topic, log);
  }

  /** The last state of the topic, whole; nothing for a topic of events. */
  #snapshotOf(client: FanoutClient, topic: string, log: TopicLog): void {
    const last = log.last();
    if (last?.isState !== true) return;
    const book = this.#books.snapshot(topic);
    const frame = this.#frame(book === undefined ? 'snapshot' : bookFrameType(book), book ?? last.frame.data, undefined);
    this.#passOver(client, topic, log);
    this.#give(client, [new OutgoingMessage({ ...frame, topic, seq: log.seq }, { isState: true, book, origin: last.origin })]);
  }

  /** What this tick still holds of the topic must not reach the client twice. */
  #passOver(client: FanoutClient, topic: string, log: TopicLog): void {
    const isWaiting = [...this.#inFlight, ...this.#pending].some(({ frame }) => frame.topic === topic);
    if (isWaiting) client.toldThrough(topic, log.seq);
  }

  #tell(client: FanoutClient, type: FrameType, data: unknown, id?: CommandId): void {
    client.send(this.#frame(type, data, id));
  }

  /** About the connection, until it is given a topic. */
  #frame(type: FrameType, data: unknown, id: CommandId): ServerFrame {
    return {
      message_id: this.#options.newId(), message_type: type, topic: null, data, timestamp: isoFromMs(this.#options.clock.now()), seq: 0, epoch: this.epoch,
      ...(id === undefined ? {} : { id }),
    };
  }

  #beat(): void {
    const now = this.#options.clock.now();
    for (const client of [...this.#clients.values()]) {
      if (now - client.lastSeenAt >= this.#options.silenceMs) client.close(CLOSE.heartbeat, 'silent for too long');
      else {
        this.#tell(client, 'heartbeat', { server_time: isoFromMs(now) });
        // Browsers answer a protocol ping by themselves, so a page need not send anything to stay.
        client.socket.ping();
      }
    }
  }

  #seen(client: FanoutClient): void {
    client.lastSeenAt = this.#options.clock.now();
  }

  #forget(client: FanoutClient, code: number, reason: string): void {
    client.ended();
    this.#gone.delivered += client.delivered;
    this.#gone.skipped += client.skipped;
    this.#clients.delete(client.id);
    this.#groups.remove(client);
    this.#options.onClosed?.(client, code, reason);
  }
}
