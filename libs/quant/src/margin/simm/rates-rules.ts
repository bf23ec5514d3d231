import { entry, groupLookup, MILLION, type ClassRules } from './class-rules.ts';
import { CURRENCY_BASIS, INFLATION, type RiskFactor } from './risk-factor.ts';
import { SIMM_TENORS, type RatesParameters } from './simm-parameters.ts';

const TENORS = SIMM_TENORS.length;

/** A bucket is a currency; its factors are tenors of sub-curves, inflation and the cross-currency basis. */
export function ratesRules(parameters: RatesParameters): ClassRules {
  const volatilityGroup = groupLookup(parameters.volatility);
  const concentrationGroup = groupLookup(parameters.concentration);
  const matrix = Float64Array.from(parameters.tenorCorrelations.flat());
  const squared = matrix.map((value) => value * value);
  return {
    concentrationAcrossBuckets: true,
    historicalVolatilityRatio: 1,
    curvatureScale: parameters.historicalVolatilityRatio ** -2,
    deltaWeight(currency, { tenor }) {
      if (tenor === INFLATION) return parameters.inflationWeight;
      if (tenor === CURRENCY_BASIS) return parameters.basisWeight;
      return entry(parameters.deltaWeights, volatilityGroup(currency))[tenor] ?? NaN;
    },
    vegaWeight: () => parameters.vegaWeight,
    volatility: () => 1,
    threshold: (measure, currency) => entry(parameters.thresholds[measure], concentrationGroup(currency)) * MILLION,
    square(measure, _, factors, weighted) {
      const power = measure === 'curvature' ? 2 : 1;
      return ratesSquare(factors, weighted, power === 2 ? squared : matrix, {
        subCurve: parameters.subCurveCorrelation ** power,
        inflation: parameters.inflationCorrelation ** power,
        basis: parameters.basisCorrelation ** power,
      });
    },
    bucketCorrelation: () => parameters.currencyCorrelation,
    hasCurvature: () => true,
  };
}

interface RatesCorrelations {
  readonly subCurve: number;
  readonly inflation: number;
  readonly basis: number;
}

/** With q the quadratic form of the tenor correlations: s·q(all curves summed) + (1 − s)·Σ q(each curve), and the two further factors. */
function ratesSquare(factors: readonly RiskFactor[], weighted: Float64Array, matrix: Float64Array, correlations: RatesCorrelations): number {
  const summed = new Float64Array(TENORS);
  const curves = new Map<string, Float64Array>();
  let total = 0;
  let inflation = 0;
  let basis = 0;
  factors.forEach(({ tenor, block }, i) => {
    const value = weighted[i] ?? 0;
    if (tenor === INFLATION) inflation += value;
    else if (tenor === CURRENCY_BASIS) basis += value;
    else {
      let curve = curves.get(block);
      if (curve === undefined) curves.set(block, (curve = new Float64Array(TENORS)));
      curve[tenor] = (curve[tenor] ?? 0) + value;
      summed[tenor] = (summed[tenor] ?? 0) + value;
      total += value;
    }
  });
  let square = correlations.subCurve * quadraticForm(matrix, summed);
  for (const curve of curves.values()) square += (1 - correlations.subCurve) * quadraticForm(matrix, curve);
  square += inflation * inflation + basis * basis + 2 * correlations.inflation * inflation * total + 2 * correlations.basis * basis * (total + inflation);
  return Math.max(0, square);
}

function quadraticForm(matrix: Float64Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < TENORS; i++) {
    const value = values[i] ?? 0;
    if (value === 0) continue;
    for (let j = 0; j < TENORS; j++) sum += (matrix[i * TENORS + j] ?? 0) * value * (values[j] ?? 0);
  }
  return sum;
}
