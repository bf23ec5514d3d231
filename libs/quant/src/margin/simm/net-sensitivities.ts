import { InvalidInputError, type Problem } from '@nautilus/model';
import { ALL, groupLookup } from './class-rules.ts';
import { CURVATURE_SCALING } from './curvature-margin.ts';
import { currencyPair } from './foreign-exchange-rules.ts';
import { CURRENCY_BASIS, FactorNet, INFLATION, NO_TENOR } from './risk-factor.ts';
import { SIMM_TENORS, type SimmParameters, type SimmRiskClass } from './simm-parameters.ts';
import { SIMM_PRODUCT_CLASSES, SIMM_RISK_TYPES, type SimmProductClass, type SimmRiskType, type SimmSensitivity } from './simm-sensitivity.ts';

/** Netted factors of one risk class in one product class. */
export interface ClassNet {
  readonly delta: FactorNet;
  readonly vega: FactorNet;
  readonly baseCorrelation: FactorNet;
}

export type NettedPortfolio = ReadonlyMap<SimmProductClass, ReadonlyMap<SimmRiskClass, ClassNet>>;

const CURRENCY = /^[A-Z]{3}$/;
const TENOR_INDEX: ReadonlyMap<string, number> = new Map(SIMM_TENORS.map((tenor, i) => [tenor, i]));
const CREDIT_TENORS: ReadonlyMap<string, number> = new Map((['1y', '2y', '3y', '5y', '10y'] as const).map((tenor) => [tenor, SIMM_TENORS.indexOf(tenor)]));
const SUB_CURVES: ReadonlySet<string> = new Set(['OIS', 'Libor1m', 'Libor3m', 'Libor6m', 'Libor12m', 'Prime', 'Municipal']);
/** Sub-curves that exist in US dollars only. */
const DOLLAR_CURVES: ReadonlySet<string> = new Set(['Prime', 'Municipal']);

/**
 * Sums equal factors. @throws InvalidInputError naming every sensitivity and field that the rules have no place for:
 * `sensitivities.3.bucket`.
 */
export function netSensitivities(sensitivities: readonly SimmSensitivity[], parameters: SimmParameters, calculationCurrency: string): NettedPortfolio {
  const net = new Map<SimmProductClass, Map<SimmRiskClass, ClassNet>>();
  const placement = new Placement(parameters, calculationCurrency);
  sensitivities.forEach((sensitivity, index) => {
    const { productClass, riskType, amountUsd } = sensitivity;
    if (!SIMM_PRODUCT_CLASSES.includes(productClass)) return placement.fail(index, 'productClass', `${productClass} is none of ${SIMM_PRODUCT_CLASSES.join(', ')}`);
    if (!Object.hasOwn(SIMM_RISK_TYPES, riskType)) return placement.fail(index, 'riskType', `${riskType} is no risk type`);
    if (!Number.isFinite(amountUsd)) return placement.fail(index, 'amountUsd', 'must be a finite number');
    const { riskClass } = SIMM_RISK_TYPES[riskType];
    let ofProduct = net.get(productClass);
    if (ofProduct === undefined) net.set(productClass, (ofProduct = new Map()));
    let ofClass = ofProduct.get(riskClass);
    if (ofClass === undefined) ofProduct.set(riskClass, (ofClass = { delta: new FactorNet(), vega: new FactorNet(), baseCorrelation: new FactorNet() }));
    return placement.place(index, sensitivity, ofClass);
  });
  if (placement.problems.length > 0) throw new InvalidInputError(placement.problems);
  return net;
}

/** Finds bucket and factor of each sensitivity and collects what is wrong with it. */
class Placement {
  readonly problems: Problem[] = [];
  readonly #calculationCurrency: string;
  readonly #ratesGroup: (currency: string) => string;
  readonly #volatilityGroup: (currency: string) => string;
  readonly #buckets: Readonly<Record<'CreditQualifying' | 'CreditNonQualifying' | 'Equity' | 'Commodity', ReadonlySet<string>>>;

  constructor(parameters: SimmParameters, calculationCurrency: string) {
    this.#calculationCurrency = calculationCurrency;
    this.#ratesGroup = groupLookup(parameters.InterestRate.volatility);
    this.#volatilityGroup = groupLookup(parameters.FX.volatility);
    const bucketsOf = (of: { deltaWeights: Readonly<Record<string, number>> }): ReadonlySet<string> => new Set(Object.keys(of.deltaWeights));
    this.#buckets = {
      CreditQualifying: bucketsOf(parameters.CreditQualifying), CreditNonQualifying: bucketsOf(parameters.CreditNonQualifying),
      Equity: bucketsOf(parameters.Equity), Commodity: bucketsOf(parameters.Commodity),
    };
  }

  fail(index: number, field: keyof SimmSensitivity, message: string): void {
    this.problems.push({ path: `sensitivities.${index}.${field}`, message });
  }

  place(index: number, sensitivity: SimmSensitivity, net: ClassNet): void {
    const { riskType } = sensitivity;
    switch (riskType) {
      case 'Risk_IRCurve':
      case 'Risk_Inflation':
      case 'Risk_XCcyBasis':
      case 'Risk_IRVol':
      case 'Risk_InflationVol':
        return this.#placeRate(index, riskType, sensitivity, net);
      case 'Risk_CreditQ':
      case 'Risk_CreditNonQ':
        return this.#placeCredit(index, sensitivity, net.delta);
      case 'Risk_CreditVol':
      case 'Risk_CreditVolNonQ':
        return this.#placeCredit(index, sensitivity, net.vega);
      case 'Risk_BaseCorr':
        return this.#placeBaseCorrelation(index, sensitivity, net.baseCorrelation);
      case 'Risk_Equity':
      case 'Risk_Commodity':
        return this.#placeName(index, sensitivity, net.delta, false);
      case 'Risk_EquityVol':
      case 'Risk_CommodityVol':
        return this.#placeName(index, sensitivity, net.vega, true);
      case 'Risk_FX':
        return this.#placeCurrency(index, sensitivity, net.delta);
      case 'Risk_FXVol':
        return this.#placePair(index, sensitivity, net.vega);
    }
  }

  #placeRate(index: number, riskType: SimmRiskType, sensitivity: SimmSensitivity, net: ClassNet): void {
    const { qualifier, bucket = '', label2 = '', amountUsd } = sensitivity;
    if (!CURRENCY.test(qualifier)) return this.fail(index, 'qualifier', `"${qualifier}" is no currency`);
    if (riskType === 'Risk_Inflation') return net.delta.add(qualifier, 'inflation', { scope: qualifier, block: '', tenor: INFLATION }, amountUsd, 0);
    if (riskType === 'Risk_XCcyBasis') return net.delta.add(qualifier, 'basis', { scope: undefined, block: '', tenor: CURRENCY_BASIS }, amountUsd, 0);
    const tenor = this.#tenor(index, sensitivity, TENOR_INDEX);
    if (tenor === undefined) return;
    const curvature = CURVATURE_SCALING[tenor] ?? NaN;
    if (riskType === 'Risk_IRVol') return net.vega.add(qualifier, String(tenor), { scope: qualifier, block: '', tenor }, amountUsd, curvature);
    // Inflation volatilities of all maturities are one factor.
    if (riskType === 'Risk_InflationVol') return net.vega.add(qualifier, 'inflation', { scope: qualifier, block: '', tenor: INFLATION }, amountUsd, curvature);
    const group = this.#ratesGroup(qualifier);
    if (bucket !== '' && bucket !== group) return this.fail(index, 'bucket', `${qualifier} belongs to ${group}, not ${bucket}`);
    if (!SUB_CURVES.has(label2)) return this.fail(index, 'label2', `"${label2}" is none of ${[...SUB_CURVES].join(', ')}`);
    if (DOLLAR_CURVES.has(label2) && qualifier !== 'USD') return this.fail(index, 'label2', `${label2} is a curve of USD only`);
    return net.delta.add(qualifier, `${tenor} ${label2}`, { scope: qualifier, block: label2, tenor }, amountUsd, 0);
  }

  #placeCredit(index: number, sensitivity: SimmSensitivity, net: FactorNet): void {
    const { riskType, qualifier, label2 = '', amountUsd } = sensitivity;
    const bucket = this.#bucket(index, sensitivity);
    if (bucket === undefined) return;
    const tenor = this.#tenor(index, sensitivity, CREDIT_TENORS);
    if (tenor === undefined) return;
    const qualifying = SIMM_RISK_TYPES[riskType].riskClass === 'CreditQualifying';
    if (!qualifying && label2 === '') return this.fail(index, 'label2', 'names the group of names, and is missing');
    const curvature = CURVATURE_SCALING[tenor] ?? NaN;
    net.add(bucket, `${qualifier}\n${tenor}\n${label2}`, { scope: qualifier, block: qualifying ? qualifier : label2, tenor }, amountUsd, curvature);
  }

  #placeBaseCorrelation(index: number, { qualifier, amountUsd }: SimmSensitivity, net: FactorNet): void {
    if (qualifier === '') return this.fail(index, 'qualifier', 'names the index, and is missing');
    return net.add(ALL, qualifier, { scope: undefined, block: qualifier, tenor: NO_TENOR }, amountUsd, 0);
  }

  #placeName(index: number, sensitivity: SimmSensitivity, net: FactorNet, withTenor: boolean): void {
    const { qualifier, amountUsd } = sensitivity;
    const bucket = this.#bucket(index, sensitivity);
    const tenor = withTenor ? this.#tenor(index, sensitivity, TENOR_INDEX) : NO_TENOR;
    if (bucket === undefined || tenor === undefined) return;
    net.add(bucket, qualifier, { scope: qualifier, block: '', tenor: NO_TENOR }, amountUsd, CURVATURE_SCALING[tenor] ?? 0);
  }

  #placeCurrency(index: number, { qualifier, amountUsd }: SimmSensitivity, net: FactorNet): void {
    if (!CURRENCY.test(qualifier)) return this.fail(index, 'qualifier', `"${qualifier}" is no currency`);
    if (qualifier === this.#calculationCurrency) return;
    return net.add(ALL, qualifier, { scope: qualifier, block: this.#volatilityGroup(qualifier), tenor: NO_TENOR }, amountUsd, 0);
  }

  #placePair(index: number, sensitivity: SimmSensitivity, net: FactorNet): void {
    const { qualifier, amountUsd } = sensitivity;
    const [first, second] = [qualifier.slice(0, 3), qualifier.slice(3)];
    if (!CURRENCY.test(first) || !CURRENCY.test(second) || first === second) return this.fail(index, 'qualifier', `"${qualifier}" is no pair of currencies`);
    const tenor = this.#tenor(index, sensitivity, TENOR_INDEX);
    if (tenor === undefined) return;
    const pair = currencyPair(first, second);
    return net.add(ALL, pair, { scope: pair, block: '', tenor: NO_TENOR }, amountUsd, CURVATURE_SCALING[tenor] ?? NaN);
  }

  #tenor(index: number, { label1 = '' }: SimmSensitivity, allowed: ReadonlyMap<string, number>): number | undefined {
    const tenor = allowed.get(label1);
    if (tenor === undefined) this.fail(index, 'label1', `"${label1}" is none of ${[...allowed.keys()].join(', ')}`);
    return tenor;
  }

  /** Checks the name too: both are needed by every class with buckets. */
  #bucket(index: number, { riskType, qualifier, bucket = '' }: SimmSensitivity): string | undefined {
    const { riskClass } = SIMM_RISK_TYPES[riskType];
    if (qualifier === '') return void this.fail(index, 'qualifier', 'is missing');
    if (riskClass === 'InterestRate' || riskClass === 'FX' || this.#buckets[riskClass].has(bucket)) return bucket;
    return void this.fail(index, 'bucket', `"${bucket}" is no bucket of ${riskClass}`);
  }
}
