import type { SimmRiskClass } from './simm-parameters.ts';

export const SIMM_PRODUCT_CLASSES = ['RatesFX', 'Credit', 'Equity', 'Commodity'] as const;
export type SimmProductClass = (typeof SIMM_PRODUCT_CLASSES)[number];

/** What each risk type of the common risk interchange format measures. */
export const SIMM_RISK_TYPES = {
  Risk_IRCurve: { riskClass: 'InterestRate', measure: 'delta' },
  Risk_Inflation: { riskClass: 'InterestRate', measure: 'delta' },
  Risk_XCcyBasis: { riskClass: 'InterestRate', measure: 'delta' },
  Risk_IRVol: { riskClass: 'InterestRate', measure: 'vega' },
  Risk_InflationVol: { riskClass: 'InterestRate', measure: 'vega' },
  Risk_CreditQ: { riskClass: 'CreditQualifying', measure: 'delta' },
  Risk_CreditVol: { riskClass: 'CreditQualifying', measure: 'vega' },
  Risk_BaseCorr: { riskClass: 'CreditQualifying', measure: 'baseCorrelation' },
  Risk_CreditNonQ: { riskClass: 'CreditNonQualifying', measure: 'delta' },
  Risk_CreditVolNonQ: { riskClass: 'CreditNonQualifying', measure: 'vega' },
  Risk_Equity: { riskClass: 'Equity', measure: 'delta' },
  Risk_EquityVol: { riskClass: 'Equity', measure: 'vega' },
  Risk_Commodity: { riskClass: 'Commodity', measure: 'delta' },
  Risk_CommodityVol: { riskClass: 'Commodity', measure: 'vega' },
  Risk_FX: { riskClass: 'FX', measure: 'delta' },
  Risk_FXVol: { riskClass: 'FX', measure: 'vega' },
} as const satisfies Readonly<Record<string, { riskClass: SimmRiskClass; measure: 'delta' | 'vega' | 'baseCorrelation' }>>;

export type SimmRiskType = keyof typeof SIMM_RISK_TYPES;

/**
 * A value change in US dollars, as the common risk interchange format has it: for one basis point of rates and credit
 * spreads, for 1 % of equities, commodities, currencies and base correlations, for the volatility times its vega.
 * Fields that a risk type does not use are left out or empty.
 */
export interface SimmSensitivity {
  readonly productClass: SimmProductClass;
  readonly riskType: SimmRiskType;
  /** A currency for rates and FX, six letters for a pair, else the name of the issuer, index or commodity. */
  readonly qualifier: string;
  /** Credit, equity and commodity: a number or `Residual`. Rate curves: the volatility group, which may be left out. */
  readonly bucket?: string;
  /** The tenor of rates, credit and every volatility. */
  readonly label1?: string;
  /** Rates: the sub-curve. Qualifying credit: the payment currency. Non-qualifying credit: the group of names. */
  readonly label2?: string;
  readonly amountUsd: number;
}
