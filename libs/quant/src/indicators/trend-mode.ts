import { Composed, Delay, Register } from './composed.ts';
import { HilbertCycle } from './hilbert-cycle.ts';
import { overValues, type IndicatorSeries } from './indicator.ts';
import { phaseOf, RecentValues } from './recent-values.ts';

const BEGIN = 37;
const SETTLED = 63;
const RADIANS = Math.PI / 180;
/** A price this far from the trend line, as a share of it, is in a trend whatever the cycle does. */
const FAR = 0.015;

/**
 * 1 where the market trends and 0 where it cycles (Ehlers; HT_TRENDMODE): cycling for half a cycle after the sine and
 * its lead crossed, and while the phase turns by 0.67 … 1.5 of the cycle's pace, unless the price is 1.5 % away from the
 * instantaneous trend line; starts 63. Costs one cycle, at most 50 steps.
 */
export class TrendMode extends Composed<number> {
  readonly #cycle: HilbertCycle;
  readonly #closes: RecentValues;
  readonly #prices: RecentValues;
  readonly #means: Delay;
  readonly #phase: Register;
  readonly #lead: Register;
  readonly #barsSinceCrossing: Register;

  constructor() {
    super();
    this.#cycle = this.part(new HilbertCycle(BEGIN));
    this.#closes = this.part(new RecentValues());
    this.#prices = this.part(new RecentValues());
    this.#means = this.part(new Delay(4));
    this.#phase = this.part(new Register());
    this.#lead = this.part(new Register());
    this.#barsSinceCrossing = this.part(new Register());
  }

  update(value: number): number | undefined {
    const begun = this.#cycle.update(value);
    this.#closes.push(value);
    if (!begun) return undefined;
    const cycle = this.#cycle.smoothPeriod;
    this.#prices.push(this.#cycle.price);
    this.#means.push(this.#closes.cycleMean(cycle));
    const cycling = this.#cycles(phaseOf(this.#prices, cycle), cycle);
    const back = (age: number): number => this.#means.back(age) ?? 0;
    const line = (4 * back(0) + 3 * back(1) + 2 * back(2) + back(3)) / 10;
    if (this.#cycle.position <= SETTLED) return undefined;
    const away = line !== 0 && Math.abs((this.#cycle.price - line) / line) >= FAR;
    return away || !cycling ? 1 : 0;
  }

  #cycles(phase: number, cycle: number): boolean {
    const turn = phase - this.#phase.value;
    const lead = Math.sign(Math.sin(phase * RADIANS) - Math.sin((phase + 45) * RADIANS));
    const crossed = lead !== 0 && lead !== this.#lead.value;
    this.#barsSinceCrossing.value = crossed ? 1 : this.#barsSinceCrossing.value + 1;
    this.#phase.value = phase;
    this.#lead.value = lead;
    const pace = 360 / cycle;
    return crossed || this.#barsSinceCrossing.value < 0.5 * cycle || (turn > 0.67 * pace && turn < 1.5 * pace);
  }
}

export const trendMode = (values: Float64Array): IndicatorSeries => overValues(new TrendMode(), values);
