import type { ExpressionColumns } from '../expression/expression-batch.ts';
import { windowLine } from '../expression/window-line.ts';
import { windowMoments } from '../expression/window-moments.ts';
import { aroon } from '../../indicators/aroon.ts';
import { natr } from '../../indicators/atr.ts';
import { bollingerBands } from '../../indicators/bollinger-bands.ts';
import { cci } from '../../indicators/cci.ts';
import { adx } from '../../indicators/directional-movement.ts';
import type { IndicatorSeries } from '../../indicators/indicator.ts';
import { macd } from '../../indicators/macd.ts';
import { trix } from '../../indicators/nested-averages.ts';
import { parabolicSar } from '../../indicators/parabolic-sar.ts';
import { williamsR } from '../../indicators/price-position.ts';
import { rsi } from '../../indicators/rsi.ts';
import { ultimateOscillator } from '../../indicators/ultimate-oscillator.ts';
import { moneyFlowIndex, onBalanceVolume } from '../../indicators/volume-accumulation.ts';
import { closeVolatility, garmanKlassVolatility, parkinsonVolatility, rogersSatchellVolatility, yangZhangVolatility } from '../../volatility/range-estimators.ts';
import { amihudIlliquidity, rollingCorwinSchultz } from './liquidity.ts';
import { simpleReturns } from './market-regression.ts';
import { exponentialVolatility, rollingDrawdown, rollingSkewness } from './return-shape.ts';

/** Bars without gaps. */
export type CompleteBars = Required<Omit<ExpressionColumns, 'vwap'>>;

export interface BarKernel {
  /** Bars until the first value, itself included; `n` is the lookback, NaN for a fixed window. */
  readonly needs: (n: number) => number;
  /** One value per bar, NaN where there is none. */
  readonly values: (bars: CompleteBars, n: number, barsPerYear: number) => Float64Array;
}

/** Bars of the range estimators whose window is fixed. */
export const RANGE_WINDOW = 20;

/** A column of the length of the bars from an indicator that starts later. */
function aligned(begIdx: number, values: Float64Array, length: number): Float64Array {
  const column = new Float64Array(length).fill(NaN);
  column.set(values, Math.min(begIdx, length));
  return column;
}

const whole = ({ begIdx, values }: IndicatorSeries, bars: CompleteBars): Float64Array => aligned(begIdx, values, bars.close.length);

/** x/y, missing where that is not finite. */
function quotient(x: Float64Array, y: Float64Array): Float64Array {
  return x.map((value, i) => {
    const result = value / (y[i] ?? NaN);
    return Number.isFinite(result) ? result : NaN;
  });
}

/** Definitions of the catalogue that indicators and estimators of bars give, by name. */
export const BAR_KERNELS: Readonly<Record<string, BarKernel>> = {
  rsi: { needs: (n) => n + 1, values: (bars, n) => whole(rsi(bars.close, n), bars) },
  adx: { needs: (n) => 2 * n, values: (bars, n) => whole(adx(bars, n), bars) },
  cci: { needs: (n) => n, values: (bars, n) => whole(cci(bars, n), bars) },
  willr: { needs: (n) => n, values: (bars, n) => whole(williamsR(bars, n), bars) },
  mfi: { needs: (n) => n + 1, values: (bars, n) => whole(moneyFlowIndex(bars, n), bars) },
  aroon_osc: {
    needs: (n) => n + 1,
    values: (bars, n) => {
      const { begIdx, oscillator } = aroon(bars, n);
      return aligned(begIdx, oscillator, bars.close.length);
    },
  },
  natr: { needs: (n) => n + 1, values: (bars, n) => whole(natr(bars, n), bars) },
  bb_pctb: {
    needs: (n) => n,
    values: (bars, n) => {
      const { begIdx, upper, lower } = bollingerBands(bars.close, n, 2);
      const share = upper.map((top, i) => ((bars.close[begIdx + i] ?? NaN) - (lower[i] ?? NaN)) / (top - (lower[i] ?? NaN)));
      return aligned(begIdx, share.map((value) => (Number.isFinite(value) ? value : NaN)), bars.close.length);
    },
  },
  obv_slope: {
    needs: (n) => n,
    values: (bars, n) => {
      const [slope, mean] = [new Float64Array(bars.close.length), new Float64Array(bars.close.length)];
      windowLine(whole(onBalanceVolume(bars), bars), n, { slope });
      windowMoments(bars.volume, n, { mean });
      return quotient(slope, mean);
    },
  },
  macd_hist: {
    needs: () => 34,
    values: (bars) => {
      const { begIdx, histogram } = macd(bars.close, 12, 26, 9);
      return quotient(aligned(begIdx, histogram, bars.close.length), bars.close);
    },
  },
  ultosc: { needs: () => 29, values: (bars) => whole(ultimateOscillator(bars, 7, 14, 28), bars) },
  sar_distance: { needs: () => 2, values: (bars) => quotient(whole(parabolicSar(bars, 0.02, 0.2), bars).map((stop, i) => (bars.close[i] ?? NaN) - stop), bars.close) },
  trix: { needs: () => 44, values: (bars) => whole(trix(bars.close, 15), bars) },
  vol_close: { needs: (n) => n, values: (bars, n, barsPerYear) => whole(closeVolatility(bars.close, n, barsPerYear), bars) },
  parkinson: { needs: () => RANGE_WINDOW, values: (bars, _n, barsPerYear) => whole(parkinsonVolatility(bars, RANGE_WINDOW, barsPerYear), bars) },
  garman_klass: { needs: () => RANGE_WINDOW, values: (bars, _n, barsPerYear) => whole(garmanKlassVolatility(bars, RANGE_WINDOW, barsPerYear), bars) },
  rogers_satchell: { needs: () => RANGE_WINDOW, values: (bars, _n, barsPerYear) => whole(rogersSatchellVolatility(bars, RANGE_WINDOW, barsPerYear), bars) },
  yang_zhang: { needs: (n) => n + 1, values: (bars, n, barsPerYear) => whole(yangZhangVolatility(bars, n, barsPerYear), bars) },
  vol_ewma: { needs: () => 21, values: (bars, _n, barsPerYear) => exponentialVolatility(simpleReturns(bars.close), barsPerYear) },
  skewness: { needs: () => 61, values: (bars) => rollingSkewness(simpleReturns(bars.close), 60) },
  maxdd: { needs: () => 60, values: (bars) => rollingDrawdown(bars.close, 60) },
  amihud: { needs: () => 22, values: (bars) => amihudIlliquidity(simpleReturns(bars.close), bars.close, bars.volume, 21, 17) },
  corwin_schultz: { needs: () => 21, values: (bars) => rollingCorwinSchultz(bars.high, bars.low, bars.close, 20) },
};
