import { InvalidInputError } from '@nautilus/model';

/** Exposure of a portfolio to each factor at one date: x_f = Σ w_i·β_if. */
export type FactorLoadings = Readonly<Record<string, readonly number[]>>;

export interface FactorAttribution {
  /** dates × factors: x_f·F_f. */
  readonly contributions: readonly Float64Array[];
  /** Σ_f x_f·F_f of each date. */
  readonly common: Float64Array;
  /** Return less common. */
  readonly specific: Float64Array;
  /** Σ_f mean_t(x_f)·F_f: what the average exposure earned. */
  readonly tilt: Float64Array;
  /** Common less tilt: what moving the exposures earned. */
  readonly timing: Float64Array;
}

/**
 * Exposures x_f = Σ w_i·β_if of one date. A held asset without loadings is listed by `onMissing` and counts as having
 * none, so that its return shows up as specific.
 * @param weights by asset, fractions of the portfolio
 * @param loadings by asset, one number per factor
 * @throws InvalidInputError for a weight or loading that is not finite, and for rows of another length than `factors`
 */
export function factorExposures(weights: Readonly<Record<string, number>>, loadings: FactorLoadings, factors: number, onMissing: (asset: string) => void = () => {}): Float64Array {
  const exposures = new Float64Array(factors);
  for (const [asset, weight] of Object.entries(weights)) {
    if (!Number.isFinite(weight)) bad(`weights.${asset}`, 'not a finite number');
    if (!Object.hasOwn(loadings, asset)) {
      onMissing(asset);
      continue;
    }
    const row = loadings[asset] ?? [];
    if (row.length !== factors) bad(`loadings.${asset}`, `${row.length} loadings for ${factors} factors`);
    for (let f = 0; f < factors; f++) {
      const loading = row[f] ?? NaN;
      if (!Number.isFinite(loading)) bad(`loadings.${asset}.${f}`, 'not a finite number');
      exposures[f] = (exposures[f] ?? 0) + weight * loading;
    }
  }
  return exposures;
}

/**
 * Splits returns into what common factors explain and what is specific, and the former into tilt and timing.
 * @param returns of the portfolio, one per date
 * @param exposures dates × factors, at the date
 * @param factorReturns dates × factors
 * @throws InvalidInputError for columns that do not match and values that are not finite
 */
export function factorAttribution(returns: ArrayLike<number>, exposures: readonly ArrayLike<number>[], factorReturns: readonly ArrayLike<number>[]): FactorAttribution {
  const dates = returns.length;
  const factors = check(returns, exposures, factorReturns);
  const means = new Float64Array(factors);
  for (const row of exposures) for (let f = 0; f < factors; f++) means[f] = (means[f] ?? 0) + (row[f] ?? 0) / dates;
  const result = { common: new Float64Array(dates), specific: new Float64Array(dates), tilt: new Float64Array(dates), timing: new Float64Array(dates) };
  const contributions = exposures.map((row, t) => {
    const parts = new Float64Array(factors);
    let [common, tilt] = [0, 0];
    for (let f = 0; f < factors; f++) {
      const earned = factorReturns[t]?.[f] ?? 0;
      parts[f] = (row[f] ?? 0) * earned;
      common += parts[f] ?? 0;
      tilt += (means[f] ?? 0) * earned;
    }
    result.common[t] = common;
    result.specific[t] = (returns[t] ?? 0) - common;
    result.tilt[t] = tilt;
    result.timing[t] = common - tilt;
    return parts;
  });
  return { contributions, ...result };
}

const bad = (path: string, message: string): never => {
  throw new InvalidInputError([{ path, message }]);
};

function check(returns: ArrayLike<number>, exposures: readonly ArrayLike<number>[], factorReturns: readonly ArrayLike<number>[]): number {
  if (exposures.length !== returns.length) bad('exposures', `${exposures.length} rows for ${returns.length} dates`);
  if (factorReturns.length !== returns.length) bad('factorReturns', `${factorReturns.length} rows for ${returns.length} dates`);
  const factors = exposures[0]?.length ?? 0;
  for (let t = 0; t < returns.length; t++) {
    if (!Number.isFinite(returns[t])) bad(`returns.${t}`, 'not a finite number');
    for (const [name, rows] of [['exposures', exposures], ['factorReturns', factorReturns]] as const) {
      const row = rows[t] ?? [];
      if (row.length !== factors) bad(`${name}.${t}`, `${row.length} values for ${factors} factors`);
      for (let f = 0; f < factors; f++) if (!Number.isFinite(row[f])) bad(`${name}.${t}.${f}`, 'not a finite number');
    }
  }
  return factors;
}
