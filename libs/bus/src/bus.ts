import type { BusName, Message, Priority, Provenance, Route } from '@nautilus/model';
import type { Lane } from './stream-server.ts';

/**
 * The port that engines publish and consume through. Two implementations pass one conformance suite: Redis
 * Streams (`redis/`) and the in-memory twin (`memory/`). Delivery is at least once; order holds per publisher
 * within one priority lane; a higher lane is emptied before a lower one.
 */
export interface Bus {
  /**
   * Resolves when the message is accepted (written by the server, or held by the twin). Rejects with
   * TransientError when the buffer of a lost bus overflowed: the message was then never accepted. Rejects with
   * InvalidInputError for a topic that is none.
   */
  publish(topic: string, payload: unknown, options?: PublishOptions): Promise<void>;

  /** Starts delivery to one consumer group on every bus that can carry one of the patterns. */
  consume(consumption: Consumption): Promise<Subscription>;

  /**
   * Publishes with a fresh correlation id and waits for the reply. Rejects with DeadlineError after
   * `deadlineMs`; a reply that comes later is dropped and counted.
   */
  request(topic: string, payload: unknown, options: RequestOptions): Promise<Message>;

  /** Answers a request: to its `reply_to`, with its correlation id. */
  reply(request: Message, payload: unknown, options?: PublishOptions): Promise<void>;

  /**
   * Delivers stored messages once more, marked `replayed: true`, to the consumers of this process whose
   * patterns overlap `pattern`.
   */
  replay(request: ReplayRequest): Promise<ReplayResult>;

  deadLetters(bus: BusName, limit?: number): Promise<readonly DeadLetter[]>;
  /**
   * Puts bytes from outside that cannot be read where operators find what was given up. `origin`, which stands in place
   * of a group, says where they came from. Rejects with TransientError while the server is away.
   */
  putDeadLetter(bus: BusName, letter: UnreadableRecord): Promise<void>;
  /** Re-queues one dead letter to the group that gave up on it. NotFoundError when the id is unknown. */
  retryDeadLetter(bus: BusName, id: string): Promise<void>;

  /**
   * Keeps bytes beside the messages of a bus, for one reader and for a time, and gives the name that a message then
   * carries: a stream would keep them long after they were read. The twin hands over the same memory. Rejects with
   * TransientError while the server is away or full.
   */
  putBulk(bus: BusName, bytes: Uint8Array, lifetimeMs: number): Promise<string>;
  /** Gives the bytes and forgets them; undefined when they were taken or their time is over. */
  takeBulk(bus: BusName, name: string): Promise<Uint8Array | undefined>;

  /** Engines that renewed their discovery key within its lifetime; empty when discovery is off. */
  discovered(): Promise<readonly DiscoveredEngine[]>;

  /** Cached figures, never a round trip. Only the buses this process uses are listed. */
  status(): readonly BusStatus[];
  /** Live round trip; the milliseconds, or undefined when the bus did not answer within `timeoutMs`. */
  ping(bus: BusName, timeoutMs: number): Promise<number | undefined>;

  /** Resolves when everything published so far is accepted; rejects with TransientError at the deadline. */
  flush(deadlineMs: number): Promise<void>;
  /** Stops reading, finishes handlers in hand, acknowledges, flushes, disconnects. */
  close(deadlineMs: number): Promise<void>;
}

export interface PublishOptions {
  readonly priority?: Priority;
  readonly targets?: readonly string[];
  readonly correlationId?: string;
  readonly replyTo?: string;
  /** The message is dropped and counted when it is handled later than this after publication. */
  readonly expiresInMs?: number;
  readonly processingDeadlineInMs?: number;
  readonly provenance?: Provenance;
  readonly traceparent?: string;
  /** Keeps the id of a message that is copied from another bus, so that it still counts as one. */
  readonly messageId?: string;
  readonly mirroredFrom?: string;
  /** Engines that published the message before. */
  readonly routingHistory?: readonly string[];
  readonly processingTimeMs?: number;
}

export interface RequestOptions extends PublishOptions {
  readonly deadlineMs: number;
}

export interface DeliveryContext {
  /** 1 at first delivery. */
  readonly attempt: number;
  readonly bus: BusName;
  /** Id of the stream entry that carried it (the twin numbers entries likewise); several messages may share one. */
  readonly entryId: string;
  /** The lane of that entry; entry ids rise within a lane, and messages of a lane come in the order of their entries. */
  readonly lane: Lane;
  /** Ends when the consumer is closing; long handlers should stop early and throw TransientError. */
  readonly signal: AbortSignal;
}

/** Throwing decides: see `reactionOf` in @nautilus/model for which errors are retried and which dead-lettered. */
export type MessageHandler = (message: Message, delivery: DeliveryContext) => void | Promise<void>;

/**
 * Takes what one read brought, in order; for sinks that write many at once. When it throws, each message is
 * offered again on its own, so that one poison message does not take its neighbours along.
 */
export type BatchHandler = (messages: readonly Message[], delivery: DeliveryContext) => void | Promise<void>;

export interface Consumption {
  /** Consumer group. Replicas with the same group share the work; the same message reaches each group once. */
  readonly group: string;
  readonly patterns: readonly string[];
  readonly handler?: MessageHandler;
  readonly batch?: BatchHandler;
  /**
   * Messages handled at once, default 1 (strict order). Above 1, order holds per topic: a topic is always
   * handled by the same worker.
   */
  readonly concurrency?: number;
  /** Where a group that does not exist yet begins: only what is new (default), or all that is stored. */
  readonly from?: 'new' | 'beginning';
  /**
   * For a consumer whose effects are a state that it saved itself: the group goes back to these points, if it has come
   * further, so that what it took after the saving is delivered again, in order and as if for the first time.
   */
  readonly resumeFrom?: ResumePoints;
  /** Messages this engine published itself are left out unless true. */
  readonly includeOwn?: boolean;
  /** Messages addressed to other engines too, for those that observe the traffic. */
  readonly anyTarget?: boolean;
  /** Reads the patterns on this bus alone, wherever else they are met: for what copies from it. No aliases then. */
  readonly bus?: BusName;
  /**
   * Longest time in milliseconds that ordinary messages (NORMAL, LOW) may wait for company after others came: reading, settling
   * and writing many at once costs little more than one. 0 by default, 200 with `batch`.
   */
  readonly lingerMs?: number;
  /** The group belongs to this process alone and ends with it. */
  readonly ephemeral?: boolean;
}

/** Per bus and lane the first entry to deliver again; lanes that are not named go back to `sinceMs`. */
export interface ResumePoints {
  /** Milliseconds since the epoch; entries from then on are delivered. */
  readonly sinceMs: number;
  readonly entries: Readonly<Partial<Record<BusName, Readonly<Partial<Record<Lane, string>>>>>>;
}

export interface Subscription {
  readonly group: string;
  /** One entry per pattern actually listened to, aliases included. */
  readonly patterns: readonly PatternStatus[];
  close(deadlineMs: number): Promise<void>;
}

export interface PatternStatus {
  readonly pattern: string;
  readonly bus: BusName;
  readonly aliasOf: string | null;
  readonly received: number;
  readonly lastMessageAt: number | null;
}

export interface ReplayRequest {
  readonly bus: BusName;
  readonly pattern: string;
  readonly from: { readonly id: string } | { readonly timeMs: number };
  readonly toId?: string;
  readonly limit?: number;
}

export interface ReplayResult {
  readonly replayed: number;
  readonly firstId: string | null;
  readonly lastId: string | null;
}

export interface UnreadableRecord {
  readonly origin: string;
  readonly reason: string;
  readonly raw: Uint8Array;
}

export interface DeadLetter {
  readonly id: string;
  readonly bus: BusName;
  readonly group: string;
  readonly reason: string;
  readonly attempts: number;
  readonly failedAt: number;
  /** Undefined when the bytes could not be decoded; `raw` then holds them in base64. */
  readonly message?: Message;
  readonly raw?: string;
}

export interface DiscoveredEngine {
  readonly engineId: string;
  readonly engine: string;
  readonly instance: string;
  readonly port: number;
  readonly architecture: string;
  readonly version: string;
  readonly seenAt: number;
}

/** `GET /messagebus/status` shows these per bus (contract.md, section 2.2). */
export interface BusStatus {
  readonly bus: BusName;
  readonly connected: boolean;
  readonly transport: 'redis' | 'memory';
  readonly host: string | null;
  readonly port: number;
  readonly latencyMs: number | null;
  readonly published: number;
  readonly received: number;
  readonly acked: number;
  readonly pending: number;
  readonly lag: number;
  readonly reclaimed: number;
  readonly deadLetters: number;
  readonly dropped: number;
  readonly expired: number;
  readonly duplicates: number;
  readonly lateReplies: number;
  readonly reconnects: number;
  readonly buffered: number;
  readonly lastError: string | null;
  readonly lastMessageAt: number | null;
  /** Messages by priority since the start. */
  readonly priorities: Readonly<Record<Priority, { readonly in: number; readonly out: number }>>;
}

/** What happened on a bus, for metrics; called on the hot path, so it must be cheap and must not throw. */
export interface BusObserver {
  published?(bus: BusName, priority: Priority, count: number): void;
  received?(bus: BusName, priority: Priority, count: number): void;
  /** Seconds from publication to the handler's start. */
  latency?(bus: BusName, seconds: number): void;
  /** Seconds from publication to the handler's end; told once for each message that a handler took without failing. */
  handled?(bus: BusName, seconds: number): void;
  event?(bus: BusName, event: 'reconnect' | 'reclaim' | 'dead_letter' | 'drop' | 'expire', count: number): void;
}

/** Who publishes; stamped on every message. */
export interface BusIdentity {
  readonly engine: string;
  readonly instance: string;
  readonly port: number;
  readonly architecture: 'dual_bus' | 'triple_bus';
  readonly version: string;
}

/** Everything ambient is handed in, so that tests own time and chance. */
export interface BusAmbient {
  /** Milliseconds since the epoch. */
  now(): number;
  monotonic(): number;
  /** UUIDv7. */
  newId(): string;
  /** Calls back after the delay; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
  /** In [0, 1); for jitter of back-off. */
  random(): number;
}

export interface BusOptions {
  readonly identity: BusIdentity;
  readonly ambient: BusAmbient;
  /** Which bus carries a topic, with its message type and default priority. */
  readonly route: (topic: string) => Route;
  /** On which buses a pattern can be met, aliases already applied. */
  readonly busesFor: (pattern: string) => readonly BusName[];
  readonly withAliases: (patterns: readonly string[]) => readonly { pattern: string; aliasOf: string | null }[];
  readonly buses: readonly BusName[];
  /** Where the reply to a request on `topic` goes; `instance` keeps requesters apart. */
  readonly replyTopic: (topic: string, instance: string) => string;
  /** MESSAGEBUS_BUFFER_INTERVAL */
  readonly bufferIntervalMs?: number;
  /** MESSAGEBUS_BUFFER_SIZE, per bus */
  readonly bufferSize?: number;
  /** UNIVERSAL_MESSAGEBUS_CLIENT: discovery and alias matching. */
  readonly universal?: boolean;
  /** An entry idle for this long is taken from its consumer (30 s). */
  readonly reclaimAfterMs?: number;
  /** Deliveries before a message is a dead letter (5). */
  readonly maxAttempts?: number;
  readonly observer?: BusObserver;
  readonly log?: (level: 'info' | 'warn' | 'error', text: string, fields?: Record<string, unknown>) => void;
}
