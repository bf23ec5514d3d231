import { Composed, Register } from './composed.ts';
import { MeanDeviation } from './dispersion.ts';
import { checkBar, overBars, type BarColumns, type IndicatorConvention, type IndicatorSeries, type PriceBar } from './indicator.ts';

/**
 * Lambert's commodity channel index (1980): (t − m)/(0.015·d) of the typical price t, m and d its mean and mean
 * absolute deviation over n bars; 0 where d is 0; starts n − 1 (Tulip tells it from 2n − 2 on). Costs n steps, as
 * `MeanDeviation`.
 */
export class Cci extends Composed<PriceBar> {
  readonly #silent: number;
  readonly #seen: Register;
  readonly #deviation: MeanDeviation;

  constructor(n = 20, convention: IndicatorConvention = 'talib') {
    super();
    this.#silent = convention === 'tulip' ? 2 * n - 2 : 0;
    this.#seen = this.part(new Register());
    this.#deviation = this.part(new MeanDeviation(n));
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const typical = (bar.high + bar.low + bar.close) / 3;
    const deviation = this.#deviation.update(typical);
    if (this.#seen.value < this.#silent) {
      this.#seen.value += 1;
      return undefined;
    }
    if (deviation === undefined) return undefined;
    const away = typical - this.#deviation.mean;
    return deviation === 0 ? 0 : away / (0.015 * deviation);
  }
}

export const cci = (bars: BarColumns, n?: number, convention?: IndicatorConvention): IndicatorSeries => overBars(new Cci(n, convention), bars);
