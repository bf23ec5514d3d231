import { InvalidInputError } from '@nautilus/model';
import { normalProbability } from './probabilities.ts';

/** How the utilisation of a limit moves, per unit of time. */
export interface UtilisationDynamics {
  readonly drift: number;
  /** Per root of the unit of time. */
  readonly deviation: number;
}

export interface BreachProbability {
  readonly probability: number;
  readonly model: 'barrier' | 'logistic';
}

const FAR = -20;

/**
 * Probability that a Brownian utilisation reaches 1 within the horizon: d = 1 − u,
 * P = Φ((νT−d)/(s√T)) + e^{2νd/s²}Φ((−d−νT)/(s√T)) (Harrison 1985).
 * @throws InvalidInputError for values that are not finite, a negative deviation and a horizon that is not positive.
 */
export function breachProbability(utilisation: number, { drift, deviation }: UtilisationDynamics, horizon: number): BreachProbability {
  if (!(Number.isFinite(utilisation) && Number.isFinite(drift))) throw new InvalidInputError([{ path: 'utilisation', message: 'utilisation and drift must be finite' }]);
  if (!(deviation >= 0 && deviation < Infinity)) throw new InvalidInputError([{ path: 'deviation', message: `${deviation} is no deviation` }]);
  if (!(horizon > 0 && horizon < Infinity)) throw new InvalidInputError([{ path: 'horizon', message: `${horizon} is no positive time` }]);
  const distance = 1 - utilisation;
  if (distance <= 0) return { probability: 1, model: 'barrier' };
  const spread = deviation * Math.sqrt(horizon);
  if (spread === 0) return { probability: drift * horizon >= distance ? 1 : 0, model: 'barrier' };
  const ahead = (drift * horizon - distance) / spread;
  const mirrored = (-distance - drift * horizon) / spread;
  // Far out the factor overflows while Φ underflows; their product is exp(−ahead²/2) times Mills' ratio.
  const reflected = mirrored > FAR ? Math.exp(2 * ((drift * horizon) / spread) * (distance / spread)) * normalProbability(mirrored) : Math.exp(-0.5 * ahead * ahead) * millsRatio(mirrored);
  return { probability: Math.min(1, normalProbability(ahead) + reflected), model: 'barrier' };
}

/** Drift and deviation of the increments of a path, by maximum likelihood; increments may be unevenly spaced. @throws InvalidInputError below three points, for values that are not finite and for times that do not rise. */
export function utilisationDynamics(times: Float64Array, utilisations: Float64Array): UtilisationDynamics {
  checkPath(times, utilisations);
  const last = times.length - 1;
  const drift = ((utilisations[last] ?? 0) - (utilisations[0] ?? 0)) / ((times[last] ?? 0) - (times[0] ?? 0));
  let sum = 0;
  for (let t = 1; t <= last; t++) {
    const span = (times[t] ?? 0) - (times[t - 1] ?? 0);
    sum += ((utilisations[t] ?? 0) - (utilisations[t - 1] ?? 0) - drift * span) ** 2 / span;
  }
  return { drift, deviation: Math.sqrt(sum / last) };
}

/** Time from the last point until the least-squares line reaches 1: 0 when it is there, undefined where it does not rise. @throws InvalidInputError as `utilisationDynamics`. */
export function timeToBreach(times: Float64Array, utilisations: Float64Array): number | undefined {
  checkPath(times, utilisations);
  const n = times.length;
  const meanTime = times.reduce((sum, t) => sum + t, 0) / n;
  const mean = utilisations.reduce((sum, u) => sum + u, 0) / n;
  let [squares, products] = [0, 0];
  for (let t = 0; t < n; t++) {
    const d = (times[t] ?? 0) - meanTime;
    squares += d * d;
    products += d * ((utilisations[t] ?? 0) - mean);
  }
  const slope = products / squares;
  const now = mean + slope * ((times[n - 1] ?? 0) - meanTime);
  if (now >= 1 || (utilisations[n - 1] ?? 0) >= 1) return 0;
  return slope > 0 ? (1 - now) / slope : undefined;
}

function checkPath(times: Float64Array, utilisations: Float64Array): void {
  if (times.length !== utilisations.length || times.length < 3) throw new InvalidInputError([{ path: 'utilisations', message: `${utilisations.length} values at ${times.length} times; at least 3 are needed` }]);
  for (let t = 0; t < times.length; t++) {
    if (!(Number.isFinite(times[t]) && Number.isFinite(utilisations[t]))) throw new InvalidInputError([{ path: `utilisations.${t}`, message: 'must be finite' }]);
    if (t > 0 && !((times[t] ?? 0) > (times[t - 1] ?? 0))) throw new InvalidInputError([{ path: `times.${t}`, message: 'must be later than the one before' }]);
  }
}

/** Φ(x)·exp(x²/2) for x below −20, by the asymptotic series. */
function millsRatio(x: number): number {
  const r = 1 / (x * x);
  return (1 - r * (1 - r * (3 - r * (15 - 105 * r)))) / (-x * Math.sqrt(2 * Math.PI));
}
