import { normalQuantile } from '../../risk/probabilities.ts';
import { RESIDUAL, type ClassRules } from './class-rules.ts';
import { acrossBuckets, marginAndNet, type SimmBucketMargin, type SimmMeasureMargin } from './measure-margin.ts';
import type { FactorsByBucket } from './risk-factor.ts';
import { SIMM_TENORS, type SimmTenor } from './simm-parameters.ts';

/** Φ⁻¹(0.995)² − 1. */
const TAIL = normalQuantile(0.995) ** 2 - 1;

const DAYS_IN = { w: 7, m: 365 / 12, y: 365 } as const;

/** ½·min(1, 14/days) per tenor: what a vega is worth as curvature of an option of that maturity. */
export const CURVATURE_SCALING: readonly number[] = SIMM_TENORS.map((tenor) => 0.5 * Math.min(1, 14 / daysOf(tenor)));

function daysOf(tenor: SimmTenor): number {
  return Number.parseInt(tenor, 10) * DAYS_IN[tenor.at(-1) as keyof typeof DAYS_IN];
}

interface CurvatureBucket extends SimmBucketMargin {
  readonly sum: number;
  readonly absolute: number;
}

/**
 * max(0, ΣCVR + λ·√(ΣK² + Σ_{b≠c} γ²·S_b·S_c)), the residual bucket likewise with its own λ and added, times the class's
 * scale. CVR = σ·Σ scaling·s per netted vega factor, λ = (Φ⁻¹(0.995)² − 1)(1 + θ) − θ, θ = min(0, ΣCVR/Σ|CVR|).
 */
export function curvatureMargin(rules: ClassRules, net: FactorsByBucket): SimmMeasureMargin {
  const buckets = Array.from(net)
    .filter(([bucket]) => rules.hasCurvature(bucket))
    .map(([bucket, factors]): CurvatureBucket => {
      const values = Float64Array.from(factors, (factor) => rules.volatility(bucket, factor) * factor.scaled);
      const square = rules.square('curvature', bucket, factors, values, new Float64Array(values.length).fill(1));
      return {
        bucket,
        ...marginAndNet(Math.sqrt(square), values),
        concentration: 1,
        sum: values.reduce((total, value) => total + value, 0),
        absolute: values.reduce((total, value) => total + Math.abs(value), 0),
      };
    });
  const residual = buckets.filter(({ bucket }) => bucket === RESIDUAL);
  const offset = buckets.filter(({ bucket }) => bucket !== RESIDUAL);
  const scale = rules.curvatureScale;
  return {
    marginUsd: scale * (tailMargin(offset, acrossBuckets(rules, 'curvature', offset)) + tailMargin(residual, residual[0]?.marginUsd ?? 0)),
    buckets: buckets.map(({ bucket, marginUsd, netUsd, concentration }) => ({ bucket, marginUsd: scale * marginUsd, netUsd: scale * netUsd, concentration })),
  };
}

function tailMargin(buckets: readonly CurvatureBucket[], root: number): number {
  const sum = buckets.reduce((total, bucket) => total + bucket.sum, 0);
  const absolute = buckets.reduce((total, bucket) => total + bucket.absolute, 0);
  if (absolute === 0) return 0;
  const theta = Math.min(0, sum / absolute);
  return Math.max(0, sum + (TAIL * (1 + theta) - theta) * root);
}
