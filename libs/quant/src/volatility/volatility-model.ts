import lnGamma from '@stdlib/math-base-special-gammaln';
import { InvalidInputError } from '@nautilus/model';
import { nelderMead } from '../statistics/nelder-mead.ts';
import { varianceBackcast } from './ewma-variance.ts';

/** Which member of the family: GARCH(1,1) of Bollerslev (1986), or with an asymmetric term, of Glosten, Jagannathan & Runkle (1993). */
export interface VolatilitySpecification {
  readonly mean?: 'constant' | 'zero';
  readonly asymmetric?: boolean;
  /** Gaussian, or Student's t scaled to variance 1 (Bollerslev 1987). */
  readonly errors?: 'normal' | 'student_t';
}

/** σ²_t = ω + αe²_{t−1} + γe²_{t−1}1{e<0} + βσ²_{t−1}, e = y − μ; ω > 0, α, β, α+γ ≥ 0, α + γ/2 + β < 1. */
export interface VolatilityParameters {
  readonly mu: number;
  readonly omega: number;
  readonly alpha: number;
  /** 0 in a symmetric model. */
  readonly gamma: number;
  readonly beta: number;
  /** Degrees of freedom of the errors; undefined for Gaussian ones. */
  readonly nu: number | undefined;
}

export interface VolatilityPath {
  readonly logLikelihood: number;
  /** Variance of each return, given the earlier ones. */
  readonly variances: Float64Array;
  readonly nextVariance: number;
}

export interface VolatilityFit extends VolatilityParameters, VolatilityPath {
  readonly observations: number;
  /** Stands for e² and σ² before the first return; γ takes half of it. Of deviations from the sample mean, whatever μ the fit finds. */
  readonly backcast: number;
  /** Free parameters. */
  readonly freedom: number;
  readonly akaike: number;
  readonly bayes: number;
  readonly converged: boolean;
}

/** Bound once: inner loops run in contexts where a look-up of a global is slow. */
const { log, log1p } = Math;

const FEWEST = 100;
const LOG_2PI = Math.log(2 * Math.PI);
const LEAST_NU = 2.05;

/**
 * Maximum likelihood: a grid gives the start, Nelder–Mead the rest. Returns are in percent, which keeps ω away from the
 * limits of doubles. Nothing is sampled: equal input gives equal output.
 * @throws InvalidInputError below 100 returns, for values that are not finite and for a constant series.
 */
export function fitVolatilityModel(returns: Float64Array, specification: VolatilitySpecification = {}): VolatilityFit {
  const { mean = 'constant', asymmetric = false, errors = 'normal' } = specification;
  const sample = checked(returns);
  const average = mean === 'zero' ? 0 : sample.reduce((sum, y) => sum + y, 0) / sample.length;
  const variance = sample.reduce((sum, y) => sum + (y - average) ** 2, 0) / sample.length;
  const largest = sample.reduce((size, y) => Math.max(size, Math.abs(y)), 0);
  if (!(variance > (1e-14 * largest) ** 2)) throw new InvalidInputError([{ path: 'returns', message: 'the series does not vary' }]);
  const parameters = (x: readonly number[]): VolatilityParameters => {
    const [logOmega = 0, persistenceLogit = 0, newsLogit = 0, ...rest] = x;
    const persistence = logistic(persistenceLogit);
    const news = persistence * logistic(newsLogit);
    // Between 0 and 2: beyond 1 rises weigh more than falls. The limits keep α ≥ 0 and α + γ ≥ 0.
    const tilt = asymmetric ? 2 * logistic(rest.shift() ?? 0) : 1;
    const nu = errors === 'student_t' ? LEAST_NU + Math.exp(rest.shift() ?? 0) : undefined;
    const mu = mean === 'zero' ? 0 : (rest.shift() ?? 0);
    return { mu, omega: Math.exp(logOmega), alpha: news * tilt, gamma: asymmetric ? 2 * news * (1 - tilt) : 0, beta: persistence - news, nu };
  };
  const backcast = varianceBackcast(sample, average);
  const loss = (x: readonly number[]): number => -volatilityLogLikelihood(sample, parameters(x), backcast);
  const starts = [0.02, 0.05, 0.1, 0.2].flatMap((news) =>
    [0.7, 0.9, 0.98].map((persistence) => [
      Math.log(variance * (1 - persistence)),
      logit(persistence),
      logit(news / persistence),
      ...(asymmetric ? [logit(0.25)] : []),
      ...(errors === 'student_t' ? [Math.log(6)] : []),
      ...(mean === 'zero' ? [] : [average]),
    ]),
  );
  const losses = starts.map(loss);
  const start = starts[losses.indexOf(Math.min(...losses))] ?? starts[0] ?? [];
  let fit = nelderMead(loss, start);
  // Smaller simplices around the last result: one may have collapsed early.
  for (const step of [0.1, 0.02]) fit = nelderMead(loss, fit.at, { step });
  const found = parameters(fit.at);
  const path = volatilityPath(sample, found, backcast);
  const freedom = start.length;
  return {
    ...found,
    ...path,
    observations: sample.length,
    backcast,
    freedom,
    akaike: 2 * freedom - 2 * path.logLikelihood,
    bayes: freedom * Math.log(sample.length) - 2 * path.logLikelihood,
    converged: fit.converged,
  };
}

/** Variances and likelihood of a series under given parameters. */
export function volatilityPath(returns: Float64Array, p: VolatilityParameters, backcast: number): VolatilityPath {
  const variances = new Float64Array(returns.length);
  const { logLikelihood, nextVariance } = filter(returns, p, backcast, variances);
  return { logLikelihood, variances, nextVariance };
}

/** Sum of the log densities of the series. */
export function volatilityLogLikelihood(returns: Float64Array, p: VolatilityParameters, backcast: number): number {
  return filter(returns, p, backcast, undefined).logLikelihood;
}

/** The variance after one more return, in O(1). */
export function volatilityStep({ mu, omega, alpha, gamma, beta }: VolatilityParameters, lastReturn: number, lastVariance: number): number {
  const error = lastReturn - mu;
  return omega + (alpha + (error < 0 ? gamma : 0)) * error * error + beta * lastVariance;
}

/** Variances of the next returns: the first is known, each later one is ω + (α + γ/2 + β) times the one before. @throws InvalidInputError for a horizon that is no whole number from 1. */
export function varianceForecast({ omega, alpha, gamma, beta }: VolatilityParameters, nextVariance: number, horizon: number): Float64Array {
  if (!(Number.isInteger(horizon) && horizon >= 1)) throw new InvalidInputError([{ path: 'horizon', message: `${horizon} is no whole number of periods` }]);
  const persistence = alpha + gamma / 2 + beta;
  const forecast = new Float64Array(horizon);
  let variance = nextVariance;
  for (let h = 0; h < horizon; h++) {
    forecast[h] = variance;
    variance = omega + persistence * variance;
  }
  return forecast;
}

function filter(sample: Float64Array, p: VolatilityParameters, backcast: number, variances: Float64Array | undefined): { logLikelihood: number; nextVariance: number } {
  const { mu, omega, alpha, gamma, beta, nu } = p;
  const constant = nu === undefined ? -0.5 * LOG_2PI : lnGamma((nu + 1) / 2) - lnGamma(nu / 2) - 0.5 * log(Math.PI * (nu - 2));
  let variance = omega + (alpha + gamma / 2 + beta) * backcast;
  let logLikelihood = sample.length * constant;
  for (let t = 0; t < sample.length; t++) {
    const error = (sample[t] ?? 0) - mu;
    const squared = error * error;
    if (variances !== undefined) variances[t] = variance;
    logLikelihood -= 0.5 * log(variance) + (nu === undefined ? (0.5 * squared) / variance : ((nu + 1) / 2) * log1p(squared / (variance * (nu - 2))));
    variance = omega + (error < 0 ? alpha + gamma : alpha) * squared + beta * variance;
  }
  return { logLikelihood, nextVariance: variance };
}

function checked(returns: Float64Array): Float64Array {
  if (returns.length < FEWEST) throw new InvalidInputError([{ path: 'returns', message: `${returns.length} returns; at least ${FEWEST} are needed` }]);
  const bad = returns.findIndex((y) => !Number.isFinite(y));
  if (bad >= 0) throw new InvalidInputError([{ path: `returns.${bad}`, message: 'must be finite' }]);
  return returns;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const logit = (p: number): number => Math.log(p / (1 - p));
