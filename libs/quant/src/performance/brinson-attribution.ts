import { InvalidInputError } from '@nautilus/model';
import { compounded, linkEffects, type LinkingMethod } from './attribution-linking.ts';
import { brinsonEffects, checkPeriod, weighted, type BrinsonEffects, type BrinsonOptions, type BrinsonPeriod } from './brinson.ts';

export interface BrinsonAttributionOptions extends BrinsonOptions {
  readonly linking?: LinkingMethod;
}

export interface BrinsonAttribution {
  readonly periods: readonly BrinsonEffects[];
  /** Linked effects by group; with `trading` they add up to portfolioReturn − benchmarkReturn. */
  readonly allocation: Float64Array;
  readonly selection: Float64Array;
  readonly interaction: Float64Array;
  readonly trading: number;
  /** Compounded over all periods. */
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
}

/**
 * Attribution over several periods (see `brinsonEffects` and `linkEffects`).
 * @throws InvalidInputError for no periods, for periods of different groups, and as those two functions say
 */
export function brinsonAttribution(periods: readonly BrinsonPeriod[], options: BrinsonAttributionOptions = {}): BrinsonAttribution {
  checkPeriods(periods);
  const single = periods.map((period) => brinsonEffects(period, options));
  const [p, b] = [single.map((e) => e.portfolioReturn), single.map((e) => e.benchmarkReturn)];
  const linked = (read: (effects: BrinsonEffects) => ArrayLike<number>): Float64Array => linkEffects(single.map(read), p, b, options.linking ?? 'carino');
  return {
    periods: single,
    allocation: linked((e) => e.allocation),
    selection: linked((e) => e.selection),
    interaction: linked((e) => e.interaction),
    trading: linked((e) => [e.trading])[0] ?? 0,
    portfolioReturn: compounded(Float64Array.from(p)),
    benchmarkReturn: compounded(Float64Array.from(b)),
  };
}

export interface TotalAttribution {
  readonly allocation: number;
  readonly selection: number;
  readonly interaction: number;
  readonly trading: number;
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
}

/**
 * Davies, Laker 2001: the notional portfolios h_t = Σw_pR_b (only allocation) and g_t = Σw_bR_p (only selection) are
 * compounded to H and G; allocation H − B, selection G − B, interaction P − G − H + B. Only totals exist. P and B are
 * those of weights times returns; what the real returns compound to beyond them is `trading`.
 */
export function daviesLakerAttribution(periods: readonly BrinsonPeriod[]): TotalAttribution {
  checkPeriods(periods);
  const over = (read: (period: BrinsonPeriod) => number): number => compounded(Float64Array.from(periods, read));
  const own = over((x) => weighted(x.portfolioWeights, x.portfolioReturns));
  const other = over((x) => weighted(x.benchmarkWeights, x.benchmarkReturns));
  const allocated = over((x) => weighted(x.portfolioWeights, x.benchmarkReturns));
  const selected = over((x) => weighted(x.benchmarkWeights, x.portfolioReturns));
  const portfolioReturn = over((x) => x.portfolioReturn ?? weighted(x.portfolioWeights, x.portfolioReturns));
  const benchmarkReturn = over((x) => x.benchmarkReturn ?? weighted(x.benchmarkWeights, x.benchmarkReturns));
  return {
    allocation: allocated - other,
    selection: selected - other,
    interaction: own - selected - allocated + other,
    trading: portfolioReturn - own - (benchmarkReturn - other),
    portfolioReturn,
    benchmarkReturn,
  };
}

export interface GeometricEffects {
  readonly allocation: Float64Array;
  readonly selection: Float64Array;
}

export interface GeometricAttribution {
  readonly periods: readonly GeometricEffects[];
  /** ∏(1 + Σ of the period) − 1. (1 + allocation)(1 + selection)(1 + trading) = (1 + P)/(1 + B). */
  readonly allocation: number;
  readonly selection: number;
  readonly trading: number;
  /** (1 + P)/(1 + B) − 1. */
  readonly excessReturn: number;
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
}

/**
 * Geometric attribution (Bacon 2008): per period allocation (w_p−w_b)((1+R_b)/(1+b) − 1) and selection
 * w_p((1+R_p)/(1+R_b) − 1)(1+R_b)/(1+h) with h = Σw_pR_b; the sums of the periods compound.
 * @throws InvalidInputError for weights that do not add up to 1, and where b, h or a benchmark group lost everything
 */
export function geometricAttribution(periods: readonly BrinsonPeriod[]): GeometricAttribution {
  checkPeriods(periods);
  let [allocation, selection, trading, own, other] = [1, 1, 1, 1, 1];
  const single = periods.map((period, t) => {
    const { portfolioWeights: wp, benchmarkWeights: wb, portfolioReturns: rp, benchmarkReturns: rb } = period;
    const [p, b, h] = [weighted(wp, rp), weighted(wb, rb), weighted(wp, rb)];
    if (Math.abs(weighted(wb, new Float64Array(wb.length).fill(1)) - 1) > 1e-9) bad(t, 'weights must add up to 1');
    if (!(b > -1) || !(h > -1)) bad(t, 'a benchmark that lost everything has no geometric excess');
    const effects = { allocation: new Float64Array(wp.length), selection: new Float64Array(wp.length) };
    for (let g = 0; g < wp.length; g++) {
      const [a, w, r, f] = [wp[g] ?? 0, wb[g] ?? 0, rp[g] ?? 0, rb[g] ?? 0];
      effects.allocation[g] = (a - w) * ((1 + f) / (1 + b) - 1);
      effects.selection[g] = (a * (r - f)) / (1 + h);
    }
    const [total, base] = [period.portfolioReturn ?? p, period.benchmarkReturn ?? b];
    if (!(base > -1)) bad(t, 'a benchmark that lost everything has no geometric excess');
    allocation *= (1 + h) / (1 + b);
    selection *= (1 + p) / (1 + h);
    trading *= p > -1 ? ((1 + total) / (1 + p)) * ((1 + b) / (1 + base)) : 1;
    own *= 1 + total;
    other *= 1 + base;
    return effects;
  });
  return { periods: single, allocation: allocation - 1, selection: selection - 1, trading: trading - 1, excessReturn: own / other - 1, portfolioReturn: own - 1, benchmarkReturn: other - 1 };
}

const bad = (t: number, message: string): never => {
  throw new InvalidInputError([{ path: `periods.${t}`, message }]);
};

function checkPeriods(periods: readonly BrinsonPeriod[]): void {
  if (periods.length === 0) throw new InvalidInputError([{ path: 'periods', message: 'no periods' }]);
  const groups = periods[0]?.portfolioWeights.length;
  periods.forEach((period, t) => {
    if (checkPeriod(period, `periods.${t}`) !== groups) bad(t, 'other groups than in the first period');
  });
}
