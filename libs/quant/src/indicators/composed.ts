import { Ring } from '../statistics/ring.ts';
import { checkLength, type Indicator } from './indicator.ts';

/** Something with a state of its own that an indicator is made of. */
export interface Part {
  snapshot(): unknown;
  restore(state: never): void;
}

/** An indicator whose state is that of its parts, in the order in which they were added. */
export abstract class Composed<Input, Output = number> implements Indicator<Input, Output, readonly unknown[]> {
  readonly #parts: Part[] = [];

  abstract update(input: Input): Output | undefined;

  protected part<P extends Part>(part: P): P {
    this.#parts.push(part);
    return part;
  }

  snapshot(): readonly unknown[] {
    return this.#parts.map((part) => part.snapshot());
  }

  restore(state: readonly unknown[]): void {
    this.#parts.forEach((part, i) => part.restore(state[i] as never));
  }
}

/** One remembered number, absent at first. Number and presence apart keep the number unboxed. */
export class Cell implements Part {
  #value = 0;
  #known = false;

  get value(): number | undefined {
    return this.#known ? this.#value : undefined;
  }

  set value(value: number | undefined) {
    this.#known = value !== undefined;
    this.#value = value ?? 0;
  }

  snapshot(): number | null {
    return this.value ?? null;
  }

  restore(state: number | null): void {
    this.value = state ?? undefined;
  }
}

/** A number that is always there: counters, running sums, recursions that start at 0. */
export class Register implements Part {
  value: number;

  constructor(value = 0) {
    this.value = value;
  }

  snapshot(): number {
    return this.value;
  }

  restore(state: number): void {
    this.value = state;
  }
}

/** The last n values. */
export class Delay implements Part {
  readonly #ring: Ring;

  constructor(n: number) {
    this.#ring = new Ring(checkLength(n));
  }

  get full(): boolean {
    return this.#ring.full;
  }

  /** The value given n pushes before; undefined while there is none. */
  push(value: number): number | undefined {
    return this.#ring.push(value);
  }

  /** 0 is the value of the last push, at most n − 1; undefined before the first value. */
  back(age: number): number | undefined {
    return this.#ring.back(age);
  }

  snapshot(): readonly number[] {
    return this.#ring.values();
  }

  restore(state: readonly number[]): void {
    this.#ring.restore(state);
  }
}
