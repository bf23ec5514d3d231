import { Composed } from './composed.ts';
import { MeanDeviation } from './dispersion.ts';
import { checkBar, overBars, type BarColumns, type IndicatorSeries, type PriceBar } from './indicator.ts';

/**
 * Lambert's commodity channel index (1980): (t − m)/(0.015·d) of the typical price t, m and d its mean and mean
 * absolute deviation over n bars; 0 where d is 0; starts n − 1. Costs n steps, as `MeanDeviation`.
 */
export class Cci extends Composed<PriceBar> {
  readonly #deviation: MeanDeviation;

  constructor(n = 20) {
    super();
    this.#deviation = this.part(new MeanDeviation(n));
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const typical = (bar.high + bar.low + bar.close) / 3;
    const deviation = this.#deviation.update(typical);
    if (deviation === undefined) return undefined;
    const away = typical - this.#deviation.mean;
    return deviation === 0 ? 0 : away / (0.015 * deviation);
  }
}

export const cci = (bars: BarColumns, n?: number): IndicatorSeries => overBars(new Cci(n), bars);
