import { InvalidInputError } from '@nautilus/model';
import { walkForwardWindows, type WalkForwardPlan } from '../backtest/validation/walk-forward.ts';
import { breachProbability, utilisationDynamics, type BreachProbability } from './breach-probability.ts';
import { logisticProbability, logisticRegression, type LogisticModel } from './logistic-regression.ts';
import { forecastQuality, type ForecastQuality } from './probability-forecasts.ts';

/** What the model looks at, in the order of its coefficients. */
export const BREACH_FEATURES = ['utilisation', 'slope', 'volatility', 'distance', 'timeOfDay', 'bookVolatility', 'vpin'] as const;
export type BreachFeature = (typeof BREACH_FEATURES)[number];
export type BreachFeatures = Readonly<Record<BreachFeature, number>>;

/** Utilisation of one limit as it was seen, times rising; the other columns are of equal length. */
export interface UtilisationPath {
  readonly timesMs: Float64Array;
  readonly utilisations: Float64Array;
  /** Annual volatility of the book, and the VPIN level from 0 to 1, at each time. */
  readonly bookVolatility: Float64Array;
  readonly vpin: Float64Array;
}

export interface BreachSample {
  readonly timeMs: number;
  /** End of the span in which a breach counts. */
  readonly endMs: number;
  readonly features: BreachFeatures;
  readonly breached: 0 | 1;
  /** What the barrier formula says of the same moment. */
  readonly barrier: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Distances of more deviations than this say no more. */
const FARTHEST = 10;

/**
 * The features at the last of a path's times: slope and volatility of the utilisation per hour and per root of an hour over
 * the last `window` points, the distance (1 − u)/(s√T) cut at 10, the share of the UTC day that has passed.
 * @throws InvalidInputError for fewer than three points, values that are not finite and a horizon that is not positive
 */
export function breachFeatures(path: UtilisationPath, horizonMs: number, window = 60, last = path.timesMs.length - 1): { readonly features: BreachFeatures; readonly barrier: number } {
  if (!(horizonMs > 0 && horizonMs < Infinity)) throw new InvalidInputError([{ path: 'horizonMs', message: `${horizonMs} is not positive` }]);
  const from = Math.max(0, last + 1 - window);
  const times = path.timesMs.slice(from, last + 1).map((time) => time / HOUR_MS);
  const dynamics = utilisationDynamics(times, path.utilisations.slice(from, last + 1));
  const utilisation = path.utilisations[last] ?? NaN;
  const spread = dynamics.deviation * Math.sqrt(horizonMs / HOUR_MS);
  const features: BreachFeatures = {
    utilisation,
    slope: dynamics.drift,
    volatility: dynamics.deviation,
    distance: spread > 0 ? Math.max(0, Math.min(FARTHEST, (1 - utilisation) / spread)) : utilisation < 1 ? FARTHEST : 0,
    timeOfDay: ((path.timesMs[last] ?? NaN) % DAY_MS) / DAY_MS,
    bookVolatility: path.bookVolatility[last] ?? NaN,
    vpin: path.vpin[last] ?? NaN,
  };
  const missing = BREACH_FEATURES.find((name) => !Number.isFinite(features[name]));
  if (missing !== undefined) throw new InvalidInputError([{ path: missing, message: 'must be finite' }]);
  return { features, barrier: breachProbability(utilisation, dynamics, horizonMs / HOUR_MS).probability };
}

/**
 * Samples of a recorded or simulated path: a moment below the limit, and whether the limit was reached within the horizon.
 * Moments whose horizon lies beyond the path are left out.
 * @throws InvalidInputError as `breachFeatures`, for columns of other lengths, a window below 3 and a stride below 1
 */
export function breachSamples(path: UtilisationPath, horizonMs: number, { window = 60, stride = 1 }: { readonly window?: number; readonly stride?: number } = {}): readonly BreachSample[] {
  const { timesMs, utilisations, bookVolatility, vpin } = path;
  const count = timesMs.length;
  if ([utilisations, bookVolatility, vpin].some((column) => column.length !== count)) throw new InvalidInputError([{ path: 'path', message: 'columns differ in length' }]);
  if (!Number.isInteger(window) || window < 3) throw new InvalidInputError([{ path: 'window', message: `${window} is no whole number from 3` }]);
  if (!Number.isInteger(stride) || stride < 1) throw new InvalidInputError([{ path: 'stride', message: `${stride} is no whole number from 1` }]);
  const samples: BreachSample[] = [];
  for (let i = window - 1; i < count; i += stride) {
    const timeMs = timesMs[i] ?? NaN;
    if (timeMs + horizonMs > (timesMs[count - 1] ?? NaN)) break;
    if (!((utilisations[i] ?? NaN) < 1)) continue;
    let breached: 0 | 1 = 0;
    for (let k = i + 1; k < count && (timesMs[k] ?? NaN) <= timeMs + horizonMs && breached === 0; k++) if ((utilisations[k] ?? NaN) >= 1) breached = 1;
    samples.push({ timeMs, endMs: timeMs + horizonMs, breached, ...breachFeatures(path, horizonMs, window, i) });
  }
  return samples;
}

export interface BreachModelReport {
  /** Trained on all samples. */
  readonly model: LogisticModel;
  /** Of the walk-forward forecasts, none of which knew its own outcome. */
  readonly quality: ForecastQuality;
  /** Of the barrier formula on the same samples. */
  readonly barrierQuality: ForecastQuality;
  /** The model has the lower Brier score of the two, and a lower one than the base rate. */
  readonly accepted: boolean;
  readonly windows: number;
}

/**
 * Trains the model walking forward over samples in order of time. Training leaves out what was not yet decided when the
 * test began.
 * @param plan sizes in samples
 * @throws InvalidInputError for samples out of order, too few of them, and windows in which every outcome is the same
 */
export function trainBreachModel(samples: readonly BreachSample[], plan: WalkForwardPlan, ridge = 1): BreachModelReport {
  samples.forEach(({ timeMs }, i) => {
    if (i > 0 && timeMs < (samples[i - 1]?.timeMs ?? NaN)) throw new InvalidInputError([{ path: `samples.${i}`, message: 'is earlier than the one before' }]);
  });
  const windows = walkForwardWindows(samples.length, plan);
  const tested: { readonly forecast: number; readonly sample: BreachSample }[] = [];
  for (const { train, test } of windows) {
    const begin = samples[test.from]?.timeMs ?? NaN;
    const model = fitted(samples.slice(train.from, train.to).filter(({ endMs }) => endMs < begin), ridge);
    for (const sample of samples.slice(test.from, test.to)) tested.push({ sample, forecast: modelBreachProbability(model, sample.features).probability });
  }
  const outcomes = tested.map(({ sample }) => sample.breached);
  const quality = forecastQuality(tested.map(({ forecast }) => forecast), outcomes);
  const barrierQuality = forecastQuality(tested.map(({ sample }) => sample.barrier), outcomes);
  const accepted = quality.brierScore < Math.min(barrierQuality.brierScore, quality.brierScoreOfBaseRate);
  return { model: fitted(samples, ridge), quality, barrierQuality, accepted, windows: windows.length };
}

/** What the trained model says of a moment; 1 where the limit is reached already. @throws InvalidInputError for missing features. */
export function modelBreachProbability(model: LogisticModel, features: BreachFeatures): BreachProbability {
  return { probability: features.utilisation >= 1 ? 1 : logisticProbability(model, vectorOf(features)), model: 'logistic' };
}

function fitted(samples: readonly BreachSample[], ridge: number): LogisticModel {
  return logisticRegression(samples.map(({ features }) => vectorOf(features)), samples.map(({ breached }) => breached), ridge);
}

function vectorOf(features: BreachFeatures): Float64Array {
  return Float64Array.from(BREACH_FEATURES, (name) => features[name]);
}
