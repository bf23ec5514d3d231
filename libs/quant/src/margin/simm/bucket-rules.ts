import { entry, MILLION, RESIDUAL, WEIGHT_TO_VOLATILITY, type ClassRules } from './class-rules.ts';
import { correlatedSquare, type BlockCorrelation } from './correlated-sum.ts';
import type { BucketParameters, CreditParameters, NamedParameters } from './simm-parameters.ts';

/** Two factors with the same name (qualifying) or the same group (non-qualifying) are correlated more than others. */
export function creditRules(parameters: CreditParameters): ClassRules {
  const ordinary: BlockCorrelation = { between: parameters.otherCorrelation, within: () => parameters.sameCorrelation };
  const residual: BlockCorrelation = { between: parameters.residualCorrelation, within: () => parameters.residualCorrelation };
  return {
    ...bucketed(parameters, (bucket) => (bucket === RESIDUAL ? residual : ordinary)),
    historicalVolatilityRatio: 1,
    volatility: () => 1,
    hasCurvature: () => true,
  };
}

/** Equity and commodity: a factor is a name. `flat` names a bucket of volatility indices, which have no curvature. */
export function namedRules(parameters: NamedParameters, flat?: string): ClassRules {
  const byBucket = new Map(Object.entries(parameters.nameCorrelations).map(([bucket, correlation]): [string, BlockCorrelation] => [bucket, { between: correlation, within: () => correlation }]));
  const none: BlockCorrelation = { between: 0, within: () => 0 };
  return {
    ...bucketed(parameters, (bucket) => byBucket.get(bucket) ?? none),
    historicalVolatilityRatio: parameters.historicalVolatilityRatio,
    volatility: (bucket) => entry(parameters.deltaWeights, bucket) * WEIGHT_TO_VOLATILITY,
    hasCurvature: (bucket) => bucket !== flat,
  };
}

function bucketed(parameters: BucketParameters, correlationIn: (bucket: string) => BlockCorrelation): Omit<ClassRules, 'historicalVolatilityRatio' | 'volatility' | 'hasCurvature'> {
  const rowOf = new Map(parameters.buckets.map((bucket, i) => [bucket, i]));
  return {
    concentrationAcrossBuckets: false,
    curvatureScale: 1,
    deltaWeight: (bucket) => entry(parameters.deltaWeights, bucket),
    vegaWeight: (bucket) => entry(parameters.vegaWeights, bucket),
    threshold: (measure, bucket) => entry(parameters.thresholds[measure], bucket) * MILLION,
    square: (measure, bucket, factors, weighted, concentrations) =>
      correlatedSquare(weighted, concentrations, factors.map(({ block }) => block), correlationIn(bucket), measure === 'curvature' ? 2 : 1),
    bucketCorrelation: (a, b) => parameters.bucketCorrelations[rowOf.get(a) ?? -1]?.[rowOf.get(b) ?? -1] ?? NaN,
  };
}
