import { fieldOf, type Frame } from './frame.ts';

/** The server takes frames of 64 KiB; the rest of a subscribe needs room too. */
const MOST_CHARACTERS = 48_000;

/** Names the subscribe that resumes, so that its answer is told from others. */
const RESUME_ID = 'resume';

/** How far a client has come in each topic: what it must tell to miss nothing when it comes back. */
export class Place {
  #epoch = '';
  readonly #seqs = new Map<string, number>();
  /** Patterns that the server said it gives. */
  readonly #confirmed = new Set<string>();

  /** The replica that welcomes. Another one counts anew: gives the topics of which messages may be missing. */
  meet(epoch: string): readonly string[] {
    const lost = epoch === this.#epoch ? [] : [...this.#seqs.keys()];
    if (epoch !== this.#epoch) {
      this.#seqs.clear();
      this.#confirmed.clear();
    }
    this.#epoch = epoch;
    return lost;
  }

  take(frame: Frame): void {
    if (frame.messageType === 'subscribed' && frame.id !== RESUME_ID) this.#begin(fieldOf(frame.data, 'topics'), fieldOf(frame.data, 'seqs'));
    if (frame.topic === '' || frame.seq === null) return;
    // Set anew: topics without news for longest stand first.
    const before = this.#seqs.get(frame.topic) ?? 0;
    this.#seqs.delete(frame.topic);
    this.#seqs.set(frame.topic, Math.max(before, frame.seq));
  }

  /**
   * What to say after the welcome. Patterns that this replica has confirmed before go on here; others begin now, so that
   * nobody is flooded with what was published before he asked.
   */
  subscribes(patterns: ReadonlySet<string>): readonly object[] {
    const known = [...patterns].filter((pattern) => this.#confirmed.has(pattern));
    const begun = [...patterns].filter((pattern) => !this.#confirmed.has(pattern));
    return [
      ...(known.length === 0 ? [] : [{ action: 'subscribe', topics: known, epoch: this.#epoch, seqs: this.#newestSeqs(), id: RESUME_ID }]),
      ...(begun.length === 0 ? [] : [{ action: 'subscribe', topics: begun }]),
    ];
  }

  /** What no pattern asks for any more is not resumed. */
  keep(patterns: Iterable<string>): void {
    const wanted = [...patterns];
    for (const pattern of this.#confirmed) if (!wanted.includes(pattern)) this.#confirmed.delete(pattern);
    for (const topic of this.#seqs.keys()) if (!wanted.some((pattern) => matches(pattern, topic))) this.#seqs.delete(topic);
  }

  /** Topics without news for longest are left out when there are too many for one frame. */
  #newestSeqs(): Readonly<Record<string, number>> {
    const seqs: [string, number][] = [];
    let characters = 0;
    for (const [topic, seq] of [...this.#seqs].reverse()) {
      characters += topic.length + 16;
      if (characters > MOST_CHARACTERS) break;
      seqs.push([topic, seq]);
    }
    return Object.fromEntries(seqs);
  }

  /** Subscribed from now on: what was before is not missed. */
  #begin(patterns: unknown, seqs: unknown): void {
    if (Array.isArray(patterns)) for (const pattern of patterns) this.#confirmed.add(String(pattern));
    if (typeof seqs !== 'object' || seqs === null) return;
    for (const [topic, seq] of Object.entries(seqs)) if (typeof seq === 'number' && !this.#seqs.has(topic)) this.#seqs.set(topic, seq);
  }
}

/** contract.md, section 4.3: a topic, a prefix with `.*`, or `*`. */
function matches(pattern: string, topic: string): boolean {
  return pattern === '*' || pattern === topic || (pattern.endsWith('.*') && topic.startsWith(pattern.slice(0, -1)));
}
