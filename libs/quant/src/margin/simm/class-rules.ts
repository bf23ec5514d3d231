import { normalQuantile } from '../../risk/probabilities.ts';
import type { RiskFactor } from './risk-factor.ts';
import type { CurrencyGroups } from './simm-parameters.ts';

export const RESIDUAL = 'Residual';
/** The one bucket of a class that has no buckets. */
export const ALL = 'all';

export type SimmMeasure = 'delta' | 'vega' | 'curvature';

/** What a risk class has of its own; the aggregation is the same for all of them. */
export interface ClassRules {
  /** Whether margins of two buckets offset less the more their concentrations differ. */
  readonly concentrationAcrossBuckets: boolean;
  /** Of vega; 1 where the rules have none. */
  readonly historicalVolatilityRatio: number;
  /** The curvature margin is multiplied by it. */
  readonly curvatureScale: number;
  deltaWeight(bucket: string, factor: RiskFactor): number;
  vegaWeight(bucket: string): number;
  /** σ, which turns a vega into value change: 1 where sensitivities bear it already. */
  volatility(bucket: string, factor: RiskFactor): number;
  /** Concentration threshold in US dollars. */
  threshold(measure: 'delta' | 'vega', bucket: string, scope: string): number;
  /** K²: Σ_kΣ_l ρ_kl·f_kl·w_k·w_l, for curvature with squared correlations. */
  square(measure: SimmMeasure, bucket: string, factors: readonly RiskFactor[], weighted: Float64Array, concentrations: Float64Array): number;
  bucketCorrelation(a: string, b: string): number;
  hasCurvature(bucket: string): boolean;
}

export const MILLION = 1e6;

/** √(365/14)/Φ⁻¹(0.99): turns a ten-day delta weight, in per cent, into a yearly volatility in the same unit. */
export const WEIGHT_TO_VOLATILITY = Math.sqrt(365 / 14) / normalQuantile(0.99);

/** Looks up the group of a currency. */
export function groupLookup({ groups, others }: CurrencyGroups): (currency: string) => string {
  const byCurrency = new Map(Object.entries(groups).flatMap(([group, currencies]) => currencies.map((currency) => [currency, group] as const)));
  return (currency) => byCurrency.get(currency) ?? others;
}

/** @throws RangeError for a key that a table of parameters lacks: sensitivities were checked against the tables before. */
export function entry<T>(table: Readonly<Record<string, T>>, key: string): T {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined) throw new RangeError(`the parameters have no entry ${key}`);
  return value;
}
