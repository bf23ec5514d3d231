import { createHash } from 'node:crypto';
import type { EngineContext } from '@nautilus/engine';
import { asNautilusError, type Provenance } from '@nautilus/model';

/** A result on its way to the bus. */
export interface Outgoing {
  readonly symbol: string;
  readonly topic: string;
  readonly payload: object;
  /** Follows from what the result is about, so that computed again it is the same message. */
  readonly messageId: string;
  readonly provenance: Provenance;
}

type Surroundings = Pick<EngineContext<Record<string, never>, undefined, Record<string, never>>, 'bus' | 'log'>;

/** A UUID (RFC 9562, version 8) that the parts alone determine. */
export function stableId(...parts: readonly (string | number | null)[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Results in their order until the bus accepts them. What it does not accept stays and is saved with the state, so that a
 * result leaves at least once though the message that gave it is never handled again.
 */
export class PublicationQueue {
  readonly #around: Surroundings;
  #unsent: Outgoing[] = [];
  #sending: Promise<void> | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  add(outgoing: Outgoing): void {
    this.#unsent.push(outgoing);
  }

  get isEmpty(): boolean {
    return this.#unsent.length === 0;
  }

  unsentOf(symbol: string): readonly Outgoing[] {
    return this.#unsent.filter((one) => one.symbol === symbol);
  }

  restore(unsent: readonly Outgoing[]): void {
    this.#unsent.push(...unsent);
  }

  /** Ends when all is accepted, or when the bus takes nothing now: later sendings then take it along. */
  send(): Promise<void> {
    this.#sending ??= this.#sendAll();
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    // Begins in a turn of its own, so that what is known about the sending is set before it can end.
    await Promise.resolve();
    for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
      if (!(await this.#isSettled(next))) break;
      this.#unsent.shift();
    }
    this.#sending = undefined;
  }

  async #isSettled({ topic, payload, messageId, provenance }: Outgoing): Promise<boolean> {
    const { bus, log } = this.#around;
    try {
      await bus.publish(topic, payload, { messageId, provenance });
      return true;
    } catch (error) {
      const waits = asNautilusError(error)?.kind === 'transient';
      log[waits ? 'warn' : 'error']({ error, topic, waiting: this.#unsent.length }, waits ? 'a result was not accepted and waits' : 'a result cannot be sent and is left out');
      return !waits;
    }
  }
}
