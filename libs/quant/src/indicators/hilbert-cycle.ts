import { checkValue } from './indicator.ts';
import type { Part } from './composed.ts';
import { Ring } from '../statistics/ring.ts';

const DEGREES = 180 / Math.PI;

export interface HilbertCycleState {
  readonly closes: readonly number[];
  readonly smooth: readonly number[];
  readonly detrender: readonly number[];
  readonly quadrature: readonly number[];
  readonly position: number;
  readonly recursion: readonly number[];
}

/**
 * Ehlers' homodyne discriminator (Rocket Science for Traders, 2001) with TA-Lib's start: silent before bar `begin`, all
 * histories 0 there. Prices are smoothed by weights 4, 3, 2, 1; each transform is
 * (0.0962x + 0.5769x₋₂ − 0.5769x₋₄ − 0.0962x₋₆)·(0.075·period₋₁ + 0.54); the period moves by at most 0.67 … 1.5 times a
 * bar, stays within 6 … 50 and is smoothed by 0.2.
 */
export class HilbertCycle implements Part {
  readonly #begin: number;
  readonly #closes = new Ring(4);
  readonly #smooth = new Ring(7);
  readonly #detrender = new Ring(10);
  readonly #quadrature = new Ring(7);
  #position = 0;
  #i2 = 0;
  #q2 = 0;
  #re = 0;
  #im = 0;
  #period = 0;
  #smoothPeriod = 0;

  constructor(begin: number) {
    this.#begin = begin;
  }

  /** Smoothed price of the last bar. */
  get price(): number {
    return this.#smooth.back(0) ?? 0;
  }

  /** In-phase and quadrature component of the last bar. */
  get inPhase(): number {
    return this.#detrender.back(3) ?? 0;
  }

  get quadrature(): number {
    return this.#quadrature.back(0) ?? 0;
  }

  /** Dominant cycle in bars, smoothed by 0.33; 0 before the beginning. */
  get smoothPeriod(): number {
    return this.#smoothPeriod;
  }

  /** Bars seen. */
  get position(): number {
    return this.#position;
  }

  /** Whether the bar is past the beginning. */
  update(close: number): boolean {
    this.#closes.push(checkValue(close));
    this.#position += 1;
    if (this.#position <= this.#begin) return false;
    const back = (age: number): number => this.#closes.back(age) ?? 0;
    this.#smooth.push((4 * back(0) + 3 * back(1) + 2 * back(2) + back(3)) / 10);
    const scale = 0.075 * this.#period + 0.54;
    this.#detrender.push(transform(this.#smooth, 0) * scale);
    this.#quadrature.push(transform(this.#detrender, 0) * scale);
    this.#discriminate(transform(this.#detrender, 3) * scale, transform(this.#quadrature, 0) * scale);
    return true;
  }

  #discriminate(advancedInPhase: number, advancedQuadrature: number): void {
    const i2 = 0.2 * (this.inPhase - advancedQuadrature) + 0.8 * this.#i2;
    const q2 = 0.2 * (this.quadrature + advancedInPhase) + 0.8 * this.#q2;
    this.#re = 0.2 * (i2 * this.#i2 + q2 * this.#q2) + 0.8 * this.#re;
    this.#im = 0.2 * (i2 * this.#q2 - q2 * this.#i2) + 0.8 * this.#im;
    this.#i2 = i2;
    this.#q2 = q2;
    const before = this.#period;
    const found = this.#im !== 0 && this.#re !== 0 ? 360 / (Math.atan(this.#im / this.#re) * DEGREES) : before;
    const near = Math.max(Math.min(found, 1.5 * before), 0.67 * before);
    this.#period = 0.2 * Math.min(50, Math.max(6, near)) + 0.8 * before;
    this.#smoothPeriod = 0.33 * this.#period + 0.67 * this.#smoothPeriod;
  }

  snapshot(): HilbertCycleState {
    return {
      closes: this.#closes.values(),
      smooth: this.#smooth.values(),
      detrender: this.#detrender.values(),
      quadrature: this.#quadrature.values(),
      position: this.#position,
      recursion: [this.#i2, this.#q2, this.#re, this.#im, this.#period, this.#smoothPeriod],
    };
  }

  restore(state: HilbertCycleState): void {
    this.#closes.restore(state.closes);
    this.#smooth.restore(state.smooth);
    this.#detrender.restore(state.detrender);
    this.#quadrature.restore(state.quadrature);
    this.#position = state.position;
    const [i2 = 0, q2 = 0, re = 0, im = 0, period = 0, smoothPeriod = 0] = state.recursion;
    [this.#i2, this.#q2, this.#re, this.#im, this.#period, this.#smoothPeriod] = [i2, q2, re, im, period, smoothPeriod];
  }
}

function transform(line: Ring, delay: number): number {
  const at = (age: number): number => line.back(age + delay) ?? 0;
  return 0.0962 * (at(0) - at(6)) + 0.5769 * (at(2) - at(4));
}
