import { constrainedDesign, designOf, unconstrained } from './constrained-design.ts';
import { checkAssets, type AssetCrossSection, type PerFactor } from './cross-section-returns.ts';
import { weightedFit, type Design, type WeightedFit } from './weighted-regression.ts';

/**
 * The portfolio behind each factor return of `crossSectionReturns`: the weights whose product with the (clipped) asset
 * returns is the factor's return. They are the rows of the estimator, so the market's weights add to 1 and a style's, when
 * residualised, have no sector exposure.
 * @returns undefined for fewer than two assets @throws InvalidInputError as `crossSectionReturns`
 */
export function mimickingPortfolios(assets: AssetCrossSection, residualizeStyles: boolean): PerFactor<Float64Array> | undefined {
  checkAssets(assets);
  const n = assets.returns.length;
  if (n < 2) return undefined;
  const weights = assets.capitalisations.map(Math.sqrt);
  const sectorDesign = constrainedDesign(n, assets.sectors);
  const sectorFit = weightedFit(sectorDesign, weights, assets.returns);
  const styleDesign = designOf(n, assets.styles);
  const styleRows = estimatorRows(styleDesign, weights, weightedFit(styleDesign, weights, assets.returns));
  const sectorRows = estimatorRows(sectorDesign, weights, sectorFit);
  const byAsset = Array.from({ length: n }, (_, i) => unconstrained(Float64Array.from(sectorRows, (row) => row[i] ?? NaN), assets.sectors.length));
  const column = (k: number): Float64Array => Float64Array.from(byAsset, (values) => values[k] ?? NaN);
  return {
    market: column(0),
    sectors: assets.sectors.map((_, k) => column(k + 1)),
    styles: residualizeStyles ? styleRows.map((row) => withoutSectors(row, sectorDesign, sectorRows)) : styleRows,
  };
}

/** The rows of (XᵀWX)⁺XᵀW. */
function estimatorRows({ rows, columns: p, values }: Design, weights: Float64Array, { inverse }: WeightedFit): Float64Array[] {
  return Array.from({ length: p }, (_, a) => {
    const row = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let b = 0; b < p; b++) sum += (inverse[a * p + b] ?? NaN) * (values[i * p + b] ?? NaN);
      row[i] = sum * (weights[i] ?? NaN);
    }
    return row;
  });
}

/** row·(I − B*G), G the rows of the sectors' estimator. */
function withoutSectors(row: Float64Array, { rows, columns: p, values }: Design, sectorRows: readonly Float64Array[]): Float64Array {
  const exposures = new Float64Array(p);
  for (let i = 0; i < rows; i++) for (let a = 0; a < p; a++) exposures[a] = (exposures[a] ?? 0) + (row[i] ?? NaN) * (values[i * p + a] ?? NaN);
  return row.map((value, i) => value - sectorRows.reduce((sum, sector, a) => sum + (exposures[a] ?? NaN) * (sector[i] ?? NaN), 0));
}
