import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { isStateTopic, isoFromMs, matches, rankOf, type Clock, type EpochMs, type Priority } from '@nautilus/model';
import type { Timers } from '../context.ts';
import { CLOSE, FanoutClient, type ClientLimits } from './client.ts';
import { parseCommand, splitPatterns, type Command } from './commands.ts';
import { OutgoingMessage, type FrameType, type WireFormat } from './frame.ts';
import { Groups } from './groups.ts';
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
  /** Told of every frame delivered and of each connection that ends. */
  readonly onDelivered?: (frames: number) => void;
  readonly onClosed?: (client: FanoutClient, code: number, reason: string) => void;
}

export interface FanoutEvent {
  readonly topic: string;
  readonly data: unknown;
  readonly messageId: string;
  readonly timestamp: EpochMs;
  readonly priority: Priority;
}

export interface ClientView {
  readonly connection_id: string;
  readonly client_ip: string;
  readonly connect_time: string;
  readonly last_heartbeat: string;
  readonly subscriptions: readonly string[];
  readonly status: 'open' | 'slow' | 'closing';
  readonly queue: number;
  readonly delivered: number;
  readonly skipped: number;
}

/** Sockets served between two turns of the event loop. */
const SLICE = 500;
const COMMANDS_PER_MINUTE = 100;
const MALFORMED_PER_MINUTE = 10;

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
  readonly #allowance = new Map<FanoutClient, { since: number; commands: number; malformed: number }>();
  #pending: OutgoingMessage[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #delivered = 0;

  constructor(options: HubOptions) {
    this.#options = options;
    this.epoch = options.newId();
    options.timers.every(options.tickMs, () => this.flush());
    options.timers.every(options.heartbeatMs, () => this.#beat());
  }

  get size(): number {
    return this.#clients.size;
  }

  get delivered(): number {
    return this.#delivered;
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
    const log = this.#logOf(event.topic);
    const message = new OutgoingMessage(
      {
        message_id: event.messageId,
        message_type: 'data',
        topic: event.topic,
        data: event.data,
        timestamp: isoFromMs(event.timestamp),
        seq: log.nextSeq(),
        epoch: this.epoch,
      },
      isStateTopic(event.topic),
    );
    log.append(message, this.#options.clock.monotonic());
    if (!this.#groups.wants(event.topic)) return;
    this.#pending.push(message);
    if (rankOf(event.priority) <= rankOf('CRITICAL')) void this.flush();
  }

  /** Clients that a message of the topic would reach now. */
  recipients(topic: string): number {
    let count = 0;
    for (const group of this.#groups) if (group.patterns.matches(topic)) count += group.clients.size;
    return count;
  }

  /** Takes over an accepted socket. `preset` are the subscriptions that its path brings. */
  attach(socket: WebSocket, request: IncomingMessage, clientIp: string, preset: readonly string[]): FanoutClient {
    const client = new FanoutClient({
      id: this.#options.newId(),
      ip: clientIp,
      now: this.#options.clock.now(),
      format: socket.protocol === MSGPACK_PROTOCOL ? 'msgpack' : 'json',
      socket,
      stream: request.socket,
      limits: this.#options.limits,
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
    if (preset.length > 0) this.#subscribe(client, { action: 'subscribe', topics: [...preset] });
    return client;
  }

  connections(): readonly ClientView[] {
    return [...this.#clients.values()].map((client) => ({
      connection_id: client.id,
      client_ip: client.ip,
      connect_time: isoFromMs(client.connectedAt),
      last_heartbeat: isoFromMs(client.lastSeenAt),
      subscriptions: [...client.subscriptions],
      status: client.isOpen ? (client.unsentBytes >= this.#options.limits.softBytes ? 'slow' : 'open') : 'closing',
      queue: client.queued,
      delivered: client.delivered,
      skipped: client.skipped,
    }));
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

  /** Sends what is left, then says goodbye to everybody. */
  async close(): Promise<void> {
    await this.flush();
    for (const client of [...this.#clients.values()]) client.close(CLOSE.goingAway, 'going away');
  }

  /** One flush at a time, so that every client sees messages in the order of publication. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flushNow());
    return this.#flushing;
  }

  async #flushNow(): Promise<void> {
    const messages = this.#pending;
    this.#pending = [];
    const now = this.#options.clock.monotonic();
    let served = 0;
    for (const group of [...this.#groups]) {
      const wanted = messages.filter((message) => group.patterns.matches(message.frame.topic));
      const bytes = new Map<WireFormat, Buffer>();
      for (const client of group.clients) {
        if (wanted.length > 0) this.#deliver(client, wanted, bytes, now);
        else client.tick(now);
        served += 1;
        if (served % SLICE === 0) await this.#options.timers.delay(0);
      }
    }
  }

  #deliver(client: FanoutClient, messages: readonly OutgoingMessage[], bytes: Map<WireFormat, Buffer>, now: number): void {
    let joined = bytes.get(client.format);
    if (joined === undefined) {
      joined = Buffer.concat(messages.map((message) => message.bytes(client.format)));
      bytes.set(client.format, joined);
    }
    client.offer(messages, joined, now);
    this.#delivered += messages.length;
    this.#options.onDelivered?.(messages.length);
  }

  #logOf(topic: string): TopicLog {
    let log = this.#logs.get(topic);
    if (log === undefined) this.#logs.set(topic, (log = new TopicLog()));
    return log;
  }

  #logsMatching(pattern: string): [string, TopicLog][] {
    return [...this.#logs].filter(([topic]) => matches(pattern, topic));
  }

  #hear(client: FanoutClient, data: Buffer, isBinary: boolean): void {
    this.#seen(client);
    const allowance = this.#allowanceOf(client);
    allowance.commands += 1;
    if (allowance.commands > COMMANDS_PER_MINUTE) return client.close(CLOSE.rate, 'too many frames a minute');
    if (isBinary && client.format === 'json') return client.close(CLOSE.malformed, 'binary frame on a text protocol');
    const parsed = parseCommand(data, isBinary);
    if (!parsed.ok) {
      allowance.malformed += 1;
      if (allowance.malformed >= MALFORMED_PER_MINUTE) return client.close(CLOSE.malformed, 'too many malformed frames');
      return this.#tell(client, 'error', { code: 'malformed_frame', message: parsed.problem });
    }
    this.#obey(client, parsed.command);
  }

  #obey(client: FanoutClient, command: Command): void {
    switch (command.action) {
      case 'subscribe':
        return this.#subscribe(client, command);
      case 'unsubscribe':
        for (const topic of command.topics) client.subscriptions.delete(topic);
        this.#groups.place(client);
        return this.#tell(client, 'unsubscribed', { topics: command.topics });
      case 'list':
        return this.#tell(client, 'subscribed', { topics: [...client.subscriptions] });
      case 'ping':
        return this.#tell(client, 'pong', { t: command.t ?? null, server_time: isoFromMs(this.#options.clock.now()) });
      case 'snapshot':
        for (const topic of command.topics) this.#snapshot(client, topic);
    }
  }

  #subscribe(client: FanoutClient, command: Extract<Command, { action: 'subscribe' }>): void {
    const { legal, illegal } = splitPatterns(command.topics);
    for (const topic of illegal) {
      this.#tell(client, 'error', { code: 'bad_pattern', topic, message: 'not a topic, nor a prefix ending in ".*"' });
    }
    if (command.conflate_ms !== undefined) client.conflateMs = command.conflate_ms;
    for (const pattern of legal) client.subscriptions.add(pattern);
    this.#groups.place(client);
    const seqs = Object.fromEntries(legal.flatMap((p) => this.#logsMatching(p).map(([topic, log]) => [topic, log.seq])));
    if (legal.length > 0) this.#tell(client, 'subscribed', { topics: legal, seqs, epoch: this.epoch });
    if (command.from_seq === undefined) return;
    for (const pattern of legal) {
      for (const [topic, log] of this.#logsMatching(pattern)) this.#resume(client, topic, log, command.from_seq, command.epoch);
    }
  }

  /** What was missed since `fromSeq`; when it is no longer kept, the hole is announced and the last state given. */
  #resume(client: FanoutClient, topic: string, log: TopicLog, fromSeq: number, epoch: string | undefined): void {
    // Messages of the running tick reach the client with its group; they must not come twice.
    const waiting = new Set(this.#pending);
    const missed = epoch === undefined || epoch === this.epoch ? log.after(fromSeq, this.#options.clock.monotonic()) : undefined;
    if (missed === undefined) {
      this.#tell(client, 'gap', { topic, from_seq: fromSeq, to_seq: log.seq, epoch: this.epoch }, topic, log.seq);
      return this.#snapshot(client, topic);
    }
    const resent = missed.filter((message) => !waiting.has(message));
    if (resent.length === 0) return;
    client.offer(resent, Buffer.concat(resent.map((message) => message.bytes(client.format))), this.#options.clock.monotonic());
  }

  #snapshot(client: FanoutClient, pattern: string): void {
    for (const [topic, log] of this.#logsMatching(pattern)) {
      const last = log.last();
      if (last?.isState === true) this.#tell(client, 'snapshot', last.frame.data, topic, last.frame.seq);
    }
  }

  #tell(client: FanoutClient, type: FrameType, data: unknown, topic: string | null = null, seq = 0): void {
    client.send({
      message_id: this.#options.newId(),
      message_type: type,
      topic,
      data,
      timestamp: isoFromMs(this.#options.clock.now()),
      seq,
      epoch: this.epoch,
    });
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

  #allowanceOf(client: FanoutClient): { since: number; commands: number; malformed: number } {
    const now = this.#options.clock.monotonic();
    const known = this.#allowance.get(client);
    if (known !== undefined && now - known.since < 60_000) return known;
    const fresh = { since: now, commands: 0, malformed: 0 };
    this.#allowance.set(client, fresh);
    return fresh;
  }

  #seen(client: FanoutClient): void {
    client.lastSeenAt = this.#options.clock.now();
  }

  #forget(client: FanoutClient, code: number, reason: string): void {
    this.#clients.delete(client.id);
    this.#groups.remove(client);
    this.#allowance.delete(client);
    this.#options.onClosed?.(client, code, reason);
  }
}
