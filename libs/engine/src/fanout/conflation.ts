import { matches } from '@nautilus/model';
import type { OutgoingMessage } from './frame.ts';

/** A message on its way to one client, with how many it replaces that the client never gets. */
export interface Queued {
  readonly message: OutgoingMessage;
  readonly skipped: number;
}

/** The one that a client gets instead of both; undefined when it needs both. */
export function merged(before: Queued, after: Queued): Queued | undefined {
  const message = after.message.replacing(before.message);
  return message === undefined ? undefined : { message, skipped: before.skipped + 1 + after.skipped };
}

/**
 * The newest value per topic and interval, for the subscriptions of one client that asked for it. Events pass at once,
 * and so do states that another subscription wants in full: of several that match, the shortest interval holds.
 */
export class Conflation {
  readonly #subscriptions: ReadonlySet<string>;
  readonly #intervals = new Map<string, number>();
  readonly #ofTopic = new Map<string, number>();
  readonly #due = new Map<string, number>();
  readonly #held = new Map<string, Queued>();
  /** Messages that a newer one replaced while they were held. */
  skipped = 0;

  constructor(subscriptions: ReadonlySet<string>) {
    this.#subscriptions = subscriptions;
  }

  /** Nothing is held and nothing will be. */
  get isOff(): boolean {
    return this.#intervals.size === 0 && this.#held.size === 0;
  }

  get size(): number {
    return this.#held.size;
  }

  /** To be called before the subscriptions change. */
  set(pattern: string, milliseconds: number): void {
    if (milliseconds > 0) this.#intervals.set(pattern, milliseconds);
    else this.#intervals.delete(pattern);
  }

  /** To be called after the subscriptions changed: what nobody wants any more is dropped, and what may go at once is due. */
  changed(): void {
    this.#ofTopic.clear();
    for (const pattern of this.#intervals.keys()) if (!this.#subscriptions.has(pattern)) this.#intervals.delete(pattern);
    for (const topic of this.#held.keys()) {
      if (![...this.#subscriptions].some((pattern) => matches(pattern, topic))) this.#held.delete(topic);
      else if (this.#intervalOf(topic) === 0) this.#due.delete(topic);
    }
  }

  /** What is to go now of what was held for its topic and this one, in their order. */
  take(queued: Queued, now: number): readonly Queued[] {
    const { message } = queued;
    const { topic } = message.frame;
    const interval = message.isState ? this.#intervalOf(topic) : 0;
    const before = this.#held.get(topic);
    if (interval === 0) {
      this.#held.delete(topic);
      return before === undefined ? [queued] : [before, queued];
    }
    if (before === undefined && now >= (this.#due.get(topic) ?? -Infinity)) {
      this.#due.set(topic, now + interval);
      return [queued];
    }
    const instead = before === undefined ? queued : merged(before, queued);
    if (before !== undefined && instead !== undefined) this.skipped += 1;
    this.#held.set(topic, instead ?? queued);
    return before !== undefined && instead === undefined ? [before] : [];
  }

  /** What was held until now. */
  released(now: number): readonly Queued[] {
    const due: Queued[] = [];
    for (const [topic, queued] of this.#held) {
      if (now < (this.#due.get(topic) ?? -Infinity)) continue;
      this.#held.delete(topic);
      this.#due.set(topic, now + this.#intervalOf(topic));
      due.push(queued);
    }
    return due;
  }

  clear(): void {
    this.#held.clear();
  }

  #intervalOf(topic: string): number {
    const known = this.#ofTopic.get(topic);
    if (known !== undefined) return known;
    let shortest = Infinity;
    for (const pattern of this.#subscriptions) if (matches(pattern, topic)) shortest = Math.min(shortest, this.#intervals.get(pattern) ?? 0);
    const interval = shortest === Infinity ? 0 : shortest;
    this.#ofTopic.set(topic, interval);
    return interval;
  }
}
