import { InvalidInputError } from '@nautilus/model';

/** Observations in order of their start; each uses what happened from its start to its end, both included. Any unit of time. */
export interface LabelIntervals {
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

export interface PurgedSplit {
  /** Numbers of the groups that are tested. */
  readonly testGroups: readonly number[];
  readonly train: Int32Array;
  readonly test: Int32Array;
  /** Rows outside the test that training must not see: their label overlaps a tested one, or they stand in the embargo. */
  readonly dropped: Int32Array;
}

export interface PurgePlan {
  /** Share of all rows that is left out behind each tested block; default 0.01. */
  readonly embargo?: number;
}

export interface CombinatorialSplits {
  /** C(groups, tested) of them, in lexical order of their tested groups. */
  readonly splits: readonly PurgedSplit[];
  /** `paths[p][g]` is the split that tests group g on path p: k·C(N,k)/N paths, each through all groups once. */
  readonly paths: readonly (readonly number[])[];
  /** First row of each group, and the number of rows at the end. */
  readonly borders: readonly number[];
}

const MOST_SPLITS = 100_000;

/** Folds of neighbouring rows, each tested once against the purged rest (López de Prado 2018, 7.4). @throws InvalidInputError as `combinatorialPurgedSplits`. */
export function purgedKFold(labels: LabelIntervals, folds: number, plan: PurgePlan = {}): readonly PurgedSplit[] {
  return combinatorialPurgedSplits(labels, folds, 1, plan).splits;
}

/**
 * Every choice of `tested` out of `groups` groups of neighbouring rows, with training purged and embargoed (López de Prado
 * 2018, 7.4 and 12.3).
 * @throws InvalidInputError for labels that are not in order or end before they start, fewer rows than groups, a choice
 * that leaves nothing to train, an embargo outside [0, 1) and more than 100,000 splits
 */
export function combinatorialPurgedSplits(labels: LabelIntervals, groups: number, tested: number, { embargo = 0.01 }: PurgePlan = {}): CombinatorialSplits {
  const rows = checkedLabels(labels);
  if (!Number.isInteger(groups) || groups < 2 || groups > rows) throw new InvalidInputError([{ path: 'groups', message: `${groups} groups of ${rows} rows` }]);
  if (!Number.isInteger(tested) || tested < 1 || tested >= groups) throw new InvalidInputError([{ path: 'tested', message: `${tested} of ${groups} groups` }]);
  if (!(embargo >= 0 && embargo < 1)) throw new InvalidInputError([{ path: 'embargo', message: `${embargo} does not lie in [0, 1)` }]);
  const count = choices(groups, tested);
  if (count > MOST_SPLITS) throw new InvalidInputError([{ path: 'groups', message: `${count} splits are more than ${MOST_SPLITS}` }]);
  const borders = Array.from({ length: groups + 1 }, (_, g) => Math.floor((g * rows) / groups));
  const splits = combinations(groups, tested).map((testGroups) => splitOf(labels, borders, testGroups, Math.ceil(embargo * rows)));
  const pathCount = (tested * count) / groups;
  const bySplit = Array.from({ length: groups }, (_, g) => splits.flatMap(({ testGroups }, split) => (testGroups.includes(g) ? [split] : [])));
  return { splits, paths: Array.from({ length: pathCount }, (_, path) => bySplit.map((own) => own[path] ?? -1)), borders };
}

/** Subsets of 0 … n − 1 with k members, in lexical order. */
export function combinations(n: number, k: number): readonly (readonly number[])[] {
  const found: number[][] = [];
  const chosen = Array.from({ length: k }, (_, i) => i);
  for (;;) {
    found.push([...chosen]);
    let place = k - 1;
    while (place >= 0 && chosen[place] === n - k + place) place--;
    if (place < 0) return found;
    const next = (chosen[place] ?? 0) + 1;
    for (let i = place; i < k; i++) chosen[i] = next + i - place;
  }
}

function choices(n: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= k; i++) count = (count * (n - k + i)) / i;
  return Math.round(count);
}

function splitOf(labels: LabelIntervals, borders: readonly number[], testGroups: readonly number[], embargoRows: number): PurgedSplit {
  const rows = labels.starts.length;
  const role = new Uint8Array(rows);
  const [TRAIN, TEST, DROPPED] = [0, 1, 2];
  for (const group of testGroups) role.fill(TEST, borders[group], borders[group + 1]);
  for (let first = 0; first < rows; first++) {
    if (role[first] !== TEST || (first > 0 && role[first - 1] === TEST)) continue;
    let last = first;
    while (last + 1 < rows && role[last + 1] === TEST) last++;
    let end = -Infinity;
    for (let row = first; row <= last; row++) end = Math.max(end, labels.ends[row] ?? NaN);
    const start = labels.starts[first] ?? NaN;
    for (let row = 0; row < first; row++) if (role[row] === TRAIN && (labels.ends[row] ?? NaN) >= start) role[row] = DROPPED;
    // The embargo counts from the last row that begins within the tested span.
    let row = last + 1;
    for (; row < rows && (labels.starts[row] ?? NaN) <= end; row++) if (role[row] === TRAIN) role[row] = DROPPED;
    for (const stop = Math.min(rows, row + embargoRows); row < stop; row++) if (role[row] === TRAIN) role[row] = DROPPED;
  }
  const members = (wanted: number): Int32Array => Int32Array.from(Array.from(role.keys()).filter((i) => role[i] === wanted));
  const train = members(TRAIN);
  if (train.length === 0) throw new InvalidInputError([{ path: 'labels', message: `nothing is left to train when groups ${testGroups.join(', ')} are tested` }]);
  return { testGroups, train, test: members(TEST), dropped: members(DROPPED) };
}

function checkedLabels({ starts, ends }: LabelIntervals): number {
  if (starts.length !== ends.length) throw new InvalidInputError([{ path: 'labels', message: `${starts.length} starts and ${ends.length} ends` }]);
  for (let i = 0; i < starts.length; i++) {
    const [start, end] = [starts[i] ?? NaN, ends[i] ?? NaN];
    if (!(Number.isFinite(start) && Number.isFinite(end) && end >= start)) throw new InvalidInputError([{ path: `labels.${i}`, message: `${start} to ${end} is no interval` }]);
    if (i > 0 && start < (starts[i - 1] ?? NaN)) throw new InvalidInputError([{ path: `labels.${i}`, message: 'starts before the one in front of it' }]);
  }
  return starts.length;
}
