import {
  ChaikinVolatility, ChangeVolatility, GapGarmanKlassVolatility, GarmanKlassVolatility, ParkinsonVolatility, RogersSatchellVolatility, YangZhangVolatility, type Indicator, type OhlcBar,
} from '@nautilus/quant';
import { define, ofBars, ofValues, unitOf } from '../families.ts';
import type { Family } from '../feature.ts';

const PERIOD = { period: 10 };
type Make = (period: number, barsPerYear: number) => Indicator<OhlcBar>;

/** `more`: bars beyond the window, for the close before it. */
const estimator = (name: string, formula: string, make: Make, more: 0 | 1 = 0): Family =>
  define<typeof PERIOD>(name, { category: 'volatility', unit: 'a year', parameters: PERIOD, conventions: ['ttr'], formula: (p) => `${formula} over ${p.period} bars`, bars: (p) => p.period + more }, (p) => ({ barsPerYear }) => {
    const kernel = make(p.period, barsPerYear);
    return unitOf(kernel, (bar) => ({ number: kernel.update(bar) }));
  });

/** Volatility from the ranges of bars, N bars a year; the one from closes is realized_vol. */
export const VOLATILITIES: readonly Family[] = [
  estimator('parkinson', '√(N/(4n ln 2)·Σ ln²(H/L)) (Parkinson 1980)', (n, perYear) => new ParkinsonVolatility(n, perYear)),
  estimator('garman_klass', '√(N/n·Σ[½ ln²(H/L) − (2 ln 2 − 1) ln²(C/O)]) (Garman and Klass 1980)', (n, perYear) => new GarmanKlassVolatility(n, perYear)),
  estimator('rogers_satchell', '√(N/n·Σ[ln(H/C)ln(H/O) + ln(L/C)ln(L/O)]) (Rogers and Satchell 1991)', (n, perYear) => new RogersSatchellVolatility(n, perYear)),
  estimator('gk_yz', 'Garman and Klass with ln²(O/C₋₁) for the gap (Yang and Zhang 2000)', (n, perYear) => new GapGarmanKlassVolatility(n, perYear), 1),
  estimator('yang_zhang', 'overnight, session and Rogers-Satchell variance weighted for the least error (Yang and Zhang 2000)', (n, perYear) => new YangZhangVolatility(n, perYear), 1),
  ofBars('cvi', { category: 'volatility', unit: 'percent', parameters: PERIOD, conventions: ['tulip'], formula: (p) => `change over ${p.period} bars of EMA ${p.period} of H − L (Chaikin)`, bars: (p) => 2 * p.period }, (p) => new ChaikinVolatility(p.period)),
  ofValues('volatility', { category: 'volatility', unit: 'a year of 252 bars', parameters: { period: 20 }, conventions: ['tulip'], formula: (p) => `√252·population deviation of ${p.period} relative changes`, bars: (p) => p.period + 1 }, (p) => new ChangeVolatility(p.period)),
];
