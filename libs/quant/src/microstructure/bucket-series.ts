/** A closed bar with its classification: the share of its volume that was bought. */
export interface ClassifiedBar {
  readonly startMs: number;
  readonly durationMs: number;
  readonly volume: number;
  readonly bought: number;
}

export interface FilledBucket {
  readonly startMs: number;
  readonly endMs: number;
  readonly buyVolume: number;
  readonly sellVolume: number;
  readonly imbalance: number;
  /** Null before n buckets of this series. */
  readonly vpin: number | null;
}

export interface BucketSeriesState {
  readonly bucketVolume: number;
  readonly filled: number;
  readonly imbalances: readonly number[];
  /** As it runs: added up anew it would differ in its last digits. */
  readonly sum: number;
  readonly buy: number;
  readonly sell: number;
  readonly startMs: number | null;
}

/** Rounding leaves a bucket a few units in the last place short; it counts as full within this relative error. */
const FULL = 1e-12;
/** The running sum of imbalances loses digits slowly; it is rebuilt this often. */
const REBUILD = 10_000;

/** Pours bars into buckets of one fixed volume and averages the last n imbalances: VPIN at each filled bucket. */
export class BucketSeries {
  readonly bucketVolume: number;
  readonly #n: number;
  readonly #ring: Float64Array;
  #filled = 0;
  #sum = 0;
  #buy = 0;
  #sell = 0;
  #startMs: number | null = null;

  constructor(bucketVolume: number, sampleLength: number) {
    this.bucketVolume = bucketVolume;
    this.#n = sampleLength;
    this.#ring = new Float64Array(sampleLength);
  }

  get filled(): number {
    return this.#filled;
  }

  /** What the open bucket holds. */
  get open(): { readonly buyVolume: number; readonly sellVolume: number; readonly startMs: number | null } {
    return { buyVolume: this.#buy, sellVolume: this.#sell, startMs: this.#startMs };
  }

  vpin(): number | null {
    return this.#filled < this.#n ? null : this.#sum / (this.#n * this.bucketVolume);
  }

  pour(bar: ClassifiedBar): readonly FilledBucket[] {
    const filled: FilledBucket[] = [];
    let left = bar.volume;
    while (left > 0) {
      this.#startMs ??= bar.startMs + bar.durationMs * (1 - left / bar.volume);
      const room = this.bucketVolume - this.#buy - this.#sell;
      const part = Math.min(left, room);
      this.#buy += part * bar.bought;
      this.#sell += part * (1 - bar.bought);
      left -= part;
      if (this.bucketVolume - this.#buy - this.#sell > FULL * this.bucketVolume) continue;
      filled.push(this.#close(bar.startMs + bar.durationMs * (1 - left / bar.volume)));
    }
    return filled;
  }

  snapshot(): BucketSeriesState {
    const kept = Math.min(this.#filled, this.#n);
    return {
      bucketVolume: this.bucketVolume,
      filled: this.#filled,
      imbalances: Array.from({ length: kept }, (_, i) => this.#ring[(this.#filled - kept + i) % this.#n] ?? 0),
      sum: this.#sum,
      buy: this.#buy,
      sell: this.#sell,
      startMs: this.#startMs,
    };
  }

  /** Continues bit for bit where the snapshot was taken; volume and sample length must be the same. */
  restore(state: BucketSeriesState): void {
    this.#filled = state.filled;
    state.imbalances.forEach((value, i) => {
      this.#ring[(state.filled - state.imbalances.length + i) % this.#n] = value;
    });
    this.#sum = state.sum;
    this.#buy = state.buy;
    this.#sell = state.sell;
    this.#startMs = state.startMs;
  }

  #close(endMs: number): FilledBucket {
    const imbalance = Math.abs(this.#buy - this.#sell);
    const slot = this.#filled % this.#n;
    this.#sum += imbalance - (this.#ring[slot] ?? 0);
    this.#ring[slot] = imbalance;
    this.#filled += 1;
    if (this.#filled % REBUILD === 0) this.#rebuild();
    const bucket = { startMs: this.#startMs ?? endMs, endMs, buyVolume: this.#buy, sellVolume: this.#sell, imbalance, vpin: this.vpin() };
    this.#buy = 0;
    this.#sell = 0;
    this.#startMs = null;
    return bucket;
  }

  #rebuild(): void {
    this.#sum = this.#ring.reduce((sum, value) => sum + value, 0);
  }
}
