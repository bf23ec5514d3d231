import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { encodeFrame, type OutgoingMessage, type ServerFrame, type WireFormat } from './frame.ts';

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

interface Queued {
  readonly message: OutgoingMessage;
  readonly skipped: number;
}

/**
 * One connection's sending side. A client that keeps up gets the shared bytes of each tick in one write. One that
 * does not gets a queue of its own, in which a newer state message replaces an older one of the same topic; events
 * are never left out. A queue that only grows ends the connection.
 */
export class FanoutClient {
  readonly id: string;
  readonly ip: string;
  readonly connectedAt: number;
  readonly format: WireFormat;
  readonly socket: WebSocket;
  readonly subscriptions = new Set<string>();
  /** 0: every message; otherwise the newest per state topic within this time. */
  conflateMs = 0;
  lastSeenAt: number;
  delivered = 0;
  skipped = 0;
  readonly #stream: Duplex;
  readonly #limits: ClientLimits;
  readonly #queue = new Map<string, Queued>();
  #queuedBytes = 0;
  #slowSince: number | undefined;
  #conflateDue = 0;

  constructor(options: {
    id: string; ip: string; now: number; format: WireFormat; socket: WebSocket; stream: Duplex; limits: ClientLimits;
  }) {
    this.id = options.id;
    this.ip = options.ip;
    this.connectedAt = options.now;
    this.lastSeenAt = options.now;
    this.format = options.format;
    this.socket = options.socket;
    this.#stream = options.stream;
    this.#limits = options.limits;
    this.#stream.on('drain', () => this.#drain());
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  get unsentBytes(): number {
    return this.#stream.writableLength + this.#queuedBytes;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** A frame for this client alone. Goes behind what is queued, like everything else it gets. */
  send(frame: ServerFrame): void {
    if (this.isOpen) this.#stream.write(encodeFrame(frame, this.format));
  }

  /** `bytes` are those of all `messages`, in order. */
  offer(messages: readonly OutgoingMessage[], bytes: Buffer, now: number): void {
    if (!this.isOpen) return;
    const keepsUp = this.#queue.size === 0 && this.#stream.writableLength < this.#limits.softBytes;
    if (keepsUp && this.conflateMs === 0) {
      this.#stream.write(bytes);
      this.delivered += messages.length;
      this.#slowSince = undefined;
      return;
    }
    for (const message of messages) this.#enqueue(message);
    if (keepsUp || this.conflateMs > 0) this.#drain(now);
    this.#judge(now);
  }

  /** Sends what conflation holds back once its time has come; called every tick. */
  tick(now: number): void {
    if (this.#queue.size > 0) this.#drain(now);
    this.#judge(now);
  }

  #enqueue(message: OutgoingMessage): void {
    const key = message.isState ? message.frame.topic : message.frame.message_id;
    const before = this.#queue.get(key);
    if (before !== undefined) {
      this.#queue.delete(key);
      this.#queuedBytes -= before.message.bytes(this.format).length;
      this.skipped += 1;
    }
    this.#queue.set(key, { message, skipped: before === undefined ? 0 : before.skipped + 1 });
    this.#queuedBytes += message.bytes(this.format).length;
  }

  #drain(now?: number): void {
    if (this.conflateMs > 0) {
      if (now === undefined || now < this.#conflateDue) return;
      this.#conflateDue = now + this.conflateMs;
    }
    for (const [key, { message, skipped }] of this.#queue) {
      if (this.#stream.writableLength >= this.#limits.softBytes) return;
      this.#queue.delete(key);
      this.#queuedBytes -= message.bytes(this.format).length;
      this.#stream.write(message.bytesWithSkipped(this.format, skipped));
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
    this.#queue.clear();
    this.#queuedBytes = 0;
    // ws itself cuts a peer that does not answer the closing handshake within 30 s.
    this.socket.close(code, reason);
  }
}
