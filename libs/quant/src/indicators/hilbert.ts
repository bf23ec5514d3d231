import { Composed, Delay } from './composed.ts';
import { HilbertCycle } from './hilbert-cycle.ts';
import { checkWithin, collectNamed, overValues, valueAt, type IndicatorSeries, type NamedSeries } from './indicator.ts';
import { phaseOf, RecentValues } from './recent-values.ts';

/** TA-Lib throws away this many bars while the cycle settles. */
const SETTLED = 32;
const SETTLED_TRENDLINE = 63;
const BEGIN = 12;
const BEGIN_TRENDLINE = 37;
const RADIANS = Math.PI / 180;

/** Period of the dominant cycle in bars, 6 … 50 (HT_DCPERIOD); starts 32. */
export class DominantCyclePeriod extends Composed<number> {
  readonly #cycle: HilbertCycle;

  constructor() {
    super();
    this.#cycle = this.part(new HilbertCycle(BEGIN));
  }

  update(value: number): number | undefined {
    this.#cycle.update(value);
    return this.#cycle.position > SETTLED ? this.#cycle.smoothPeriod : undefined;
  }
}

export interface CyclePhasorValue {
  readonly inPhase: number;
  readonly quadrature: number;
}

/** The two components of the dominant cycle, in the unit of the input (HT_PHASOR); starts 32. */
export class CyclePhasor extends Composed<number, CyclePhasorValue> {
  readonly #cycle: HilbertCycle;

  constructor() {
    super();
    this.#cycle = this.part(new HilbertCycle(BEGIN));
  }

  update(value: number): CyclePhasorValue | undefined {
    this.#cycle.update(value);
    return this.#cycle.position > SETTLED ? { inPhase: this.#cycle.inPhase, quadrature: this.#cycle.quadrature } : undefined;
  }
}

/** Instantaneous trend line (HT_TRENDLINE): means over one dominant cycle, weighted 4, 3, 2, 1; starts 63. */
export class CycleTrendline extends Composed<number> {
  readonly #cycle: HilbertCycle;
  readonly #closes: RecentValues;
  readonly #means: Delay;

  constructor() {
    super();
    this.#cycle = this.part(new HilbertCycle(BEGIN_TRENDLINE));
    this.#closes = this.part(new RecentValues());
    this.#means = this.part(new Delay(4));
  }

  update(value: number): number | undefined {
    const begun = this.#cycle.update(value);
    this.#closes.push(value);
    if (!begun) return undefined;
    this.#means.push(this.#closes.cycleMean(this.#cycle.smoothPeriod));
    if (this.#cycle.position <= SETTLED_TRENDLINE) return undefined;
    const back = (age: number): number => this.#means.back(age) ?? 0;
    return (4 * back(0) + 3 * back(1) + 2 * back(2) + back(3)) / 10;
  }
}

export interface CyclePhaseValue {
  /** Phase of the dominant cycle in degrees, −45 … 315 (HT_DCPHASE). */
  readonly phase: number;
  /** Sine of the phase, and of the phase 45° later (HT_SINE). */
  readonly sine: number;
  readonly leadSine: number;
}

/** Phase of the dominant cycle by correlation with one cycle of sine and cosine; starts 63. Costs one cycle, at most 50 steps. */
export class CyclePhase extends Composed<number, CyclePhaseValue> {
  readonly #cycle: HilbertCycle;
  readonly #prices: RecentValues;

  constructor() {
    super();
    this.#cycle = this.part(new HilbertCycle(BEGIN_TRENDLINE));
    this.#prices = this.part(new RecentValues());
  }

  update(value: number): CyclePhaseValue | undefined {
    if (!this.#cycle.update(value)) return undefined;
    this.#prices.push(this.#cycle.price);
    if (this.#cycle.position <= SETTLED_TRENDLINE) return undefined;
    const phase = phaseOf(this.#prices, this.#cycle.smoothPeriod);
    return { phase, sine: Math.sin(phase * RADIANS), leadSine: Math.sin((phase + 45) * RADIANS) };
  }
}

export interface MamaValue {
  readonly mama: number;
  /** The following average, moved by half the weight. */
  readonly fama: number;
}

/**
 * Ehlers' MESA adaptive average (2001): weight fast/Δphase within slow … fast, Δphase in degrees and at least 1; both
 * lines begin at 0 on bar 12 as in TA-Lib; starts 32.
 */
export class Mama extends Composed<number, MamaValue> {
  readonly #fastLimit: number;
  readonly #slowLimit: number;
  readonly #cycle: HilbertCycle;
  readonly #lines: Delay;

  constructor(fastLimit = 0.5, slowLimit = 0.05) {
    super();
    this.#fastLimit = checkWithin(fastLimit, 0, 1, 'fastLimit');
    this.#slowLimit = checkWithin(slowLimit, 0, fastLimit, 'slowLimit');
    this.#cycle = this.part(new HilbertCycle(BEGIN));
    this.#lines = this.part(new Delay(3));
  }

  update(value: number): MamaValue | undefined {
    if (!this.#cycle.update(value)) return undefined;
    const [phaseBefore, mamaBefore, famaBefore] = [this.#lines.back(2) ?? 0, this.#lines.back(1) ?? 0, this.#lines.back(0) ?? 0];
    const phase = this.#cycle.inPhase === 0 ? 0 : Math.atan(this.#cycle.quadrature / this.#cycle.inPhase) / RADIANS;
    const turn = Math.max(1, phaseBefore - phase);
    const weight = turn > 1 ? Math.max(this.#slowLimit, this.#fastLimit / turn) : this.#fastLimit;
    const mama = weight * value + (1 - weight) * mamaBefore;
    const fama = 0.5 * weight * mama + (1 - 0.5 * weight) * famaBefore;
    for (const line of [phase, mama, fama]) this.#lines.push(line);
    return this.#cycle.position > SETTLED ? { mama, fama } : undefined;
  }
}

export const dominantCyclePeriod = (values: Float64Array): IndicatorSeries => overValues(new DominantCyclePeriod(), values);
export const cycleTrendline = (values: Float64Array): IndicatorSeries => overValues(new CycleTrendline(), values);

export function cyclePhasor(values: Float64Array): NamedSeries<'inPhase' | 'quadrature'> {
  return collectNamed(new CyclePhasor(), values.length, valueAt(values), ['inPhase', 'quadrature']);
}

export function cyclePhase(values: Float64Array): NamedSeries<'phase' | 'sine' | 'leadSine'> {
  return collectNamed(new CyclePhase(), values.length, valueAt(values), ['phase', 'sine', 'leadSine']);
}

export function mama(values: Float64Array, fastLimit?: number, slowLimit?: number): NamedSeries<'mama' | 'fama'> {
  return collectNamed(new Mama(fastLimit, slowLimit), values.length, valueAt(values), ['mama', 'fama']);
}
