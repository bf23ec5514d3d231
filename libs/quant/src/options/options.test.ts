import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { blackScholesGreeks, blackScholesValue, type OptionContract, type OptionMarket } from './black-scholes.ts';
import { impliedVolatility } from './implied-volatility.ts';

const cases = fc.record({
  right: fc.constantFrom('call' as const, 'put' as const), moneyness: fc.double({ min: -0.8, max: 0.8, noNaN: true }), years: fc.double({ min: 0.02, max: 5, noNaN: true }),
  spot: fc.double({ min: 1, max: 5_000, noNaN: true }), rate: fc.double({ min: -0.05, max: 0.15, noNaN: true }), dividendYield: fc.double({ min: 0, max: 0.1, noNaN: true }),
  volatility: fc.double({ min: 0.05, max: 2, noNaN: true }),
});

describe('Black and Scholes', () => {
  it('give the values of Hull (Options, Futures, and Other Derivatives, examples 15.6, 17.1 and 19.1)', () => {
    const hull: OptionMarket = { spot: 42, rate: 0.1 };
    expect(blackScholesValue({ right: 'call', strike: 40, years: 0.5 }, hull, 0.2)).toBeCloseTo(4.76, 2);
    expect(blackScholesValue({ right: 'put', strike: 40, years: 0.5 }, hull, 0.2)).toBeCloseTo(0.81, 2);
    expect(blackScholesValue({ right: 'call', strike: 900, years: 2 / 12 }, { spot: 930, rate: 0.08, dividendYield: 0.03 }, 0.2)).toBeCloseTo(51.83, 2);
    const greeks = blackScholesGreeks({ right: 'call', strike: 50, years: 0.3846 }, { spot: 49, rate: 0.05 }, 0.2);
    expect([greeks.delta, greeks.gamma, greeks.theta, greeks.vega, greeks.rho].map((value, i) => value.toFixed([3, 3, 2, 1, 2][i]!))).toEqual(['0.522', '0.066', '-4.31', '12.1', '8.91']);
  });

  it('hold put-call parity', () => {
    fc.assert(fc.property(cases, ({ moneyness, years, spot, rate, dividendYield, volatility }) => {
      const [strike, market] = [spot * Math.exp(moneyness), { spot, rate, dividendYield }];
      const difference = blackScholesValue({ right: 'call', strike, years }, market, volatility) - blackScholesValue({ right: 'put', strike, years }, market, volatility);
      expect(Math.abs(difference - (spot * Math.exp(-dividendYield * years) - strike * Math.exp(-rate * years)))).toBeLessThan(1e-12 * (spot + strike) * 2);
    }));
  });

  it('agree with finite differences in every greek', () => {
    fc.assert(fc.property(cases, ({ right, moneyness, years, spot, rate, dividendYield, volatility }) => {
      const strike = spot * Math.exp(moneyness);
      const at = (change: Partial<{ spot: number; years: number; rate: number; volatility: number }>) => {
        const point = { spot, years, rate, volatility, ...change };
        return blackScholesGreeks({ right, strike, years: point.years }, { spot: point.spot, rate: point.rate, dividendYield }, point.volatility);
      };
      const slope = (name: 'spot' | 'years' | 'rate' | 'volatility', of: 'value' | 'delta' | 'vega', base: number, step: number): number => (at({ [name]: base + step })[of] - at({ [name]: base - step })[of]) / (2 * step);
      const greeks = at({});
      const near = (found: number, expected: number, scale: number): void => expect(Math.abs(found - expected)).toBeLessThan(1e-4 * Math.abs(expected) + 1e-6 * scale);
      near(slope('spot', 'value', spot, 1e-5 * spot), greeks.delta, 1);
      near(slope('spot', 'delta', spot, 1e-5 * spot), greeks.gamma, 1 / spot);
      near(slope('volatility', 'value', volatility, 1e-5), greeks.vega, spot);
      near(-slope('years', 'value', years, 1e-6), greeks.theta, spot);
      near(slope('rate', 'value', rate, 1e-6), greeks.rho, spot);
      near(slope('volatility', 'delta', volatility, 1e-5), greeks.vanna, 1);
      near(slope('volatility', 'vega', volatility, 1e-5), greeks.volga, spot);
    }));
  });

  it('end in the certain pay-off', () => {
    expect(blackScholesGreeks({ right: 'put', strike: 110, years: 0 }, { spot: 100 }, 0.3)).toMatchObject({ value: 10, delta: -1, gamma: 0, vega: 0 });
    expect(blackScholesGreeks({ right: 'call', strike: 110, years: 0 }, { spot: 100 }, 0.3)).toMatchObject({ value: 0, delta: 0 });
    expect(blackScholesValue({ right: 'call', strike: 100, years: 1 }, { spot: 100, rate: 0.05 }, 0)).toBeCloseTo(100 * (1 - Math.exp(-0.05)), 12);
  });

  it('refuse the impossible by name', () => {
    const [good, market]: [OptionContract, OptionMarket] = [{ right: 'call', strike: 1, years: 1 }, { spot: 1 }];
    expect(() => blackScholesValue(good, { spot: 0 }, 0.2)).toThrow('spot');
    expect(() => blackScholesValue({ ...good, strike: NaN }, market, 0.2)).toThrow('strike');
    expect(() => blackScholesValue({ ...good, years: -1 }, market, 0.2)).toThrow('years');
    expect(() => blackScholesGreeks(good, market, -0.2)).toThrow('volatility');
    expect(() => blackScholesValue(good, { spot: 1, rate: NaN }, 0.2)).toThrow('rate');
    expect(() => blackScholesValue({ ...good, right: 'swap' as 'call' }, market, 0.2)).toThrow('swap');
  });
});

describe('implied volatility', () => {
  it('undoes the value wherever the price still holds it', () => {
    fc.assert(fc.property(cases, ({ right, moneyness, years, spot, rate, dividendYield, volatility }) => {
      const [contract, market] = [{ right, strike: spot * Math.exp(moneyness), years }, { spot, rate, dividendYield }];
      const { value, vega } = blackScholesGreeks(contract, market, volatility);
      if (vega < 1e-4 * spot) return;
      expect(Math.abs((impliedVolatility(contract, market, value).volatility ?? NaN) - volatility)).toBeLessThan(1e-8);
    }));
  });

  it('says why there is none', () => {
    const contract: OptionContract = { right: 'call', strike: 100, years: 1 };
    expect(impliedVolatility(contract, { spot: 120 }, 20)).toMatchObject({ volatility: undefined, reason: expect.stringContaining('not above 20') });
    expect(impliedVolatility(contract, { spot: 120 }, 120)).toMatchObject({ volatility: undefined, reason: expect.stringContaining('not below 120') });
    expect(impliedVolatility({ ...contract, years: 0 }, { spot: 120 }, 21)).toMatchObject({ volatility: undefined });
    expect(() => impliedVolatility(contract, { spot: 120 }, NaN)).toThrow('price');
  });
});

describeWithSharedData('option chains', () => {
  const PRIMARY_CREDIT_RATE = Math.log(1.055);
  const lines = (file: string): string[][] => readFileSync(sharedData(`market/options/${file}`), 'utf8').split('\n').slice(1).filter((line) => line !== '').map((line) => line.split(','));
  const yearsUntil = (expiry: string, from: number): number => (Date.UTC(Number(expiry.slice(0, 4)), Number(expiry.slice(4, 6)) - 1, Number(expiry.slice(6))) - from) / 31_536_000_000;
  const chains = [{ file: 'SPY_universe_20240104.csv', from: Date.UTC(2024, 0, 4), rate: PRIMARY_CREDIT_RATE }, { file: 'AAPL_universe_20140606.csv', from: Date.UTC(2014, 5, 6), rate: 0 }];

  it('price to volatility to price', () => {
    let [largest, values] = [0, 0];
    for (const { file, from, rate } of chains) {
      const [underlying, ...options] = lines(file);
      const spot = Number(underlying![6]);
      for (const [expiry, strike, right, , , , close] of options) {
        const [contract, price] = [{ right: right === 'C' ? 'call' as const : 'put' as const, strike: Number(strike), years: yearsUntil(expiry!, from) }, Number(close)];
        const implied = impliedVolatility(contract, { spot, rate }, price);
        if (implied.volatility === undefined) continue;
        largest = Math.max(largest, Math.abs(blackScholesValue(contract, { spot, rate }, implied.volatility) - price) / price);
        values++;
      }
    }
    recordAccuracy({ reference: 'option chains of LEAN', quantity: 'price to implied volatility to price', values, largestDeviation: largest, tolerance: 1e-8, kind: 'relative' });
    expect(values).toBeGreaterThan(10);
    expect(largest).toBeLessThan(1e-8);
  });

  it('greeks are those of another model, and stay in sight of it', () => {
    const [underlying, ...options] = lines('SPY_universe_20240104.csv');
    const largest = { delta: 0, gamma: 0, vega: 0, theta: 0, rho: 0 };
    let values = 0;
    for (const [expiry, strike, , , , , , , , volatility, delta, gamma, vega, theta, rho] of options) {
      if (!(Number(vega) > 0.01)) continue;
      const found = blackScholesGreeks({ right: 'call', strike: Number(strike), years: yearsUntil(expiry!, Date.UTC(2024, 0, 4)) }, { spot: Number(underlying![6]), rate: PRIMARY_CREDIT_RATE }, Number(volatility));
      values++;
      for (const [name, theirs, ours] of [['delta', delta, found.delta], ['gamma', gamma, found.gamma], ['vega', vega, found.vega / 100], ['theta', theta, found.theta / 365], ['rho', rho, found.rho / 100]] as const) largest[name] = Math.max(largest[name], Math.abs(ours / Number(theirs) - 1));
    }
    for (const [name, deviation] of Object.entries(largest))
      recordAccuracy({
        reference: 'option chains of LEAN', quantity: `${name} at the listed volatility`, values, largestDeviation: deviation, tolerance: 0.01, kind: 'relative',
        unmet: 'listed for American options on a 200-step forward lattice whose down move is 1/up, so that its carry vanishes (LEAN, OptionGreekIndicatorsHelper), at the volatility of the put of the same strike, whose price is not in the file; Black–Scholes is European with carry',
      });
    expect(values).toBe(13);
    expect(largest.delta).toBeLessThan(0.12);
  });

  // Evidence for the reason above: the lattice with this defect gives the listed deltas.
  it('list deltas of a lattice without carry', () => {
    const [underlying, ...options] = lines('SPY_universe_20240104.csv');
    const spot = Number(underlying![6]);
    let [largest, values] = [0, 0];
    for (const [expiry, strike, , , , , , , , volatility, delta, , vega] of options) {
      if (!(Number(vega) > 0.01)) continue;
      const years = yearsUntil(expiry!, Date.UTC(2024, 0, 4));
      const up = Math.exp(Number(volatility) * Math.sqrt(years / 200));
      const slope = (carriedCall(spot * up, Number(strike), years, Number(volatility)) - carriedCall(spot / up, Number(strike), years, Number(volatility))) / (spot * (up - 1 / up));
      largest = Math.max(largest, Math.abs(slope / Number(delta) - 1));
      values++;
    }
    recordAccuracy({ reference: 'option chains of LEAN', quantity: 'delta on its own lattice, rebuilt in the test', values, largestDeviation: largest, tolerance: 0.01, kind: 'relative' });
    expect(largest).toBeLessThan(0.01);
  });
});

/** American call, 5.5 % primary credit rate, 1.45 % yield, nodes at multiples of the up move alone. */
function carriedCall(spot: number, strike: number, years: number, volatility: number, steps = 200): number {
  const step = years / steps;
  const up = Math.exp(volatility * Math.sqrt(step) + (0.055 - 0.0145) * step);
  const [rise, discount] = [1 / (1 + Math.exp(volatility * Math.sqrt(step))), Math.exp(-0.055 * step)];
  const payOff = (level: number): number => Math.max(0, spot * up ** level - strike);
  const values = Array.from({ length: steps + 1 }, (_, i) => payOff(2 * i - steps));
  for (let t = steps - 1; t >= 0; t--) for (let i = 0; i <= t; i++) values[i] = Math.max(discount * (values[i]! + rise * (values[i + 1]! - values[i]!)), payOff(2 * i - t));
  return values[0]!;
}
