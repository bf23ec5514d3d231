import { Aroon } from '../../indicators/aroon.ts';
import { Natr } from '../../indicators/atr.ts';
import { BollingerBands } from '../../indicators/bollinger-bands.ts';
import { Cci } from '../../indicators/cci.ts';
import { Cell, Composed, Register } from '../../indicators/composed.ts';
import { Adx } from '../../indicators/directional-movement.ts';
import type { Indicator, OhlcBar } from '../../indicators/indicator.ts';
import { Macd } from '../../indicators/macd.ts';
import { Trix } from '../../indicators/nested-averages.ts';
import { ParabolicSar } from '../../indicators/parabolic-sar.ts';
import { WilliamsR } from '../../indicators/price-position.ts';
import { Rsi } from '../../indicators/rsi.ts';
import { UltimateOscillator } from '../../indicators/ultimate-oscillator.ts';
import { MoneyFlowIndex } from '../../indicators/volume-accumulation.ts';
import { GarmanKlassVolatility, ParkinsonVolatility, RogersSatchellVolatility, YangZhangVolatility } from '../../volatility/range-estimators.ts';
import { RealizedVolatility } from '../../volatility/realized-volatility.ts';
import { History } from '../expression/history.ts';
import { BAR_KERNELS, RANGE_WINDOW, type BarKernel } from './bar-kernels.ts';
import { EWMA_LAMBDA, EWMA_LEAST } from './return-shape.ts';

const COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const;

/** An indicator fed with a part of the bar, its output turned into one number; not finite is undefined. */
class Through<Input, Output> extends Composed<OhlcBar> {
  readonly #inner: Indicator<Input, Output>;
  readonly #input: (bar: OhlcBar) => Input;
  readonly #output: (output: Output, bar: OhlcBar) => number;

  constructor(inner: Indicator<Input, Output>, input: (bar: OhlcBar) => Input, output: (output: Output, bar: OhlcBar) => number) {
    super();
    this.#inner = this.part(inner);
    this.#input = input;
    this.#output = output;
  }

  update(bar: OhlcBar): number | undefined {
    const output = this.#inner.update(this.#input(bar));
    const value = output === undefined ? NaN : this.#output(output, bar);
    return Number.isFinite(value) ? value : undefined;
  }
}

/** The batch kernel over no more bars than its window: for kernels without memory beyond it. */
class OverTail extends Composed<OhlcBar> {
  readonly #histories: readonly History[];
  readonly #kernel: BarKernel;
  readonly #n: number;
  readonly #barsPerYear: number;
  readonly #needs: number;

  constructor(kernel: BarKernel, n: number, barsPerYear: number) {
    super();
    this.#kernel = kernel;
    this.#n = n;
    this.#barsPerYear = barsPerYear;
    this.#needs = kernel.needs(n);
    this.#histories = COLUMNS.map(() => this.part(new History(this.#needs)));
  }

  update(bar: OhlcBar): number | undefined {
    this.#histories.forEach((history, i) => history.add(bar[COLUMNS[i] ?? 'close']));
    const [open, high, low, close, volume] = this.#histories.map((history) => history.last(this.#needs));
    if (open === undefined || high === undefined || low === undefined || close === undefined || volume === undefined) return undefined;
    const value = this.#kernel.values({ open, high, low, close, volume }, this.#n, this.#barsPerYear).at(-1) ?? NaN;
    return Number.isFinite(value) ? value : undefined;
  }
}

/** `exponentialVolatility` close by close. */
class StreamedEwma extends Composed<OhlcBar> {
  readonly #barsPerYear: number;
  readonly #before = this.part(new Cell());
  readonly #sum = this.part(new Register());
  readonly #total = this.part(new Register());
  readonly #count = this.part(new Register());

  constructor(barsPerYear: number) {
    super();
    this.#barsPerYear = barsPerYear;
  }

  update({ close }: OhlcBar): number | undefined {
    const before = this.#before.value;
    this.#before.value = close;
    if (before === undefined) return undefined;
    const change = close / before - 1;
    this.#sum.value = EWMA_LAMBDA * this.#sum.value + change * change;
    this.#total.value = EWMA_LAMBDA * this.#total.value + 1;
    this.#count.value += 1;
    return this.#count.value < EWMA_LEAST ? undefined : Math.sqrt((this.#barsPerYear * this.#sum.value) / this.#total.value);
  }
}

const ofClose = <Output>(inner: Indicator<number, Output>, output: (output: Output, bar: OhlcBar) => number): Indicator<OhlcBar> => new Through(inner, ({ close }) => close, output);
const ofBar = <Output>(inner: Indicator<OhlcBar, Output>, output: (output: Output, bar: OhlcBar) => number): Indicator<OhlcBar> => new Through(inner, (bar) => bar, output);
const same = (value: number): number => value;

const STREAMS: Readonly<Record<string, (n: number, barsPerYear: number) => Indicator<OhlcBar>>> = {
  rsi: (n) => ofClose(new Rsi(n), same),
  adx: (n) => new Adx(n),
  cci: (n) => new Cci(n),
  willr: (n) => new WilliamsR(n),
  mfi: (n) => new MoneyFlowIndex(n),
  aroon_osc: (n) => ofBar(new Aroon(n), ({ oscillator }) => oscillator),
  natr: (n) => new Natr(n),
  bb_pctb: (n) => ofClose(new BollingerBands(n, 2), ({ upper, lower }, { close }) => (close - lower) / (upper - lower)),
  macd_hist: () => ofClose(new Macd(12, 26, 9), ({ histogram }, { close }) => histogram / close),
  ultosc: () => new UltimateOscillator(7, 14, 28),
  sar_distance: () => ofBar(new ParabolicSar(0.02, 0.2), (stop, { close }) => (close - stop) / close),
  trix: () => ofClose(new Trix(15), same),
  vol_close: (n, barsPerYear) => ofClose(new RealizedVolatility(n, barsPerYear), same),
  parkinson: (_n, barsPerYear) => new ParkinsonVolatility(RANGE_WINDOW, barsPerYear),
  garman_klass: (_n, barsPerYear) => new GarmanKlassVolatility(RANGE_WINDOW, barsPerYear),
  rogers_satchell: (_n, barsPerYear) => new RogersSatchellVolatility(RANGE_WINDOW, barsPerYear),
  yang_zhang: (n, barsPerYear) => new YangZhangVolatility(n, barsPerYear),
  vol_ewma: (_n, barsPerYear) => new StreamedEwma(barsPerYear),
};

/** The bar-by-bar form of a kernel of bars; undefined for a definition that has none. `n` is NaN for a fixed window. */
export function barStream(name: string, n: number, barsPerYear: number): Indicator<OhlcBar> | undefined {
  const kernel = BAR_KERNELS[name];
  return STREAMS[name]?.(n, barsPerYear) ?? (kernel === undefined ? undefined : new OverTail(kernel, n, barsPerYear));
}
