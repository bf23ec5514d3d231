import { InvalidInputError } from '@nautilus/model';
import { chiSquareTail } from './probabilities.ts';

export interface LikelihoodRatio {
  readonly statistic: number;
  readonly degrees: number;
  readonly pValue: number;
}

/** Days on which the return fell below the forecast of the day before. @throws InvalidInputError when lengths differ or a value is not finite. */
export function forecastExceptions(returns: Float64Array, valueAtRisk: Float64Array): Uint8Array {
  if (returns.length !== valueAtRisk.length) throw new InvalidInputError([{ path: 'valueAtRisk', message: `${valueAtRisk.length} forecasts of ${returns.length} returns` }]);
  return Uint8Array.from(returns, (r, i) => {
    if (!(Number.isFinite(r) && Number.isFinite(valueAtRisk[i]))) throw new InvalidInputError([{ path: `returns.${i}`, message: 'return and forecast must be finite' }]);
    return r < (valueAtRisk[i] ?? NaN) ? 1 : 0;
  });
}

/** Unconditional coverage (Kupiec 1995). @throws InvalidInputError unless 0 ≤ exceptions ≤ days, days ≥ 1 and 0 < probability < 1. */
export function kupiecTest(days: number, exceptions: number, probability: number): LikelihoodRatio {
  if (!(Number.isInteger(days) && days >= 1)) throw new InvalidInputError([{ path: 'days', message: `${days} is no count of days` }]);
  if (!(Number.isInteger(exceptions) && exceptions >= 0 && exceptions <= days)) throw new InvalidInputError([{ path: 'exceptions', message: `${exceptions} is no count of ${days} days` }]);
  checkProbability(probability);
  const rate = exceptions / days;
  const statistic = -2 * (bernoulli(days - exceptions, exceptions, probability) - bernoulli(days - exceptions, exceptions, rate));
  return ratio(statistic, 1);
}

export interface ChristoffersenTest {
  /** Transitions between days without (0) and with (1) an exception. */
  readonly transitions: { readonly n00: number; readonly n01: number; readonly n10: number; readonly n11: number };
  readonly independence: LikelihoodRatio;
  readonly coverage: LikelihoodRatio;
  /** Sum of both, over the same days: coverage is tested on all of them. */
  readonly joint: LikelihoodRatio;
}

/** Independence and conditional coverage (Christoffersen 1998). @throws InvalidInputError below two days and unless 0 < probability < 1. */
export function christoffersenTest(exceptions: ArrayLike<number>, probability: number): ChristoffersenTest {
  if (exceptions.length < 2) throw new InvalidInputError([{ path: 'exceptions', message: `${exceptions.length} days; at least 2 are needed` }]);
  checkProbability(probability);
  const counts = [0, 0, 0, 0];
  let total = exceptions[0] === 0 ? 0 : 1;
  for (let t = 1; t < exceptions.length; t++) {
    const kind = 2 * (exceptions[t - 1] === 0 ? 0 : 1) + (exceptions[t] === 0 ? 0 : 1);
    counts[kind] = (counts[kind] ?? 0) + 1;
    total += kind % 2;
  }
  const [n00 = 0, n01 = 0, n10 = 0, n11 = 0] = counts;
  const share = (part: number, of: number): number => (of === 0 ? 0 : part / of);
  const pooled = bernoulli(n00 + n10, n01 + n11, share(n01 + n11, n00 + n01 + n10 + n11));
  const apart = bernoulli(n00, n01, share(n01, n00 + n01)) + bernoulli(n10, n11, share(n11, n10 + n11));
  const independence = ratio(-2 * (pooled - apart), 1);
  const coverage = kupiecTest(exceptions.length, total, probability);
  return { transitions: { n00, n01, n10, n11 }, independence, coverage, joint: ratio(independence.statistic + coverage.statistic, 2) };
}

export interface BaselZone {
  readonly zone: 'green' | 'yellow' | 'red';
  readonly exceptions: number;
  /** Base of 3 plus the add-on. */
  readonly multiplier: number;
}

export const BASEL_DAYS = 250;
const ADD_ONS = [0.4, 0.5, 0.65, 0.75, 0.85];

/** Traffic light of the Basel Committee (1996) for 250 days of forecasts at 99 %. @throws InvalidInputError unless the count is a whole number up to 250. */
export function baselTrafficLight(exceptions: number): BaselZone {
  if (!(Number.isInteger(exceptions) && exceptions >= 0 && exceptions <= BASEL_DAYS)) throw new InvalidInputError([{ path: 'exceptions', message: `${exceptions} is no count of ${BASEL_DAYS} days` }]);
  if (exceptions <= 4) return { zone: 'green', exceptions, multiplier: 3 };
  const addOn = ADD_ONS[exceptions - 5];
  return addOn === undefined ? { zone: 'red', exceptions, multiplier: 4 } : { zone: 'yellow', exceptions, multiplier: 3 + addOn };
}

/** Log-likelihood of counts under a probability, with 0·ln 0 = 0. */
function bernoulli(without: number, withIt: number, p: number): number {
  return (without === 0 ? 0 : without * Math.log1p(-p)) + (withIt === 0 ? 0 : withIt * Math.log(p));
}

function ratio(statistic: number, degrees: number): LikelihoodRatio {
  // A ratio of maxima over nested sets is not negative; rounding can make it so.
  const bounded = Math.max(0, statistic);
  return { statistic: bounded, degrees, pValue: chiSquareTail(bounded, degrees) };
}

function checkProbability(probability: number): void {
  if (!(probability > 0 && probability < 1)) throw new InvalidInputError([{ path: 'probability', message: `${probability} does not lie between 0 and 1` }]);
}
