import { InvalidInputError } from '@nautilus/model';
import { blackScholesGreeks, blackScholesValue, type OptionRight } from '../../options/black-scholes.ts';

/** Contracts of one commodity's future, or of an option on it; quantity below 0 is short. */
export interface ScanPosition {
  readonly id: string;
  readonly commodity: string;
  /** Delivery month of the future, e.g. `2026-12`. */
  readonly month: string;
  readonly quantity: number;
  /** Price of the future. */
  readonly price?: number | undefined;
  readonly option?: { readonly right: OptionRight; readonly strike: number; readonly years: number; readonly volatility: number };
}

export interface ScanParameters {
  readonly commodity: string;
  /** Units of the commodity per contract. */
  readonly multiplier: number;
  /** In units of the price. */
  readonly priceScanRange: number;
  /** Absolute, 0.05 for five points of volatility. */
  readonly volatilityScanRange: number;
  /** Per spread of one delta long in one month and one short in another. */
  readonly spreadCharge?: number;
  /** Per delta in a month of delivery. */
  readonly deliveryCharge?: number;
  readonly deliveryMonths?: readonly string[];
  /** Per short option contract. */
  readonly shortOptionMinimum?: number;
  /** Continuously compounded, for options; default 0. */
  readonly rate?: number;
}

export interface Scenario {
  /** In scan ranges. */
  readonly price: number;
  /** −1, 0 or 1 volatility ranges. */
  readonly volatility: number;
  /** Share of the loss that counts. */
  readonly weight: number;
}

const EXTREME = 3;
const EXTREME_WEIGHT = 0.33;

/** Price 0, ±1/3, ±2/3, ±1 ranges with volatility up and down, and ±3 ranges at 33 % (CME's SPAN, to be confirmed against its current arrays). */
export const SCAN_SCENARIOS: readonly Scenario[] = [
  ...[0, 1 / 3, -1 / 3, 2 / 3, -2 / 3, 1, -1].flatMap((price) => [1, -1].map((volatility): Scenario => ({ price, volatility, weight: 1 }))),
  { price: EXTREME, volatility: 0, weight: EXTREME_WEIGHT },
  { price: -EXTREME, volatility: 0, weight: EXTREME_WEIGHT },
];

/** Unrounded amounts of one commodity before credits. */
export interface CommodityScan {
  readonly commodity: string;
  /** Loss (above 0) or gain in each of the sixteen scenarios, weighted. */
  readonly losses: Float64Array;
  readonly scanRisk: number;
  readonly spreadCharge: number;
  readonly deliveryCharge: number;
  readonly shortOptionMinimum: number;
  /** Net delta in contracts. */
  readonly delta: number;
}

/** Scan of all positions of one commodity. @throws InvalidInputError naming the position or parameter and the field. */
export function commodityScan(positions: readonly ScanPosition[], parameters: ScanParameters): CommodityScan {
  checkParameters(parameters);
  const losses = new Float64Array(SCAN_SCENARIOS.length);
  const deltas = new Map<string, number>();
  let shortOptions = 0;
  for (const position of positions) {
    checkPosition(position);
    if (position.option !== undefined && position.quantity < 0) shortOptions -= position.quantity;
    const { changes, delta } = revalued(position, parameters);
    SCAN_SCENARIOS.forEach(({ weight }, s) => (losses[s] = (losses[s] ?? 0) - weight * position.quantity * parameters.multiplier * (changes[s] ?? 0)));
    deltas.set(position.month, (deltas.get(position.month) ?? 0) + position.quantity * delta);
  }
  let [long, short, delivered] = [0, 0, 0];
  for (const [month, delta] of deltas) {
    if (delta > 0) long += delta;
    else short -= delta;
    if (parameters.deliveryMonths?.includes(month) === true) delivered += Math.abs(delta);
  }
  return {
    commodity: parameters.commodity, losses, scanRisk: losses.reduce((worst, loss) => Math.max(worst, loss), 0),
    spreadCharge: Math.min(long, short) * (parameters.spreadCharge ?? 0), deliveryCharge: delivered * (parameters.deliveryCharge ?? 0),
    shortOptionMinimum: shortOptions * (parameters.shortOptionMinimum ?? 0), delta: long - short,
  };
}

/** Change of one contract's value per unit in each scenario, options by Black 1976: a yield equal to the rate. */
function revalued({ price = NaN, option }: ScanPosition, { priceScanRange, volatilityScanRange, rate = 0 }: ScanParameters): { readonly changes: readonly number[]; readonly delta: number } {
  if (option === undefined) return { changes: SCAN_SCENARIOS.map((scenario) => scenario.price * priceScanRange), delta: 1 };
  const market = (spot: number) => ({ spot, rate, dividendYield: rate });
  const now = blackScholesGreeks(option, market(price), option.volatility);
  const changes = SCAN_SCENARIOS.map((scenario) => {
    const moved = Math.max(SMALLEST_PRICE * price, price + scenario.price * priceScanRange);
    return blackScholesValue(option, market(moved), Math.max(0, option.volatility + scenario.volatility * volatilityScanRange)) - now.value;
  });
  return { changes, delta: now.delta };
}

/** Black's formula needs a price above 0 where an extreme fall would go below it. */
const SMALLEST_PRICE = 1e-9;

function checkParameters(parameters: ScanParameters): void {
  for (const field of ['multiplier', 'priceScanRange', 'volatilityScanRange', 'spreadCharge', 'deliveryCharge', 'shortOptionMinimum'] as const) {
    const value = parameters[field] ?? (field === 'spreadCharge' || field === 'deliveryCharge' || field === 'shortOptionMinimum' ? 0 : NaN);
    if (!(value >= 0 && value < Infinity)) throw new InvalidInputError([{ path: `parameters.${parameters.commodity}.${field}`, message: `${value} is not possible` }]);
  }
}

function checkPosition({ id, quantity, price, option }: ScanPosition): void {
  const wrong = (field: string, message: string): never => {
    throw new InvalidInputError([{ path: `positions.${id}.${field}`, message }]);
  };
  if (!Number.isFinite(quantity)) wrong('quantity', 'must be finite');
  if (option === undefined) return;
  if (!(price !== undefined && price > 0 && price < Infinity)) wrong('price', 'no price above 0');
  if (!(option.strike > 0 && option.strike < Infinity)) wrong('option.strike', 'no strike above 0');
  if (!(option.years >= 0 && option.years < Infinity)) wrong('option.years', 'no time to expiry of at least 0');
  if (!(option.volatility >= 0 && option.volatility < Infinity)) wrong('option.volatility', 'no volatility of at least 0');
}
