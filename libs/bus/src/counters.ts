import { PRIORITIES, type BusName, type Priority } from '@nautilus/model';
import type { BusObserver, BusStatus } from './bus.ts';
import type { StreamServer } from './stream-server.ts';

type Event = 'reconnect' | 'reclaim' | 'dead_letter' | 'drop' | 'expire';

/** What one process counts on one bus; feeds `status()` and the observer alike. */
export class BusCounters {
  readonly bus: BusName;
  readonly #observer: BusObserver | undefined;
  readonly #priorities = Object.fromEntries(PRIORITIES.map((p) => [p, { in: 0, out: 0 }])) as Record<Priority, { in: number; out: number }>;
  published = 0;
  received = 0;
  acked = 0;
  pending = 0;
  lag = 0;
  duplicates = 0;
  lateReplies = 0;
  latencyMs: number | null = null;
  lastMessageAt: number | null = null;
  readonly #events: Record<Event, number> = { reconnect: 0, reclaim: 0, dead_letter: 0, drop: 0, expire: 0 };

  constructor(bus: BusName, observer: BusObserver | undefined) {
    this.bus = bus;
    this.#observer = observer;
  }

  out(priority: Priority, count: number): void {
    this.published += count;
    this.#priorities[priority].out += count;
    this.#observer?.published?.(this.bus, priority, count);
  }

  /** One message handed to a handler. */
  in(priority: Priority, now: number, publishedAt: number): void {
    this.received += 1;
    this.#priorities[priority].in += 1;
    this.lastMessageAt = now;
    this.#observer?.received?.(this.bus, priority, 1);
    this.#observer?.latency?.(this.bus, Math.max(0, now - publishedAt) / 1000);
  }

  /** One message whose handler ended well. */
  handled(now: number, publishedAt: number): void {
    this.#observer?.handled?.(this.bus, Math.max(0, now - publishedAt) / 1000);
  }

  event(event: Event, count = 1): void {
    if (count === 0) return;
    this.#events[event] += count;
    this.#observer?.event?.(this.bus, event, count);
  }

  status(server: StreamServer, buffered: number): BusStatus {
    return {
      bus: this.bus,
      connected: server.connected,
      transport: server.transport,
      host: server.host,
      port: server.port,
      latencyMs: this.latencyMs,
      published: this.published,
      received: this.received,
      acked: this.acked,
      pending: this.pending,
      lag: this.lag,
      reclaimed: this.#events.reclaim,
      deadLetters: this.#events.dead_letter,
      dropped: this.#events.drop,
      expired: this.#events.expire,
      duplicates: this.duplicates,
      lateReplies: this.lateReplies,
      reconnects: server.reconnects,
      buffered,
      lastError: server.lastError,
      lastMessageAt: this.lastMessageAt,
      priorities: this.#priorities,
    };
  }
}
