/**
 * Messages per second on each bus, from counters that engines report. A counter that went back belongs to a
 * restarted engine; its count since the restart is what it added.
 */
interface Counters {
  readonly published: number;
  readonly received: number;
}

export interface BusRate {
  readonly published_per_second: number | null;
  readonly received_per_second: number | null;
  readonly published_total: number;
  readonly received_total: number;
}

export class BusRates {
  readonly #monotonic: () => number;
  readonly #last = new Map<string, Counters>();
  readonly #totals = new Map<string, { published: number; received: number }>();
  #rates = new Map<string, BusRate>();
  #lastAt: number | undefined;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** One round: counters per engine and bus. */
  add(round: readonly { engineId: string; bus: string; published: number; received: number }[]): void {
    const now = this.#monotonic();
    const seconds = this.#lastAt === undefined ? undefined : (now - this.#lastAt) / 1000;
    const added = new Map<string, { published: number; received: number }>();
    for (const { engineId, bus, published, received } of round) {
      const key = `${engineId} ${bus}`;
      const before = this.#last.get(key);
      const delta = added.get(bus) ?? { published: 0, received: 0 };
      delta.published += grown(before?.published, published);
      delta.received += grown(before?.received, received);
      added.set(bus, delta);
      this.#last.set(key, { published, received });
    }
    this.#rates = new Map([...added].map(([bus, delta]) => [bus, this.#rate(bus, delta, seconds)]));
    this.#lastAt = now;
  }

  get(): ReadonlyMap<string, BusRate> {
    return this.#rates;
  }

  #rate(bus: string, delta: { published: number; received: number }, seconds: number | undefined): BusRate {
    const total = this.#totals.get(bus) ?? { published: 0, received: 0 };
    total.published += delta.published;
    total.received += delta.received;
    this.#totals.set(bus, total);
    const per = (count: number): number | null => (seconds === undefined || seconds <= 0 ? null : count / seconds);
    return {
      published_per_second: per(delta.published),
      received_per_second: per(delta.received),
      published_total: total.published,
      received_total: total.received,
    };
  }
}

function grown(before: number | undefined, now: number): number {
  return before === undefined || now < before ? now : now - before;
}
