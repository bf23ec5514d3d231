import { InvalidInputError } from '@nautilus/model';
import { nelderMead } from '../statistics/nelder-mead.ts';
import { tailProbability } from './probabilities.ts';
import { checkedTailSample, typeSevenQuantile } from './tail-sample.ts';

export interface ParetoTail {
  /** Loss (positive) above which excesses were fitted. */
  readonly threshold: number;
  readonly excesses: number;
  readonly observations: number;
  /** ξ; above 0 for a tail heavier than exponential. */
  readonly shape: number;
  /** β > 0. */
  readonly scale: number;
  readonly logLikelihood: number;
  readonly converged: boolean;
}

export interface ExtremeValueRisk {
  readonly valueAtRisk: number;
  /** Undefined where ξ ≥ 1: the mean of the tail is infinite. */
  readonly expectedShortfall: number | undefined;
  readonly tail: ParetoTail;
}

const FEWEST_EXCESSES = 20;
const NEAR_EXPONENTIAL = 1e-8;

/**
 * Generalised Pareto distribution of the losses above the quantile of `share` (Balkema & de Haan 1974; Pickands 1975), by maximum likelihood.
 * @throws InvalidInputError below 20 excesses, for values that are not finite, and for equal excesses.
 */
export function fitParetoTail(returns: Float64Array, share = 0.1): ParetoTail {
  checkedTailSample(returns);
  if (!(share > 0 && share < 1)) throw new InvalidInputError([{ path: 'share', message: `${share} does not lie between 0 and 1` }]);
  const losses = returns.map((r) => -r).sort();
  const threshold = typeSevenQuantile(losses, 1 - share);
  const excesses = losses.filter((loss) => loss > threshold).map((loss) => loss - threshold);
  if (excesses.length < FEWEST_EXCESSES) throw new InvalidInputError([{ path: 'returns', message: `${excesses.length} losses above the threshold; at least ${FEWEST_EXCESSES} are needed` }]);
  const mean = excesses.reduce((sum, y) => sum + y, 0) / excesses.length;
  const variance = excesses.reduce((sum, y) => sum + (y - mean) ** 2, 0) / excesses.length;
  if (!(variance > 0)) throw new InvalidInputError([{ path: 'returns', message: 'the losses above the threshold do not vary' }]);
  const unit = excesses.map((y) => y / mean);
  const loss = ([shape = 0, logScale = 0]: readonly number[]): number => -paretoLogLikelihood(unit, shape, Math.exp(logScale));
  // Method of moments (Hosking & Wallis 1987), kept where the likelihood is finite.
  const moment = Math.max(-0.4, 0.5 * (1 - mean ** 2 / variance));
  const starts = [moment, 0.1, 0.3].map((shape) => [shape, Math.log(Math.max(0.1, 1 - shape))]);
  const from = starts.reduce((best, x) => (loss(x) < loss(best) ? x : best));
  const first = nelderMead(loss, from, { tolerance: 1e-12 });
  const fit = nelderMead(loss, first.at, { step: 0.02, tolerance: 1e-12 });
  const [shape = 0, logScale = 0] = fit.at;
  return {
    threshold,
    excesses: excesses.length,
    observations: returns.length,
    shape,
    scale: Math.exp(logScale) * mean,
    logLikelihood: -fit.value - excesses.length * Math.log(mean),
    converged: fit.converged,
  };
}

/**
 * Quantile and mean of the fitted tail (McNeil, Frey & Embrechts 2005, §7.2): VaR loss u + β/ξ[((n/N_u)a)^−ξ − 1].
 * @throws InvalidInputError as `fitParetoTail`, and when the quantile lies below the threshold.
 */
export function extremeValueRisk(returns: Float64Array, confidence: number, share = 0.1): ExtremeValueRisk {
  const probability = tailProbability(confidence);
  const tail = fitParetoTail(returns, share);
  const { threshold: u, shape: xi, scale: beta } = tail;
  const ratio = (tail.observations / tail.excesses) * probability;
  if (ratio > 1) throw new InvalidInputError([{ path: 'confidence', message: `the quantile of ${confidence} lies below the threshold of the tail` }]);
  const loss = u + (Math.abs(xi) < NEAR_EXPONENTIAL ? -beta * Math.log(ratio) : (beta / xi) * (ratio ** -xi - 1));
  return { valueAtRisk: -loss, expectedShortfall: xi < 1 ? -(loss + beta - xi * u) / (1 - xi) : undefined, tail };
}

/** The part of it below ξ = −1/2 is left out: there the likelihood is not regular (Smith 1985). */
function paretoLogLikelihood(excesses: Float64Array, shape: number, scale: number): number {
  if (shape <= -0.5) return -Infinity;
  let sum = -excesses.length * Math.log(scale);
  for (let i = 0; i < excesses.length; i++) {
    const y = (excesses[i] ?? 0) / scale;
    if (Math.abs(shape) < NEAR_EXPONENTIAL) sum -= y;
    else {
      const inside = 1 + shape * y;
      if (!(inside > 0)) return -Infinity;
      sum -= (1 + 1 / shape) * Math.log(inside);
    }
  }
  return sum;
}

