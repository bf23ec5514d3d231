import { AgedExtreme } from './aged-extreme.ts';
import { Composed } from './composed.ts';
import { barAt, checkBar, checkLength, collectNamed, type BarColumns, type NamedSeries, type PriceBar } from './indicator.ts';

export interface AroonValue {
  /** 0 … 100; 100 when the highest high of n + 1 bars is the present one. */
  readonly up: number;
  readonly down: number;
  /** up − down */
  readonly oscillator: number;
}

/** Chande's Aroon (1995): 100·(n − bars since the extreme)/n over n + 1 bars, the latest extreme on ties; starts n. */
export class Aroon extends Composed<PriceBar, AroonValue> {
  readonly #n: number;
  readonly #highest: AgedExtreme;
  readonly #lowest: AgedExtreme;

  constructor(n = 25) {
    super();
    this.#n = checkLength(n);
    this.#highest = this.part(new AgedExtreme(n + 1, 'highest'));
    this.#lowest = this.part(new AgedExtreme(n + 1, 'lowest'));
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

export function aroon(bars: BarColumns, n?: number): NamedSeries<'up' | 'down' | 'oscillator'> {
  return collectNamed(new Aroon(n), bars.close.length, barAt(bars), ['up', 'down', 'oscillator']);
}
