import type { OutgoingMessage } from './frame.ts';

/** Messages kept per topic for clients that lost their connection: this many, or this old. */
const KEPT = 1_000;
const KEPT_MS = 60_000;

/** The recent past of one topic: its sequence, what can be resent, and the last message. */
export class TopicLog {
  #seq = 0;
  readonly #ring: { message: OutgoingMessage; at: number }[] = [];
  #start = 0;

  /** Sequence number of the newest message; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  nextSeq(): number {
    return this.#seq + 1;
  }

  append(message: OutgoingMessage, at: number): void {
    this.#seq = message.frame.seq;
    if (this.#ring.length < KEPT) this.#ring.push({ message, at });
    else {
      this.#ring[this.#start] = { message, at };
      this.#start = (this.#start + 1) % KEPT;
    }
  }

  last(): OutgoingMessage | undefined {
    return this.#ring.at(this.#start - 1)?.message;
  }

  /** Messages after `seq`, oldest first; undefined when some of them are no longer kept. */
  after(seq: number, now: number): readonly OutgoingMessage[] | undefined {
    if (seq > this.#seq || seq < 0) return undefined;
    if (seq === this.#seq) return [];
    const ordered = [...this.#ring.slice(this.#start), ...this.#ring.slice(0, this.#start)];
    const kept = ordered.filter((entry) => now - entry.at <= KEPT_MS).map((entry) => entry.message);
    const wanted = kept.filter((message) => message.frame.seq > seq);
    return wanted[0]?.frame.seq === seq + 1 ? wanted : undefined;
  }
}
