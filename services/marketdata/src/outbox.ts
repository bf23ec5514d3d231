import type { PublishOptions } from '@nautilus/bus';
import { asNautilusError } from '@nautilus/model';
import type { Spool } from './spool/spool.ts';

export interface OutboxPorts {
  readonly publish: (topic: string, payload: unknown, options: PublishOptions) => Promise<void>;
  readonly monotonic: () => number;
  /** Resolves after the delay, or at once when the engine drains. */
  readonly delay: (milliseconds: number) => Promise<void>;
  /** Seconds from hand-over until the bus had accepted the message; told of one message in 64. */
  readonly onLatency: (seconds: number) => void;
  /** The bus will never take this message. */
  readonly onRefused: (topic: string, error: unknown) => void;
  /** Where messages wait while the bus is away; without it they wait in memory, and producers with them. */
  readonly spooling?: SpoolingPorts | undefined;
}

interface SpoolingPorts {
  readonly spool: Pick<Spool, 'append' | 'next' | 'passed' | 'isEmpty' | 'isFull'>;
  readonly newId: () => string;
  /** The bus is away, and the message was not kept: the spool has no room, or cannot be written. */
  readonly onLost: (topic: string, payload: unknown, error: unknown) => void;
  /** The spool cannot be read: what is in it stays there. */
  readonly onFailure: (error: unknown) => void;
}

interface Letter {
  /** Order of hand-over, kept through failures. */
  readonly turn: number;
  readonly topic: string;
  readonly payload: unknown;
  readonly options: PublishOptions;
  /** It was put into the spool after it was sent: the spool will give it again, under the same id. */
  isKept: boolean;
}

/** Below the buffer that the bus keeps for a lost connection: producers wait before anything is dropped. */
const WINDOW = 1_024;
const RETRY_MS = 250;
const SAMPLE = 64;

/**
 * Publishes with a bounded number of messages under way; what is put beyond it queues here, so a producer waits for
 * room now and then. Messages that a lost bus did not accept are published again, in their order, until it does.
 *
 * With a spool, everything that the bus has not accepted when it goes away is written there, and so is what comes until
 * the bus is back and has taken all of it, in order. A message then counts as accepted once it is written. Some are sent
 * twice, which readers do not notice, because their ids are the same.
 */
export class Outbox {
  readonly #ports: OutboxPorts;
  #underWay = 0;
  #put = 0;
  /** By turn, and in its order: messages that are neither accepted, nor in the spool, nor refused for good. */
  readonly #open = new Map<number, Letter>();
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
  readonly #spooling: SpoolingPorts | undefined;
  /** New messages go into the spool: the bus is away, or has not yet taken what is in there. */
  #usesSpool = false;
  #isAway = false;
  #emptying: Promise<void> | undefined;

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
    this.#spooling = ports.spooling;
    if (ports.spooling?.spool.isEmpty === false) {
      this.#usesSpool = true;
      this.#empty();
    }
  }

  /** For producers that lose nothing by waiting. */
  get isFull(): boolean {
    return this.#usesSpool || this.#isWindowFull;
  }

  get #isWindowFull(): boolean {
    return this.#underWay >= WINDOW || this.#queue.length > 0;
  }

  put(topic: string, payload: unknown, options: PublishOptions): void {
    const turn = (this.#put += 1);
    const letter: Letter = { turn, topic, payload, options: this.#spooling === undefined ? options : { ...options, messageId: this.#spooling.newId() }, isKept: false };
    this.#open.set(turn, letter);
    if (this.#usesSpool) this.#keepOrLose(letter);
    else if (this.#broken || this.#isWindowFull) this.#queue.push(letter);
    else this.#send(letter);
  }

  /** Told again and again whether the bus is away; nothing happens without a spool. */
  away(isAway: boolean): void {
    if (this.#spooling === undefined || this.#closed || isAway === this.#isAway) return;
    this.#isAway = isAway;
    if (!isAway) return this.#empty();
    if (!this.#usesSpool) {
      this.#usesSpool = true;
      for (const letter of [...this.#open.values()]) this.#keep(letter);
      // What found no room is still on its way to the bus.
      this.#queue = this.#queue.filter(({ isKept }) => !isKept);
    }
    this.#wake();
  }

  /** Resolves when more may be put, or when the signal ends. */
  room(signal?: AbortSignal): Promise<void> {
    return this.#until(() => !this.isFull, signal);
  }

  /** The same for producers whose records would be lost while they wait: they go on while the spool has room. */
  roomOrSpool(signal?: AbortSignal): Promise<void> {
    return this.#until(() => (this.#usesSpool ? this.#spooling?.spool.isFull !== true : !this.#isWindowFull), signal);
  }

  async #until(hasRoom: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    const wake = (): void => this.#wake();
    signal?.addEventListener('abort', wake, { once: true });
    try {
      while (!hasRoom() && !this.#closed && signal?.aborted !== true) await this.#settled();
    } finally {
      signal?.removeEventListener('abort', wake);
    }
  }

  /** Resolves when every message that was put so far is accepted, in the spool, or refused; others may go on putting meanwhile. */
  async drained(): Promise<void> {
    const last = this.#put;
    this.#advance();
    if (this.#closed || last < this.#oldest) return;
    await new Promise<void>((resolve) => this.#drains.push({ last, resolve }));
  }

  /** Lets producers go; what is neither accepted nor in the spool by now is given up. Resolves when the spool is no longer used. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    for (const { resolve } of this.#drains.splice(0)) resolve();
    await this.#emptying;
  }

  /** Each of several hundred requests waits for its own last turn, so only those are woken whose turn has come. */
  #end(turn: number): void {
    this.#open.delete(turn);
    this.#advance();
    const waiting = this.#drains.findIndex(({ last }) => last >= this.#oldest);
    for (const { resolve } of this.#drains.splice(0, waiting === -1 ? this.#drains.length : waiting)) resolve();
  }

  #advance(): void {
    while (this.#oldest <= this.#put && !this.#open.has(this.#oldest)) this.#oldest += 1;
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
          if (!letter.isKept) this.#queue.push(letter);
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

  /** False when it does not fit. */
  #keep(letter: Letter): boolean {
    const { topic, payload, options, turn } = letter;
    const { messageId } = options;
    if (this.#spooling === undefined || messageId === undefined) return false;
    const { spool, onLost } = this.#spooling;
    const written = spool.append({ topic, payload, options: { ...options, messageId } });
    if (written === undefined) return false;
    letter.isKept = true;
    written.then(
      () => this.#end(turn),
      (error: unknown) => {
        this.#end(turn);
        onLost(topic, payload, error);
      },
    );
    return true;
  }

  #keepOrLose(letter: Letter): void {
    if (this.#keep(letter)) return;
    this.#end(letter.turn);
    this.#spooling?.onLost(letter.topic, letter.payload, undefined);
  }

  #empty(): void {
    const spooling = this.#spooling;
    if (spooling === undefined || this.#emptying !== undefined) return;
    this.#emptying = this.#sendSpooled(spooling).then(
      () => {
        this.#emptying = undefined;
      },
      async (error: unknown) => {
        spooling.onFailure(error);
        await this.#ports.delay(RETRY_MS);
        this.#emptying = undefined;
        if (!this.#closed && !this.#isAway) this.#empty();
      },
    );
  }

  /** A window at a time, each when the one before has arrived, until nothing is left or the bus is away again. */
  async #sendSpooled({ spool }: SpoolingPorts): Promise<void> {
    while (!this.#isAway && !this.#closed) {
      await this.#allArrived();
      if (this.#closed) return;
      await spool.passed();
      this.#wake();
      const letters = await spool.next(WINDOW);
      if (letters.length === 0 && spool.isEmpty) {
        this.#usesSpool = false;
        return this.#wake();
      }
      for (const { topic, payload, options } of letters) {
        const turn = (this.#put += 1);
        // Not open: the spool holds it until all that was given with it has arrived, so nobody need wait for it.
        this.#send({ turn, topic, payload, options, isKept: false });
      }
    }
  }

  async #allArrived(): Promise<void> {
    while ((this.#underWay > 0 || this.#queue.length > 0) && !this.#closed) await this.#settled();
  }
}
