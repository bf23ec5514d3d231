/** Asks for one call of `run` later; coalescing many changes into one notification is the store's work. */
export type Schedule = (run: () => void) => void;

/**
 * A value with listeners. Changes are visible at once through `get`; listeners hear about them at most once per
 * scheduled turn, so a burst of messages costs one redraw.
 */
export class Store<T> {
  #value: T;
  #scheduled = false;
  readonly #listeners = new Set<() => void>();
  readonly #schedule: Schedule;

  constructor(initial: T, schedule: Schedule) {
    this.#value = initial;
    this.#schedule = schedule;
  }

  readonly get = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }
}
