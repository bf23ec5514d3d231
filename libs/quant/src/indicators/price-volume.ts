import { Cell, Composed, Register } from './composed.ts';
import { checkBar, checkLength, overBars, type BarColumns, type Indicator, type IndicatorSeries, type PriceBar } from './indicator.ts';
import { Ema } from './moving-averages.ts';

/** Arms' ease of movement (1989): change of the bar's middle over V/(10 000·(H − L)); 0 without volume; starts 1. */
export class EaseOfMovement extends Composed<PriceBar> {
  readonly #before: Cell;

  constructor() {
    super();
    this.#before = this.part(new Cell());
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const middle = (bar.high + bar.low) / 2;
    const before = this.#before.value;
    this.#before.value = middle;
    if (before === undefined) return undefined;
    return bar.volume === 0 ? 0 : ((middle - before) * 10_000 * (bar.high - bar.low)) / bar.volume;
  }
}

/** Williams' market facilitation index (H − L)/V, price per unit of volume; 0 without volume; starts 0. */
export class MarketFacilitation implements Indicator<PriceBar, number, null> {
  update(bar: PriceBar): number {
    checkBar(bar);
    return bar.volume === 0 ? 0 : (bar.high - bar.low) / bar.volume;
  }

  snapshot(): null {
    return null;
  }

  restore(_state: null): void {
    // Nothing is remembered.
  }
}

/**
 * Klinger's volume oscillator (1997) as Tulip has it: EMA(fast) − EMA(slow), both begun at the first value, of the
 * volume force 100·V·|2d/m − 1|·trend, d = H − L, trend the sign of the change of H + L + C (kept on no change), m the
 * sum of d since the trend turned, with the bar before the turn; force 0 where m is 0. Starts 1.
 */
export class KlingerOscillator extends Composed<PriceBar> {
  readonly #fast: Ema;
  readonly #slow: Ema;
  readonly #previousSum: Cell;
  readonly #previousRange: Register;
  readonly #trend: Register;
  readonly #path: Register;

  constructor(fast = 34, slow = 55) {
    super();
    this.#fast = this.part(new Ema(fast, 'tulip'));
    this.#slow = this.part(new Ema(checkLength(slow, checkLength(fast) + 1, 'slow'), 'tulip'));
    this.#previousSum = this.part(new Cell());
    this.#previousRange = this.part(new Register());
    this.#trend = this.part(new Register());
    this.#path = this.part(new Register());
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const sum = bar.high + bar.low + bar.close;
    const range = bar.high - bar.low;
    const [sumBefore, rangeBefore] = [this.#previousSum.value, this.#previousRange.value];
    this.#previousSum.value = sum;
    this.#previousRange.value = range;
    if (sumBefore === undefined) return undefined;
    const trend = sum > sumBefore ? 1 : sum < sumBefore ? -1 : this.#trend.value;
    if (trend !== this.#trend.value) {
      this.#trend.value = trend;
      this.#path.value = rangeBefore;
    }
    this.#path.value += range;
    const force = this.#path.value === 0 ? 0 : 100 * bar.volume * Math.abs((2 * range) / this.#path.value - 1) * trend;
    const fast = this.#fast.update(force);
    const slow = this.#slow.update(force);
    return fast === undefined || slow === undefined ? undefined : fast - slow;
  }
}

/** Fosback's volume indexes (1976), begun at 1000: the close's relative change counts on bars whose volume rose or fell. */
class VolumeIndex extends Composed<PriceBar> {
  readonly #side: 1 | -1;
  readonly #index: Register;
  readonly #close: Cell;
  readonly #volume: Cell;

  constructor(side: 1 | -1) {
    super();
    this.#side = side;
    this.#index = this.part(new Register(1000));
    this.#close = this.part(new Cell());
    this.#volume = this.part(new Cell());
  }

  update(bar: PriceBar): number {
    checkBar(bar);
    const [close, volume] = [this.#close.value, this.#volume.value];
    this.#close.value = bar.close;
    this.#volume.value = bar.volume;
    if (close !== undefined && volume !== undefined && this.#side * (bar.volume - volume) > 0) this.#index.value *= bar.close / close;
    return this.#index.value;
  }
}

/** Index of bars whose volume rose; starts 0 at 1000. */
export class PositiveVolumeIndex extends VolumeIndex {
  constructor() {
    super(1);
  }
}

/** Index of bars whose volume fell; starts 0 at 1000. */
export class NegativeVolumeIndex extends VolumeIndex {
  constructor() {
    super(-1);
  }
}

/** Williams' accumulation/distribution without volume: adds C − min(L, C₋₁) on a rise, C − max(H, C₋₁) on a fall; starts 1. */
export class WilliamsAccumulation extends Composed<PriceBar> {
  readonly #before: Cell;
  readonly #line: Register;

  constructor() {
    super();
    this.#before = this.part(new Cell());
    this.#line = this.part(new Register());
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const before = this.#before.value;
    this.#before.value = bar.close;
    if (before === undefined) return undefined;
    if (bar.close > before) this.#line.value += bar.close - Math.min(bar.low, before);
    else if (bar.close < before) this.#line.value += bar.close - Math.max(bar.high, before);
    return this.#line.value;
  }
}

export const easeOfMovement = (bars: BarColumns): IndicatorSeries => overBars(new EaseOfMovement(), bars);
export const marketFacilitation = (bars: BarColumns): IndicatorSeries => overBars(new MarketFacilitation(), bars);
export const klingerOscillator = (bars: BarColumns, fast?: number, slow?: number): IndicatorSeries => overBars(new KlingerOscillator(fast, slow), bars);
export const positiveVolumeIndex = (bars: BarColumns): IndicatorSeries => overBars(new PositiveVolumeIndex(), bars);
export const negativeVolumeIndex = (bars: BarColumns): IndicatorSeries => overBars(new NegativeVolumeIndex(), bars);
export const williamsAccumulation = (bars: BarColumns): IndicatorSeries => overBars(new WilliamsAccumulation(), bars);
