import { InvalidInputError } from '@nautilus/model';
import { functionError, likelihoodCovariance, logistic, logit, logOfMixture, nearBoundary, runSteps, searchMaximum } from './likelihood-search.ts';

/** Parameters of Easley, Kiefer, O'Hara & Paperman (1996), with the two rates of Easley, Hvidkjaer & O'Hara (2002). */
export interface InformedTradingParameters {
  /** Probability of news on a day. */
  readonly alpha: number;
  /** Probability that news is bad. */
  readonly delta: number;
  /** Rate of informed orders. */
  readonly mu: number;
  /** Rates of uninformed buys and sells. */
  readonly epsilonBuy: number;
  readonly epsilonSell: number;
}

export interface InformedTradingFit extends InformedTradingParameters {
  /** αμ/(αμ + ε_b + ε_s). */
  readonly probability: number;
  readonly logLikelihood: number;
  /** By the Hessian and the delta method; undefined where the maximum is flat or lies on a boundary. */
  readonly standardErrors: (InformedTradingParameters & { readonly probability: number }) | undefined;
  readonly days: number;
  /** α or δ within 10⁻³ of 0 or 1. */
  readonly atBoundary: boolean;
  readonly converged: boolean;
  /** Number of the start on the grid that led to the maximum. */
  readonly start: number;
}

const FEWEST_DAYS = 20;
const GRID = [0.1, 0.3, 0.5, 0.7, 0.9];

/** PIN of parameters. */
export function informedShare({ alpha, mu, epsilonBuy, epsilonSell }: InformedTradingParameters): number {
  return (alpha * mu) / (alpha * mu + epsilonBuy + epsilonSell);
}

/** Log-likelihood of daily counts without the factorial terms, in the stable form of Lin & Ke (2011). */
export function informedTradingLikelihood(buys: Float64Array, sells: Float64Array, { alpha, delta, mu, epsilonBuy, epsilonSell }: InformedTradingParameters): number {
  const [perBuy, perSell] = [Math.log1p(mu / epsilonBuy), Math.log1p(mu / epsilonSell)];
  const [logBuy, logSell] = [Math.log(epsilonBuy), Math.log(epsilonSell)];
  const [good, bad] = [alpha * (1 - delta), alpha * delta];
  let sum = -buys.length * (epsilonBuy + epsilonSell);
  for (let d = 0; d < buys.length; d++) {
    const [b, s] = [buys[d] ?? 0, sells[d] ?? 0];
    sum += b * logBuy + s * logSell + logOfMixture(b * perBuy - mu, s * perSell - mu, good, bad, 1 - alpha);
  }
  return sum;
}

/**
 * Probability of informed trading by maximum likelihood from the grid of Yan & Zhang (2012). Undefined below 20 days and
 * where no start of the grid has a likelihood. A search that does not settle gives its best point with `converged: false`.
 * @throws InvalidInputError when lengths differ, and for counts that are negative or not finite.
 */
export function fitInformedTrading(buys: Float64Array, sells: Float64Array): InformedTradingFit | undefined {
  return runSteps(informedTradingSteps(buys, sells));
}

/** The same fit, one iteration of the search per step. Errors come with the first step. */
export function* informedTradingSteps(buys: Float64Array, sells: Float64Array): Generator<undefined, InformedTradingFit | undefined> {
  const days = buys.length;
  if (sells.length !== days) throw new InvalidInputError([{ path: 'sells', message: `${sells.length} days of sells, ${days} of buys` }]);
  for (let d = 0; d < days; d++) {
    if (!((buys[d] ?? NaN) >= 0 && (sells[d] ?? NaN) >= 0 && (buys[d] ?? 0) + (sells[d] ?? 0) < Infinity)) throw new InvalidInputError([{ path: `days.${d}`, message: 'counts must be finite and not negative' }]);
  }
  if (days < FEWEST_DAYS) return undefined;
  const [meanBuys, meanSells] = [buys, sells].map((counts) => counts.reduce((sum, count) => sum + count, 0) / days) as [number, number];
  const parameters = ([a = 0, d = 0, m = 0, b = 0, s = 0]: readonly number[]): InformedTradingParameters => ({
    alpha: logistic(a), delta: logistic(d), mu: Math.exp(m), epsilonBuy: Math.exp(b), epsilonSell: Math.exp(s),
  });
  const starts = GRID.flatMap((alpha) =>
    GRID.flatMap((delta) =>
      GRID.flatMap((gamma) => {
        const epsilonBuy = gamma * meanBuys;
        const mu = (meanBuys - epsilonBuy) / (alpha * (1 - delta));
        const epsilonSell = meanSells - alpha * delta * mu;
        return epsilonSell > 0 ? [[logit(alpha), logit(delta), Math.log(mu), Math.log(epsilonBuy), Math.log(epsilonSell)]] : [];
      }),
    ),
  );
  const loss = (x: readonly number[]): number => -informedTradingLikelihood(buys, sells, parameters(x));
  const found = yield* searchMaximum(loss, starts);
  if (found === undefined) return undefined;
  const fitted = parameters(found.at);
  const covariance = likelihoodCovariance(loss, found.at);
  const error = (f: (p: InformedTradingParameters) => number): number => (covariance === undefined ? NaN : functionError((x) => f(parameters(x)), found.at, covariance));
  return {
    ...fitted,
    probability: informedShare(fitted),
    logLikelihood: found.logLikelihood,
    standardErrors:
      covariance === undefined
        ? undefined
        : { alpha: error((p) => p.alpha), delta: error((p) => p.delta), mu: error((p) => p.mu), epsilonBuy: error((p) => p.epsilonBuy), epsilonSell: error((p) => p.epsilonSell), probability: error(informedShare) },
    days,
    atBoundary: nearBoundary(fitted.alpha) || nearBoundary(fitted.delta),
    converged: found.converged,
    start: found.start,
  };
}
