import { InvalidInputError, NotFoundError, TransientError, isPattern, matches, type BusName, type Message } from '@nautilus/model';
import type {
  Bus, BusOptions, BusStatus, Consumption, DeadLetter, DiscoveredEngine, PublishOptions, ReplayRequest, ReplayResult, RequestOptions, Subscription, UnreadableRecord,
} from './bus.ts';
import { BusCounters } from './counters.ts';
import { Inbox } from './inbox.ts';
import { MessageFactory } from './message-factory.ts';
import { Outbox } from './outbox.ts';
import { Requests } from './requests.ts';
import type { StreamServer } from './stream-server.ts';

const DISCOVERY_LIFETIME_MS = 30_000;
const DISCOVERY_EVERY_MS = 10_000;
const PROBE_EVERY_MS = 1_000;
const TRIM_EVERY_MS = 10_000;
const REPLAY_LIMIT = 100_000;

interface Line {
  readonly server: StreamServer;
  readonly counters: BusCounters;
  readonly outbox: Outbox;
}

/** The bus client over any stream server: what Redis and the twin have in common, which is nearly all. */
export class StreamBus implements Bus {
  readonly #options: BusOptions;
  readonly #lines = new Map<BusName, Line>();
  readonly #factory: MessageFactory;
  readonly #requests: Requests;
  readonly #inboxes = new Set<Inbox>();
  /** Reply topics already listened to. */
  readonly #replies = new Map<string, Promise<Subscription>>();
  readonly #log: NonNullable<BusOptions['log']>;
  #cancels: (() => void)[] = [];
  #closed = false;

  constructor(options: BusOptions, servers: readonly StreamServer[]) {
    this.#options = options;
    this.#factory = new MessageFactory(options);
    this.#requests = new Requests(options.ambient);
    this.#log = options.log ?? (() => undefined);
    for (const server of servers) {
      const counters = new BusCounters(server.bus, options.observer);
      const outbox = new Outbox(server, options.ambient, counters, {
        intervalMs: options.bufferIntervalMs ?? 20,
        limit: options.bufferSize ?? 3_000,
      });
      this.#lines.set(server.bus, { server, counters, outbox });
      let known = server.reconnects;
      server.onConnected(() => {
        counters.event('reconnect', server.reconnects - known);
        known = server.reconnects;
      });
    }
    this.#repeat(PROBE_EVERY_MS, () => this.#probe());
    this.#repeat(TRIM_EVERY_MS, () => this.#trim());
    if (options.universal !== false) {
      void this.#announce();
      this.#lines.get('engine_logic')?.server.onConnected(() => void this.#announce());
      this.#repeat(DISCOVERY_EVERY_MS, () => this.#announce());
    }
  }

  publish(topic: string, payload: unknown, options: PublishOptions = {}): Promise<void> {
    try {
      const { message, route } = this.#factory.make(topic, payload, options);
      return this.#line(route.bus).outbox.add(message);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async consume(consumption: Consumption): Promise<Subscription> {
    for (const pattern of consumption.patterns) {
      if (!isPattern(pattern)) throw new InvalidInputError([{ path: 'patterns', message: `"${pattern}" is not a pattern` }]);
    }
    const inboxes = this.#inboxesFor(consumption);
    for (const inbox of inboxes) this.#inboxes.add(inbox);
    await Promise.all(inboxes.map((inbox) => inbox.start()));
    return {
      group: consumption.group,
      get patterns() {
        return inboxes.flatMap((inbox) => inbox.patternStatus());
      },
      close: (deadlineMs) => this.#closeInboxes(inboxes, deadlineMs),
    };
  }

  async request(topic: string, payload: unknown, options: RequestOptions): Promise<Message> {
    const replyTo = options.replyTo ?? this.#options.replyTopic(topic, this.#options.identity.instance);
    const correlationId = options.correlationId ?? this.#options.ambient.newId();
    await this.#listenForReplies(replyTo);
    const reply = this.#requests.wait(correlationId, topic, options.deadlineMs);
    this.publish(topic, payload, { ...options, correlationId, replyTo }).catch((error: unknown) => {
      this.#requests.fail(correlationId, error instanceof Error ? error : new TransientError(String(error)));
    });
    return reply;
  }

  reply(request: Message, payload: unknown, options: PublishOptions = {}): Promise<void> {
    if (request.reply_to === null) return Promise.reject(new InvalidInputError([{ path: 'reply_to', message: 'the message asks for no reply' }]));
    const correlation = request.correlation_id === null ? {} : { correlationId: request.correlation_id };
    return this.publish(request.reply_to, payload, { ...options, ...correlation });
  }

  async replay(request: ReplayRequest): Promise<ReplayResult> {
    const { server } = this.#line(request.bus);
    const from = 'id' in request.from ? request.from.id : server.idAt(request.from.timeMs);
    const limit = Math.min(request.limit ?? 1_000, REPLAY_LIMIT);
    let replayed = 0;
    let firstId: string | null = null;
    let lastId: string | null = null;
    for (const entry of await server.range(from, request.toId, limit)) {
      for (const message of entry.messages ?? []) {
        if (replayed === limit || !matches(request.pattern, message.topic)) continue;
        const taken = [...this.#inboxes].filter((inbox) => inbox.bus === request.bus && inbox.replay(message));
        if (taken.length === 0) continue;
        replayed += 1;
        firstId ??= entry.id;
        lastId = entry.id;
      }
    }
    return { replayed, firstId, lastId };
  }

  deadLetters(bus: BusName, limit = 100): Promise<readonly DeadLetter[]> {
    return this.#line(bus).server.buried(limit);
  }

  async putDeadLetter(bus: BusName, { origin, reason, raw }: UnreadableRecord): Promise<void> {
    const { server, counters } = this.#line(bus);
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    await server.bury({ bus, group: origin, reason, attempts: 1, failedAt: this.#options.ambient.now(), raw: bytes.toString('base64') });
    counters.event('dead_letter');
  }

  async retryDeadLetter(bus: BusName, id: string): Promise<void> {
    const { server } = this.#line(bus);
    const letter = await server.unbury(id);
    if (letter === undefined) throw new NotFoundError('dead_letter', `no dead letter ${id} on the ${bus} bus`);
    if (letter.message === undefined) {
      await server.bury(letter);
      throw new InvalidInputError([{ path: 'id', message: 'its bytes cannot be decoded, so it cannot be delivered' }]);
    }
    await server.giveBack(letter.group, letter.message, 0, 0);
  }

  async putBulk(bus: BusName, bytes: Uint8Array, lifetimeMs: number): Promise<string> {
    const name = this.#options.ambient.newId();
    await this.#line(bus).server.putBulk(name, bytes, lifetimeMs);
    return name;
  }

  async takeBulk(bus: BusName, name: string): Promise<Uint8Array | undefined> {
    return this.#line(bus).server.takeBulk(name);
  }

  async discovered(): Promise<readonly DiscoveredEngine[]> {
    const line = this.#lines.get('engine_logic');
    if (this.#options.universal === false || line === undefined || !line.server.connected) return [];
    return line.server.discovered().catch(() => []);
  }

  status(): readonly BusStatus[] {
    return [...this.#lines.values()].map(({ server, counters, outbox }) => {
      const own = [...this.#inboxes].filter((inbox) => inbox.bus === server.bus);
      counters.lag = own.reduce((sum, inbox) => sum + inbox.backlog.lag, 0);
      counters.pending = own.reduce((sum, inbox) => sum + inbox.backlog.pending, 0);
      return counters.status(server, outbox.held);
    });
  }

  async ping(bus: BusName, timeoutMs: number): Promise<number | undefined> {
    const line = this.#lines.get(bus);
    if (line === undefined) return undefined;
    const { ambient } = this.#options;
    const started = ambient.monotonic();
    return new Promise((resolve) => {
      const cancel = ambient.after(timeoutMs, () => resolve(undefined));
      line.server.ping().then(
        () => {
          cancel();
          line.counters.latencyMs = ambient.monotonic() - started;
          resolve(line.counters.latencyMs);
        },
        () => {
          cancel();
          line.counters.latencyMs = null;
          resolve(undefined);
        },
      );
    });
  }

  async flush(deadlineMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#options.ambient.after(deadlineMs, () => reject(new TransientError(`messages were still unwritten after ${deadlineMs} ms`)));
      void Promise.all([...this.#lines.values()].map((line) => line.outbox.drained())).then(() => {
        cancel();
        resolve();
      });
    });
  }

  async close(deadlineMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    await Promise.all([...this.#inboxes].map((inbox) => inbox.close(deadlineMs)));
    await this.#dropEphemeral(this.#inboxes);
    await this.flush(deadlineMs).catch((error: unknown) => this.#log('error', 'messages were lost at the end', { error: String(error) }));
    await Promise.all([...this.#replies.values()].map((subscription) => subscription.then((s) => s.close(0)).catch(() => undefined)));
    this.#requests.close();
    for (const { outbox } of this.#lines.values()) outbox.abandon();
    await Promise.all([...this.#lines.values()].map(({ server }) => server.close()));
  }

  #line(bus: BusName): Line {
    const line = this.#lines.get(bus);
    if (line === undefined) throw new TransientError(`this engine is not connected to the ${bus} bus`);
    return line;
  }

  #inboxesFor(consumption: Consumption): readonly Inbox[] {
    const { universal, withAliases, busesFor, identity, ambient } = this.#options;
    const { bus: only } = consumption;
    const patterns = universal === false || only !== undefined ? consumption.patterns.map((pattern) => ({ pattern, aliasOf: null })) : withAliases(consumption.patterns);
    const byBus = new Map<BusName, { pattern: string; aliasOf: string | null }[]>();
    for (const pattern of patterns) {
      for (const bus of only === undefined ? busesFor(pattern.pattern) : [only]) byBus.set(bus, [...(byBus.get(bus) ?? []), pattern]);
    }
    return [...byBus].flatMap(([bus, own]) => {
      const line = this.#lines.get(bus);
      if (line === undefined) return [];
      return new Inbox(line.server, line.counters, {
        consumption,
        patterns: own,
        engine: identity.engine,
        consumer: identity.instance,
        reclaimAfterMs: this.#options.reclaimAfterMs ?? 30_000,
        maxAttempts: this.#options.maxAttempts ?? 5,
        ambient,
        log: this.#log,
      });
    });
  }

  async #closeInboxes(inboxes: readonly Inbox[], deadlineMs: number): Promise<void> {
    await Promise.all(inboxes.map((inbox) => inbox.close(deadlineMs)));
    for (const inbox of inboxes) this.#inboxes.delete(inbox);
    await this.#dropEphemeral(inboxes);
  }

  /** Where the server is away, whoever trims next drops them when their time is over. */
  async #dropEphemeral(inboxes: Iterable<Inbox>): Promise<void> {
    for (const { bus, consumption } of inboxes) {
      const server = this.#lines.get(bus)?.server;
      if (consumption.ephemeral === true && server?.connected === true) await server.dropGroup(consumption.group).catch(() => undefined);
    }
  }

  async #listenForReplies(topic: string): Promise<void> {
    let listening = this.#replies.get(topic);
    if (listening === undefined) {
      listening = this.consume({
        group: `reply-${this.#options.identity.engine}-${this.#options.identity.instance}`,
        patterns: [topic],
        ephemeral: true,
        includeOwn: true,
        handler: (reply) => {
          if (!this.#requests.settle(reply)) this.#countLate(reply);
        },
      });
      this.#replies.set(topic, listening);
    }
    await listening;
  }

  #countLate(reply: Message): void {
    const line = this.#lines.get(this.#options.route(reply.topic).bus);
    if (line !== undefined) line.counters.lateReplies += 1;
  }

  #repeat(everyMs: number, run: () => Promise<void>): void {
    let cancel: () => void = () => undefined;
    const next = (): void => {
      cancel = this.#options.ambient.after(everyMs, () => {
        void run().finally(() => {
          if (!this.#closed) next();
        });
      });
    };
    next();
    this.#cancels.push(() => cancel());
  }

  async #probe(): Promise<void> {
    await Promise.all([...this.#lines.keys()].map((bus) => this.ping(bus, PROBE_EVERY_MS)));
  }

  async #trim(): Promise<void> {
    for (const { server, counters } of this.#lines.values()) {
      if (!server.connected || counters.published === 0) continue;
      await server.trim().then(
        (lost) => {
          if (lost > 0) this.#log('error', 'the server is full: entries were removed that a group had not handled', { bus: server.bus, entries: lost });
        },
        (error: unknown) => this.#log('warn', 'trimming failed', { bus: server.bus, error: String(error) }),
      );
    }
  }

  async #announce(): Promise<void> {
    const line = this.#lines.get('engine_logic');
    const { identity, ambient } = this.#options;
    if (line === undefined || !line.server.connected) return;
    const { engine, instance, port, architecture, version } = identity;
    const found: DiscoveredEngine = { engineId: `${engine}:${instance}`, engine, instance, port, architecture, version, seenAt: ambient.now() };
    await line.server.announce(found, DISCOVERY_LIFETIME_MS).catch(() => undefined);
  }
}
