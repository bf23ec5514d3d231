import { InvalidInputError } from '@nautilus/model';
import { creditRules, namedRules } from './bucket-rules.ts';
import type { ClassRules } from './class-rules.ts';
import { correlatedSquare } from './correlated-sum.ts';
import { curvatureMargin } from './curvature-margin.ts';
import { foreignExchangeRules } from './foreign-exchange-rules.ts';
import { linearMargin, marginAndNet, NO_MARGIN, type SimmMeasureMargin } from './measure-margin.ts';
import { netSensitivities, type ClassNet } from './net-sensitivities.ts';
import { ratesRules } from './rates-rules.ts';
import type { FactorsByBucket } from './risk-factor.ts';
import { SIMM_2_5 } from './simm-2-5.ts';
import { simmAddOns, type SimmAddOnMargin, type SimmAddOns } from './simm-add-ons.ts';
import { SIMM_RISK_CLASSES, type CreditQualifyingParameters, type SimmParameters, type SimmRiskClass } from './simm-parameters.ts';
import { SIMM_PRODUCT_CLASSES, type SimmProductClass, type SimmSensitivity } from './simm-sensitivity.ts';

/** To be shown wherever a result is shown. */
export const SIMM_LICENCE_NOTICE = 'Using ISDA SIMM commercially needs a licence from ISDA.';

export interface SimmPortfolio {
  readonly sensitivities: readonly SimmSensitivity[];
  readonly addOns?: SimmAddOns;
}

export interface SimmOptions {
  /** Three letters; holding it is no FX risk. US dollars when left out. Amounts are in US dollars whatever it is. */
  readonly calculationCurrency?: string;
  /** SIMM 2.5 at ten days when left out. */
  readonly parameters?: SimmParameters;
}

export interface SimmRiskClassMargin {
  readonly riskClass: SimmRiskClass;
  /** The sum of the four. */
  readonly marginUsd: number;
  readonly delta: SimmMeasureMargin;
  readonly vega: SimmMeasureMargin;
  readonly curvature: SimmMeasureMargin;
  /** Of qualifying credit; zero elsewhere. */
  readonly baseCorrelation: SimmMeasureMargin;
}

export interface SimmProductMargin {
  readonly productClass: SimmProductClass;
  /** √ΣΣψ·IM_r·IM_s over the risk classes, before the multiplier. */
  readonly marginUsd: number;
  readonly riskClasses: readonly SimmRiskClassMargin[];
}

export interface SimmMargin {
  readonly ruleSet: SimmParameters['ruleSet'];
  readonly version: string;
  readonly horizonDays: number;
  readonly calculationCurrency: string;
  readonly licenceNotice: string;
  /** The sum of product classes and add-ons. */
  readonly totalUsd: number;
  /** All four; zero without sensitivities. */
  readonly productClasses: readonly SimmProductMargin[];
  readonly addOns: SimmAddOnMargin;
}

/**
 * Initial margin of a netting set after the ISDA Standard Initial Margin Model (ISDA SIMM Methodology, version 2.5).
 *
 * Rules: equal factors are netted; each measure is aggregated within and then across buckets; delta, vega, curvature and
 * base correlation add up to a risk class; risk classes are correlated within a product class; product classes add up.
 * @throws InvalidInputError naming sensitivity and field (`sensitivities.3.bucket`), the add-on's entry and field, a
 * calculation currency that is none, and amounts whose sums leave the range of numbers.
 */
export function simmMargin({ sensitivities, addOns = {} }: SimmPortfolio, { calculationCurrency = 'USD', parameters = SIMM_2_5 }: SimmOptions = {}): SimmMargin {
  if (!/^[A-Z]{3}$/.test(calculationCurrency)) throw new InvalidInputError([{ path: 'calculationCurrency', message: `"${calculationCurrency}" is no currency` }]);
  const net = netSensitivities(sensitivities, parameters, calculationCurrency);
  const rules = rulesOf(parameters, calculationCurrency);
  const productClasses = SIMM_PRODUCT_CLASSES.map((productClass): SimmProductMargin => {
    const classes = net.get(productClass);
    const riskClasses = SIMM_RISK_CLASSES.map((riskClass) => riskClassMargin(riskClass, rules[riskClass], classes?.get(riskClass), parameters.CreditQualifying));
    return { productClass, marginUsd: acrossClasses(riskClasses, parameters.riskClassCorrelations), riskClasses };
  });
  const marginOf = new Map(productClasses.map(({ productClass, marginUsd }) => [productClass, marginUsd]));
  const added = simmAddOns(addOns, (productClass) => marginOf.get(productClass) ?? 0);
  const totalUsd = productClasses.reduce((sum, { marginUsd }) => sum + marginUsd, added.marginUsd);
  if (!Number.isFinite(totalUsd)) throw new InvalidInputError([{ path: 'sensitivities', message: 'the amounts are too large to be squared and summed' }]);
  const { ruleSet, version, horizonDays } = parameters;
  return { ruleSet, version, horizonDays, calculationCurrency, licenceNotice: SIMM_LICENCE_NOTICE, totalUsd, productClasses, addOns: added };
}

/** Volatility indices, which have no curvature. */
const EQUITY_VOLATILITY_BUCKET = '12';

function rulesOf(parameters: SimmParameters, calculationCurrency: string): Readonly<Record<SimmRiskClass, ClassRules>> {
  return {
    InterestRate: ratesRules(parameters.InterestRate),
    CreditQualifying: creditRules(parameters.CreditQualifying),
    CreditNonQualifying: creditRules(parameters.CreditNonQualifying),
    Equity: namedRules(parameters.Equity, EQUITY_VOLATILITY_BUCKET),
    Commodity: namedRules(parameters.Commodity),
    FX: foreignExchangeRules(parameters.FX, calculationCurrency),
  };
}

function riskClassMargin(riskClass: SimmRiskClass, rules: ClassRules, net: ClassNet | undefined, credit: CreditQualifyingParameters): SimmRiskClassMargin {
  if (net === undefined) return { riskClass, marginUsd: 0, delta: NO_MARGIN, vega: NO_MARGIN, curvature: NO_MARGIN, baseCorrelation: NO_MARGIN };
  const volatilities = net.vega.byBucket;
  const delta = linearMargin(rules, 'delta', net.delta.byBucket);
  const vega = linearMargin(rules, 'vega', volatilities);
  const curvature = curvatureMargin(rules, volatilities);
  const baseCorrelation = baseCorrelationMargin(credit, net.baseCorrelation.byBucket);
  return { riskClass, marginUsd: delta.marginUsd + vega.marginUsd + curvature.marginUsd + baseCorrelation.marginUsd, delta, vega, curvature, baseCorrelation };
}

/** √ΣΣρ·WS·WS over the index families, without concentration. */
function baseCorrelationMargin(parameters: CreditQualifyingParameters, net: FactorsByBucket): SimmMeasureMargin {
  const buckets = Array.from(net, ([bucket, factors]) => {
    const weighted = Float64Array.from(factors, ({ amount }) => parameters.baseCorrelationWeight * amount);
    const correlation = { between: parameters.baseCorrelationCorrelation, within: () => 1 };
    const square = correlatedSquare(weighted, new Float64Array(weighted.length).fill(1), factors.map(({ block }) => block), correlation, 1);
    return { bucket, ...marginAndNet(Math.sqrt(square), weighted), concentration: 1 };
  });
  return { marginUsd: buckets.reduce((sum, { marginUsd }) => sum + marginUsd, 0), buckets };
}

function acrossClasses(classes: readonly SimmRiskClassMargin[], correlations: readonly (readonly number[])[]): number {
  const square = classes.reduce((sum, a, i) => classes.reduce((inner, b, j) => inner + (correlations[i]?.[j] ?? NaN) * a.marginUsd * b.marginUsd, sum), 0);
  return Math.sqrt(Math.max(0, square));
}
