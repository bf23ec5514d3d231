import { InvalidInputError } from '@nautilus/model';
import { nelderMead } from '../statistics/nelder-mead.ts';

/**
 * Two regimes with own mean and variance that follow a Markov chain (Hamilton 1989). State 0 is the calm one. The
 * chain begins in its stationary distribution.
 */
export interface RegimeParameters {
  /** Probability of staying calm, and of becoming calm. */
  readonly stayCalm: number;
  readonly becomeCalm: number;
  readonly means: readonly [number, number];
  readonly variances: readonly [number, number];
}

export interface RegimeFit extends RegimeParameters {
  readonly logLikelihood: number;
  readonly converged: boolean;
  /** Probability of turbulence at each time given the past only (filtered). */
  readonly filtered: Float64Array;
}

const FEWEST = 100;
const LOG_2PI = Math.log(2 * Math.PI);

/** Maximum likelihood by Nelder–Mead. Throws InvalidInputError below 100 values and for a constant series. */
export function fitRegimes(values: Float64Array): RegimeFit {
  if (values.length < FEWEST) throw new InvalidInputError([{ path: 'values', message: `${values.length} values; at least ${FEWEST} are needed` }]);
  const mean = values.reduce((sum, y) => sum + y, 0) / values.length;
  const variance = values.reduce((sum, y) => sum + (y - mean) ** 2, 0) / values.length;
  if (!(variance > 0)) throw new InvalidInputError([{ path: 'values', message: 'the series does not vary' }]);
  const parameters = (x: readonly number[]): RegimeParameters => ({
    stayCalm: logistic(x[0] ?? 0),
    becomeCalm: logistic(x[1] ?? 0),
    means: [x[2] ?? 0, x[3] ?? 0],
    variances: [Math.exp(x[4] ?? 0), Math.exp(x[5] ?? 0)],
  });
  const loss = (x: readonly number[]): number => -hamiltonFilter(values, parameters(x)).logLikelihood;
  const start = [logit(0.95), logit(0.1), mean, mean, Math.log(variance / 3), Math.log(variance * 3)];
  const first = nelderMead(loss, start, { step: 0.3, maxEvaluations: 6_000 });
  const fit = nelderMead(loss, first.at, { step: 0.05, maxEvaluations: 6_000 });
  const found = calmFirst(parameters(fit.at));
  const { logLikelihood, filtered } = hamiltonFilter(values, found);
  return { ...found, logLikelihood, filtered, converged: fit.converged };
}

/** Probability of turbulence after one more value, from the one before; O(1). */
export function nextTurbulence(p: RegimeParameters, turbulence: number, value: number): number {
  const predicted = predict(p, turbulence);
  const calm = (1 - predicted) * density(value, p.means[0], p.variances[0]);
  const wild = predicted * density(value, p.means[1], p.variances[1]);
  return calm + wild > 0 ? wild / (calm + wild) : predicted;
}

/** Probability of turbulence at each time given all values (Kim 1994). For study only: it looks ahead. */
export function smoothedTurbulence(p: RegimeParameters, filtered: Float64Array): Float64Array {
  const smoothed = Float64Array.from(filtered);
  for (let t = filtered.length - 2; t >= 0; t--) {
    const now = filtered[t] ?? 0;
    const predicted = predict(p, now);
    const later = smoothed[t + 1] ?? 0;
    const toWild = predicted > 0 ? (now * (1 - p.becomeCalm) * later) / predicted : 0;
    const toCalm = predicted < 1 ? (now * p.becomeCalm * (1 - later)) / (1 - predicted) : 0;
    smoothed[t] = toWild + toCalm;
  }
  return smoothed;
}

function hamiltonFilter(values: Float64Array, p: RegimeParameters): { logLikelihood: number; filtered: Float64Array } {
  const filtered = new Float64Array(values.length);
  let turbulence = (1 - p.stayCalm) / (1 - p.stayCalm + p.becomeCalm);
  let logLikelihood = 0;
  values.forEach((value, t) => {
    const predicted = predict(p, turbulence);
    const calm = (1 - predicted) * density(value, p.means[0], p.variances[0]);
    const wild = predicted * density(value, p.means[1], p.variances[1]);
    logLikelihood += Math.log(calm + wild);
    turbulence = wild / (calm + wild);
    filtered[t] = turbulence;
  });
  return { logLikelihood, filtered };
}

function predict(p: RegimeParameters, turbulence: number): number {
  return (1 - turbulence) * (1 - p.stayCalm) + turbulence * (1 - p.becomeCalm);
}

function density(value: number, mean: number, variance: number): number {
  return Math.exp(-0.5 * (LOG_2PI + Math.log(variance) + (value - mean) ** 2 / variance));
}

function calmFirst(p: RegimeParameters): RegimeParameters {
  if (p.variances[0] <= p.variances[1]) return p;
  return { stayCalm: 1 - p.becomeCalm, becomeCalm: 1 - p.stayCalm, means: [p.means[1], p.means[0]], variances: [p.variances[1], p.variances[0]] };
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const logit = (p: number): number => Math.log(p / (1 - p));
