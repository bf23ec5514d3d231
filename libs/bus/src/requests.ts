import { DeadlineError, type Message } from '@nautilus/model';
import type { BusAmbient } from './bus.ts';

/** Requests waiting for their replies, by correlation id. */
export class Requests {
  readonly #ambient: BusAmbient;
  readonly #waiting = new Map<string, { resolve: (reply: Message) => void; cancel: () => void; reject: (error: Error) => void }>();

  constructor(ambient: BusAmbient) {
    this.#ambient = ambient;
  }

  wait(correlationId: string, topic: string, deadlineMs: number): Promise<Message> {
    return new Promise((resolve, reject) => {
      const cancel = this.#ambient.after(deadlineMs, () => {
        this.#waiting.delete(correlationId);
        reject(new DeadlineError(`no reply on ${topic} within ${deadlineMs} ms`));
      });
      this.#waiting.set(correlationId, { resolve, cancel, reject });
    });
  }

  /** False when nobody waits (any more): the reply came late. */
  settle(reply: Message): boolean {
    const waiting = reply.correlation_id === null ? undefined : this.#waiting.get(reply.correlation_id);
    if (waiting === undefined || reply.correlation_id === null) return false;
    this.#waiting.delete(reply.correlation_id);
    waiting.cancel();
    waiting.resolve(reply);
    return true;
  }

  fail(correlationId: string, error: Error): void {
    const waiting = this.#waiting.get(correlationId);
    this.#waiting.delete(correlationId);
    waiting?.cancel();
    waiting?.reject(error);
  }

  close(): void {
    for (const id of [...this.#waiting.keys()]) this.fail(id, new DeadlineError('the bus was closed before the reply came'));
  }
}
