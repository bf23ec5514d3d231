import { SIMM_RISK_CLASSES, SIMM_TENORS, type SimmParameters } from '../../libs/quant/src/margin/simm/simm-parameters.ts';
import { elementAt, elementsAt, numberOf, readElement, type Element } from './element.ts';

type Table = Record<string, number>;

/** The ten-day parameters of a calibration in the format of the Open Source Risk Engine. @throws Error naming the element that is missing or cannot be read. */
export function readCalibration(xml: string): SimmParameters {
  const calibration = elementAt(readElement(xml), 'SIMMCalibration');
  const [version] = elementsAt(calibration, 'VersionNames/Name');
  if (version === undefined) throw new Error('the calibration has no version');
  const classOf = (name: string): Element => elementAt(calibration, name);
  return {
    ruleSet: 'ISDA SIMM',
    version: version.text,
    effectiveDate: elementAt(calibration, 'AdditionalFields/SIMM_EffectiveDate').text,
    horizonDays: HORIZON_DAYS,
    InterestRate: rates(classOf('InterestRate')),
    CreditQualifying: {
      ...credit(classOf('CreditQualifying')),
      baseCorrelationWeight: numberOf(atHorizon(classOf('CreditQualifying'), 'BaseCorrelation')),
      baseCorrelationCorrelation: correlation(classOf('CreditQualifying'), 'BaseCorrelation'),
    },
    CreditNonQualifying: credit(classOf('CreditNonQualifying')),
    Equity: named(classOf('Equity')),
    Commodity: named(classOf('Commodity')),
    FX: foreignExchange(classOf('FX')),
    riskClassCorrelations: matrix(elementsAt(calibration, 'RiskClassCorrelations/Correlation'), SIMM_RISK_CLASSES),
  };
}

const HORIZON_DAYS = 10;

function rates(of: Element): SimmParameters['InterestRate'] {
  const groups = [...new Set(elementsAt(atHorizon(of, 'Delta'), 'Weight').map(({ attributes }) => attribute(attributes, 'bucket')))];
  const weightOf = (group: string, tenor: string): number => {
    const found = elementsAt(atHorizon(of, 'Delta'), 'Weight').find(({ attributes }) => attributes['bucket'] === group && attributes['label1'] === tenor);
    if (found === undefined) throw new Error(`no weight of group ${group} at ${tenor}`);
    return numberOf(found);
  };
  return {
    volatility: currencyGroups(elementAt(of, 'RiskWeights/CurrencyLists')),
    deltaWeights: Object.fromEntries(groups.map((group) => [group, SIMM_TENORS.map((tenor) => weightOf(group, tenor))])),
    inflationWeight: numberOf(atHorizon(of, 'Inflation')),
    basisWeight: numberOf(atHorizon(of, 'XCcyBasis')),
    vegaWeight: numberOf(elementAt(atHorizon(of, 'Vega'), 'Weight')),
    historicalVolatilityRatio: numberOf(atHorizon(of, 'HistoricalVolatilityRatio')),
    tenorCorrelations: matrix(elementsAt(of, 'Correlations/IntraBucket/Correlation'), SIMM_TENORS),
    subCurveCorrelation: correlation(of, 'SubCurves'),
    inflationCorrelation: correlation(of, 'Inflation'),
    basisCorrelation: correlation(of, 'XCcyBasis'),
    currencyCorrelation: correlation(of, 'Outer'),
    concentration: currencyGroups(elementAt(of, 'ConcentrationThresholds/CurrencyLists')),
    thresholds: { delta: thresholds(of, 'Delta'), vega: thresholds(of, 'Vega') },
  };
}

function bucketed(of: Element): Pick<SimmParameters['Equity'], 'deltaWeights' | 'vegaWeights' | 'buckets' | 'bucketCorrelations' | 'thresholds'> {
  const deltaWeights = byBucket(elementsAt(atHorizon(of, 'Delta'), 'Weight'));
  const buckets = Object.keys(deltaWeights).filter((bucket) => bucket !== 'Residual');
  // A single value without a bucket holds for all of them.
  const everywhere = (table: Table): Table => (table[''] === undefined ? table : Object.fromEntries(Object.keys(deltaWeights).map((bucket) => [bucket, table[''] ?? NaN])));
  return {
    deltaWeights,
    vegaWeights: everywhere(byBucket(elementsAt(atHorizon(of, 'Vega'), 'Weight'))),
    buckets,
    bucketCorrelations: matrix(elementsAt(of, 'Correlations/InterBucket/Correlation'), buckets),
    thresholds: { delta: thresholds(of, 'Delta'), vega: everywhere(thresholds(of, 'Vega')) },
  };
}

function credit(of: Element): SimmParameters['CreditNonQualifying'] {
  const within = elementsAt(of, 'Correlations/IntraBucket/Correlation');
  const pair = (kind: string, relation: string): number => {
    const found = within.find(({ attributes }) => attributes['label1'] === kind && attributes['label2'] === relation);
    if (found === undefined) throw new Error(`${of.name}: no correlation ${kind} ${relation}`);
    return numberOf(found);
  };
  if (pair('residual', 'same') !== pair('residual', 'different')) throw new Error(`${of.name}: the residual bucket has two correlations`);
  return { ...bucketed(of), sameCorrelation: pair('aggregate', 'same'), otherCorrelation: pair('aggregate', 'different'), residualCorrelation: pair('residual', 'same') };
}

function named(of: Element): SimmParameters['Equity'] {
  return {
    ...bucketed(of),
    nameCorrelations: byBucket(elementsAt(of, 'Correlations/IntraBucket/Correlation')),
    historicalVolatilityRatio: numberOf(atHorizon(of, 'HistoricalVolatilityRatio')),
  };
}

function foreignExchange(of: Element): SimmParameters['FX'] {
  const pairs = (elements: readonly Element[]): Record<string, Table> => {
    const table: Record<string, Table> = {};
    for (const element of elements) (table[attribute(element.attributes, 'label1')] ??= {})[attribute(element.attributes, 'label2')] = numberOf(element);
    return table;
  };
  const within = elementsAt(of, 'Correlations/IntraBucket/Correlation');
  const groups = [...new Set(within.map(({ attributes }) => attribute(attributes, 'bucket')))].sort();
  return {
    volatility: currencyGroups(elementAt(of, 'RiskWeights/CurrencyLists')),
    deltaWeights: pairs(elementsAt(atHorizon(of, 'Delta'), 'Weight')),
    correlations: Object.fromEntries(groups.map((group) => [group, pairs(within.filter(({ attributes }) => attributes['bucket'] === group))])),
    vegaWeight: numberOf(elementAt(atHorizon(of, 'Vega'), 'Weight')),
    pairCorrelation: correlation(of, 'Volatility'),
    historicalVolatilityRatio: numberOf(atHorizon(of, 'HistoricalVolatilityRatio')),
    concentration: currencyGroups(elementAt(of, 'ConcentrationThresholds/CurrencyLists')),
    thresholds: { delta: thresholds(of, 'Delta'), vega: thresholds(of, 'Vega') },
  };
}

function atHorizon(of: Element, name: string): Element {
  const found = elementsAt(of, `RiskWeights/${name}`).find(({ attributes }) => attributes['mporDays'] === String(HORIZON_DAYS));
  if (found === undefined) throw new Error(`${of.name} has no ${name} for ${HORIZON_DAYS} days`);
  return found;
}

const attribute = (attributes: Readonly<Record<string, string>>, name: string): string => {
  const value = attributes[name];
  if (value === undefined) throw new Error(`an element lacks the attribute ${name}`);
  return value;
};
const correlation = (of: Element, name: string): number => numberOf(elementAt(of, `Correlations/${name}`));
const byBucket = (elements: readonly Element[]): Table => Object.fromEntries(elements.map((element) => [element.attributes['bucket'] ?? '', numberOf(element)]));
const thresholds = (of: Element, measure: string): Table => byBucket(elementsAt(of, `ConcentrationThresholds/${measure}/Threshold`));

function currencyGroups(list: Element): { groups: Record<string, string[]>; others: string } {
  const groups: Record<string, string[]> = {};
  let others: string | undefined;
  for (const { attributes, text } of elementsAt(list, 'Currency')) {
    const group = attribute(attributes, 'bucket');
    if (text === 'Other') others = group;
    else (groups[group] ??= []).push(text);
  }
  if (others === undefined) throw new Error('a list of currencies has no group for the others');
  return { groups, others };
}

/** Symmetric, with ones on the diagonal. */
function matrix(elements: readonly Element[], labels: readonly string[]): number[][] {
  const values = new Map(elements.map((element) => [`${element.attributes['label1']} ${element.attributes['label2']}`, numberOf(element)]));
  const at = (row: string, column: string): number => {
    const value = values.get(`${row} ${column}`);
    if (value === undefined || value !== values.get(`${column} ${row}`)) throw new Error(`the correlation of ${row} and ${column} is missing or not symmetric`);
    return value;
  };
  return labels.map((row) => labels.map((column) => (row === column ? 1 : at(row, column))));
}
