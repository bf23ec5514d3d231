import { RollingSum, type RollingSumState } from '../statistics/rolling-sum.ts';
import { Cell, Composed, type Part } from './composed.ts';
import { checkBar, checkLength, overBars, type BarColumns, type IndicatorSeries, type PriceBar } from './indicator.ts';
import { EqualRun, type EqualRunState } from './equal-run.ts';

type PressureShareState = readonly [RollingSumState, RollingSumState, EqualRunState];

/** Sum of buying pressure over the sum of the true range of the last n bars; 0 without range. */
class PressureShare implements Part {
  readonly #n: number;
  readonly #pressure: RollingSum;
  readonly #range: RollingSum;
  readonly #run = new EqualRun();

  constructor(n: number) {
    this.#n = checkLength(n);
    this.#pressure = new RollingSum(n);
    this.#range = new RollingSum(n);
  }

  update(pressure: number, range: number): number | undefined {
    this.#pressure.add(pressure);
    this.#range.add(range);
    const still = this.#run.update(range) >= this.#n && range === 0;
    if (!this.#range.full) return undefined;
    return still || this.#range.sum <= 0 ? 0 : Math.min(1, Math.max(0, this.#pressure.sum / this.#range.sum));
  }

  snapshot(): PressureShareState {
    return [this.#pressure.snapshot(), this.#range.snapshot(), this.#run.snapshot()];
  }

  restore([pressure, range, run]: PressureShareState): void {
    this.#pressure.restore(pressure);
    this.#range.restore(range);
    this.#run.restore(run);
  }
}

/**
 * Williams' ultimate oscillator (1985): 100·(4a₁ + 2a₂ + a₃)/7 of three windows, shortest first, a the buying pressure
 * C − min(L, C₋₁) over the true range; starts with the longest window.
 */
export class UltimateOscillator extends Composed<PriceBar> {
  readonly #before: Cell;
  readonly #shares: readonly [PressureShare, PressureShare, PressureShare];

  constructor(first = 7, second = 14, third = 28) {
    super();
    this.#before = this.part(new Cell());
    const [short = first, middle = second, long = third] = [first, second, third].toSorted((a, b) => a - b);
    this.#shares = [this.part(new PressureShare(short)), this.part(new PressureShare(middle)), this.part(new PressureShare(long))];
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const before = this.#before.value;
    this.#before.value = bar.close;
    if (before === undefined) return undefined;
    const low = Math.min(bar.low, before);
    const pressure = bar.close - low;
    const range = Math.max(bar.high, before) - low;
    const a = this.#shares[0].update(pressure, range);
    const b = this.#shares[1].update(pressure, range);
    const c = this.#shares[2].update(pressure, range);
    return a === undefined || b === undefined || c === undefined ? undefined : (100 * (4 * a + 2 * b + c)) / 7;
  }
}

export const ultimateOscillator = (bars: BarColumns, first?: number, second?: number, third?: number): IndicatorSeries =>
  overBars(new UltimateOscillator(first, second, third), bars);
