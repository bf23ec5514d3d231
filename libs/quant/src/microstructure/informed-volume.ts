import { InvalidInputError } from '@nautilus/model';
import { functionError, likelihoodCovariance, logistic, logit, logOfMixture, nearBoundary, runSteps, searchMaximum } from './likelihood-search.ts';

/** Volume buckets: bought and sold volume in lots, and duration in a unit of the caller's choice. */
export interface VolumeBuckets {
  readonly bought: Float64Array;
  readonly sold: Float64Array;
  readonly durations: Float64Array;
}

export interface InformedVolumeParameters {
  readonly alpha: number;
  readonly delta: number;
  /** Lots per unit of duration. */
  readonly mu: number;
  /** Of each side, lots per unit of duration. */
  readonly epsilon: number;
}

export interface InformedVolumeFit extends InformedVolumeParameters {
  /** αμ/(αμ + 2ε). */
  readonly probability: number;
  readonly logLikelihood: number;
  readonly standardErrors: (InformedVolumeParameters & { readonly probability: number }) | undefined;
  readonly buckets: number;
  /** α or δ within 10⁻³ of 0 or 1. */
  readonly atBoundary: boolean;
  readonly converged: boolean;
  /** Number of the start on the grid that led to the maximum; 0 where the fit before was the start. */
  readonly start: number;
}

const FEWEST_BUCKETS = 20;
const GRID = [0.1, 0.3, 0.5, 0.7, 0.9];

/** IVPIN of parameters (Ke & Lin 2017). */
export function informedVolumeShare({ alpha, mu, epsilon }: InformedVolumeParameters): number {
  return (alpha * mu) / (alpha * mu + 2 * epsilon);
}

/** Log-likelihood of buckets: rates grow with the duration of the bucket; factorial terms are left out. */
export function informedVolumeLikelihood(buckets: VolumeBuckets, parameters: InformedVolumeParameters): number {
  return variablePart(buckets, parameters) + buckets.durations.reduce((sum, t, k) => sum + ((buckets.bought[k] ?? 0) + (buckets.sold[k] ?? 0)) * Math.log(t), 0);
}

/** What of the likelihood changes with the parameters. */
function variablePart({ bought, sold, durations }: VolumeBuckets, { alpha, delta, mu, epsilon }: InformedVolumeParameters): number {
  const perLot = Math.log1p(mu / epsilon);
  const logRate = Math.log(epsilon);
  const [good, bad] = [alpha * (1 - delta), alpha * delta];
  let sum = 0;
  for (let k = 0; k < durations.length; k++) {
    const [b, s, t] = [bought[k] ?? 0, sold[k] ?? 0, durations[k] ?? 0];
    sum += (b + s) * logRate - 2 * epsilon * t + logOfMixture(b * perLot - mu * t, s * perLot - mu * t, good, bad, 1 - alpha);
  }
  return sum;
}

/**
 * IVPIN by maximum likelihood, from a grid or from the fit of the window before (`warm`). Poisson rates are not scale
 * free: the lot size of the volumes matters and is the caller's to report. Undefined below 20 buckets.
 * @throws InvalidInputError when lengths differ, for volumes that are negative or not finite and durations that are not positive.
 */
export function fitInformedVolume(buckets: VolumeBuckets, warm?: InformedVolumeParameters): InformedVolumeFit | undefined {
  return runSteps(informedVolumeSteps(buckets, warm));
}

/** The same fit, one iteration of the search per step. Errors come with the first step. */
export function* informedVolumeSteps(buckets: VolumeBuckets, warm?: InformedVolumeParameters): Generator<undefined, InformedVolumeFit | undefined> {
  const { bought, sold, durations } = buckets;
  const count = durations.length;
  if (bought.length !== count || sold.length !== count) throw new InvalidInputError([{ path: 'buckets', message: 'the columns differ in length' }]);
  for (let k = 0; k < count; k++) {
    if (!((bought[k] ?? NaN) >= 0 && (sold[k] ?? NaN) >= 0 && (bought[k] ?? 0) + (sold[k] ?? 0) < Infinity)) throw new InvalidInputError([{ path: `buckets.${k}`, message: 'volumes must be finite and not negative' }]);
    if (!((durations[k] ?? NaN) > 0 && (durations[k] ?? NaN) < Infinity)) throw new InvalidInputError([{ path: `buckets.${k}`, message: 'duration must be positive' }]);
  }
  if (count < FEWEST_BUCKETS) return undefined;
  const time = durations.reduce((sum, t) => sum + t, 0);
  const rate = (bought.reduce((sum, v) => sum + v, 0) + sold.reduce((sum, v) => sum + v, 0)) / time;
  const parameters = ([a = 0, d = 0, m = 0, e = 0]: readonly number[]): InformedVolumeParameters => ({ alpha: logistic(a), delta: logistic(d), mu: Math.exp(m), epsilon: Math.exp(e) });
  const grid = (): number[][] => GRID.flatMap((alpha) => GRID.flatMap((delta) => GRID.map((gamma) => [logit(alpha), logit(delta), Math.log((rate * (1 - gamma)) / alpha), Math.log((gamma * rate) / 2)])));
  const starts = warm === undefined ? grid() : [[logit(inside(warm.alpha)), logit(inside(warm.delta)), Math.log(warm.mu), Math.log(warm.epsilon)]];
  const loss = (x: readonly number[]): number => -variablePart(buckets, parameters(x));
  const found = yield* searchMaximum(loss, starts);
  if (found === undefined) return undefined;
  const fitted = parameters(found.at);
  const covariance = likelihoodCovariance(loss, found.at);
  const error = (f: (p: InformedVolumeParameters) => number): number => (covariance === undefined ? NaN : functionError((x) => f(parameters(x)), found.at, covariance));
  return {
    ...fitted,
    probability: informedVolumeShare(fitted),
    logLikelihood: informedVolumeLikelihood(buckets, fitted),
    standardErrors: covariance === undefined ? undefined : { alpha: error((p) => p.alpha), delta: error((p) => p.delta), mu: error((p) => p.mu), epsilon: error((p) => p.epsilon), probability: error(informedVolumeShare) },
    buckets: count,
    atBoundary: nearBoundary(fitted.alpha) || nearBoundary(fitted.delta),
    converged: found.converged,
    start: found.start,
  };
}

/** IVPIN over each window of `window` buckets, each fit begun at the one before; the first stands at bucket window − 1. @throws InvalidInputError as `fitInformedVolume`, and for a window below 20. */
export function rollingInformedVolume({ bought, sold, durations }: VolumeBuckets, window: number): (InformedVolumeFit | undefined)[] {
  if (!(Number.isInteger(window) && window >= FEWEST_BUCKETS)) throw new InvalidInputError([{ path: 'window', message: `${window} is no whole number from ${FEWEST_BUCKETS}` }]);
  const fits: (InformedVolumeFit | undefined)[] = [];
  for (let end = window; end <= durations.length; end++) {
    const part = (values: Float64Array): Float64Array => values.subarray(end - window, end);
    fits.push(fitInformedVolume({ bought: part(bought), sold: part(sold), durations: part(durations) }, fits.at(-1)));
  }
  return fits;
}

/** A search cannot leave 0 or 1 on the logistic scale. */
const inside = (p: number): number => Math.min(0.999, Math.max(0.001, p));
