/** Columns for a chart of rates: times in seconds, then one column per series; null is a hole, never a zero. */
export interface RateColumns {
  readonly times: readonly number[];
  readonly columns: readonly (readonly (number | null)[])[];
}

/**
 * Turns rising counters into rates per second, keeping the last `limit` samples. A missing counter and a counter that
 * fell (its server restarted) give a hole.
 */
export class RateSeries {
  readonly #names: readonly string[];
  readonly #limit: number;
  #times: number[] = [];
  #columns: (number | null)[][];
  readonly #before = new Map<string, { atMs: number; value: number }>();

  constructor(names: readonly string[], limit: number) {
    this.#names = names;
    this.#limit = limit;
    this.#columns = names.map(() => []);
  }

  sample(atMs: number, counters: Readonly<Record<string, number | null>>): void {
    this.#times = [...this.#times, atMs / 1000].slice(-this.#limit);
    this.#columns = this.#columns.map((column, index) => {
      const name = this.#names[index] ?? '';
      return [...column, this.#rate(name, atMs, counters[name] ?? null)].slice(-this.#limit);
    });
  }

  get columns(): RateColumns {
    return { times: this.#times, columns: this.#columns };
  }

  #rate(name: string, atMs: number, value: number | null): number | null {
    const before = this.#before.get(name);
    if (value === null) {
      this.#before.delete(name);
      return null;
    }
    this.#before.set(name, { atMs, value });
    return before === undefined ? null : ratePerSecond(before, { atMs, value });
  }
}

export interface CounterSample {
  readonly atMs: number;
  readonly value: number;
}

/** Null without time between the samples or when the counter fell. */
export function ratePerSecond(before: CounterSample, now: CounterSample): number | null {
  const seconds = (now.atMs - before.atMs) / 1000;
  return seconds <= 0 || now.value < before.value ? null : (now.value - before.value) / seconds;
}
