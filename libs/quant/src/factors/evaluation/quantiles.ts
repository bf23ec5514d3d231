import { InvalidInputError } from '@nautilus/model';
import { checkPanel, checkSameShape, crossSectionAt, LEAST_CROSS_SECTION, type FactorPanel } from './factor-panel.ts';
import { averageRanks, completePairs, pearson, spearman } from './ranks.ts';

/** Quantile of each name, 0 for the lowest values, NaN for missing ones: ⌊(average rank − ½)·count/n⌋. */
export function quantileOf(values: Float64Array, count: number): Float64Array {
  const ranks = averageRanks(values);
  const n = ranks.filter((rank) => !Number.isNaN(rank)).length;
  return ranks.map((rank) => Math.floor(((rank - 0.5) * count) / n));
}

export interface QuantileReport {
  /** Mean over dates of the mean return of a quantile less that of all names of the date, lowest quantile first. */
  readonly means: readonly (number | undefined)[];
  /** Mean of top less bottom. */
  readonly spread: number | undefined;
  /** Spread/(its standard deviation, ÷(n−1), /√n). */
  readonly spreadT: number | undefined;
  /** Rank correlation of quantile and mean return: 1 when each quantile returns more than the one below. */
  readonly monotonicity: number | undefined;
  /** Share of the names of a quantile that were not in it on the date before, mean over dates. */
  readonly turnover: readonly (number | undefined)[];
  /** Mean correlation of the ranks of a date with those of the date before. */
  readonly rankAutocorrelation: number | undefined;
  /** Growth of top less bottom, compounded, after costs, one value per date that has both. */
  readonly longShort: readonly { readonly date: number; readonly cumulative: number }[];
  readonly dates: number;
}

export interface QuantileOptions {
  readonly count?: number;
  /** Share of the traded value that a trade costs: 0.001 is ten basis points. */
  readonly cost?: number;
}

/**
 * Returns and turnover by quantiles of a factor. Dates with fewer than ten complete names, or fewer than `count` of them,
 * are left out. The long–short account holds both legs at equal weight and pays for names that leave and enter: cost · 2 ·
 * share new for each leg, the first date cost · 1.
 * @param forward returns of one date ahead (`forwardReturns(returns, 1)`)
 * @throws InvalidInputError for broken panels, a count that is not a whole number of at least 2, a negative cost
 */
export function quantileReport(factor: FactorPanel, forward: FactorPanel, { count = 5, cost = 0 }: QuantileOptions = {}): QuantileReport {
  checkPanel(factor, 'factor');
  checkSameShape(factor, forward);
  if (!Number.isInteger(count) || count < 2) throw new InvalidInputError([{ path: 'count', message: 'must be a whole number of at least 2' }]);
  if (!(cost >= 0)) throw new InvalidInputError([{ path: 'cost', message: 'must not be negative' }]);
  const returns: number[][] = Array.from({ length: count }, () => []);
  const renewed: number[][] = Array.from({ length: count }, () => []);
  const spreads: number[] = [];
  const autocorrelations: number[] = [];
  const longShort: { date: number; cumulative: number }[] = [];
  let growth = 1;
  let before: { readonly values: Float64Array; readonly quantiles: Float64Array } | undefined;
  let dates = 0;
  for (let date = 0; date < factor.dates; date++) {
    const ahead = crossSectionAt(forward, date);
    const values = crossSectionAt(factor, date).map((x, i) => (Number.isNaN(ahead[i]) ? NaN : x));
    const held = values.filter((x) => !Number.isNaN(x)).length;
    if (held < Math.max(LEAST_CROSS_SECTION, count)) continue;
    dates += 1;
    const quantiles = quantileOf(values, count);
    const means = meansBy(quantiles, ahead, count);
    const all = meanWhere(ahead, (i) => !Number.isNaN(values[i]));
    means.forEach((mean, q) => mean === undefined || all === undefined || returns[q]?.push(mean - all));
    const fresh = Array.from({ length: count }, (_, q) => (before === undefined ? undefined : shareNew(quantiles, before.quantiles, q)));
    fresh.forEach((share, q) => share === undefined || renewed[q]?.push(share));
    if (before !== undefined) {
      const pairs = completePairs(values, before.values);
      const correlation = spearman(pairs.x, pairs.y);
      if (correlation !== undefined) autocorrelations.push(correlation);
    }
    const [bottom, top] = [means[0], means[count - 1]];
    if (bottom !== undefined && top !== undefined) {
      spreads.push(top - bottom);
      const paid = [fresh[0], fresh[count - 1]].reduce<number>((sum, share) => sum + (share === undefined ? 1 : 2 * share), 0);
      growth *= 1 + top - bottom - cost * paid;
      longShort.push({ date, cumulative: growth - 1 });
    }
    before = { values, quantiles };
  }
  const means = returns.map(meanOf);
  const known = means.flatMap((mean, q) => (mean === undefined ? [] : [{ q, mean }]));
  return {
    means,
    spread: meanOf(spreads),
    spreadT: tOf(spreads),
    monotonicity: pearson(averageRanks(Float64Array.from(known, ({ q }) => q)), averageRanks(Float64Array.from(known, ({ mean }) => mean))),
    turnover: renewed.map(meanOf),
    rankAutocorrelation: meanOf(autocorrelations),
    longShort,
    dates,
  };
}

const meanOf = (values: readonly number[]): number | undefined => (values.length === 0 ? undefined : values.reduce((sum, x) => sum + x, 0) / values.length);

function tOf(values: readonly number[]): number | undefined {
  const mean = meanOf(values);
  if (mean === undefined || values.length < 2) return undefined;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
  return variance > 0 ? mean / Math.sqrt(variance / values.length) : undefined;
}

function meanWhere(values: Float64Array, belongs: (i: number) => boolean): number | undefined {
  return meanOf([...values].filter((_, i) => belongs(i)));
}

function meansBy(quantiles: Float64Array, values: Float64Array, count: number): (number | undefined)[] {
  return Array.from({ length: count }, (_, q) => meanWhere(values, (i) => quantiles[i] === q));
}

function shareNew(now: Float64Array, before: Float64Array, q: number): number | undefined {
  let [held, fresh] = [0, 0];
  for (let i = 0; i < now.length; i++) {
    if (now[i] !== q) continue;
    held += 1;
    if (before[i] !== q) fresh += 1;
  }
  return held === 0 ? undefined : fresh / held;
}
