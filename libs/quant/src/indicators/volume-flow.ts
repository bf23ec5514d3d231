import { barAt, checkBar, collect, type BarColumns, type Indicator, type IndicatorSeries, type PriceBar } from './indicator.ts';

/** Σ V·((C − L) − (H − C))/(H − L); a bar without range adds 0; starts 0. State: the sum. */
export class AccumulationDistribution implements Indicator<PriceBar, number, number> {
  #line = 0;

  update(bar: PriceBar): number {
    checkBar(bar);
    const range = bar.high - bar.low;
    if (range > 0) this.#line += (bar.volume * (bar.close - bar.low - (bar.high - bar.close))) / range;
    return this.#line;
  }

  snapshot(): number {
    return this.#line;
  }

  restore(state: number): void {
    this.#line = state;
  }
}

export interface SessionBar extends PriceBar {
  /** Any number that is the same for all bars of a session, e.g. its day. One number throughout anchors the average. */
  readonly session: number;
}

export interface VwapState {
  readonly session: number | null;
  readonly value: number;
  readonly volume: number;
}

/**
 * Volume-weighted average of the typical price (H + L + C)/3 since the session began; starts with the session's first
 * volume. Bars carry no trades, so this is the usual approximation of the traded average.
 */
export class Vwap implements Indicator<SessionBar, number, VwapState> {
  #session: number | undefined;
  #value = 0;
  #volume = 0;

  update(bar: SessionBar): number | undefined {
    checkBar(bar);
    if (bar.session !== this.#session) {
      this.#session = bar.session;
      this.#value = 0;
      this.#volume = 0;
    }
    this.#value += ((bar.high + bar.low + bar.close) / 3) * bar.volume;
    this.#volume += bar.volume;
    return this.#volume > 0 ? this.#value / this.#volume : undefined;
  }

  snapshot(): VwapState {
    return { session: this.#session ?? null, value: this.#value, volume: this.#volume };
  }

  restore(state: VwapState): void {
    this.#session = state.session ?? undefined;
    this.#value = state.value;
    this.#volume = state.volume;
  }
}

export function accumulationDistribution(bars: BarColumns): IndicatorSeries {
  return collect(new AccumulationDistribution(), bars.close.length, barAt(bars));
}

/** The average anchored at the first bar; starts with the first volume. One session at a time gives the session's average. */
export function vwap(bars: BarColumns): IndicatorSeries {
  const at = barAt(bars);
  return collect(new Vwap(), bars.close.length, (i) => ({ ...at(i), session: 0 }));
}
