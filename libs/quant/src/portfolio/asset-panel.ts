import { InvalidInputError } from '@nautilus/model';

/** One value per period and asset, period by period; NaN marks a missing one and stands for nothing else. */
export interface AssetPanel {
  readonly assets: readonly string[];
  readonly periods: number;
  /** periods × assets values. */
  readonly values: Float64Array;
}

/** @throws InvalidInputError when the size does not fit, a name repeats or a value is infinite. */
export function assetPanel(assets: readonly string[], values: Float64Array, path = 'panel'): AssetPanel {
  const periods = values.length / assets.length;
  if (assets.length === 0 || !Number.isInteger(periods) || periods === 0)
    throw new InvalidInputError([{ path, message: `${values.length} values cannot be periods of ${assets.length} assets` }]);
  const repeated = assets.find((asset, i) => assets.indexOf(asset) !== i);
  if (repeated !== undefined) throw new InvalidInputError([{ path: `${path}.assets`, message: `${repeated} is there twice` }]);
  for (let k = 0; k < values.length; k++)
    if (Math.abs(values[k] ?? 0) === Infinity)
      throw new InvalidInputError([{ path: `${path}.${Math.floor(k / assets.length)}.${assets[k % assets.length]}`, message: 'must be finite or missing' }]);
  return { assets, periods, values };
}

/**
 * Simple returns p_t/p_{t−1} − 1. A return is missing unless both prices are there; periods without any return are left
 * out. @throws InvalidInputError for prices that are not positive and when no return is left.
 */
export function returnsFromPrices(prices: AssetPanel): AssetPanel {
  const n = prices.assets.length;
  const kept: number[] = [];
  const row = new Float64Array(n);
  prices.values.forEach((price, k) => {
    if (price <= 0) throw new InvalidInputError([{ path: `prices.${Math.floor(k / n)}.${prices.assets[k % n]}`, message: 'must be positive' }]);
  });
  for (let t = 1; t < prices.periods; t++) {
    let present = 0;
    for (let i = 0; i < n; i++) {
      row[i] = (prices.values[t * n + i] ?? NaN) / (prices.values[(t - 1) * n + i] ?? NaN) - 1;
      if (!Number.isNaN(row[i])) present += 1;
    }
    if (present > 0) kept.push(...row);
  }
  if (kept.length === 0) throw new InvalidInputError([{ path: 'prices', message: `${prices.periods} periods hold no return` }]);
  return assetPanel(prices.assets, Float64Array.from(kept), 'returns');
}

/** The periods in which every asset has a value. @throws InvalidInputError with the counts when fewer than `fewest` are left. */
export function completeRows(panel: AssetPanel, fewest = 2): AssetPanel {
  const n = panel.assets.length;
  const present = new Int32Array(n);
  const complete: number[] = [];
  for (let t = 0; t < panel.periods; t++) {
    let missing = 0;
    for (let i = 0; i < n; i++)
      if (Number.isNaN(panel.values[t * n + i])) missing += 1;
      else present[i] = (present[i] ?? 0) + 1;
    if (missing === 0) complete.push(t);
  }
  if (complete.length < fewest) {
    const shortest = present.indexOf(Math.min(...present));
    throw new InvalidInputError([{ path: 'returns', message: `${complete.length} of ${panel.periods} periods are complete, ${fewest} are needed; ${panel.assets[shortest]} has the fewest values, ${present[shortest]}` }]);
  }
  if (complete.length === panel.periods) return panel;
  const values = new Float64Array(complete.length * n);
  complete.forEach((t, k) => values.set(panel.values.subarray(t * n, (t + 1) * n), k * n));
  return { assets: panel.assets, periods: complete.length, values };
}

/** The last periods of a panel. */
export function lastPeriods(panel: AssetPanel, periods: number): AssetPanel {
  if (!(periods >= 1) || periods > panel.periods) throw new InvalidInputError([{ path: 'periods', message: `${periods} of ${panel.periods} cannot be taken` }]);
  return { ...panel, periods, values: panel.values.subarray((panel.periods - periods) * panel.assets.length) };
}

/** The non-missing values of one asset, in time order. */
export function presentValues(panel: AssetPanel, asset: number): Float64Array {
  const n = panel.assets.length;
  return Float64Array.from({ length: panel.periods }, (_, t) => panel.values[t * n + asset] ?? NaN).filter((value) => !Number.isNaN(value));
}
