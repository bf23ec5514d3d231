import { BUSES, TransientError, type BusName, type Message } from '@nautilus/model';
import type { Bus, BusOptions, DeadLetter, DiscoveredEngine } from '../bus.ts';
import { StreamBus } from '../stream-bus.ts';
import type { Batch, Entry, EntryRef, Lane, LaneReader, StreamServer } from '../stream-server.ts';
import type { MemoryNetwork, MemoryStreams } from './memory-network.ts';

/**
 * A link that tests can cut, as one cuts a cable: the client then sees what it would see without its server. The
 * link of production is never cut.
 */
export class MemoryLink {
  #connected = true;
  readonly #listeners = new Set<(connected: boolean) => void>();

  get connected(): boolean {
    return this.#connected;
  }

  set(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }

  listen(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The twin of the Redis bus: same client, same promises, for one process. */
export function createMemoryBus(network: MemoryNetwork, options: BusOptions, link: MemoryLink = new MemoryLink()): Bus {
  return new StreamBus(options, options.buses.map((bus) => new MemoryServer(bus, network.streams(bus), link)));
}

class MemoryServer implements StreamServer {
  readonly bus: BusName;
  readonly transport = 'memory';
  readonly host = null;
  readonly port: number;
  readonly #streams: MemoryStreams;
  readonly #link: MemoryLink;
  #reconnects = 0;
  #lastError: string | null = null;

  constructor(bus: BusName, streams: MemoryStreams, link: MemoryLink) {
    this.bus = bus;
    this.port = BUSES[bus].port;
    this.#streams = streams;
    this.#link = link;
    link.listen((connected) => {
      if (connected) this.#reconnects += 1;
      else this.#lastError = 'the link was cut';
    });
  }

  get connected(): boolean {
    return this.#link.connected;
  }
  get reconnects(): number {
    return this.#reconnects;
  }
  get lastError(): string | null {
    return this.#lastError;
  }

  onConnected(listener: () => void): void {
    this.#link.listen((connected) => {
      if (connected) listener();
    });
  }

  append(batches: readonly Batch[]): readonly Promise<void>[] {
    return batches.map((batch) => (this.#link.connected ? this.#streams.append(batch) : Promise.reject(this.#away())));
  }

  reader(group: string, consumer: string, lanes: readonly Lane[], count: number): LaneReader {
    return new MemoryReader(this.#streams, this.#link, group, consumer, lanes, count);
  }

  createGroup(group: string, from: 'new' | 'beginning'): Promise<void> {
    return this.#whenUp(() => this.#streams.createGroup(group, from));
  }
  dropGroup(group: string): Promise<void> {
    return this.#whenUp(() => this.#streams.dropGroup(group));
  }
  keepGroup(group: string, lifetimeMs: number): Promise<void> {
    return this.#whenUp(() => this.#streams.keepGroup(group, lifetimeMs));
  }
  rewind(group: string, firstOf: (lane: Lane) => string): Promise<void> {
    return this.#whenUp(() => this.#streams.rewind(group, firstOf));
  }
  acknowledge(group: string, entries: readonly EntryRef[]): Promise<void> {
    return this.#whenUp(() => this.#streams.acknowledge(group, entries));
  }
  takeOver(group: string, consumer: string, whose: 'own' | 'others', idleMs: number, limit: number): Promise<readonly Entry[]> {
    return this.#whenUp(() => this.#streams.takeOver(group, consumer, whose, idleMs, limit));
  }
  keepAlive(group: string, consumer: string, entries: readonly EntryRef[]): Promise<void> {
    return this.#whenUp(() => this.#streams.keepAlive(group, consumer, entries));
  }
  giveBack(group: string, message: Message, attempts: number, notBefore: number): Promise<void> {
    return this.#whenUp(() => this.#streams.giveBack(group, message, attempts, notBefore));
  }
  range(from: string, to: string | undefined, limit: number): Promise<readonly Entry[]> {
    return this.#whenUp(() => this.#streams.range(from, to, limit));
  }
  idAt(timeMs: number): string {
    return `${Math.ceil(timeMs)}-0`;
  }
  bury(letter: Omit<DeadLetter, 'id'>): Promise<void> {
    return this.#whenUp(() => this.#streams.bury(letter));
  }
  buried(limit: number): Promise<readonly DeadLetter[]> {
    return this.#whenUp(() => this.#streams.buried(limit));
  }
  unbury(id: string): Promise<DeadLetter | undefined> {
    return this.#whenUp(() => this.#streams.unbury(id));
  }
  putBulk(name: string, bytes: Uint8Array, lifetimeMs: number): Promise<void> {
    return this.#whenUp(() => this.#streams.putBulk(name, bytes, lifetimeMs));
  }
  takeBulk(name: string): Promise<Uint8Array | undefined> {
    return this.#whenUp(() => this.#streams.takeBulk(name));
  }
  announce(engine: DiscoveredEngine, lifetimeMs: number): Promise<void> {
    return this.#whenUp(() => this.#streams.announce(engine, lifetimeMs));
  }
  discovered(): Promise<readonly DiscoveredEngine[]> {
    return this.#whenUp(() => this.#streams.discovered());
  }
  backlog(group: string): Promise<{ lag: number; pending: number }> {
    return this.#whenUp(() => this.#streams.backlog(group));
  }
  trim(): Promise<number> {
    return this.#whenUp(() => this.#streams.trim());
  }
  ping(): Promise<void> {
    return this.#whenUp(() => undefined);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  #away(): TransientError {
    return new TransientError(`the ${this.bus} bus is away`);
  }

  #whenUp<T>(act: () => T): Promise<T> {
    return this.#link.connected ? Promise.resolve(act()) : Promise.reject(this.#away());
  }
}

class MemoryReader implements LaneReader {
  readonly #streams: MemoryStreams;
  readonly #link: MemoryLink;
  readonly #group: string;
  readonly #consumer: string;
  readonly #lanes: readonly Lane[];
  readonly #count: number;
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(streams: MemoryStreams, link: MemoryLink, group: string, consumer: string, lanes: readonly Lane[], count: number) {
    this.#streams = streams;
    this.#link = link;
    this.#group = group;
    this.#consumer = consumer;
    this.#lanes = lanes;
    this.#count = count;
  }

  async next(): Promise<readonly Entry[]> {
    for (;;) {
      if (this.#closed) return [];
      if (this.#link.connected) {
        const entries = this.#streams.read(this.#group, this.#consumer, this.#lanes, this.#count);
        if (entries.length > 0) return entries;
      }
      await this.#change();
    }
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Something was written, the link changed, or the reader was closed. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const stops: (() => void)[] = [];
      this.#wake = () => {
        for (const stop of stops) stop();
        resolve();
      };
      stops.push(this.#link.listen(() => this.#wake()));
      stops.push(this.#streams.wait(this.#group, this.#lanes, () => this.#wake()));
    });
  }
}
