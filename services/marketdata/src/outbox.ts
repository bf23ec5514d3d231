import type { PublishOptions } from '@nautilus/bus';
import { asNautilusError } from '@nautilus/model';

export interface OutboxPorts {
  readonly publish: (topic: string, payload: unknown, options: PublishOptions) => Promise<void>;
  readonly monotonic: () => number;
  /** Resolves after the delay, or at once when the engine drains. */
  readonly delay: (milliseconds: number) => Promise<void>;
  /** Seconds from hand-over until the bus had accepted the message; told of one message in 64. */
  readonly onLatency: (seconds: number) => void;
  /** The bus will never take this message. */
  readonly onRefused: (topic: string, error: unknown) => void;
}

interface Letter {
  /** Order of hand-over, kept through failures. */
  readonly turn: number;
  readonly topic: string;
  readonly payload: unknown;
  readonly options: PublishOptions;
}

/** Below the buffer that the bus keeps for a lost connection: producers wait before anything is dropped. */
const WINDOW = 1_024;
const RETRY_MS = 250;
const SAMPLE = 64;

/**
 * Publishes with a bounded number of messages under way; what is put beyond it queues here, so a producer waits for
 * room now and then. Messages that a lost bus did not accept are published again, in their order, until it does.
 */
export class Outbox {
  readonly #ports: OutboxPorts;
  #underWay = 0;
  #put = 0;
  /** Turns of the messages that are neither accepted nor refused for good. */
  readonly #open = new Set<number>();
  /** No smaller turn is open. */
  #oldest = 1;
  /** Who waits until every turn up to `last` has ended, in the order of `last`. */
  #drains: { readonly last: number; readonly resolve: () => void }[] = [];
  /** Not under way, in the order of hand-over. */
  #queue: Letter[] = [];
  /** The bus did not accept a message of those under way: nothing follows before they all have ended. */
  #broken = false;
  #waiting: (() => void)[] = [];
  #retrying: Promise<void> | undefined;
  #closed = false;

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
  }

  get isFull(): boolean {
    return this.#underWay >= WINDOW || this.#queue.length > 0;
  }

  put(topic: string, payload: unknown, options: PublishOptions): void {
    const turn = (this.#put += 1);
    this.#open.add(turn);
    const letter = { turn, topic, payload, options };
    if (this.#broken || this.isFull) this.#queue.push(letter);
    else this.#send(letter);
  }

  /** Resolves when more may be put, or when the signal ends. */
  async room(signal?: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake();
    signal?.addEventListener('abort', wake, { once: true });
    try {
      while (this.isFull && !this.#closed && signal?.aborted !== true) await this.#settled();
    } finally {
      signal?.removeEventListener('abort', wake);
    }
  }

  /** Resolves when every message that was put so far is accepted or refused; others may go on putting meanwhile. */
  async drained(): Promise<void> {
    const last = this.#put;
    if (this.#closed || last < this.#oldest) return;
    await new Promise<void>((resolve) => this.#drains.push({ last, resolve }));
  }

  /** Lets producers go; what is not accepted by now is given up. */
  close(): void {
    this.#closed = true;
    this.#wake();
    for (const { resolve } of this.#drains.splice(0)) resolve();
  }

  /** Each of several hundred requests waits for its own last turn, so only those are woken whose turn has come. */
  #end(turn: number): void {
    this.#open.delete(turn);
    while (this.#oldest <= this.#put && !this.#open.has(this.#oldest)) this.#oldest += 1;
    const waiting = this.#drains.findIndex(({ last }) => last >= this.#oldest);
    for (const { resolve } of this.#drains.splice(0, waiting === -1 ? this.#drains.length : waiting)) resolve();
  }

  #send(letter: Letter): void {
    const started = this.#put % SAMPLE === 0 ? this.#ports.monotonic() : undefined;
    this.#underWay += 1;
    this.#ports.publish(letter.topic, letter.payload, letter.options).then(
      () => {
        this.#end(letter.turn);
        if (started !== undefined) this.#ports.onLatency((this.#ports.monotonic() - started) / 1000);
        this.#done();
      },
      (error: unknown) => {
        if (asNautilusError(error)?.kind === 'transient') {
          this.#broken = true;
          this.#queue.push(letter);
        } else {
          this.#end(letter.turn);
          this.#ports.onRefused(letter.topic, error);
        }
        this.#done();
      },
    );
  }

  #done(): void {
    this.#underWay -= 1;
    // Half the window at once, so that a waiting producer is not woken for every message.
    if (this.#waiting.length > 0 && this.#underWay <= WINDOW / 2) this.#wake();
    if (this.#closed) return;
    if (!this.#broken) this.#pump();
    else if (this.#underWay === 0) this.#retrying ??= this.#retry();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** Resolves when something under way came to its end, or producers are let go. */
  async #settled(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #retry(): Promise<void> {
    await this.#ports.delay(RETRY_MS);
    this.#retrying = undefined;
    this.#broken = false;
    this.#queue.sort((a, b) => a.turn - b.turn);
    this.#pump();
  }

  #pump(): void {
    if (this.#queue.length === 0) return;
    for (const letter of this.#queue.splice(0, WINDOW - this.#underWay)) this.#send(letter);
  }
}
