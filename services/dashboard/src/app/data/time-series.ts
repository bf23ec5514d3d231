export interface Timed {
  /** Seconds since the epoch. */
  readonly time: number;
}

/** What a chart must redraw: everything, or only the points that changed since the last time it asked. */
export type Changes<T> = { readonly all: true } | { readonly all: false; readonly points: readonly T[] };

/**
 * Points in ascending time, one per time, at most `limit`. The oldest tenth goes at once when the limit is passed,
 * because each cut means a full redraw. One reader takes the changes.
 */
export class TimeSeries<T extends Timed> {
  readonly #limit: number;
  #points: T[] = [];
  #changed = new Map<number, T>();
  #all = true;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get points(): readonly T[] {
    return this.#points;
  }

  get last(): T | undefined {
    return this.#points.at(-1);
  }

  at(time: number): T | undefined {
    const index = this.#indexOf(time);
    const point = this.#points[index];
    return point?.time === time ? point : undefined;
  }

  put(point: T): void {
    const index = this.#indexOf(point.time);
    const replaces = this.#points[index]?.time === point.time;
    // Charts take new points at the end only; one that fits in between means drawing anew.
    if (!replaces && index < this.#points.length) this.#all = true;
    this.#points.splice(index, replaces ? 1 : 0, point);
    this.#changed.set(point.time, point);
    if (this.#points.length > this.#limit) {
      this.#points.splice(0, Math.ceil(this.#limit / 10));
      this.#all = true;
    }
  }

  /** Forgets every point later than `time`: the replay went back. */
  cutAfter(time: number): void {
    const at = this.#indexOf(time);
    const index = this.#points[at]?.time === time ? at + 1 : at;
    if (index === this.#points.length) return;
    this.#points.length = index;
    this.#all = true;
  }

  clear(): void {
    this.#points = [];
    this.#all = true;
  }

  takeChanges(): Changes<T> {
    const changes: Changes<T> = this.#all
      ? { all: true }
      : { all: false, points: [...this.#changed.values()].sort((a, b) => a.time - b.time) };
    this.#all = false;
    this.#changed = new Map();
    return changes;
  }

  /** First index whose time is not before `time`; appending, the usual case, costs one comparison. */
  #indexOf(time: number): number {
    const points = this.#points;
    const last = points.at(-1);
    if (last === undefined || last.time < time) return points.length;
    let low = 0;
    let high = points.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((points[middle]?.time ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
