import { InvalidInputError } from '@nautilus/model';
import { normalDensity, normalProbability } from '../risk/probabilities.ts';

export type OptionRight = 'call' | 'put';

export interface OptionContract {
  readonly right: OptionRight;
  readonly strike: number;
  /** Time to expiry in years; 0 at expiry. */
  readonly years: number;
}

/** Rates are continuously compounded, per year; both default to 0. */
export interface OptionMarket {
  readonly spot: number;
  readonly rate?: number;
  readonly dividendYield?: number;
}

/** Everything per unit of the underlying; times in years, rates and volatilities as shares, so vega is per 1.00 of volatility. */
export interface OptionGreeks {
  readonly value: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  /** Change of the value per year that passes. */
  readonly theta: number;
  readonly rho: number;
  /** ∂delta/∂σ. */
  readonly vanna: number;
  /** ∂vega/∂σ. */
  readonly volga: number;
}

/**
 * Value of a European option (Black & Scholes 1973 with the continuous yield of Merton 1973), per unit of the underlying.
 * At expiry, and without volatility, the value of the certain pay-off.
 * @throws InvalidInputError unless spot and strike are positive, time and volatility not negative, and all are finite.
 */
export function blackScholesValue(contract: OptionContract, market: OptionMarket, volatility: number): number {
  checkOption(contract, market, volatility);
  const { right, strike, years } = contract;
  const { spot, rate = 0, dividendYield = 0 } = market;
  const sign = right === 'call' ? 1 : -1;
  const [forward, present] = [spot * Math.exp(-dividendYield * years), strike * Math.exp(-rate * years)];
  const deviation = volatility * Math.sqrt(years);
  if (deviation === 0) return Math.max(0, sign * (forward - present));
  const d1 = Math.log(forward / present) / deviation + deviation / 2;
  return Math.max(0, sign * (forward * normalProbability(sign * d1) - present * normalProbability(sign * (d1 - deviation))));
}

/** Value and greeks; formulas as in Haug 2007, chapter 2. Errors as `blackScholesValue`. */
export function blackScholesGreeks(contract: OptionContract, market: OptionMarket, volatility: number): OptionGreeks {
  const value = blackScholesValue(contract, market, volatility);
  const { right, strike, years } = contract;
  const { spot, rate = 0, dividendYield = 0 } = market;
  const sign = right === 'call' ? 1 : -1;
  const [carried, discounted] = [Math.exp(-dividendYield * years), strike * Math.exp(-rate * years)];
  const root = Math.sqrt(years);
  const deviation = volatility * root;
  if (deviation === 0) {
    const held = value > 0 ? sign : 0;
    return {
      value, delta: held * carried, gamma: 0, vega: 0, vanna: 0, volga: 0,
      theta: held * (dividendYield * spot * carried - rate * discounted), rho: held * years * discounted,
    };
  }
  const d1 = Math.log((spot * carried) / discounted) / deviation + deviation / 2;
  const d2 = d1 - deviation;
  const [density, first, second] = [carried * normalDensity(d1), sign * normalProbability(sign * d1), sign * normalProbability(sign * d2)];
  const vega = spot * density * root;
  return {
    value, delta: carried * first, gamma: density / (spot * deviation), vega,
    theta: (-spot * density * volatility) / (2 * root) - rate * discounted * second + dividendYield * spot * carried * first,
    rho: years * discounted * second, vanna: (-density * d2) / volatility, volga: (vega * d1 * d2) / volatility,
  };
}

export function checkOption({ right, strike, years }: OptionContract, { spot, rate = 0, dividendYield = 0 }: OptionMarket, volatility: number): void {
  const wrong = (path: string, message: string): never => {
    throw new InvalidInputError([{ path, message }]);
  };
  if (right !== 'call' && right !== 'put') wrong('right', `${String(right)} is neither call nor put`);
  if (!(spot > 0 && spot < Infinity)) wrong('spot', `${spot} is no positive price`);
  if (!(strike > 0 && strike < Infinity)) wrong('strike', `${strike} is no positive price`);
  if (!(years >= 0 && years < Infinity)) wrong('years', `${years} is no time to expiry`);
  if (!(volatility >= 0 && volatility < Infinity)) wrong('volatility', `${volatility} is no volatility`);
  if (!(Number.isFinite(rate) && Number.isFinite(dividendYield))) wrong('rate', 'rate and dividend yield must be finite');
}
