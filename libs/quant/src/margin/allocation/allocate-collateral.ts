import type { LinearProgrammingSolver } from '../../portfolio/linear-programming/solve-linear-program.ts';
import type { LinearProgram, LinearSolution, WholeNumberSolution } from '../../portfolio/linear-programming/linear-program.ts';
import { allocationProgram, type AllocationProgram } from './allocation-program.ts';
import { checkCollateral, CURRENCY_MISMATCH_HAIRCUT, type CollateralAsset, type CollateralObligation } from './collateral-terms.ts';
import { roundedLots } from './rounded-lots.ts';

export interface AllocationOptions {
  /** Added to the haircut where asset and obligation differ in currency; default 0.08. */
  readonly mismatchHaircut?: number;
  /** `exact` (default) branches on lots until the proof or the time limit; `rounded` rounds the relaxation's answer, at once and with its bound, and is exact only where a call would stay short. */
  readonly lots?: 'exact' | 'rounded';
  /** For each of the two searches with whole lots. */
  readonly timeLimitSeconds?: number;
}

export interface CollateralPledge {
  readonly asset: string;
  readonly obligation: string;
  /** Units of the asset. */
  readonly quantity: number;
  readonly marketValue: number;
  /** After the haircut. */
  readonly collateralValue: number;
  readonly haircut: number;
  /** Per year. */
  readonly cost: number;
}

/** What the least cost changes by per unit of the limit; in the relaxation without lots when there are lots. */
export interface AllocationShadowPrices {
  /** Per unit more of the call, at least 0. */
  readonly calls: Readonly<Record<string, number>>;
  /** Saved per unit more of market value (per lot for lots), at least 0. */
  readonly stock: Readonly<Record<string, number>>;
  /** Saved per unit more of the limit's amount, at least 0. */
  readonly concentrations: readonly { readonly obligation: string; readonly group: string; readonly price: number }[];
  readonly of: 'program' | 'relaxation';
}

export interface CollateralAllocation {
  /** `shortfall`: not all calls can be met; the sum of what is missing is the least possible, then the cost. `limited`: rounded lots, or the time was over before the proof. */
  readonly status: 'optimal' | 'shortfall' | 'limited';
  /** Per year, not rounded. */
  readonly cost: number;
  /** With lots, no allocation with these shortfalls costs less; else the cost itself up to the duality gap. */
  readonly bestBound: number;
  readonly pledges: readonly CollateralPledge[];
  /** Missing collateral value by obligation; empty when all calls are met. */
  readonly shortfalls: Readonly<Record<string, number>>;
  readonly shadowPrices: AllocationShadowPrices;
}

/** A missing share of a call below this is rounding of the solver. */
const MET = 1e-9;
/** Pledges below this share of the largest call are rounding. */
const NOTHING = 1e-12;

/**
 * The cheapest pledges that meet all calls: min Σ cost·x, Σ x(1−h) ≥ call, Σ x ≤ stock, groups ≤ limit·call by collateral value,
 * lots as whole numbers, no wrong-way pledges. Where the calls cannot all be met, first the least sum of shortfalls. Doubles, not rounded.
 * @throws InvalidInputError naming asset or obligation and field, and as the solver.
 */
export function allocateCollateral(solver: LinearProgrammingSolver, assets: readonly CollateralAsset[], obligations: readonly CollateralObligation[], options: AllocationOptions = {}): CollateralAllocation {
  const { mismatchHaircut = CURRENCY_MISMATCH_HAIRCUT, lots = 'exact', timeLimitSeconds } = options;
  checkCollateral(assets, obligations, mismatchHaircut);
  const built = allocationProgram(assets, obligations, mismatchHaircut);
  const { pairs, program, whole } = built;
  const shortfalls: Record<string, number> = {};
  if (pairs.length === 0) {
    for (const { id, call } of obligations) if (call > 0) shortfalls[id] = call;
    return { status: Object.keys(shortfalls).length > 0 ? 'shortfall' : 'optimal', cost: 0, bestBound: 0, pledges: [], shortfalls, shadowPrices: { calls: {}, stock: {}, concentrations: [], of: 'program' } };
  }
  if (lots === 'rounded' && whole.length > 0) {
    const relaxed = solver.solve(penalised(built));
    const x = roundedLots(relaxed.x, built);
    if (x !== undefined) {
      const cost = x.reduce((sum, units, k) => sum + units * (pairs[k]?.costPerUnit ?? 0), 0);
      return { status: 'limited', cost, bestBound: relaxed.objective, shortfalls, pledges: pledgesOf(x, built, assets, obligations), shadowPrices: shadowPrices(relaxed, built, assets, obligations) };
    }
  }
  const inTime = timeLimitSeconds === undefined ? {} : { timeLimitSeconds };
  const solved = (one: LinearProgram): Answer => (whole.length > 0 ? solver.solveWhole(one, whole, inTime) : solver.solve(one));
  const least = solved(leastShortfall(program, pairs.length));
  const short = least.x.slice(pairs.length);
  const costed = withShortfalls(program, pairs.length, short);
  const best = solved(costed);
  const relaxed = 'rowMultipliers' in best ? best : solver.solve(costed);
  obligations.forEach(({ id, call }, j) => {
    if ((short[j] ?? 0) > MET * call) shortfalls[id] = short[j] ?? 0;
  });
  const limited = [least, best].some((answer) => 'status' in answer && answer.status === 'limited');
  return {
    status: limited ? 'limited' : Object.keys(shortfalls).length > 0 ? 'shortfall' : 'optimal',
    cost: best.objective, bestBound: 'bestBound' in best ? best.bestBound : best.objective, shortfalls,
    pledges: pledgesOf(best.x, built, assets, obligations), shadowPrices: shadowPrices(relaxed, built, assets, obligations),
  };
}

/** A shortfall costs this many times the dearest pledge, so that the relaxation always has an answer. */
const PENALTY = 10;

function penalised({ pairs, program }: AllocationProgram): LinearProgram {
  const dearest = pairs.reduce((most, { costPerUnit, unitValue, haircut }) => Math.max(most, costPerUnit / (unitValue * (1 - haircut))), 0);
  return { ...program, linear: program.linear.map((cost, k) => (k < pairs.length ? cost : PENALTY * (dearest || 1))) };
}

type Answer = LinearSolution | WholeNumberSolution;

function leastShortfall(program: LinearProgram, pairs: number): LinearProgram {
  return { ...program, linear: program.linear.map((_, k) => (k < pairs ? 0 : 1)) };
}

/** Shortfalls are fixed, a hair wider than found, since they were found at the very edge. */
function withShortfalls(program: LinearProgram, pairs: number, short: Float64Array): LinearProgram {
  const upper = program.upper.slice();
  short.forEach((missing, j) => (upper[pairs + j] = Math.max(0, missing) * (1 + MET)));
  return { ...program, upper };
}

function pledgesOf(x: Float64Array, { pairs }: AllocationProgram, assets: readonly CollateralAsset[], obligations: readonly CollateralObligation[]): readonly CollateralPledge[] {
  const largest = obligations.reduce((most, { call }) => Math.max(most, call), 0);
  return pairs.flatMap(({ asset: i, obligation: j, haircut, unitValue, costPerUnit }, k): CollateralPledge[] => {
    const [asset, obligation, units] = [assets[i], obligations[j], x[k] ?? 0];
    if (asset === undefined || obligation === undefined || !(units * unitValue > NOTHING * largest)) return [];
    const marketValue = units * unitValue;
    const quantity = asset.lot === undefined ? marketValue / (asset.price ?? NaN) : units * asset.lot;
    return [{ asset: asset.id, obligation: obligation.id, quantity, marketValue, collateralValue: marketValue * (1 - haircut), haircut, cost: units * costPerUnit }];
  });
}

function shadowPrices({ rowMultipliers }: LinearSolution, { rows, whole }: AllocationProgram, assets: readonly CollateralAsset[], obligations: readonly CollateralObligation[]): AllocationShadowPrices {
  const [calls, stock]: [Record<string, number>, Record<string, number>] = [{}, {}];
  const concentrations: { obligation: string; group: string; price: number }[] = [];
  rows.forEach((row, r) => {
    const price = Math.abs(rowMultipliers[r] ?? 0);
    if (row.kind === 'stock') stock[assets[row.asset]?.id ?? ''] = price;
    else if (row.kind === 'call') calls[obligations[row.obligation]?.id ?? ''] = price;
    else concentrations.push({ obligation: obligations[row.obligation]?.id ?? '', group: row.group, price });
  });
  return { calls, stock, concentrations, of: whole.length > 0 ? 'relaxation' : 'program' };
}

/** A step from the current pledges towards the optimum; quantity above 0 is pledged, below 0 taken back. */
export interface CollateralSubstitution {
  readonly asset: string;
  readonly obligation: string;
  readonly quantity: number;
}

/** What differs between two sets of pledges, by obligation and asset, what is taken back last, so that no call is uncovered on the way. */
export function collateralSubstitutions(current: readonly Pick<CollateralPledge, 'asset' | 'obligation' | 'quantity'>[], optimum: readonly Pick<CollateralPledge, 'asset' | 'obligation' | 'quantity'>[]): readonly CollateralSubstitution[] {
  const changes = new Map<string, CollateralSubstitution>();
  const add = ({ asset, obligation, quantity }: CollateralSubstitution, sign: number): void => {
    const key = JSON.stringify([obligation, asset]);
    changes.set(key, { asset, obligation, quantity: (changes.get(key)?.quantity ?? 0) + sign * quantity });
  };
  current.forEach((pledge) => add(pledge, -1));
  optimum.forEach((pledge) => add(pledge, 1));
  const order = ({ obligation, quantity, asset }: CollateralSubstitution): string => JSON.stringify([obligation, quantity < 0, asset]);
  return [...changes.values()].filter(({ quantity }) => quantity !== 0).toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
