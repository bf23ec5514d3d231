import { InvalidInputError } from '@nautilus/model';
import { LEAST_CROSS_SECTION } from '../evaluation/factor-panel.ts';
import { averageRanks } from '../evaluation/ranks.ts';

/** Names of one date beside the values, in the same order. */
export interface CrossSectionLabels {
  /** Sector of each name as known at the date; undefined where unknown. */
  readonly sectors: readonly (string | undefined)[];
  /** Size of each name, for example the factor `size`; NaN where unknown. */
  readonly sizes: Float64Array;
}

const present = (values: Float64Array): number => values.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
const none = (values: Float64Array): Float64Array => new Float64Array(values.length).fill(NaN);

/** (x − mean)/standard deviation, ÷(n−1). All missing for fewer than ten names or without spread. */
export function crossSectionScores(values: Float64Array): Float64Array {
  return present(values) < LEAST_CROSS_SECTION ? none(values) : scores(values);
}

/** Average rank/n. All missing for fewer than ten names. */
export function crossSectionRanks(values: Float64Array): Float64Array {
  const n = present(values);
  return n < LEAST_CROSS_SECTION ? none(values) : averageRanks(values).map((rank) => rank / n);
}

/**
 * Scores within each sector. Missing for names without a sector and for sectors of one name or without spread; all
 * missing for fewer than ten names.
 * @throws InvalidInputError when the labels are not as many as the values
 */
export function groupScores(values: Float64Array, { sectors }: Pick<CrossSectionLabels, 'sectors'>): Float64Array {
  checkCount('sectors', sectors.length, values.length);
  const result = none(values);
  if (present(values) < LEAST_CROSS_SECTION) return result;
  for (const members of membersBySector(values, sectors).values()) {
    const within = scores(Float64Array.from(members, (i) => values[i] ?? NaN));
    members.forEach((i, k) => (result[i] = within[k] ?? NaN));
  }
  return result;
}

/**
 * Residuals of the least-squares regression on sector indicators and size. What the sectors explain is taken from factor
 * and size alike, then size from the factor (Frisch and Waugh 1933), so no matrix is inverted; where size does not vary
 * within sectors only the sectors are taken out. Missing for names without factor, sector or size; all missing for fewer
 * than ten complete names.
 * @throws InvalidInputError when the labels are not as many as the values
 */
export function neutralised(values: Float64Array, { sectors, sizes }: CrossSectionLabels): Float64Array {
  checkCount('sectors', sectors.length, values.length);
  checkCount('sizes', sizes.length, values.length);
  const complete = values.map((value, i) => (sectors[i] === undefined || Number.isNaN(sizes[i]) ? NaN : value));
  if (present(complete) < LEAST_CROSS_SECTION) return none(values);
  const factor = none(values);
  const size = none(values);
  for (const members of membersBySector(complete, sectors).values()) {
    const [meanFactor, meanSize] = [meanOf(complete, members), meanOf(sizes, members)];
    for (const i of members) {
      factor[i] = (complete[i] ?? NaN) - meanFactor;
      size[i] = (sizes[i] ?? NaN) - meanSize;
    }
  }
  let [product, squares] = [0, 0];
  let scale = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(factor[i])) continue;
    product += (factor[i] ?? 0) * (size[i] ?? 0);
    squares += (size[i] ?? 0) ** 2;
    scale += (sizes[i] ?? 0) ** 2;
  }
  const slope = squares > scale * 1e-24 ? product / squares : 0;
  return factor.map((value, i) => value - slope * (size[i] ?? NaN));
}

function membersBySector(values: Float64Array, sectors: readonly (string | undefined)[]): ReadonlyMap<string, number[]> {
  const groups = new Map<string, number[]>();
  sectors.forEach((sector, i) => {
    if (sector === undefined || Number.isNaN(values[i])) return;
    const members = groups.get(sector);
    if (members === undefined) groups.set(sector, [i]);
    else members.push(i);
  });
  return groups;
}

function meanOf(values: Float64Array, members: readonly number[]): number {
  const anchor = values[members[0] ?? -1] ?? NaN;
  return anchor + members.reduce((sum, i) => sum + (values[i] ?? NaN) - anchor, 0) / members.length;
}

/** NaN stays NaN; all NaN for fewer than two values or without spread. */
function scores(values: Float64Array): Float64Array {
  const members = [...values.keys()].filter((i) => !Number.isNaN(values[i]));
  const mean = meanOf(values, members);
  const deviation = Math.sqrt(members.reduce((sum, i) => sum + ((values[i] ?? NaN) - mean) ** 2, 0) / (members.length - 1));
  return deviation > 0 ? values.map((value) => (value - mean) / deviation) : none(values);
}

function checkCount(path: string, count: number, expected: number): void {
  if (count !== expected) throw new InvalidInputError([{ path, message: `are ${count} for ${expected} values` }]);
}
