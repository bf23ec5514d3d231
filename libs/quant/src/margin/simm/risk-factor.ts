/** In place of a tenor's index. */
export const INFLATION = -1;
export const CURRENCY_BASIS = -2;
export const NO_TENOR = -3;

/** What moves together: all sensitivities to it are summed before anything else happens to them. */
export interface RiskFactor {
  /** Factors with one scope share a concentration; `undefined` stands outside it. */
  readonly scope: string | undefined;
  /** Factors of one bucket in one block are correlated otherwise than those of two: name, group, volatility group or sub-curve. */
  readonly block: string;
  /** Index in SIMM_TENORS, or one of the constants above. */
  readonly tenor: number;
  /** Sum of the sensitivities, in US dollars. */
  amount: number;
  /** Sum of the sensitivities, each times the curvature scaling of its maturity. */
  scaled: number;
}

/** Factors by bucket, in order of arrival. */
export type FactorsByBucket = ReadonlyMap<string, readonly RiskFactor[]>;

/** Nets sensitivities of one measure and risk class. */
export class FactorNet {
  readonly #buckets = new Map<string, { readonly byKey: Map<string, RiskFactor>; readonly factors: RiskFactor[] }>();

  /** `key` tells factors of a bucket apart; `curvature` is the scaling of this sensitivity's maturity, 0 for a delta. */
  add(bucket: string, key: string, of: Pick<RiskFactor, 'scope' | 'block' | 'tenor'>, amount: number, curvature: number): void {
    let inBucket = this.#buckets.get(bucket);
    if (inBucket === undefined) this.#buckets.set(bucket, (inBucket = { byKey: new Map(), factors: [] }));
    let factor = inBucket.byKey.get(key);
    if (factor === undefined) {
      factor = { scope: of.scope, block: of.block, tenor: of.tenor, amount: 0, scaled: 0 };
      inBucket.byKey.set(key, factor);
      inBucket.factors.push(factor);
    }
    factor.amount += amount;
    factor.scaled += curvature * amount;
  }

  get byBucket(): FactorsByBucket {
    return new Map(Array.from(this.#buckets, ([bucket, { factors }]) => [bucket, factors]));
  }
}
