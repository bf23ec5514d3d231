/** An entry order: without prices a market order, with both a stop-limit order. */
export interface OrderRequest {
  /** Positive buys, negative sells. Below 1 a share of the available margin, otherwise whole units. */
  readonly size: number;
  readonly limit?: number;
  readonly stop?: number;
  /** Bracket: protective stop and target of the trade that the order opens. */
  readonly stopLoss?: number;
  readonly takeProfit?: number;
  /** `ioc` and `fok` end with the first bar in which they work; what `ioc` has not filled is dropped. Default `gtc`. */
  readonly timeInForce?: 'gtc' | 'ioc' | 'fok';
  /** The order does not work in bars later than this; a session close makes it a day order. */
  readonly goodUntilMs?: number;
  /** A fill of one order cancels all others with the same name. */
  readonly oneCancelsOther?: string;
  readonly tag?: string;
}

export type OrderEnd = 'filled' | 'cancelled' | 'expired' | 'too_small' | 'too_little_margin' | 'not_filled_at_once' | 'replaced' | 'one_cancels_other' | 'trade_closed';

export interface OpenTrade {
  readonly id: number;
  units: number;
  readonly entryBar: number;
  readonly entryPrice: number;
  entryCommission: number;
  readonly stopLoss: number | undefined;
  readonly takeProfit: number | undefined;
  readonly tag: string | undefined;
}

export interface WorkingOrder {
  readonly id: number;
  readonly request: OrderRequest;
  /** Units still to fill, or a share of margin until the first fill. */
  size: number;
  /** Undefined from the bar on in which it was touched. */
  stop: number | undefined;
  readonly limit: number | undefined;
  /** The trade that a protective or closing order ends. */
  readonly closes: OpenTrade | undefined;
  /** Stop or target of a bracket; a plain closing order is neither. */
  readonly protective: boolean;
  end: OrderEnd | undefined;
}

export interface ClosedTrade {
  readonly units: number;
  readonly entryBar: number;
  readonly exitBar: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly stopLoss: number | undefined;
  readonly takeProfit: number | undefined;
  /** Of entry and exit together. */
  readonly commission: number;
  /** units·(exit − entry) − commission. */
  readonly profit: number;
  /** profit/(|units|·entry price). */
  readonly returnShare: number;
  readonly tag: string | undefined;
}

export interface BarPrices {
  readonly open: number;
  readonly high: number;
  readonly low: number;
}

export type Trigger = { readonly kind: 'none' } | { readonly kind: 'stop_only' } | { readonly kind: 'fill'; readonly price: number; readonly atMarket: boolean; readonly stopTouched: boolean };

/**
 * Whether one bar fills an order and at which price. A stop fills no better than the open beyond it; a limit that must
 * have been met before the stop gives no fill in that bar, because the order of prices inside a bar is unknown.
 *
 * @param marketPrice what a market order gets in this bar
 */
export function triggerInBar(order: Pick<WorkingOrder, 'size' | 'stop' | 'limit'>, bar: BarPrices, marketPrice: number): Trigger {
  const buys = order.size > 0;
  const { stop, limit } = order;
  const stopTouched = stop !== undefined;
  if (stop !== undefined && (buys ? bar.high < stop : bar.low > stop)) return { kind: 'none' };
  if (limit === undefined) {
    if (stop === undefined) return { kind: 'fill', price: marketPrice, atMarket: true, stopTouched };
    return { kind: 'fill', price: buys ? Math.max(marketPrice, stop) : Math.min(marketPrice, stop), atMarket: false, stopTouched };
  }
  const met = buys ? bar.low <= limit : bar.high >= limit;
  const beforeStop = stop !== undefined && (buys ? limit <= stop : limit >= stop);
  if (!met || beforeStop) return stopTouched ? { kind: 'stop_only' } : { kind: 'none' };
  const from = stop === undefined ? bar.open : buys ? Math.max(stop, bar.open) : Math.min(stop, bar.open);
  return { kind: 'fill', price: buys ? Math.min(from, limit) : Math.max(from, limit), atMarket: false, stopTouched };
}
