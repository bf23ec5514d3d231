import { EWMA_DECAY, ewmaVariance } from '../volatility/ewma-variance.ts';
import { gaussianTail } from './parametric-risk.ts';
import { type TailRisk } from './tail-sample.ts';

/** Gaussian risk of the next return with mean zero and the exponentially weighted variance (RiskMetrics 1996). @throws InvalidInputError as `ewmaVariance`. */
export function ewmaRisk(returns: Float64Array, confidence: number, decay: number = EWMA_DECAY.daily): TailRisk & { readonly deviation: number } {
  const deviation = Math.sqrt(ewmaVariance(returns, decay).next);
  return { ...gaussianTail(0, deviation, confidence), deviation };
}
