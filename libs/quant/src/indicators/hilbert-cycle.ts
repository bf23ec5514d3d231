import { checkValue } from './indicator.ts';
import type { Part } from './composed.ts';

const DEGREES = 180 / Math.PI;
const SLOTS = 16;
const MASK = SLOTS - 1;

export interface HilbertCycleState {
  /** Closes, smoothed prices, detrender and quadrature, each by slot. */
  readonly lines: readonly (readonly number[])[];
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
  /** Each a ring of 16 slots, of which the transforms read 10. */
  readonly #closes = new Float64Array(SLOTS);
  readonly #smooth = new Float64Array(SLOTS);
  readonly #detrender = new Float64Array(SLOTS);
  readonly #quadrature = new Float64Array(SLOTS);
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
    return at(this.#smooth, this.#position - 1);
  }

  /** In-phase and quadrature component of the last bar. */
  get inPhase(): number {
    return at(this.#detrender, this.#position - 4);
  }

  get quadrature(): number {
    return at(this.#quadrature, this.#position - 1);
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
    const now = this.#position;
    this.#closes[now & MASK] = checkValue(close);
    this.#position = now + 1;
    if (now < this.#begin) return false;
    const closes = this.#closes;
    this.#smooth[now & MASK] = (4 * close + 3 * at(closes, now - 1) + 2 * at(closes, now - 2) + at(closes, now - 3)) / 10;
    const scale = 0.075 * this.#period + 0.54;
    this.#detrender[now & MASK] = transform(this.#smooth, now) * scale;
    this.#quadrature[now & MASK] = transform(this.#detrender, now) * scale;
    this.#discriminate(transform(this.#detrender, now - 3) * scale, transform(this.#quadrature, now) * scale);
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
      lines: [this.#closes, this.#smooth, this.#detrender, this.#quadrature].map((line) => [...line]),
      position: this.#position,
      recursion: [this.#i2, this.#q2, this.#re, this.#im, this.#period, this.#smoothPeriod],
    };
  }

  restore(state: HilbertCycleState): void {
    [this.#closes, this.#smooth, this.#detrender, this.#quadrature].forEach((line, i) => line.set(state.lines[i] ?? []));
    this.#position = state.position;
    const [i2 = 0, q2 = 0, re = 0, im = 0, period = 0, smoothPeriod = 0] = state.recursion;
    [this.#i2, this.#q2, this.#re, this.#im, this.#period, this.#smoothPeriod] = [i2, q2, re, im, period, smoothPeriod];
  }
}

function at(line: Float64Array, position: number): number {
  return line[position & MASK] ?? 0;
}

function transform(line: Float64Array, position: number): number {
  return 0.0962 * (at(line, position) - at(line, position - 6)) + 0.5769 * (at(line, position - 2) - at(line, position - 4));
}
