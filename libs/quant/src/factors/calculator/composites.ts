import { NotFoundError } from '@nautilus/model';

/** Parts of a composite with their signs. Names are factors of the catalogue or the macro changes named here. */
interface CompositeDefinition {
  readonly parts: readonly { readonly name: string; readonly sign: 1 | -1 }[];
}

const plus = (name: string): { readonly name: string; readonly sign: 1 | -1 } => ({ name, sign: 1 });
const minus = (name: string): { readonly name: string; readonly sign: 1 | -1 } => ({ name, sign: -1 });

/**
 * The composites whose value is a mean of z-scores. `benchmark_` parts are factors of the benchmark; `_12m` parts are
 * twelve-month changes of the series. macro_technical_divergence is made of one of them, see `macroTechnicalDivergence`.
 */
export const COMPOSITES = {
  economic_momentum: { parts: [plus('INDPRO_12m'), plus('RSAFS_12m'), minus('ICSA_12m')] },
  market_stress: { parts: [plus('VIX'), plus('credit_spread'), plus('benchmark_vol_close')] },
  fundamental_strength: { parts: [plus('earnings_yield'), plus('gross_profitability'), minus('leverage')] },
  liquidity_conditions: { parts: [minus('amihud'), minus('corwin_schultz'), plus('M2_12m')] },
  credit_cycle: { parts: [minus('credit_spread'), plus('term_spread')] },
} as const satisfies Record<string, CompositeDefinition>;

export type CompositeName = keyof typeof COMPOSITES;

/** Parts without which a mean says too little. */
const LEAST_PARTS = 2;

export interface CompositeValue {
  /** Undefined when fewer than two parts are there. */
  readonly value: number | undefined;
  readonly parts: readonly { readonly name: string; readonly score: number; readonly sign: 1 | -1 }[];
  readonly absent: readonly string[];
}

/**
 * Mean of the z-scores that are there, each with its sign.
 * @param scores z-score of each part by name; a part that is not known is left out
 * @throws NotFoundError for an unknown composite
 */
export function compositeValue(name: string, scores: Readonly<Record<string, number | undefined>>): CompositeValue {
  if (!Object.hasOwn(COMPOSITES, name)) throw new NotFoundError('composite', `No composite "${name}".`, { known: [...Object.keys(COMPOSITES), 'macro_technical_divergence'] });
  const definition: CompositeDefinition = COMPOSITES[name as CompositeName];
  const known = definition.parts.flatMap((part) => {
    const score = scores[part.name];
    return score === undefined || Number.isNaN(score) ? [] : [{ ...part, score }];
  });
  const names = new Set(known.map((part) => part.name));
  return {
    value: known.length < LEAST_PARTS ? undefined : known.reduce((sum, { sign, score }) => sum + sign * score, 0) / known.length,
    parts: known,
    absent: definition.parts.filter((part) => !names.has(part.name)).map((part) => part.name),
  };
}

/** economic_momentum less the z-score of the benchmark's mom_12_1; undefined where one of the two is. */
export function macroTechnicalDivergence(economicMomentum: number | undefined, benchmarkMomentum: number | undefined): number | undefined {
  return economicMomentum === undefined || benchmarkMomentum === undefined ? undefined : economicMomentum - benchmarkMomentum;
}
