import { InvalidInputError } from '@nautilus/model';

export interface LimitPosition {
  readonly symbol: string;
  /** Negative when sold short. */
  readonly marketValue: number;
  /** Absolute value of what is controlled, where it differs from the market value (derivatives). */
  readonly notional?: number;
  readonly sector?: string;
  readonly country?: string;
  readonly currency?: string;
  /** Units held and units traded on a mean day, for liquidity. */
  readonly quantity?: number;
  readonly averageDailyVolume?: number;
}

/** An order that is about to be sent; what a limit on orders looks at. */
export interface LimitOrder {
  /** Units, without sign. */
  readonly quantity: number;
  /** Limit price; a market order has none and cannot be mistyped. */
  readonly price?: number;
  readonly lastPrice?: number;
  readonly averageDailyVolume?: number;
  /** Orders sent in the last minute, this one included. */
  readonly ordersInLastMinute?: number;
}

/** What limits look at. A figure that is missing makes the limits that need it `unknown`, never fulfilled. */
export interface LimitBook {
  readonly positions: readonly LimitPosition[];
  readonly netAssetValue: number;
  readonly dayStartNetAssetValue?: number;
  readonly peakNetAssetValue?: number;
  /** One-day loss as a share of the net asset value, positive. */
  readonly valueAtRisk?: number;
  /** Annual. */
  readonly volatility?: number;
  /** Mean pairwise correlation of the positions. */
  readonly correlation?: number;
  /** Loss in the worst stress scenario as a share of the net asset value; a gain is negative. */
  readonly stressLoss?: number;
  /** Deviation of the returns over the benchmark's, annual. */
  readonly trackingError?: number;
  readonly beta?: number;
  /** Change in value for a basis point of yield, and for a point of volatility. Money, of either sign. */
  readonly dollarValueOfBasisPoint?: number;
  readonly vega?: number;
  /** Share of a day's volume that a liquidation may be; default 0.1. */
  readonly participation?: number;
  /** Absent when no order is looked at: limits on orders then measure 0. */
  readonly order?: LimitOrder;
}

export const LIMIT_KINDS = [
  'position_size', 'portfolio_value', 'daily_loss', 'exposure', 'notional', 'concentration', 'leverage',
  'var_limit', 'drawdown', 'volatility', 'correlation', 'sector_exposure', 'country_exposure', 'currency_exposure',
  'liquidity', 'stress_loss', 'tracking_error', 'beta', 'dv01', 'vega', 'order_rate', 'order_size', 'order_price',
] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

const ALIASES: Readonly<Record<string, LimitKind>> = { position: 'position_size', loss: 'daily_loss', var: 'var_limit', sector: 'sector_exposure', currency: 'currency_exposure', fat_finger: 'order_price' };

/** The kind that a name or alias means. @throws InvalidInputError for any other name. */
export function limitKind(name: string): LimitKind {
  const kind = LIMIT_KINDS.find((known) => known === name) ?? ALIASES[name];
  if (kind === undefined) throw new InvalidInputError([{ path: 'limit', message: `${name} is none of ${LIMIT_KINDS.join(', ')}` }]);
  return kind;
}

export type LimitMeasure = { readonly value: number; /** Position or group that has it, where it is one's own. */ readonly of?: string } | { readonly value: undefined; readonly reason: string };

const missing = (reason: string): LimitMeasure => ({ value: undefined, reason });
type Group = 'sector' | 'country' | 'currency';

const MEASURES: Readonly<Record<LimitKind, (book: LimitBook, gross: number) => LimitMeasure>> = {
  position_size: ({ positions }) => largest(new Map(positions.map(({ symbol, marketValue }) => [symbol, Math.abs(marketValue)])), 1),
  portfolio_value: ({ netAssetValue }) => ({ value: Math.abs(netAssetValue) }),
  daily_loss: ({ netAssetValue, dayStartNetAssetValue: start }) => (start === undefined || !(start > 0) ? missing('no positive value at the start of the day') : { value: Math.max(0, 1 - netAssetValue / start) }),
  exposure: (_, gross) => ({ value: gross }),
  notional: ({ positions }) => ({ value: positions.reduce((sum, { marketValue, notional = Math.abs(marketValue) }) => sum + Math.abs(notional), 0) }),
  concentration: ({ positions }, gross) => largest(new Map(positions.map(({ symbol, marketValue }) => [symbol, Math.abs(marketValue)])), gross),
  leverage: ({ netAssetValue }, gross) => (gross === 0 ? { value: 0 } : netAssetValue > 0 ? { value: gross / netAssetValue } : missing('no positive net asset value')),
  var_limit: ({ valueAtRisk }, gross) => given(valueAtRisk, gross, 'no value at risk'),
  drawdown: ({ netAssetValue, peakNetAssetValue: peak }) => (peak === undefined || !(peak > 0) ? missing('no positive peak value') : { value: Math.max(0, 1 - netAssetValue / peak) }),
  volatility: ({ volatility }, gross) => given(volatility, gross, 'no volatility'),
  correlation: ({ correlation, positions }) => (positions.length < 2 ? { value: 0 } : given(correlation, 1, 'no correlation')),
  sector_exposure: (book, gross) => groupShare(book, 'sector', gross),
  country_exposure: (book, gross) => groupShare(book, 'country', gross),
  currency_exposure: (book, gross) => groupShare(book, 'currency', gross),
  liquidity: slowest,
  stress_loss: ({ stressLoss }, gross) => atLeastZero(given(stressLoss, gross, 'no stress loss')),
  tracking_error: ({ trackingError }, gross) => given(trackingError, gross, 'no tracking error'),
  beta: ({ beta }, gross) => magnitude(given(beta, gross, 'no beta')),
  dv01: ({ dollarValueOfBasisPoint }, gross) => magnitude(given(dollarValueOfBasisPoint, gross, 'no value of a basis point')),
  vega: ({ vega }, gross) => magnitude(given(vega, gross, 'no vega')),
  order_rate: ({ order }) => (order === undefined ? { value: 0 } : given(order.ordersInLastMinute, 1, 'no count of orders')),
  order_size: ({ order }) => ratioOf(order?.quantity, order?.averageDailyVolume, 'the order has no average daily volume'),
  order_price: ({ order }) => (order?.price === undefined ? { value: 0 } : distanceOf(order.price, order.lastPrice)),
};

/**
 * What a limit of this kind looks at. Money: position_size max|MV|, portfolio_value |NAV|, exposure Σ|MV|, notional.
 * Shares: daily_loss and drawdown of the NAV at the start of the day and at its peak, concentration max|MV|/Σ|MV|, groups Σ|MV| of
 * the largest over Σ|MV|, var_limit of the NAV. leverage Σ|MV|/NAV. An empty book measures 0.
 * Further: liquidity days to sell the slowest position, stress_loss share of the NAV, tracking_error annual, |beta|, dv01 and
 * vega money without sign. Of the order in hand: order_rate orders a minute, order_size share of a mean day's volume,
 * order_price |price/last − 1|.
 * @throws InvalidInputError for a market value or NAV that is not finite.
 */
export function limitMeasure(kind: LimitKind, book: LimitBook): LimitMeasure {
  return MEASURES[kind](book, grossOf(book));
}

/** Every measure of a book, with one pass over what they share. @throws InvalidInputError as `limitMeasure`. */
export function limitMeasures(book: LimitBook): Readonly<Record<LimitKind, LimitMeasure>> {
  const gross = grossOf(book);
  return Object.fromEntries(LIMIT_KINDS.map((kind) => [kind, MEASURES[kind](book, gross)])) as Record<LimitKind, LimitMeasure>;
}

/** Shares of the gross exposure: the largest N together, and Σw² (Herfindahl–Hirschman). Zero for an empty book. */
export function concentrationOf(positions: readonly LimitPosition[], top: number): { readonly top: number; readonly herfindahl: number } {
  const values = positions.map(({ marketValue }) => Math.abs(marketValue)).sort((a, b) => b - a);
  const gross = values.reduce((sum, value) => sum + value, 0);
  if (gross === 0) return { top: 0, herfindahl: 0 };
  return { top: values.slice(0, top).reduce((sum, value) => sum + value, 0) / gross, herfindahl: values.reduce((sum, value) => sum + (value / gross) ** 2, 0) };
}

/** Days to sell a quantity at a share of the average daily volume. Undefined without volume. */
export function liquidationDays(quantity: number, averageDailyVolume: number, participation: number): number | undefined {
  const perDay = averageDailyVolume * participation;
  return perDay > 0 ? Math.abs(quantity) / perDay : undefined;
}

function grossOf({ positions, netAssetValue }: LimitBook): number {
  if (!Number.isFinite(netAssetValue)) throw new InvalidInputError([{ path: 'netAssetValue', message: 'must be finite' }]);
  let sum = 0;
  for (const [i, { symbol, marketValue, notional }] of positions.entries()) {
    if (!Number.isFinite(marketValue) || (notional !== undefined && !Number.isFinite(notional))) throw new InvalidInputError([{ path: `positions.${i}`, message: `${symbol}: values must be finite` }]);
    sum += Math.abs(marketValue);
  }
  return sum;
}

function given(value: number | undefined, gross: number, reason: string): LimitMeasure {
  if (gross === 0) return { value: 0 };
  return value === undefined || !Number.isFinite(value) ? missing(reason) : { value };
}

function atLeastZero(measure: LimitMeasure): LimitMeasure {
  return measure.value === undefined ? measure : { value: Math.max(0, measure.value) };
}

function magnitude(measure: LimitMeasure): LimitMeasure {
  return measure.value === undefined ? measure : { value: Math.abs(measure.value) };
}

function ratioOf(part: number | undefined, whole: number | undefined, reason: string): LimitMeasure {
  if (part === undefined) return { value: 0 };
  return whole !== undefined && whole > 0 && Number.isFinite(part) ? { value: Math.abs(part) / whole } : missing(reason);
}

function distanceOf(price: number, lastPrice: number | undefined): LimitMeasure {
  return lastPrice !== undefined && lastPrice > 0 && Number.isFinite(price) ? { value: Math.abs(price / lastPrice - 1) } : missing('the order has no last price');
}

function slowest({ positions, participation = 0.1 }: LimitBook): LimitMeasure {
  const days = new Map<string, number>();
  for (const { symbol, marketValue, quantity, averageDailyVolume } of positions) {
    if (marketValue === 0) continue;
    const own = quantity === undefined || averageDailyVolume === undefined ? undefined : liquidationDays(quantity, averageDailyVolume, participation);
    if (own === undefined || !Number.isFinite(own)) return missing(`${symbol} has no quantity or no volume`);
    days.set(symbol, own);
  }
  return largest(days, 1);
}

function groupShare({ positions }: LimitBook, by: Group, gross: number): LimitMeasure {
  const sums = new Map<string, number>();
  for (const position of positions) {
    if (position.marketValue === 0) continue;
    const group = position[by];
    if (group === undefined) return missing(`${position.symbol} has no ${by}`);
    sums.set(group, (sums.get(group) ?? 0) + Math.abs(position.marketValue));
  }
  return largest(sums, gross);
}

function largest(values: ReadonlyMap<string, number>, divisor: number): LimitMeasure {
  let best: { value: number; of?: string } = { value: 0 };
  for (const [name, value] of values) if (value > best.value * divisor) best = { value: value / divisor, of: name };
  return best;
}
