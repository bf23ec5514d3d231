import { RESIDUAL, type ClassRules } from './class-rules.ts';
import type { FactorsByBucket, RiskFactor } from './risk-factor.ts';

/** Margin of one bucket before buckets are offset with each other. */
export interface SimmBucketMargin {
  /** As the rules name it; the currency for rates, `all` where a class has no buckets. */
  readonly bucket: string;
  /** K. */
  readonly marginUsd: number;
  /** S: the sum of the weighted sensitivities, not beyond ±K. */
  readonly netUsd: number;
  /** Largest concentration factor in the bucket; 1 when no threshold is passed, and always for curvature. */
  readonly concentration: number;
}

export interface SimmMeasureMargin {
  readonly marginUsd: number;
  /** In order of arrival; their margins do not add up, since buckets offset each other. */
  readonly buckets: readonly SimmBucketMargin[];
}

export const NO_MARGIN: SimmMeasureMargin = { marginUsd: 0, buckets: [] };

/** √(ΣK² + Σ_{b≠c} γ·g·S_b·S_c) + K of the residual bucket, with the rules' delta or vega weights, volatilities and thresholds. */
export function linearMargin(rules: ClassRules, measure: 'delta' | 'vega', net: FactorsByBucket): SimmMeasureMargin {
  const buckets = Array.from(net, ([bucket, factors]): SimmBucketMargin => {
    const values = Float64Array.from(factors, (factor) => (measure === 'delta' ? factor.amount : rules.historicalVolatilityRatio * rules.volatility(bucket, factor) * factor.amount));
    const concentrations = concentrationsOf(rules, measure, bucket, factors, values);
    const weighted = values.map((value, i) => {
      const factor = factors[i];
      if (factor === undefined) return NaN;
      return (measure === 'delta' ? rules.deltaWeight(bucket, factor) : rules.vegaWeight(bucket)) * value * (concentrations[i] ?? 1);
    });
    return {
      bucket,
      ...marginAndNet(Math.sqrt(rules.square(measure, bucket, factors, weighted, concentrations)), weighted),
      concentration: concentrations.reduce((largest, value) => Math.max(largest, value), 1),
    };
  });
  const residual = buckets.find(({ bucket }) => bucket === RESIDUAL)?.marginUsd ?? 0;
  return { marginUsd: acrossBuckets(rules, 'delta', buckets) + residual, buckets };
}

/** CR = max(1, √(|Σ of the scope|/threshold)) for each factor. */
function concentrationsOf(rules: ClassRules, measure: 'delta' | 'vega', bucket: string, factors: readonly RiskFactor[], values: Float64Array): Float64Array {
  const sums = new Map<string, number>();
  factors.forEach(({ scope }, i) => {
    if (scope !== undefined) sums.set(scope, (sums.get(scope) ?? 0) + (values[i] ?? 0));
  });
  const byScope = new Map(Array.from(sums, ([scope, sum]) => [scope, Math.max(1, Math.sqrt(Math.abs(sum) / rules.threshold(measure, bucket, scope)))]));
  return Float64Array.from(factors, ({ scope }) => (scope === undefined ? 1 : (byScope.get(scope) ?? 1)));
}

/** K with S = ΣWS held within ±K. */
export function marginAndNet(marginUsd: number, weighted: Float64Array): Pick<SimmBucketMargin, 'marginUsd' | 'netUsd'> {
  const sum = weighted.reduce((total, value) => total + value, 0);
  return { marginUsd, netUsd: Math.max(-marginUsd, Math.min(marginUsd, sum)) };
}

/** √(ΣK² + Σ_{b≠c} γ·g·S_b·S_c) over the buckets other than the residual one; γ² for curvature. */
export function acrossBuckets(rules: ClassRules, measure: 'delta' | 'curvature', buckets: readonly SimmBucketMargin[]): number {
  const offset = buckets.filter(({ bucket }) => bucket !== RESIDUAL);
  let sum = 0;
  offset.forEach((a, i) => {
    sum += a.marginUsd * a.marginUsd;
    for (let j = 0; j < i; j++) {
      const b = offset[j];
      if (b === undefined) continue;
      const correlation = rules.bucketCorrelation(a.bucket, b.bucket);
      const apart = rules.concentrationAcrossBuckets ? Math.min(a.concentration, b.concentration) / Math.max(a.concentration, b.concentration) : 1;
      sum += 2 * (measure === 'curvature' ? correlation * correlation : correlation) * apart * a.netUsd * b.netUsd;
    }
  });
  return Math.sqrt(Math.max(0, sum));
}
