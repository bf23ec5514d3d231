export { blackScholesGreeks, blackScholesValue, type OptionContract, type OptionGreeks, type OptionMarket, type OptionRight } from './black-scholes.ts';
export { impliedVolatility, type ImpliedVolatility } from './implied-volatility.ts';
