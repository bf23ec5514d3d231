import { PRIORITIES, TransientError, asNautilusError, leavesAtOnce, type Message, type Priority } from '@nautilus/model';
import type { BusAmbient } from './bus.ts';
import type { BusCounters } from './counters.ts';
import type { StreamServer } from './stream-server.ts';

/** More per entry gains nothing and loses more work to a redelivery. */
const BATCH = 50;

interface Waiting {
  /** Order of publication, kept through failures. */
  readonly turn: number;
  readonly message: Message;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Collects messages into entries, per lane of one bus. On an idle link a batch leaves at the end of the tick. While
 * one is on its way, messages wait until it returns, 50 are there, or the interval has passed. URGENT and above
 * never wait. While the server is away batches are kept, up to a limit, and sent again in order.
 */
export class Outbox {
  readonly #server: StreamServer;
  readonly #ambient: BusAmbient;
  readonly #counters: BusCounters;
  readonly #intervalMs: number;
  readonly #limit: number;
  readonly #open = new Map<Priority, Waiting[]>();
  /** Sealed batches that the server has not taken, oldest first per lane. */
  readonly #sealed = new Map<Priority, Waiting[][]>();
  #turn = 0;
  #held = 0;
  #inFlight = 0;
  #flushScheduled = false;
  #cancelInterval: (() => void) | undefined;
  #idle: (() => void)[] = [];

  constructor(server: StreamServer, ambient: BusAmbient, counters: BusCounters, options: { intervalMs: number; limit: number }) {
    this.#server = server;
    this.#ambient = ambient;
    this.#counters = counters;
    this.#intervalMs = options.intervalMs;
    this.#limit = options.limit;
    server.onConnected(() => this.#flush());
  }

  /** Messages held here: not yet written. */
  get held(): number {
    return this.#held;
  }

  add(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const lane = message.priority;
      let open = this.#open.get(lane);
      if (open === undefined) this.#open.set(lane, (open = []));
      open.push({ turn: this.#turn++, message, resolve, reject });
      this.#held += 1;
      if (!this.#server.connected && this.#held > this.#limit) this.#dropOldest();
      if (open.length >= BATCH || leavesAtOnce(lane)) this.#scheduleFlush();
      else if (this.#inFlight === 0) this.#scheduleFlush();
      else this.#cancelInterval ??= this.#ambient.after(this.#intervalMs, () => this.#flush());
    });
  }

  /** Resolves when nothing is held any more. */
  drained(): Promise<void> {
    if (this.#held === 0) return Promise.resolve();
    this.#scheduleFlush();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Rejects everything still held; for the end. */
  abandon(): void {
    this.#cancelInterval?.();
    const error = new TransientError('the bus was closed before the message was written');
    for (const lane of PRIORITIES) {
      for (const waiting of [...(this.#sealed.get(lane) ?? []).flat(), ...(this.#open.get(lane) ?? [])]) waiting.reject(error);
      this.#sealed.delete(lane);
      this.#open.delete(lane);
    }
    this.#held = 0;
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#cancelInterval?.();
    this.#cancelInterval = undefined;
    this.#seal();
    if (!this.#server.connected) return;
    const batches: { lane: Priority; waiting: Waiting[] }[] = [];
    for (const lane of PRIORITIES) {
      for (const waiting of this.#sealed.get(lane) ?? []) batches.push({ lane, waiting });
    }
    if (batches.length === 0) return;
    this.#sealed.clear();
    const writes = this.#server.append(batches.map(({ lane, waiting }) => ({ lane, messages: waiting.map((w) => w.message) })));
    this.#inFlight += batches.length;
    writes.forEach((write, i) => {
      const batch = batches[i];
      if (batch !== undefined) write.then(() => this.#written(batch), (error: unknown) => this.#failed(batch, error));
    });
  }

  #seal(): void {
    for (const [lane, open] of this.#open) {
      const sealed = this.#sealed.get(lane) ?? [];
      for (let from = 0; from < open.length; from += BATCH) sealed.push(open.slice(from, from + BATCH));
      if (sealed.length > 0) this.#sealed.set(lane, sealed);
    }
    this.#open.clear();
  }

  #written({ lane, waiting }: { lane: Priority; waiting: Waiting[] }): void {
    this.#inFlight -= 1;
    this.#held -= waiting.length;
    this.#counters.out(lane, waiting.length);
    for (const { resolve } of waiting) resolve();
    this.#settle();
  }

  /** Only the loss of the server is worth another try; the batch goes back to the front of its lane. */
  #failed(batch: { lane: Priority; waiting: Waiting[] }, error: unknown): void {
    this.#inFlight -= 1;
    const { lane, waiting } = batch;
    if (asNautilusError(error)?.kind === 'transient') {
      const sealed = [waiting, ...(this.#sealed.get(lane) ?? [])];
      sealed.sort((a, b) => (a[0]?.turn ?? 0) - (b[0]?.turn ?? 0));
      this.#sealed.set(lane, sealed);
      while (this.#held > this.#limit && !this.#server.connected && this.#dropOldest());
      // The server may have come back between the failure and this line.
      if (this.#server.connected && this.#inFlight === 0) this.#scheduleFlush();
      return;
    }
    this.#held -= waiting.length;
    this.#counters.event('drop', waiting.length);
    for (const { reject } of waiting) reject(error instanceof Error ? error : new TransientError(String(error)));
    this.#settle();
  }

  #settle(): void {
    if (this.#inFlight === 0 && (this.#open.size > 0 || this.#sealed.size > 0)) this.#scheduleFlush();
    if (this.#held > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /**
   * The oldest message of the lowest lane: it was never accepted, and its publisher is told so. False when all that is
   * held is on its way.
   */
  #dropOldest(): boolean {
    for (const lane of PRIORITIES.toReversed()) {
      const batch = this.#sealed.get(lane)?.[0] ?? this.#open.get(lane);
      const oldest = batch?.shift();
      if (oldest === undefined) continue;
      if (batch?.length === 0) this.#forgetEmpty(lane);
      this.#held -= 1;
      this.#counters.event('drop');
      oldest.reject(new TransientError(`the ${this.#counters.bus} bus is away and its buffer is full`));
      return true;
    }
    return false;
  }

  #forgetEmpty(lane: Priority): void {
    const sealed = (this.#sealed.get(lane) ?? []).filter((batch) => batch.length > 0);
    if (sealed.length > 0) this.#sealed.set(lane, sealed);
    else this.#sealed.delete(lane);
    if (this.#open.get(lane)?.length === 0) this.#open.delete(lane);
  }
}
