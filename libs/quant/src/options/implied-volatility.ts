import { InvalidInputError } from '@nautilus/model';
import { brentRoot } from '../performance/brent-root.ts';
import { blackScholesValue, checkOption, type OptionContract, type OptionMarket } from './black-scholes.ts';

export type ImpliedVolatility = { readonly volatility: number } | { readonly volatility: undefined; readonly reason: string };

const LOWEST = 1e-6;
const HIGHEST = 100;
/** A time value below this share of the spot is rounding of the price. */
const ROUNDING = 1e-14;

/**
 * The volatility at which Black & Scholes give the price of a European option, found on the side without intrinsic value
 * (put-call parity) in the logarithm of the time value, where the search does not stall far from the money.
 * Without an answer, the reason: at expiry, at or below the certain value, at or above the value of endless volatility.
 * @throws InvalidInputError for a contract or market that is impossible (see `blackScholesValue`) and a price that is no number of at least 0.
 */
export function impliedVolatility(contract: OptionContract, market: OptionMarket, price: number): ImpliedVolatility {
  checkOption(contract, market, 0);
  if (!(price >= 0 && price < Infinity)) throw new InvalidInputError([{ path: 'price', message: `${price} is no price` }]);
  if (contract.years === 0) return { volatility: undefined, reason: 'the option expires now' };
  const forward = market.spot * Math.exp(-(market.dividendYield ?? 0) * contract.years);
  const present = contract.strike * Math.exp(-(market.rate ?? 0) * contract.years);
  const certain = contract.right === 'call' ? forward - present : present - forward;
  const timeValue = price - Math.max(0, certain);
  if (!(timeValue > ROUNDING * market.spot)) return { volatility: undefined, reason: `the price is not above ${Math.max(0, certain)}, the value without volatility` };
  const endless = contract.right === 'call' ? forward : present;
  if (price >= endless) return { volatility: undefined, reason: `the price is not below ${endless}, which no volatility reaches` };
  const outside: OptionContract = certain <= 0 ? contract : { ...contract, right: contract.right === 'call' ? 'put' : 'call' };
  const target = Math.log(timeValue);
  const distance = (volatility: number): number => Math.log(Math.max(Number.MIN_VALUE, blackScholesValue(outside, market, volatility))) - target;
  const volatility = brentRoot(distance, LOWEST, HIGHEST);
  return volatility === undefined ? { volatility: undefined, reason: `no volatility between ${LOWEST} and ${HIGHEST} gives the price` } : { volatility };
}
