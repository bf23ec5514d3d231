import { RollingSum } from '../statistics/rolling-sum.ts';
import { Cell, Composed, Register } from './composed.ts';
import { checkBar, checkLength, overBars, type BarColumns, type IndicatorConvention, type IndicatorSeries, type PriceBar } from './indicator.ts';
import { Ema } from './moving-averages.ts';
import { AccumulationDistribution } from './volume-flow.ts';

/** Granville's on-balance volume (1963): + V on a rise of the close, − V on a fall. Starts at V[0]; by Skender's and Tulip's convention at 0. */
export class OnBalanceVolume extends Composed<PriceBar> {
  readonly #countsFirst: boolean;
  readonly #before: Cell;
  readonly #line: Register;

  constructor(convention: IndicatorConvention = 'talib') {
    super();
    this.#countsFirst = convention === 'talib';
    this.#before = this.part(new Cell());
    this.#line = this.part(new Register());
  }

  update(bar: PriceBar): number {
    checkBar(bar);
    const before = this.#before.value;
    this.#before.value = bar.close;
    if (before === undefined) this.#line.value = this.#countsFirst ? bar.volume : 0;
    else if (bar.close > before) this.#line.value += bar.volume;
    else if (bar.close < before) this.#line.value -= bar.volume;
    return this.#line.value;
  }
}

/** Chaikin's oscillator: EMA(fast) − EMA(slow) of the accumulation/distribution line, both begun at its first value; starts slow − 1. */
export class ChaikinOscillator extends Composed<PriceBar> {
  readonly #slow: number;
  readonly #line: AccumulationDistribution;
  readonly #fastAverage: Ema;
  readonly #slowAverage: Ema;
  readonly #seen: Register;

  constructor(fast = 3, slow = 10) {
    super();
    this.#slow = checkLength(slow, checkLength(fast) + 1, 'slow');
    this.#line = this.part(new AccumulationDistribution());
    this.#fastAverage = this.part(new Ema(fast, 'tulip'));
    this.#slowAverage = this.part(new Ema(slow, 'tulip'));
    this.#seen = this.part(new Register());
  }

  update(bar: PriceBar): number | undefined {
    const line = this.#line.update(bar);
    const fast = this.#fastAverage.update(line);
    const slow = this.#slowAverage.update(line);
    if (this.#seen.value < this.#slow) this.#seen.value += 1;
    return fast === undefined || slow === undefined || this.#seen.value < this.#slow ? undefined : fast - slow;
  }
}

/**
 * Money flow index (Quong and Soudack, 1989): 100·P/(P + N) of the flow t·V over n changes of the typical price t, P
 * where it rose, N where it fell; an unchanged price counts for neither; 0 without flow, by Skender's convention 100
 * where nothing fell. Starts n.
 */
export class MoneyFlowIndex extends Composed<PriceBar> {
  readonly #whenNothingFell: number;
  readonly #before: Cell;
  readonly #rising: RollingSum;
  readonly #falling: RollingSum;
  readonly #n: number;
  readonly #sinceRise: Register;
  readonly #sinceFall: Register;

  constructor(n = 14, convention: IndicatorConvention = 'talib') {
    super();
    this.#n = checkLength(n);
    this.#whenNothingFell = convention === 'skender' ? 100 : 0;
    this.#before = this.part(new Cell());
    this.#rising = this.part(new RollingSum(n));
    this.#falling = this.part(new RollingSum(n));
    this.#sinceRise = this.part(new Register());
    this.#sinceFall = this.part(new Register());
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const typical = (bar.high + bar.low + bar.close) / 3;
    const before = this.#before.value;
    this.#before.value = typical;
    if (before === undefined) return undefined;
    const flow = typical * bar.volume;
    const rise = typical > before ? flow : 0;
    const fall = typical < before ? flow : 0;
    this.#rising.add(rise);
    this.#falling.add(fall);
    this.#sinceRise.value = rise > 0 ? 0 : this.#sinceRise.value + 1;
    this.#sinceFall.value = fall > 0 ? 0 : this.#sinceFall.value + 1;
    if (!this.#rising.full) return undefined;
    const [rose, fell] = [this.#sinceRise.value < this.#n, this.#sinceFall.value < this.#n];
    if (!fell) return rose ? 100 : this.#whenNothingFell;
    if (!rose) return 0;
    return Math.min(100, Math.max(0, (100 * this.#rising.sum) / (this.#rising.sum + this.#falling.sum)));
  }
}

export const onBalanceVolume = (bars: BarColumns, convention?: IndicatorConvention): IndicatorSeries => overBars(new OnBalanceVolume(convention), bars);
export const chaikinOscillator = (bars: BarColumns, fast?: number, slow?: number): IndicatorSeries => overBars(new ChaikinOscillator(fast, slow), bars);
export const moneyFlowIndex = (bars: BarColumns, n?: number, convention?: IndicatorConvention): IndicatorSeries => overBars(new MoneyFlowIndex(n, convention), bars);
