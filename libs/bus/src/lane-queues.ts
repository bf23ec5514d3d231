import { PRIORITIES, type Message, type Priority } from '@nautilus/model';
import type { EntryRef } from './stream-server.ts';

/** A stream entry whose messages are being worked on; it is settled when none is left. */
export interface Holder {
  readonly ref: EntryRef;
  left: number;
}

export interface Work {
  readonly message: Message;
  readonly holder: Holder;
  readonly attempts: number;
}

/** First in, first out, without moving the rest at each take. */
class Fifo {
  #items: Work[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(work: Work): void {
    this.#items.push(work);
  }

  take(limit: number): Work[] {
    const taken = this.#items.slice(this.#head, this.#head + limit);
    this.#move(taken.length);
    return taken;
  }

  next(): Work | undefined {
    const work = this.#items[this.#head];
    if (work !== undefined) this.#move(1);
    return work;
  }

  #move(count: number): void {
    this.#head += count;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 10_000) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** Work by priority. Whoever takes gets the highest lane that holds any. */
export class LaneQueues {
  readonly #lanes: Readonly<Record<Priority, Fifo>>;
  #size = 0;

  constructor() {
    this.#lanes = Object.fromEntries(PRIORITIES.map((priority) => [priority, new Fifo()])) as Record<Priority, Fifo>;
  }

  get size(): number {
    return this.#size;
  }

  push(work: Work): void {
    this.#lanes[work.message.priority].push(work);
    this.#size += 1;
  }

  /** Up to `limit` items of one lane, the highest. */
  take(limit: number): readonly Work[] {
    if (this.#size === 0) return [];
    for (const priority of PRIORITIES) {
      const lane = this.#lanes[priority];
      if (lane.size === 0) continue;
      const taken = lane.take(limit);
      this.#size -= taken.length;
      return taken;
    }
    return [];
  }
  /** The first of the highest lane. */
  next(): Work | undefined {
    if (this.#size === 0) return undefined;
    for (const priority of PRIORITIES) {
      const work = this.#lanes[priority].next();
      if (work === undefined) continue;
      this.#size -= 1;
      return work;
    }
    return undefined;
  }
}
