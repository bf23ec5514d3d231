import { InvalidInputError } from '@nautilus/model';
import { nelderMead } from '../statistics/nelder-mead.ts';

/**
 * GARCH(1,1) with Gaussian errors (Bollerslev 1986): σ²_t = ω + α·e²_{t−1} + β·σ²_{t−1}, e = y − μ, with ω > 0,
 * α, β ≥ 0 and α + β < 1. Returns are in percent, which keeps ω away from the limits of doubles.
 */
export interface GarchParameters {
  readonly mu: number;
  readonly omega: number;
  readonly alpha: number;
  readonly beta: number;
}

export interface GarchFit extends GarchParameters {
  readonly logLikelihood: number;
  readonly observations: number;
  /** Stands for e² and σ² before the first observation. */
  readonly backcast: number;
  /** Variance of the next return. */
  readonly nextVariance: number;
  readonly converged: boolean;
}

const FEWEST = 100;
const BACKCAST_DECAY = 0.94;
const BACKCAST_LENGTH = 75;
const LOG_2PI = Math.log(2 * Math.PI);

/**
 * Fits by maximum likelihood: a grid gives the start, Nelder–Mead the rest. Throws InvalidInputError below 100
 * returns, for values that are not finite and for a constant series.
 */
export function fitGarch(returns: Float64Array, mean: 'constant' | 'zero' = 'constant'): GarchFit {
  const sample = checked(returns);
  const average = mean === 'zero' ? 0 : sample.reduce((sum, y) => sum + y, 0) / sample.length;
  const variance = sample.reduce((sum, y) => sum + (y - average) ** 2, 0) / sample.length;
  if (!(variance > 0)) throw new InvalidInputError([{ path: 'returns', message: 'the series does not vary' }]);
  const parameters = (x: readonly number[]): GarchParameters => {
    const persistence = logistic(x[1] ?? 0);
    const alpha = persistence * logistic(x[2] ?? 0);
    return { mu: mean === 'zero' ? 0 : (x[3] ?? 0), omega: Math.exp(x[0] ?? 0), alpha, beta: persistence - alpha };
  };
  const loss = (x: readonly number[]): number => -filter(sample, parameters(x)).logLikelihood;
  const starts = [0.02, 0.05, 0.1, 0.2].flatMap((alpha) =>
    [0.7, 0.9, 0.98].map((persistence) => [Math.log(variance * (1 - persistence)), logit(persistence), logit(alpha / persistence), ...(mean === 'zero' ? [] : [average])]),
  );
  const start = starts.reduce((best, x) => (loss(x) < loss(best) ? x : best));
  const first = nelderMead(loss, start);
  // A second, smaller simplex around the first result: the first one may have collapsed early.
  const fit = nelderMead(loss, first.at, { step: 0.02 });
  const found = parameters(fit.at);
  return { ...found, ...filter(sample, found), observations: sample.length, converged: fit.converged };
}

/** The next variance from the last one, in O(1); for the time between two fits. */
export function nextVariance({ mu, omega, alpha, beta }: GarchParameters, lastReturn: number, lastVariance: number): number {
  return omega + alpha * (lastReturn - mu) ** 2 + beta * lastVariance;
}

function filter(sample: Float64Array, { mu, omega, alpha, beta }: GarchParameters): { logLikelihood: number; backcast: number; nextVariance: number } {
  const backcast = backcastOf(sample, mu);
  let variance = omega + (alpha + beta) * backcast;
  let logLikelihood = 0;
  for (const y of sample) {
    const squared = (y - mu) ** 2;
    logLikelihood -= 0.5 * (LOG_2PI + Math.log(variance) + squared / variance);
    variance = omega + alpha * squared + beta * variance;
  }
  return { logLikelihood, backcast, nextVariance: variance };
}

function backcastOf(sample: Float64Array, mu: number): number {
  let weight = 1;
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < Math.min(BACKCAST_LENGTH, sample.length); i++) {
    sum += weight * ((sample[i] ?? 0) - mu) ** 2;
    weights += weight;
    weight *= BACKCAST_DECAY;
  }
  return sum / weights;
}

function checked(returns: Float64Array): Float64Array {
  if (returns.length < FEWEST) throw new InvalidInputError([{ path: 'returns', message: `${returns.length} returns; at least ${FEWEST} are needed` }]);
  const bad = returns.findIndex((y) => !Number.isFinite(y));
  if (bad >= 0) throw new InvalidInputError([{ path: `returns.${bad}`, message: 'must be finite' }]);
  return returns;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const logit = (p: number): number => Math.log(p / (1 - p));
