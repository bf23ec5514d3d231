import { InvalidInputError } from '@nautilus/model';
import { quantileOf } from '../evaluation/quantiles.ts';
import type { SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { AssetPanel } from '../../portfolio/asset-panel.ts';
import { shrunkCovariance } from '../../portfolio/shrinkage.ts';

/** Daily risk that factors do not explain: a variance for each asset, or a full covariance. */
export type SpecificRisk =
  | { readonly kind: 'diagonal'; readonly assets: readonly string[]; readonly variances: Float64Array }
  | { readonly kind: 'full'; readonly assets: readonly string[]; readonly covariance: SymmetricMatrix };

/** Residuals that an asset's own deviation needs. */
const LEAST_RESIDUALS = 60;

const GROUPS = 10;

/** How far an asset is drawn towards its group. */
const PULL = 0.1;

/**
 * Residual covariance shrunk towards the identity (Ledoit and Wolf 2004) on the assets without a gap.
 * @returns the assets that were used, the weight of the target and the assets left out
 * @throws InvalidInputError when no asset is complete, below two dates, or when none varies
 */
export function shrunkSpecificRisk(residuals: AssetPanel): { readonly risk: SpecificRisk; readonly intensity: number; readonly incomplete: readonly string[] } {
  const n = residuals.assets.length;
  const complete = residuals.assets.map((_, i) => i).filter((i) => {
    for (let t = 0; t < residuals.periods; t++) if (Number.isNaN(residuals.values[t * n + i])) return false;
    return true;
  });
  if (complete.length === 0) throw new InvalidInputError([{ path: 'residuals', message: 'no asset is complete' }]);
  const kept = new Set(complete);
  const values = Float64Array.from({ length: residuals.periods * complete.length }, (_, k) => residuals.values[Math.floor(k / complete.length) * n + (complete[k % complete.length] ?? 0)] ?? NaN);
  const assets = complete.map((i) => residuals.assets[i] ?? '');
  const { covariance, intensity } = shrunkCovariance({ assets, periods: residuals.periods, values }, 'identity', { periodsPerYear: 1 });
  return { risk: { kind: 'full', assets, covariance }, intensity, incomplete: residuals.assets.filter((_, i) => !kept.has(i)) };
}

/**
 * A variance for each asset: exponentially weighted squares of its residuals, the deviation σ̂ drawn towards the mean σ̄ of
 * its tenth by capitalisation, v = |σ̂−σ̄|q/(Δ + |σ̂−σ̄|q), q = 0.1, Δ the standard deviation, ÷(n−1), within the tenth
 * (Menchero, Orr and Wang 2011). An asset with fewer than 60 residuals takes the mean of its tenth, or of all where the
 * tenth has none, and is listed.
 * @param capitalisations of the assets on the last date
 * @throws InvalidInputError when they are not as many as the assets or not positive, or no asset has 60 residuals
 */
export function diagonalSpecificRisk(residuals: AssetPanel, capitalisations: Float64Array, halfLife = 90): { readonly risk: SpecificRisk; readonly estimatedByGroup: readonly string[] } {
  const n = residuals.assets.length;
  if (capitalisations.length !== n || capitalisations.some((value) => !(value > 0))) throw new InvalidInputError([{ path: 'capitalisations', message: `must be ${n} positive values` }]);
  const own = residuals.assets.map((_, i) => weightedDeviation(residuals, i, halfLife));
  if (own.every((deviation) => deviation === undefined)) throw new InvalidInputError([{ path: 'residuals', message: `no asset has ${LEAST_RESIDUALS} of them` }]);
  const tenths = quantileOf(capitalisations, GROUPS);
  const all = spreadOf(own);
  const byTenth = Array.from({ length: GROUPS }, (_, tenth) => spreadOf(own.filter((_, i) => tenths[i] === tenth)));
  const variances = Float64Array.from(own, (deviation, i) => {
    const group = byTenth[tenths[i] ?? -1];
    const mean = group?.mean ?? all.mean ?? NaN;
    if (deviation === undefined) return mean ** 2;
    const distance = Math.abs(deviation - mean) * PULL;
    const pull = distance === 0 ? 0 : distance / ((group?.deviation ?? 0) + distance);
    return (pull * mean + (1 - pull) * deviation) ** 2;
  });
  return { risk: { kind: 'diagonal', assets: residuals.assets, variances }, estimatedByGroup: residuals.assets.filter((_, i) => own[i] === undefined) };
}

/** √ of the weighted mean of squares over the dates with a residual; undefined for fewer than 60. */
function weightedDeviation(residuals: AssetPanel, asset: number, halfLife: number): number | undefined {
  let [sum, total, count] = [0, 0, 0];
  for (let t = 0; t < residuals.periods; t++) {
    const value = residuals.values[t * residuals.assets.length + asset] ?? NaN;
    if (Number.isNaN(value)) continue;
    const weight = 2 ** (-(residuals.periods - 1 - t) / halfLife);
    sum += weight * value * value;
    total += weight;
    count += 1;
  }
  return count < LEAST_RESIDUALS ? undefined : Math.sqrt(sum / total);
}

function spreadOf(deviations: readonly (number | undefined)[]): { readonly mean: number | undefined; readonly deviation: number } {
  const known = deviations.filter((value) => value !== undefined);
  if (known.length === 0) return { mean: undefined, deviation: 0 };
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return { mean, deviation: known.length < 2 ? 0 : Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1)) };
}
