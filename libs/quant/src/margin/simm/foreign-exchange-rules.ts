import { entry, groupLookup, MILLION, WEIGHT_TO_VOLATILITY, type ClassRules } from './class-rules.ts';
import { correlatedSquare, type BlockCorrelation } from './correlated-sum.ts';
import type { ForeignExchangeParameters } from './simm-parameters.ts';

/** Thresholds of vega are by pair of categories, numbered in this order. */
const PAIR_CATEGORIES = ['1-1', '1-2', '1-3', '2-2', '2-3', '3-3'];

/** A pair of currencies in alphabetical order, so that a pair equals its inverse. */
export function currencyPair(first: string, second: string): string {
  return first < second ? first + second : second + first;
}

/** One bucket. Delta factors are currencies against the calculation currency, vega factors are pairs (their scope is the pair's name). */
export function foreignExchangeRules(parameters: ForeignExchangeParameters, calculationCurrency: string): ClassRules {
  const volatilityGroup = groupLookup(parameters.volatility);
  const category = groupLookup(parameters.concentration);
  const own = volatilityGroup(calculationCurrency);
  const correlations = entry(parameters.correlations, own);
  const [group = '', otherGroup = group] = Object.keys(correlations);
  const currencies: BlockCorrelation = {
    between: entry(entry(correlations, group), otherGroup),
    within: (block) => entry(entry(correlations, block), block),
  };
  const pairs: BlockCorrelation = { between: parameters.pairCorrelation, within: () => parameters.pairCorrelation };
  const weight = (first: string, second: string): number => entry(entry(parameters.deltaWeights, first), second);
  const sides = (pair: string): [string, string] => [pair.slice(0, 3), pair.slice(3)];
  return {
    concentrationAcrossBuckets: false,
    historicalVolatilityRatio: parameters.historicalVolatilityRatio,
    curvatureScale: 1,
    deltaWeight: (_, { scope = '' }) => weight(own, volatilityGroup(scope)),
    vegaWeight: () => parameters.vegaWeight,
    volatility(_, { scope = '' }) {
      const [first, second] = sides(scope);
      return weight(volatilityGroup(first), volatilityGroup(second)) * WEIGHT_TO_VOLATILITY;
    },
    threshold(measure, _, scope) {
      if (measure === 'delta') return entry(parameters.thresholds.delta, category(scope)) * MILLION;
      const categories = sides(scope).map(category).sort().join('-');
      return entry(parameters.thresholds.vega, String(PAIR_CATEGORIES.indexOf(categories) + 1)) * MILLION;
    },
    square: (measure, _, factors, weighted, concentrations) =>
      correlatedSquare(weighted, concentrations, factors.map(({ block }) => block), measure === 'delta' ? currencies : pairs, measure === 'curvature' ? 2 : 1),
    bucketCorrelation: () => 1,
    hasCurvature: () => true,
  };
}
