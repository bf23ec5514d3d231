const SMALLEST = 1_024;
/** Looked up once: a global of a VM context, as under Jest, costs as much as the whole step. */
const { imul } = Math;

/**
 * Remembers about the last `capacity` ids, in two generations so that forgetting costs nothing per id. Of an id 64 bits of
 * hash are kept and not the text, because 200,000 kept texts would be what the garbage collector is busy with. That two
 * of so many ids share their 64 bits has a probability of 1e-9.
 */
export class RecentIds {
  readonly #half: number;
  #young = new Marks();
  #old = new Marks();

  constructor(capacity: number) {
    this.#half = Math.ceil(capacity / 2);
  }

  has(id: string): boolean {
    const [low, high] = [mark(id, LOW), mark(id, HIGH)];
    return this.#young.has(low, high) || this.#old.has(low, high);
  }

  add(id: string): void {
    this.#young.add(mark(id, LOW), mark(id, HIGH));
    if (this.#young.size < this.#half) return;
    this.#old = this.#young;
    this.#young = new Marks();
  }
}

/** Start and factor of two hashes that have nothing in common. */
const LOW = { start: 0x811c9dc5, factor: 0x01000193 };
const HIGH = { start: 0x9e3779b9, factor: 0x85ebca6b };

/** 32 bits of the text: multiply and mix per character, and mix the end (the finaliser of MurmurHash3). Never 0. */
function mark(text: string, { start, factor }: typeof LOW): number {
  let value = start;
  for (let i = 0; i < text.length; i += 1) value = imul(value ^ text.charCodeAt(i), factor);
  value = imul(value ^ (value >>> 16), 0x85ebca6b);
  value = imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0 || 1;
}

/** A set of pairs of 32 bits, in two arrays with open addressing; at most half full. */
class Marks {
  #low = new Uint32Array(SMALLEST);
  #high = new Uint32Array(SMALLEST);
  size = 0;

  has(low: number, high: number): boolean {
    return this.#low[this.#slot(low, high)] !== 0;
  }

  add(low: number, high: number): void {
    const slot = this.#slot(low, high);
    if (this.#low[slot] !== 0) return;
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.size += 1;
    if (this.size * 2 > this.#low.length) this.#grow();
  }

  /** Where the pair is, or would go. */
  #slot(low: number, high: number): number {
    const last = this.#low.length - 1;
    let slot = (low ^ high) & last;
    while (this.#low[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) slot = (slot + 1) & last;
    return slot;
  }

  #grow(): void {
    const [lows, highs] = [this.#low, this.#high];
    this.#low = new Uint32Array(2 * lows.length);
    this.#high = new Uint32Array(2 * lows.length);
    for (const [i, low] of lows.entries()) {
      if (low === 0) continue;
      const slot = this.#slot(low, highs[i] ?? 0);
      this.#low[slot] = low;
      this.#high[slot] = highs[i] ?? 0;
    }
  }
}
