import { InvalidInputError } from '@nautilus/model';
import { choleskyFactor, solveCholesky, solveLower, type CholeskyFactor } from '../../linear-algebra/cholesky.ts';
import { zeroMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import { nelderMead } from '../../statistics/nelder-mead.ts';
import { normalDensity, normalProbability } from '../../risk/probabilities.ts';

const ROOT_FIVE = Math.sqrt(5);
/** Bounds of the logarithms: lengths from a twentieth to ten times the cube, noise from 1e-4 to 1 deviations of the signal. */
const [SHORTEST, LONGEST] = [Math.log(0.05), Math.log(10)];
const [LEAST_NOISE, MOST_NOISE] = [Math.log(1e-8), 0];

/** Correlation of a Matérn process with smoothness 5/2 at a scaled distance: (1 + √5·d + 5d²/3)·e^{−√5·d} (Rasmussen & Williams 2006, 4.17). */
export function maternCorrelation(distance: number): number {
  const d = ROOT_FIVE * distance;
  return (1 + d + (d * d) / 3) * Math.exp(-d);
}

export interface ProcessSettings {
  /** One for each coordinate. */
  readonly lengthScales: readonly number[];
  /** Variance of the noise over that of the signal. */
  readonly noise: number;
}

export interface ProcessForecast {
  readonly mean: number;
  /** Of the function, without the noise of an observation. */
  readonly deviation: number;
}

interface Fit {
  readonly settings: ProcessSettings;
  readonly factor: CholeskyFactor;
  readonly weights: Float64Array;
  readonly variance: number;
  readonly logLikelihood: number;
}

/**
 * Gaussian process over points of the unit cube with the Matérn 5/2 kernel, a length scale for each coordinate and noise;
 * its mean is that of the observations, its variance the one of greatest likelihood (Rasmussen & Williams 2006, 2.2, 5.4).
 */
export class GaussianProcess {
  readonly settings: ProcessSettings;
  /** Variance of the signal, in squared units of the observations. */
  readonly variance: number;
  /** Of the observations, with the variance at its best. */
  readonly logLikelihood: number;
  readonly #points: readonly ArrayLike<number>[];
  readonly #mean: number;
  readonly #fit: Fit;

  /**
   * Without settings they are found by likelihood, from three starts.
   * @throws InvalidInputError for fewer than two points, ragged points, values that are not finite and settings that do not fit
   */
  constructor(points: readonly ArrayLike<number>[], values: ArrayLike<number>, settings?: ProcessSettings) {
    const dimensions = points[0]?.length ?? 0;
    if (points.length < 2 || values.length !== points.length || dimensions === 0 || points.some((point) => point.length !== dimensions))
      throw new InvalidInputError([{ path: 'points', message: `${points.length} points for ${values.length} values; at least 2 of equal length are needed` }]);
    if (![...points.map((point) => Array.from(point)), Array.from(values)].flat().every(Number.isFinite)) throw new InvalidInputError([{ path: 'points', message: 'must be finite' }]);
    if (settings !== undefined && (settings.lengthScales.length !== dimensions || !settings.lengthScales.every((length) => length > 0) || !(settings.noise > 0)))
      throw new InvalidInputError([{ path: 'settings', message: `${dimensions} positive length scales and a positive noise are needed` }]);
    this.#points = points;
    this.#mean = Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    const centred = Float64Array.from(values, (value) => value - this.#mean);
    const fit = settings === undefined ? bestFit(points, centred, dimensions) : fitWith(points, centred, settings);
    if (fit === undefined) throw new InvalidInputError([{ path: 'settings', message: 'the kernel matrix of these points is singular' }]);
    this.#fit = fit;
    this.settings = fit.settings;
    this.variance = fit.variance;
    this.logLikelihood = fit.logLikelihood;
  }

  forecast(point: ArrayLike<number>): ProcessForecast {
    const { settings, factor, weights, variance } = this.#fit;
    const k = Float64Array.from(this.#points, (other) => correlation(point, other, settings.lengthScales));
    const mean = this.#mean + k.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0);
    const explained = solveLower(factor, k).reduce((sum, value) => sum + value * value, 0);
    return { mean, deviation: Math.sqrt(variance * Math.max(0, 1 - explained)) };
  }
}

/** E[max(0, f − best)] of a normal forecast f (Jones, Schonlau & Welch 1998). */
export function expectedImprovement({ mean, deviation }: ProcessForecast, best: number): number {
  if (deviation === 0) return Math.max(0, mean - best);
  const z = (mean - best) / deviation;
  return Math.max(0, (mean - best) * normalProbability(z) + deviation * normalDensity(z));
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>, lengthScales: readonly number[]): number {
  let squares = 0;
  for (let i = 0; i < lengthScales.length; i++) squares += (((a[i] ?? 0) - (b[i] ?? 0)) / (lengthScales[i] ?? 1)) ** 2;
  return maternCorrelation(Math.sqrt(squares));
}

function fitWith(points: readonly ArrayLike<number>[], centred: Float64Array, settings: ProcessSettings): Fit | undefined {
  const n = points.length;
  const matrix = zeroMatrix(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = i === j ? 1 + settings.noise : correlation(points[i] ?? [], points[j] ?? [], settings.lengthScales);
      matrix.values[i * n + j] = value;
      matrix.values[j * n + i] = value;
    }
  const factor = choleskyFactor(matrix);
  if (factor === undefined) return undefined;
  const weights = solveCholesky(factor, centred);
  let [squares, logDeterminant] = [0, 0];
  for (let i = 0; i < n; i++) {
    squares += (centred[i] ?? 0) * (weights[i] ?? 0);
    logDeterminant += 2 * Math.log(factor.values[i * (n + 1)] ?? 1);
  }
  const variance = squares / n;
  return { settings, factor, weights, variance, logLikelihood: variance > 0 ? -0.5 * (n * Math.log(2 * Math.PI * variance) + logDeterminant + n) : Infinity };
}

function bestFit(points: readonly ArrayLike<number>[], centred: Float64Array, dimensions: number): Fit | undefined {
  const settingsAt = (x: readonly number[]): ProcessSettings => ({
    lengthScales: x.slice(0, dimensions).map((log) => Math.exp(clamp(log, SHORTEST, LONGEST))),
    noise: Math.exp(clamp(x[dimensions] ?? 0, LEAST_NOISE, MOST_NOISE)),
  });
  // Constant observations have no scale to find.
  if (centred.every((value) => value === 0)) return fitWith(points, centred, settingsAt(new Array<number>(dimensions + 1).fill(0)));
  const loss = (x: readonly number[]): number => {
    const outside = x.reduce((sum, log, i) => sum + (i < dimensions ? beyond(log, SHORTEST, LONGEST) : beyond(log, LEAST_NOISE, MOST_NOISE)), 0);
    return outside - (fitWith(points, centred, settingsAt(x))?.logLikelihood ?? -Infinity);
  };
  const starts = [[0.2, 1e-2], [0.5, 1e-4], [1.5, 1e-2]].map(([length = 1, noise = 1]) => [...new Array<number>(dimensions).fill(Math.log(length)), Math.log(noise)]);
  const found = starts.map((start) => nelderMead(loss, start, { tolerance: 1e-4, maxEvaluations: 60 + 40 * dimensions, step: 0.7 }));
  const best = found.reduce((a, b) => (b.value < a.value ? b : a));
  return fitWith(points, centred, settingsAt(best.at));
}

const clamp = (x: number, lower: number, upper: number): number => Math.min(upper, Math.max(lower, x));
const beyond = (x: number, lower: number, upper: number): number => Math.abs(x - clamp(x, lower, upper));
