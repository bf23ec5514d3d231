/** Maturity labels of the rules, short ones first. */
export const SIMM_TENORS = ['2w', '1m', '3m', '6m', '1y', '2y', '3y', '5y', '10y', '15y', '20y', '30y'] as const;
export type SimmTenor = (typeof SIMM_TENORS)[number];

/** Values in the order of SIMM_TENORS. */
export type PerTenor = readonly number[];

/** Which currencies belong to which group; those that no group names belong to `others`. */
export interface CurrencyGroups {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly others: string;
}

/** Amounts of one risk factor in millions of US dollars, by group or bucket, above which a concentration is charged for. */
export interface ConcentrationThresholds {
  readonly delta: Readonly<Record<string, number>>;
  readonly vega: Readonly<Record<string, number>>;
}

/** Delta weights are margin per US dollar of value change for one basis point. */
export interface RatesParameters {
  /** Currencies by volatility: 1 regular, 2 low, 3 high. */
  readonly volatility: CurrencyGroups;
  readonly deltaWeights: Readonly<Record<string, PerTenor>>;
  readonly inflationWeight: number;
  readonly basisWeight: number;
  readonly vegaWeight: number;
  readonly historicalVolatilityRatio: number;
  /** Row and column per tenor. */
  readonly tenorCorrelations: readonly PerTenor[];
  readonly subCurveCorrelation: number;
  readonly inflationCorrelation: number;
  readonly basisCorrelation: number;
  readonly currencyCorrelation: number;
  readonly concentration: CurrencyGroups;
  readonly thresholds: ConcentrationThresholds;
}

/** What the credit, equity and commodity classes share. A bucket named Residual is never offset with the others. */
export interface BucketParameters {
  readonly deltaWeights: Readonly<Record<string, number>>;
  readonly vegaWeights: Readonly<Record<string, number>>;
  /** The buckets without Residual: rows and columns of `bucketCorrelations`. */
  readonly buckets: readonly string[];
  readonly bucketCorrelations: readonly (readonly number[])[];
  readonly thresholds: ConcentrationThresholds;
}

export interface CreditParameters extends BucketParameters {
  /** Of two factors with the same name (qualifying) or group (non-qualifying). */
  readonly sameCorrelation: number;
  readonly otherCorrelation: number;
  readonly residualCorrelation: number;
}

export interface CreditQualifyingParameters extends CreditParameters {
  readonly baseCorrelationWeight: number;
  readonly baseCorrelationCorrelation: number;
}

export interface NamedParameters extends BucketParameters {
  /** Of two names in one bucket. */
  readonly nameCorrelations: Readonly<Record<string, number>>;
  readonly historicalVolatilityRatio: number;
}

/** Outer keys are volatility groups of the first currency; in `correlations` first the group of the calculation currency, then of both risk currencies. */
export interface ForeignExchangeParameters {
  /** Currencies by volatility: 1 high, 2 regular. */
  readonly volatility: CurrencyGroups;
  readonly deltaWeights: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly correlations: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;
  readonly vegaWeight: number;
  readonly pairCorrelation: number;
  readonly historicalVolatilityRatio: number;
  /** Currencies by turnover: 1 significant, 2 frequent, 3 others. Vega thresholds are by pair of them: 1-1, 1-2, 1-3, 2-2, 2-3, 3-3. */
  readonly concentration: CurrencyGroups;
  readonly thresholds: ConcentrationThresholds;
}

export const SIMM_RISK_CLASSES = ['InterestRate', 'CreditQualifying', 'CreditNonQualifying', 'Equity', 'Commodity', 'FX'] as const;
export type SimmRiskClass = (typeof SIMM_RISK_CLASSES)[number];

/** One calibration of the ISDA Standard Initial Margin Model for one horizon. */
export interface SimmParameters {
  readonly ruleSet: 'ISDA SIMM';
  readonly version: string;
  /** First day on which the calibration applies. */
  readonly effectiveDate: string;
  /** Business days of the margin period of risk. */
  readonly horizonDays: number;
  readonly InterestRate: RatesParameters;
  readonly CreditQualifying: CreditQualifyingParameters;
  readonly CreditNonQualifying: CreditParameters;
  readonly Equity: NamedParameters;
  readonly Commodity: NamedParameters;
  readonly FX: ForeignExchangeParameters;
  /** Row and column per entry of SIMM_RISK_CLASSES. */
  readonly riskClassCorrelations: readonly (readonly number[])[];
}
