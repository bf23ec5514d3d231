export interface MinuteSumsState {
  readonly values: Float64Array;
  readonly tags: Float64Array;
}

/** Sums per column over the last minutes, in O(1) per value: each minute has a row, and an old row is overwritten. */
export class MinuteSums {
  readonly minutes: number;
  readonly #columns: number;
  readonly #values: Float64Array;
  readonly #tags: Float64Array;

  constructor(columns: number, minutes: number) {
    this.minutes = minutes;
    this.#columns = columns;
    this.#values = new Float64Array(columns * minutes);
    this.#tags = new Float64Array(minutes).fill(-Infinity);
  }

  /** What lies further back than the window is left out. */
  add(minute: number, column: number, value: number): void {
    const slot = minute % this.minutes;
    const tag = this.#tags[slot] ?? -Infinity;
    if (tag > minute) return;
    const row = slot * this.#columns;
    if (tag < minute) {
      this.#values.fill(0, row, row + this.#columns);
      this.#tags[slot] = minute;
    }
    this.#values[row + column] = (this.#values[row + column] ?? 0) + value;
  }

  /** Of the window that ends with `minute`. */
  totals(minute: number): Float64Array {
    const sums = new Float64Array(this.#columns);
    for (let slot = 0; slot < this.minutes; slot++) {
      const tag = this.#tags[slot] ?? -Infinity;
      if (tag > minute || tag <= minute - this.minutes) continue;
      for (let column = 0; column < this.#columns; column++) sums[column] = (sums[column] ?? 0) + (this.#values[slot * this.#columns + column] ?? 0);
    }
    return sums;
  }

  snapshot(): MinuteSumsState {
    return { values: this.#values.slice(), tags: this.#tags.slice() };
  }

  /** Columns and minutes must be the same. */
  restore({ values, tags }: MinuteSumsState): void {
    this.#values.set(values);
    this.#tags.set(tags);
  }
}

export interface WeightedMean {
  /** Undefined without observations. */
  readonly mean: number | undefined;
  /** √Σw²(x − mean)²/Σw, for independent observations; undefined below two. */
  readonly standardError: number | undefined;
  readonly observations: number;
}

/** Weighted mean over the last minutes. */
export class WeightedWindow {
  readonly #sums: MinuteSums;

  constructor(minutes: number) {
    this.#sums = new MinuteSums(6, minutes);
  }

  add(minute: number, weight: number, value: number): void {
    const squared = weight * weight;
    const terms = [1, weight, weight * value, squared, squared * value, squared * value * value];
    for (let column = 0; column < 6; column++) this.#sums.add(minute, column, terms[column] ?? 0);
  }

  snapshot(): MinuteSumsState {
    return this.#sums.snapshot();
  }

  restore(state: MinuteSumsState): void {
    this.#sums.restore(state);
  }

  read(minute: number): WeightedMean {
    const [n = 0, w = 0, wx = 0, ww = 0, wwx = 0, wwxx = 0] = this.#sums.totals(minute);
    if (!(w > 0)) return { mean: undefined, standardError: undefined, observations: n };
    const mean = wx / w;
    return { mean, standardError: n < 2 ? undefined : Math.sqrt(Math.max(0, wwxx - 2 * mean * wwx + mean * mean * ww)) / w, observations: n };
  }
}
