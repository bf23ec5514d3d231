import type { LinearProgram } from '../../portfolio/linear-programming/linear-program.ts';
import type { LinearRow } from '../../portfolio/quadratic-program.ts';
import { pairHaircut, type CollateralAsset, type CollateralObligation } from './collateral-terms.ts';

/** An asset that may be pledged to an obligation: one variable of the program. */
export interface AllocationPair {
  readonly asset: number;
  readonly obligation: number;
  readonly haircut: number;
  /** Market value of one unit of the variable: a lot's, or 1 where any amount goes. */
  readonly unitValue: number;
  readonly costPerUnit: number;
}

export interface AllocationProgram {
  readonly pairs: readonly AllocationPair[];
  /** Variables: pairs, then one shortfall per obligation. */
  readonly program: LinearProgram;
  /** Pairs counted in lots. */
  readonly whole: Int32Array;
  /** What each row is about, in their order. */
  readonly rows: readonly RowSubject[];
}

export type RowSubject =
  | { readonly kind: 'call'; readonly obligation: number }
  | { readonly kind: 'stock'; readonly asset: number }
  | { readonly kind: 'concentration'; readonly obligation: number; readonly group: string };

/** The program with shortfalls open; its objective is the cost. Obligations and assets must have passed `checkCollateral`. */
export function allocationProgram(assets: readonly CollateralAsset[], obligations: readonly CollateralObligation[], mismatchHaircut: number): AllocationProgram {
  const pairs: AllocationPair[] = [];
  const stock: number[] = [];
  obligations.forEach((obligation, j) => {
    assets.forEach((asset, i) => {
      const haircut = pairHaircut(asset, obligation, mismatchHaircut);
      if (haircut === undefined || obligation.call === 0) return;
      const { price = NaN, quantity, lot } = asset;
      const unitValue = lot === undefined ? 1 : lot * price;
      pairs.push({ asset: i, obligation: j, haircut, unitValue, costPerUnit: (asset.fundingCost + (asset.opportunityCost ?? 0)) * unitValue });
      stock.push(lot === undefined ? quantity * price : Math.floor(quantity / lot + WHOLE));
    });
  });
  const size = pairs.length + obligations.length;
  const [rows, subjects]: [LinearRow[], RowSubject[]] = [[], []];
  const add = (subject: RowSubject, name: string, members: readonly (readonly [number, number])[], lower: number, upper: number): void => {
    rows.push({ name, indices: Int32Array.from(members, ([index]) => index), values: Float64Array.from(members, ([, value]) => value), lower, upper });
    subjects.push(subject);
  };
  const byObligation = Map.groupBy(pairs.keys(), (k) => pairs[k]?.obligation ?? 0);
  const byAsset = Map.groupBy(pairs.keys(), (k) => pairs[k]?.asset ?? 0);
  const collateralValue = (k: number): readonly [number, number] => [k, (pairs[k]?.unitValue ?? 0) * (1 - (pairs[k]?.haircut ?? 0))];
  obligations.forEach(({ id, call, concentrationLimits = [] }, j) => {
    if (call === 0) return;
    const members = byObligation.get(j) ?? [];
    add({ kind: 'call', obligation: j }, `call of ${id}`, [...members.map(collateralValue), [pairs.length + j, 1]], call, Infinity);
    for (const { group, limit } of concentrationLimits) {
      const inGroup = members.filter((k) => assets[pairs[k]?.asset ?? -1]?.groups?.includes(group) === true);
      if (inGroup.length > 0) add({ kind: 'concentration', obligation: j, group }, `${group} at ${id}`, inGroup.map(collateralValue), -Infinity, limit * call);
    }
  });
  for (const [i, members] of byAsset) add({ kind: 'stock', asset: i }, `stock of ${assets[i]?.id ?? ''}`, members.map((k) => [k, 1] as const), -Infinity, stock[members[0] ?? 0] ?? 0);
  return {
    pairs, rows: subjects, whole: Int32Array.from([...pairs.keys()].filter((k) => assets[pairs[k]?.asset ?? -1]?.lot !== undefined)),
    program: {
      size, rows, lower: new Float64Array(size), upper: new Float64Array(size).fill(Infinity),
      linear: Float64Array.from({ length: size }, (_, k) => pairs[k]?.costPerUnit ?? 0),
    },
  };
}

/** A quotient this far below a whole number of lots is that number, divided in doubles. */
const WHOLE = 1e-9;
