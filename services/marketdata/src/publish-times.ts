const LARGEST = 1_024;

interface PublishTimesSummary {
  readonly samples: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly max_ms: number | null;
}

/** The last measured times from the hand-over of an event until the bus had accepted it. */
export class PublishTimes {
  readonly #ms = new Float64Array(LARGEST);
  #count = 0;

  add(seconds: number): void {
    this.#ms[this.#count % LARGEST] = seconds * 1_000;
    this.#count += 1;
  }

  /** Quantiles are measured values (the smallest with at least that share at or below it); null before the first. */
  summary(): PublishTimesSummary {
    const sorted = this.#ms.slice(0, Math.min(this.#count, LARGEST)).sort();
    const at = (share: number): number | null => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
    return { samples: sorted.length, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), max_ms: at(1) };
  }
}
