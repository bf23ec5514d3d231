import { InvalidInputError } from '@nautilus/model';

export interface TradeSpread {
  /** 2D(p − m). */
  readonly effective: number;
  /** 2D(p − m later). */
  readonly realised: number;
  /** 2D(m later − m). */
  readonly impact: number;
}

/** Cost of one trade against the mid at the trade and a later one; effective = realised + impact. @throws InvalidInputError for values that are not finite. */
export function tradeSpread(sign: -1 | 1, price: number, mid: number, laterMid: number): TradeSpread {
  if (!(Number.isFinite(price) && Number.isFinite(mid) && Number.isFinite(laterMid))) throw new InvalidInputError([{ path: 'price', message: 'price and mids must be finite' }]);
  return { effective: 2 * sign * (price - mid), realised: 2 * sign * (price - laterMid), impact: 2 * sign * (laterMid - mid) };
}

/** A value, or why there is none. */
export type LiquidityFigure = { readonly value: number; readonly observations: number } | { readonly value: undefined; readonly observations: number; readonly reason: string };

const FEWEST_CHANGES = 30;

/** Spread 2√(−c), c the covariance ÷(n−1) of successive price changes (Roll 1984). No value where c ≥ 0 and below 30 pairs. @throws InvalidInputError for a price that is not positive. */
export function rollEstimate(prices: Float64Array): LiquidityFigure {
  prices.forEach((price, i) => {
    if (!(price > 0 && price < Infinity)) throw new InvalidInputError([{ path: `prices.${i}`, message: 'must be positive' }]);
  });
  const n = Math.max(0, prices.length - 2);
  if (n < FEWEST_CHANGES) return { value: undefined, observations: n, reason: `${n} pairs of changes; ${FEWEST_CHANGES} are needed` };
  const change = (i: number): number => (prices[i + 1] ?? 0) - (prices[i] ?? 0);
  let [first, second] = [0, 0];
  for (let i = 0; i < n; i++) {
    first += change(i) / n;
    second += change(i + 1) / n;
  }
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (change(i) - first) * (change(i + 1) - second);
  const covariance = sum / (n - 1);
  if (covariance >= 0) return { value: undefined, observations: n, reason: 'successive price changes are not negatively correlated' };
  return { value: 2 * Math.sqrt(-covariance), observations: n };
}

export interface DayRange {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

const ROOT_TERM = 3 - 2 * Math.SQRT2;

/**
 * Relative spread from highs and lows of successive days (Corwin & Schultz 2012), with the shift for overnight gaps;
 * negative pairs count as 0; mean over the window.
 * @throws InvalidInputError for a day that is not 0 < low ≤ close ≤ high.
 */
export function corwinSchultzEstimate(days: readonly DayRange[]): LiquidityFigure {
  days.forEach(({ high, low, close }, i) => {
    if (!(low > 0 && close >= low && high >= close && high < Infinity)) throw new InvalidInputError([{ path: `days.${i}`, message: 'low, close and high must rise in this order from above 0' }]);
  });
  const pairs = Math.max(0, days.length - 1);
  if (pairs === 0) return { value: undefined, observations: 0, reason: 'at least 2 days are needed' };
  let sum = 0;
  for (let t = 0; t < pairs; t++) {
    const [today, tomorrow] = [days[t], days[t + 1]];
    if (today === undefined || tomorrow === undefined) continue;
    const gap = today.close < tomorrow.low ? tomorrow.low - today.close : today.close > tomorrow.high ? tomorrow.high - today.close : 0;
    const [high, low] = [tomorrow.high - gap, tomorrow.low - gap];
    const beta = Math.log(today.high / today.low) ** 2 + Math.log(high / low) ** 2;
    const gamma = Math.log(Math.max(today.high, high) / Math.min(today.low, low)) ** 2;
    const alpha = (Math.sqrt(2 * beta) - Math.sqrt(beta)) / ROOT_TERM - Math.sqrt(gamma / ROOT_TERM);
    sum += Math.max(0, (2 * (Math.exp(alpha) - 1)) / (1 + Math.exp(alpha)));
  }
  return { value: sum / pairs, observations: pairs };
}

/** Mean of |return| over dollar volume of days with volume, ×10⁶ (Amihud 2002). @throws InvalidInputError when lengths differ, for a return that is not finite and a negative volume. */
export function amihudEstimate(returns: Float64Array, dollarVolumes: Float64Array): LiquidityFigure {
  if (returns.length !== dollarVolumes.length) throw new InvalidInputError([{ path: 'dollarVolumes', message: `${dollarVolumes.length} volumes of ${returns.length} returns` }]);
  let [sum, days] = [0, 0];
  returns.forEach((r, i) => {
    const volume = dollarVolumes[i] ?? NaN;
    if (!Number.isFinite(r) || !(volume >= 0 && volume < Infinity)) throw new InvalidInputError([{ path: `returns.${i}`, message: 'return and volume must be finite, volume not negative' }]);
    if (volume === 0) return;
    sum += Math.abs(r) / volume;
    days += 1;
  });
  return days === 0 ? { value: undefined, observations: 0, reason: 'no day has volume' } : { value: (1e6 * sum) / days, observations: days };
}
