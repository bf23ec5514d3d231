import { WilderAverage, type SeededAverageState } from './moving-averages.ts';
import { barAt, checkBar, collect, type BarColumns, type Indicator, type IndicatorSeries, type PriceBar } from './indicator.ts';

export interface AtrState {
  readonly previousClose: number | null;
  readonly average: SeededAverageState;
}

/** Wilder's average of the true range max(H − L, |H − C₋₁|, |L − C₋₁|), which begins with bar 1; starts n. */
export class Atr implements Indicator<PriceBar, number, AtrState> {
  readonly #average: WilderAverage;
  #previousClose: number | undefined;

  constructor(n = 14) {
    this.#average = new WilderAverage(n);
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    const before = this.#previousClose;
    this.#previousClose = bar.close;
    if (before === undefined) return undefined;
    return this.#average.update(Math.max(bar.high - bar.low, Math.abs(bar.high - before), Math.abs(bar.low - before)));
  }

  snapshot(): AtrState {
    return { previousClose: this.#previousClose ?? null, average: this.#average.snapshot() };
  }

  restore(state: AtrState): void {
    this.#previousClose = state.previousClose ?? undefined;
    this.#average.restore(state.average);
  }
}

export function atr(bars: BarColumns, n = 14): IndicatorSeries {
  return collect(new Atr(n), bars.close.length, barAt(bars));
}
