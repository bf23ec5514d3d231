import type { BusName, Message, Priority } from '@nautilus/model';
import type { DeadLetter, DiscoveredEngine } from './bus.ts';

/**
 * What the client needs of one bus server: append-only lanes with consumer groups. Redis Streams and the in-memory
 * twin implement it; batching, priorities, retries, dead letters and requests live above it, once for both.
 *
 * Calls reject with TransientError while the server is away.
 */
export interface StreamServer {
  readonly bus: BusName;
  readonly transport: 'redis' | 'memory';
  readonly host: string | null;
  readonly port: number;

  /** False from the loss of the connection until the next one stands. */
  readonly connected: boolean;
  readonly reconnects: number;
  readonly lastError: string | null;
  /** Called whenever a connection stands again (not for the first one when it already does). */
  onConnected(listener: () => void): void;

  /** Writes each batch as one entry; the promises settle apart. */
  append(batches: readonly Batch[]): readonly Promise<void>[];

  /** Makes the group on every lane; one that exists is left as it is. */
  createGroup(group: string, from: 'new' | 'beginning'): Promise<void>;
  dropGroup(group: string): Promise<void>;
  /** For a group that ends with its process: unless kept again within the time, trim() drops it, so that the dead hold nothing back. */
  keepGroup(group: string, lifetimeMs: number): Promise<void>;
  /**
   * Takes a group back so that it gets the entries from each lane's id on again, whether they were settled or not; a lane
   * in which it has not come so far stays as it is. Messages in retry stay there.
   */
  rewind(group: string, firstOf: (lane: Lane) => string): Promise<void>;

  /**
   * A blocking reader with a connection of its own. It makes groups anew when the server lost them. After a read that brought
   * something, but less than `count`, the next one may wait `lingerMs`, so that it brings more at once.
   */
  reader(group: string, consumer: string, lanes: readonly Lane[], count: number, lingerMs: number): LaneReader;
  /** Settles entries for the group; they are never given again. */
  acknowledge(group: string, entries: readonly EntryRef[]): Promise<void>;
  /**
   * Unsettled entries, idle for at least `idleMs`, of `whose`: this consumer itself (left from before a restart) or the
   * others (which may have died). They count as delivered once more.
   */
  takeOver(group: string, consumer: string, whose: 'own' | 'others', idleMs: number, limit: number): Promise<readonly Entry[]>;
  /** Entries still worked on: keeps others from taking them over. */
  keepAlive(group: string, consumer: string, entries: readonly EntryRef[]): Promise<void>;
  /** Gives one message back to this group alone, to be delivered no earlier than `notBefore`. */
  giveBack(group: string, message: Message, attempts: number, notBefore: number): Promise<void>;

  /** Stored entries of all ordinary lanes between two ids (both included), in order of their ids. */
  range(from: string, to: string | undefined, limit: number): Promise<readonly Entry[]>;
  /** The id from which entries are not older than the time. */
  idAt(timeMs: number): string;

  bury(letter: Omit<DeadLetter, 'id'>): Promise<void>;
  buried(limit: number): Promise<readonly DeadLetter[]>;
  /** Removes and gives one dead letter; undefined when there is none of that id. */
  unbury(id: string): Promise<DeadLetter | undefined>;

  /** Keeps bytes under a name until they are taken or their time is over. */
  putBulk(name: string, bytes: Uint8Array, lifetimeMs: number): Promise<void>;
  takeBulk(name: string): Promise<Uint8Array | undefined>;

  announce(engine: DiscoveredEngine, lifetimeMs: number): Promise<void>;
  discovered(): Promise<readonly DiscoveredEngine[]>;

  /** Entries that the group has not read (`lag`) and not settled (`pending`), over all lanes. */
  backlog(group: string): Promise<{ readonly lag: number; readonly pending: number }>;
  /**
   * Removes what is older or more than the bus keeps, and more than that while the server's memory is short; unread entries
   * only beyond the hard limits. Gives the number of entries lost to a group that had not read or settled them.
   */
  trim(): Promise<number>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Retried messages of a group travel in a lane of its own. */
export type Lane = Priority | 'RETRY';

export interface Batch {
  readonly lane: Priority;
  readonly messages: readonly Message[];
}

export interface EntryRef {
  readonly lane: Lane;
  readonly id: string;
}

export interface Entry extends EntryRef {
  /** The topics of its messages, where they are known before the messages are decoded. */
  readonly topics?: readonly string[];
  /** Undefined when the bytes could not be decoded; `raw` then holds them. */
  readonly messages: readonly Message[] | undefined;
  readonly raw?: Uint8Array;
  readonly problem?: string;
  /** Deliveries so far, this one included. */
  readonly attempts: number;
  /** Milliseconds since the epoch; 0 for at once. */
  readonly notBefore: number;
}

export interface LaneReader {
  /** Waits for entries; higher lanes come first. Empty when nothing came for a while. Rejects when the server is away. */
  next(): Promise<readonly Entry[]>;
  close(): void;
}

/** How much a bus keeps (contract.md, section 4.1). */
export interface Keep {
  readonly maxAgeMs?: number;
  /** Entries per lane. */
  readonly maxEntries: number;
  /** Beyond this even unread entries go. */
  readonly hardEntries: number;
}

/**
 * Shares of a server's memory: from `short` on, lanes are cut until about `aim` is used; from `scarce` on, unread entries go too,
 * since a full server takes nothing from anybody.
 */
export const MEMORY = { aim: 0.4, short: 0.5, scarce: 0.8 } as const;

export const KEEP: Readonly<Record<BusName, Keep>> = {
  marketdata: { maxAgeMs: 60 * 60_000, maxEntries: 1_000_000, hardEntries: 2_000_000 },
  engine_logic: { maxEntries: 200_000, hardEntries: 1_000_000 },
  neural_gpu: { maxEntries: 50_000, hardEntries: 200_000 },
};
