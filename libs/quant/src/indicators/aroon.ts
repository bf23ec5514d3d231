import { AgedExtreme } from './aged-extreme.ts';
import { Composed } from './composed.ts';
import { barAt, checkBar, checkLength, collectNamed, type BarColumns, type IndicatorConvention, type NamedSeries, type PriceBar } from './indicator.ts';

export interface AroonValue {
  /** 0 … 100; 100 when the highest high of n + 1 bars is the present one. */
  readonly up: number;
  readonly down: number;
  /** up − down */
  readonly oscillator: number;
}

/** Chande's Aroon (1995): 100·(n − bars since the extreme)/n over n + 1 bars, on ties the latest extreme (Skender: the earliest); starts n. */
export class Aroon extends Composed<PriceBar, AroonValue> {
  readonly #n: number;
  readonly #highest: AgedExtreme;
  readonly #lowest: AgedExtreme;

  constructor(n = 25, convention: IndicatorConvention = 'talib') {
    super();
    this.#n = checkLength(n);
    const ties = convention === 'skender' ? 'earliest' : 'latest';
    this.#highest = this.part(new AgedExtreme(n + 1, 'highest', ties));
    this.#lowest = this.part(new AgedExtreme(n + 1, 'lowest', ties));
  }

  update(bar: PriceBar): AroonValue | undefined {
    checkBar(bar);
    const sinceHigh = this.#highest.update(bar.high);
    const sinceLow = this.#lowest.update(bar.low);
    if (sinceHigh === undefined || sinceLow === undefined) return undefined;
    const up = (100 * (this.#n - sinceHigh)) / this.#n;
    const down = (100 * (this.#n - sinceLow)) / this.#n;
    return { up, down, oscillator: up - down };
  }
}

export function aroon(bars: BarColumns, n?: number, convention?: IndicatorConvention): NamedSeries<'up' | 'down' | 'oscillator'> {
  return collectNamed(new Aroon(n, convention), bars.close.length, barAt(bars), ['up', 'down', 'oscillator']);
}
