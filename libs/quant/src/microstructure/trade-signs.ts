import { InvalidInputError } from '@nautilus/model';
import { cumulative, type PriceChangeDistribution } from '../statistics/price-change-distribution.ts';

/** 1 bought, −1 sold, 0 not known. */
export type TradeSign = -1 | 0 | 1;

/** Sign of the last price change that was not zero; trades before the first change have none. O(1) per trade. */
export class TickRule {
  #price: number | undefined;
  #sign: TradeSign = 0;

  /** @throws InvalidInputError for a price that is not positive and finite; the state stays. */
  update(price: number): TradeSign {
    if (!(price > 0 && price < Infinity)) throw new InvalidInputError([{ path: 'price', message: `${price} is not positive` }]);
    if (this.#price !== undefined && price !== this.#price) this.#sign = price > this.#price ? 1 : -1;
    this.#price = price;
    return this.#sign;
  }

  state(): { readonly price: number | null; readonly sign: TradeSign } {
    return { price: this.#price ?? null, sign: this.#sign };
  }

  restore({ price, sign }: { readonly price: number | null; readonly sign: TradeSign }): void {
    this.#price = price ?? undefined;
    this.#sign = sign;
  }
}

/** Above the mid a buy, below it a sell, at it what the tick rule says (Lee & Ready 1991); without a mid the tick rule alone. */
export function leeReadySign(price: number, mid: number | undefined, tickSign: TradeSign): TradeSign {
  if (mid === undefined || price === mid) return tickSign;
  return price > mid ? 1 : -1;
}

export interface TimedPrices {
  readonly timesMs: Float64Array;
  readonly prices: Float64Array;
}

export interface TimedMids {
  readonly timesMs: Float64Array;
  /** NaN where there is no valid two-sided quote. */
  readonly mids: Float64Array;
}

/** Signs of trades by the tick rule. @throws InvalidInputError as `TickRule.update`. */
export function tickRuleSigns(prices: Float64Array): Int8Array {
  const rule = new TickRule();
  return Int8Array.from(prices, (price) => rule.update(price));
}

/**
 * Signs of trades against the last mid at least `lagMs` older than the trade (0 by default; 5,000 for data before 1998).
 * @throws InvalidInputError for prices that are not positive and times that fall.
 */
export function leeReadySigns(trades: TimedPrices, quotes: TimedMids, lagMs = 0): Int8Array {
  checkTimes(trades.timesMs, trades.prices.length, 'trades');
  checkTimes(quotes.timesMs, quotes.mids.length, 'quotes');
  const ticks = tickRuleSigns(trades.prices);
  let next = 0;
  return ticks.map((tick, i) => {
    const until = (trades.timesMs[i] ?? 0) - lagMs;
    while (next < quotes.timesMs.length && (quotes.timesMs[next] ?? Infinity) <= until) next += 1;
    const mid = next === 0 ? NaN : (quotes.mids[next - 1] ?? NaN);
    return leeReadySign(trades.prices[i] ?? 0, Number.isNaN(mid) ? undefined : mid, tick === 0 ? 0 : tick > 0 ? 1 : -1);
  });
}

/** Share of a bar's volume that was bought, Φ(Δp/σ) (Easley, López de Prado & O'Hara 2012). @throws InvalidInputError unless σ > 0 and the change is finite. */
export function bulkBuyShare(priceChange: number, sigma: number, distribution: PriceChangeDistribution = 'normal'): number {
  if (!(sigma > 0 && sigma < Infinity)) throw new InvalidInputError([{ path: 'sigma', message: `${sigma} is not positive` }]);
  if (!Number.isFinite(priceChange)) throw new InvalidInputError([{ path: 'priceChange', message: 'must be finite' }]);
  return cumulative(distribution)(priceChange / sigma);
}

/** Share of trades to which two rules give the same sign, of those that both sign; undefined where there is none. @throws InvalidInputError when lengths differ. */
export function signAgreement(a: ArrayLike<number>, b: ArrayLike<number>): { readonly agreement: number | undefined; readonly compared: number } {
  if (a.length !== b.length) throw new InvalidInputError([{ path: 'signs', message: `${a.length} and ${b.length} signs` }]);
  let [same, compared] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0 || b[i] === 0) continue;
    compared += 1;
    if (a[i] === b[i]) same += 1;
  }
  return { agreement: compared === 0 ? undefined : same / compared, compared };
}

/** (B − S)/(B + S) of signed volume; undefined where nothing is signed. @throws InvalidInputError when lengths differ. */
export function tradeImbalance(signs: ArrayLike<number>, sizes: Float64Array): number | undefined {
  if (signs.length !== sizes.length) throw new InvalidInputError([{ path: 'sizes', message: `${sizes.length} sizes of ${signs.length} trades` }]);
  let [difference, sum] = [0, 0];
  sizes.forEach((size, i) => {
    const sign = signs[i] ?? 0;
    difference += sign * size;
    sum += Math.abs(sign) * size;
  });
  return sum > 0 ? difference / sum : undefined;
}

function checkTimes(timesMs: Float64Array, length: number, path: string): void {
  if (timesMs.length !== length) throw new InvalidInputError([{ path, message: `${timesMs.length} times of ${length} values` }]);
  for (let i = 1; i < length; i++) if (!((timesMs[i] ?? NaN) >= (timesMs[i - 1] ?? NaN))) throw new InvalidInputError([{ path: `${path}.${i}`, message: 'time falls' }]);
}
