import { InvalidInputError } from '@nautilus/model';
import { zeroMatrix, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { AssetPanel } from '../asset-panel.ts';

/** √((1−ρ)/2) of each pair, clipped to [0, 1] and 0 on the diagonal (Mantegna 1999). */
export function correlationDistance(correlation: SymmetricMatrix): SymmetricMatrix {
  const { size: n, values } = correlation;
  return { size: n, values: values.map((rho, k) => (k % (n + 1) === 0 ? 0 : Math.sqrt(Math.min(1, Math.max(0, (1 - rho) / 2))))) };
}

/**
 * Correlation of each pair over the periods in which both have a value; means and deviations are those of these periods, so
 * that with missing values it differs from the correlation of a pairwise covariance.
 * @throws InvalidInputError naming a pair that shares fewer than two periods or does not vary in them.
 */
export function pairwiseCorrelation({ assets, periods, values }: AssetPanel): SymmetricMatrix {
  const n = assets.length;
  const correlation = zeroMatrix(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let [count, meanX, meanY, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
      for (let t = 0; t < periods; t++) {
        const [x, y] = [values[t * n + i] ?? NaN, values[t * n + j] ?? NaN];
        if (Number.isNaN(x) || Number.isNaN(y)) continue;
        count += 1;
        const [dx, dy] = [x - meanX, y - meanY];
        meanX += dx / count;
        meanY += dy / count;
        xx += dx * (x - meanX);
        yy += dy * (y - meanY);
        xy += dx * (y - meanY);
      }
      if (!(xx > 0 && yy > 0)) throw new InvalidInputError([{ path: `returns.${assets[i]}`, message: `does not vary over the ${count} periods that it shares with ${assets[j]}` }]);
      correlation.values[i * n + j] = correlation.values[j * n + i] = i === j ? 1 : xy / Math.sqrt(xx * yy);
    }
  return correlation;
}
