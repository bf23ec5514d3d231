import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { Conflation, merged, type Queued } from './conflation.ts';
import { encodeFrame, type OutgoingMessage, type ServerFrame, type WireFormat } from './frame.ts';
import { StreamTail } from './stream-tail.ts';

/** Close codes of the contract, and of the engine page where the contract is silent. */
export const CLOSE = { heartbeat: 4408, slow: 4413, rate: 4009, malformed: 1003, goingAway: 1012 } as const;

export interface ClientLimits {
  /** Unsent bytes above which a client counts as slow and superseded messages are left out. */
  readonly softBytes: number;
  /** Unsent bytes at which it is closed. */
  readonly hardBytes: number;
  /** Longest time above the soft limit. */
  readonly slowMs: number;
}

/** Which topics a client may read. Clients of one `key` may read the same. */
export interface TopicAccess {
  readonly key: string;
  mayRead(topic: string): boolean;
  /** False when nothing that the pattern matches may be read. */
  mayAsk(pattern: string): boolean;
}

export const EVERY_TOPIC: TopicAccess = { key: '', mayRead: () => true, mayAsk: () => true };

/**
 * One connection's sending side. A client that keeps up gets the shared bytes of each tick in one write. One that
 * does not gets a queue of its own, in which a newer state message replaces an older one of the same topic; events
 * are never left out, nor held back by conflation. A queue that only grows ends the connection.
 */
export class FanoutClient {
  readonly id: string;
  readonly ip: string;
  readonly connectedAt: number;
  readonly format: WireFormat;
  readonly socket: WebSocket;
  readonly subscriptions = new Set<string>();
  readonly access: TopicAccess;
  /** Name of the key that it came with. */
  readonly user: string | undefined;
  readonly conflation = new Conflation(this.subscriptions);
  lastSeenAt: number;
  delivered = 0;
  /** Ids of events that it was still to get when its connection ended. */
  lost: readonly string[] = [];
  #skipped = 0;
  readonly #stream: StreamTail;
  readonly #limits: ClientLimits;
  readonly #queue = new Map<string, Queued>();
  #queuedBytes = 0;
  #slowSince: number | undefined;
  /** Per topic, how far it was told by a snapshot or a resume although those messages are still to be sent to the others. */
  readonly #told = new Map<string, number>();

  constructor(options: {
    id: string; ip: string; now: number; format: WireFormat; socket: WebSocket; stream: Duplex; limits: ClientLimits;
    access: TopicAccess; user: string | undefined;
  }) {
    this.id = options.id;
    this.ip = options.ip;
    this.connectedAt = options.now;
    this.lastSeenAt = options.now;
    this.format = options.format;
    this.socket = options.socket;
    this.#stream = new StreamTail(options.stream);
    this.#limits = options.limits;
    this.access = options.access;
    this.user = options.user;
    options.stream.on('drain', () => this.#drain());
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  get unsentBytes(): number {
    return this.#stream.bytes + this.#queuedBytes;
  }

  get queued(): number {
    return this.#queue.size + this.conflation.size;
  }

  /** Superseded messages that it never gets. */
  get skipped(): number {
    return this.#skipped + this.conflation.skipped;
  }

  /** A frame about the connection, which waits for no message. */
  send(frame: ServerFrame): void {
    if (this.isOpen) this.#stream.write(encodeFrame(frame, this.format), []);
  }

  /** It has everything of the topic up to `seq`: what the running tick still holds of it is passed over. */
  toldThrough(topic: string, seq: number): void {
    this.#told.set(topic, Math.max(seq, this.#told.get(topic) ?? 0));
  }

  /** The messages that it was not told by a snapshot; the same array when none was. */
  due(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
    if (this.#told.size === 0) return messages;
    return messages.filter(({ frame: { topic, seq } }) => {
      const through = this.#told.get(topic);
      if (through === undefined) return true;
      if (seq >= through) this.#told.delete(topic);
      return seq > through;
    });
  }

  /** `bytes` are those of all `messages`, in order. */
  offer(messages: readonly OutgoingMessage[], bytes: Buffer, now: number): void {
    if (!this.isOpen) return;
    if (this.conflation.isOff && this.#queue.size === 0 && this.#stream.bytes < this.#limits.softBytes) {
      this.#stream.write(bytes, messages);
      this.delivered += messages.length;
      this.#slowSince = undefined;
      return;
    }
    for (const message of messages) for (const queued of this.conflation.take({ message, skipped: 0 }, now)) this.#enqueue(queued);
    this.tick(now);
  }

  /** Sends what conflation holds back once its time has come; called every tick. */
  tick(now: number): void {
    for (const queued of this.conflation.released(now)) this.#enqueue(queued);
    if (this.#queue.size > 0) this.#drain();
    this.#judge(now);
  }

  #enqueue(queued: Queued): void {
    const { message } = queued;
    const key = message.isState ? message.frame.topic : message.frame.message_id;
    const before = this.#queue.get(key);
    const instead = before === undefined ? undefined : merged(before, queued);
    if (before === undefined || instead === undefined) {
      // Two that cannot become one both go, in their order.
      this.#put(before === undefined ? key : message.frame.message_id, queued);
      return;
    }
    this.#queue.delete(key);
    this.#queuedBytes -= before.message.bytes(this.format).length;
    this.#skipped += 1;
    this.#put(key, instead);
  }

  #put(key: string, queued: Queued): void {
    this.#queue.set(key, queued);
    this.#queuedBytes += queued.message.bytes(this.format).length;
  }

  #drain(): void {
    for (const [key, { message, skipped }] of this.#queue) {
      if (this.#stream.bytes >= this.#limits.softBytes) return;
      this.#queue.delete(key);
      this.#queuedBytes -= message.bytes(this.format).length;
      this.#stream.write(message.bytesWithSkipped(this.format, skipped), [message]);
      this.delivered += 1;
    }
  }

  #judge(now: number): void {
    const unsent = this.unsentBytes;
    if (unsent < this.#limits.softBytes) {
      this.#slowSince = undefined;
      return;
    }
    this.#slowSince ??= now;
    if (unsent >= this.#limits.hardBytes || now - this.#slowSince >= this.#limits.slowMs) this.close(CLOSE.slow, 'slow consumer');
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.ended();
    // ws itself cuts a peer that does not answer the closing handshake within 30 s.
    this.socket.close(code, reason);
  }

  /** Gives up what waits, by whoever's wish the connection ends; called again it changes nothing. */
  ended(): void {
    const waiting = [...this.#queue.values()].filter(({ message }) => !message.isState).map(({ message }) => message.frame.message_id);
    this.lost = [...new Set([...this.lost, ...this.#stream.untaken, ...waiting])];
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.conflation.clear();
  }
}
