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

/** Bound once: inner loops run in contexts where a look-up of a global is slow. */
const { exp, log, max } = Math;

const FEWEST = 100;
const LOG_2PI = Math.log(2 * Math.PI);

export interface RegimeFitOptions {
  /** Where the search begins; for a fit that follows an earlier one of almost the same data. */
  readonly start?: RegimeParameters;
  /** Of the log-likelihood. */
  readonly tolerance?: number;
  /** Of the likelihood, in each of two searches: the bound of the time that a fit takes. */
  readonly maxEvaluations?: number;
}

/** Maximum likelihood by Nelder–Mead. Throws InvalidInputError below 100 values, for values that are not finite and for a constant series. */
export function fitRegimes(values: Float64Array, { start, tolerance = 1e-10, maxEvaluations = 6_000 }: RegimeFitOptions = {}): RegimeFit {
  if (values.length < FEWEST) throw new InvalidInputError([{ path: 'values', message: `${values.length} values; at least ${FEWEST} are needed` }]);
  const bad = values.findIndex((y) => !Number.isFinite(y));
  if (bad >= 0) throw new InvalidInputError([{ path: `values.${bad}`, message: 'must be finite' }]);
  const mean = values.reduce((sum, y) => sum + y, 0) / values.length;
  const variance = values.reduce((sum, y) => sum + (y - mean) ** 2, 0) / values.length;
  if (!(variance > 0)) throw new InvalidInputError([{ path: 'values', message: 'the series does not vary' }]);
  const parameters = (x: readonly number[]): RegimeParameters => ({
    stayCalm: logistic(x[0] ?? 0),
    becomeCalm: logistic(x[1] ?? 0),
    means: [x[2] ?? 0, x[3] ?? 0],
    variances: [Math.exp(x[4] ?? 0), Math.exp(x[5] ?? 0)],
  });
  const loss = (x: readonly number[]): number => -logLikelihoodOf(values, parameters(x));
  const from = start ?? { stayCalm: 0.95, becomeCalm: 0.1, means: [mean, mean], variances: [variance / 3, variance * 3] };
  const at = [logit(from.stayCalm), logit(from.becomeCalm), ...from.means, Math.log(from.variances[0]), Math.log(from.variances[1])];
  const options = { tolerance, maxEvaluations };
  const first = nelderMead(loss, at, { ...options, step: start === undefined ? 0.3 : 0.1 });
  // A second, smaller simplex around the first result: the first one may have collapsed early.
  const fit = nelderMead(loss, first.at, { ...options, step: 0.05 });
  const found = calmFirst(parameters(fit.at));
  const chain = new RegimeChain(found);
  const filtered = values.map((value) => (chain.add(value), chain.turbulence));
  return { ...found, logLikelihood: -fit.value, filtered, converged: fit.converged };
}

/** Probability of turbulence after one more value, from the one before; O(1). */
export function nextTurbulence(p: RegimeParameters, turbulence: number, value: number): number {
  const chain = new RegimeChain(p, turbulence);
  chain.add(value);
  return chain.turbulence;
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

function logLikelihoodOf(values: Float64Array, p: RegimeParameters): number {
  const chain = new RegimeChain(p);
  let sum = 0;
  for (const value of values) sum += chain.add(value);
  return sum;
}

/** Hamilton's filter. Densities are compared as logarithms, so that an outlier far from both means cannot underflow both. */
class RegimeChain {
  turbulence: number;
  readonly #p: RegimeParameters;
  readonly #scales: readonly [number, number];

  constructor(p: RegimeParameters, turbulence = (1 - p.stayCalm) / (1 - p.stayCalm + p.becomeCalm)) {
    this.#p = p;
    this.turbulence = turbulence;
    this.#scales = [-0.5 * (LOG_2PI + log(p.variances[0])), -0.5 * (LOG_2PI + log(p.variances[1]))];
  }

  /** Log density of the value given the past; −∞ when the parameters exclude it, which leaves the prediction standing. */
  add(value: number): number {
    const { means, variances } = this.#p;
    const predicted = predict(this.#p, this.turbulence);
    const logCalm = this.#scales[0] - (value - means[0]) ** 2 / (2 * variances[0]);
    const logWild = this.#scales[1] - (value - means[1]) ** 2 / (2 * variances[1]);
    const top = max(logCalm, logWild);
    const calm = (1 - predicted) * (logCalm === top ? 1 : exp(logCalm - top));
    const wild = predicted * (logWild === top ? 1 : exp(logWild - top));
    this.turbulence = calm + wild > 0 ? wild / (calm + wild) : predicted;
    return top + log(calm + wild);
  }
}

function predict(p: RegimeParameters, turbulence: number): number {
  return (1 - turbulence) * (1 - p.stayCalm) + turbulence * (1 - p.becomeCalm);
}

function calmFirst(p: RegimeParameters): RegimeParameters {
  if (p.variances[0] <= p.variances[1]) return p;
  return { stayCalm: 1 - p.becomeCalm, becomeCalm: 1 - p.stayCalm, means: [p.means[1], p.means[0]], variances: [p.variances[1], p.variances[0]] };
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
/** Finite also for a probability of 0 or 1, from which a search could not move on. */
const logit = (p: number): number => {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, p));
  return Math.log(inside / (1 - inside));
};
