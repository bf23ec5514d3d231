import { Ring } from '../statistics/ring.ts';
import { Composed, type Part } from './composed.ts';
import { EqualRun } from './equal-run.ts';
import { checkLength, checkValue, collectNamed, valueAt, type NamedSeries } from './indicator.ts';

/** A turned sum loses digits slowly, so it is rebuilt from the window this often. */
const REBUILD = 10_000;

interface TurningSumState {
  readonly values: readonly number[];
  readonly real: number;
  readonly imaginary: number;
  readonly steps: number;
}

/** Σ x₋ⱼ·e^{2πij/n} over the last n values: the first harmonic of the window, turned on with every value in O(1). */
class TurningSum implements Part {
  readonly #ring: Ring;
  readonly #cosine: number;
  readonly #sine: number;
  #real = 0;
  #imaginary = 0;
  #steps = 0;

  constructor(n: number) {
    this.#ring = new Ring(n);
    this.#cosine = Math.cos((2 * Math.PI) / n);
    this.#sine = Math.sin((2 * Math.PI) / n);
  }

  get count(): number {
    return this.#ring.count;
  }

  get real(): number {
    return this.#real;
  }

  get imaginary(): number {
    return this.#imaginary;
  }

  /** The leaving value has gone once around, so it is taken off unturned. */
  add(value: number): void {
    const leaving = this.#ring.push(value) ?? 0;
    const real = this.#real * this.#cosine - this.#imaginary * this.#sine;
    this.#imaginary = this.#real * this.#sine + this.#imaginary * this.#cosine;
    this.#real = real + value - leaving;
    this.#steps += 1;
    if (this.#steps >= REBUILD) this.#rebuild();
  }

  snapshot(): TurningSumState {
    return { values: this.#ring.values(), real: this.#real, imaginary: this.#imaginary, steps: this.#steps };
  }

  restore(state: TurningSumState): void {
    this.#ring.restore(state.values);
    this.#real = state.real;
    this.#imaginary = state.imaginary;
    this.#steps = state.steps;
  }

  #rebuild(): void {
    const values = this.#ring.values().toReversed();
    const angle = (2 * Math.PI) / values.length;
    this.#real = values.reduce((sum, x, age) => sum + x * Math.cos(angle * age), 0);
    this.#imaginary = values.reduce((sum, x, age) => sum + x * Math.sin(angle * age), 0);
    this.#steps = 0;
  }
}

export interface MesaSineValue {
  /** Sine of the phase, −1 … 1. */
  readonly sine: number;
  /** Sine of the phase 45° later. */
  readonly lead: number;
}

/**
 * Ehlers' sine wave (1996) of a cycle of n values: φ = 90° + the angle of the window's first harmonic. Both 0 while the
 * window is constant and has no phase. Starts n, one value later than it could, as in Tulip.
 */
export class MesaSineWave extends Composed<number, MesaSineValue> {
  readonly #n: number;
  readonly #harmonic: TurningSum;
  readonly #run: EqualRun;

  constructor(n: number) {
    super();
    this.#n = checkLength(n, 3);
    this.#harmonic = this.part(new TurningSum(n));
    this.#run = this.part(new EqualRun());
  }

  update(value: number): MesaSineValue | undefined {
    const begun = this.#harmonic.count === this.#n;
    this.#harmonic.add(checkValue(value));
    const constant = this.#run.update(value) >= this.#n;
    if (!begun) return undefined;
    if (constant) return { sine: 0, lead: 0 };
    const phase = Math.atan2(this.#harmonic.imaginary, this.#harmonic.real) + Math.PI / 2;
    return { sine: Math.sin(phase), lead: Math.sin(phase + Math.PI / 4) };
  }
}

export function mesaSineWave(values: Float64Array, n: number): NamedSeries<'sine' | 'lead'> {
  return collectNamed(new MesaSineWave(n), values.length, valueAt(values), ['sine', 'lead']);
}
