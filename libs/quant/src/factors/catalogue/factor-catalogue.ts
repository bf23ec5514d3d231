import { ConflictError } from '@nautilus/model';
import { ExpressionGraph } from '../expression/graph.ts';
import { parseExpression } from '../expression/parse.ts';
import { BASE_DEFINITIONS, type FactorInput } from './base-definitions.ts';
import { FACTOR_TIMEFRAMES, formatFactorId, type FactorAddress } from './factor-ids.ts';

/** Lookbacks in which a definition with a window is counted. */
const COUNTED_LOOKBACKS = [5, 10, 14, 20, 50, 100, 200];

/** How many of the 60 are counted in every timeframe. */
const IN_EVERY_TIMEFRAME = 50;

/** Inputs that bars do not give. */
const BEYOND_BARS: ReadonlySet<FactorInput> = new Set(['trades', 'quotes', 'filings', 'series']);

/**
 * The 516: the 60 base definitions; the first 50 of them in each of the six other timeframes; those with a window in
 * each of the six other counted lookbacks, daily.
 */
export function factorCatalogue(): readonly FactorAddress[] {
  const base = BASE_DEFINITIONS.map((definition): FactorAddress => ({ definition, lookback: definition.lookback, timeframe: '1d', transform: 'raw' }));
  const faster = FACTOR_TIMEFRAMES.filter((timeframe) => timeframe !== '1d').flatMap((timeframe) => base.slice(0, IN_EVERY_TIMEFRAME).map((address) => ({ ...address, timeframe })));
  const longer = base.flatMap((address) =>
    address.lookback === undefined ? [] : COUNTED_LOOKBACKS.filter((lookback) => lookback !== address.lookback).map((lookback) => ({ ...address, lookback })),
  );
  return distinctFactors([...base, ...faster, ...longer]);
}

/** The 485 of the 516 that bars alone give. */
export const factorsFromBars = (): readonly FactorAddress[] => factorCatalogue().filter(({ definition }) => !definition.inputs.some((input) => BEYOND_BARS.has(input)));

/** One text for all ids that ask for the same calculation. */
export function canonicalFactor({ definition, lookback, timeframe, transform }: FactorAddress): string {
  const formula = definition.formula(lookback ?? NaN);
  if (!definition.isExpression) return `${definition.name}(${lookback ?? 'x'}).${timeframe}.${transform}`;
  const graph = new ExpressionGraph();
  return `${graph.canonical(parseExpression(formula, graph))}.${timeframe}.${transform}`;
}

/** @throws ConflictError when two addresses ask for the same calculation. */
export function distinctFactors(addresses: readonly FactorAddress[]): readonly FactorAddress[] {
  const known = new Map<string, FactorAddress>();
  for (const address of addresses) {
    const canonical = canonicalFactor(address);
    const other = known.get(canonical);
    if (other !== undefined) throw new ConflictError(`${formatFactorId(address)} and ${formatFactorId(other)} are the same calculation.`);
    known.set(canonical, address);
  }
  return addresses;
}
