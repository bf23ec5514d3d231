import { InvalidInputError } from '@nautilus/model';
import { roundedToCents } from '../money.ts';
import { commodityScan, type CommodityScan, type ScanParameters, type ScanPosition } from './scan-risk.ts';

/** Credit for opposite deltas in two commodities: `ratios` deltas of each form one spread. */
export interface CommoditySpread {
  readonly commodities: readonly [string, string];
  readonly ratios: readonly [number, number];
  /** Share of the scanning risk of the deltas in the spread, 0 to 1. */
  readonly credit: number;
}

/** Unrounded amounts, but for `requirement`, which is in cents. */
export interface CommodityMargin extends CommodityScan {
  readonly credit: number;
  readonly requirement: number;
}

export interface ScanMargin {
  readonly ruleSet: typeof SCAN_MARGIN_SET;
  /** In cents. */
  readonly requirement: number;
  readonly commodities: readonly CommodityMargin[];
}

export const SCAN_MARGIN_SET = '16 scenarios in the manner of SPAN, to be confirmed against the clearing house';

/**
 * Scanning margin: per commodity the largest loss of sixteen scenarios + spread charge between its months + delivery charge
 * − credits between commodities, at least the short-option minimum. Spreads are formed in their order; each uses up the
 * deltas it takes. Doubles inside, cents at the end.
 * @throws InvalidInputError naming position and field, the commodity without parameters, and impossible spreads.
 */
export function scanMargin(positions: readonly ScanPosition[], parameters: readonly ScanParameters[], spreads: readonly CommoditySpread[] = []): ScanMargin {
  const known = new Map(parameters.map((set) => [set.commodity, set]));
  const missing = positions.find(({ commodity }) => !known.has(commodity));
  if (missing !== undefined) throw new InvalidInputError([{ path: `positions.${missing.id}.commodity`, message: `${missing.commodity} has no scan parameters` }]);
  const scans = [...Map.groupBy(positions, ({ commodity }) => commodity)]
    .flatMap(([commodity, members]) => {
      const set = known.get(commodity);
      return set === undefined ? [] : [commodityScan(members, set)];
    })
    .toSorted((a, b) => (a.commodity < b.commodity ? -1 : 1));
  const credits = spreadCredits(scans, spreads);
  let total = 0;
  const commodities = scans.map((scan): CommodityMargin => {
    const credit = credits.get(scan.commodity) ?? 0;
    const requirement = Math.max(scan.scanRisk + scan.spreadCharge + scan.deliveryCharge - credit, scan.shortOptionMinimum);
    total += requirement;
    return { ...scan, credit, requirement: roundedToCents(requirement) };
  });
  return { ruleSet: SCAN_MARGIN_SET, requirement: roundedToCents(total), commodities };
}

function spreadCredits(scans: readonly CommodityScan[], spreads: readonly CommoditySpread[]): ReadonlyMap<string, number> {
  const left = new Map(scans.map(({ commodity, delta }) => [commodity, delta]));
  const riskPerDelta = new Map(scans.map(({ commodity, delta, scanRisk }) => [commodity, delta === 0 ? 0 : scanRisk / Math.abs(delta)]));
  const credits = new Map<string, number>();
  spreads.forEach(({ commodities: [a, b], ratios: [first, second], credit }, i) => {
    if (!(first > 0 && second > 0 && first < Infinity && second < Infinity)) throw new InvalidInputError([{ path: `spreads.${i}.ratios`, message: 'must be above 0' }]);
    if (!(credit >= 0 && credit <= 1)) throw new InvalidInputError([{ path: `spreads.${i}.credit`, message: `${credit} is no share` }]);
    if (a === b) throw new InvalidInputError([{ path: `spreads.${i}.commodities`, message: 'must differ' }]);
    const [deltaA, deltaB] = [left.get(a) ?? 0, left.get(b) ?? 0];
    if (deltaA * deltaB >= 0) return;
    const formed = Math.min(Math.abs(deltaA) / first, Math.abs(deltaB) / second);
    for (const [commodity, delta, ratio] of [[a, deltaA, first], [b, deltaB, second]] as const) {
      left.set(commodity, delta - Math.sign(delta) * formed * ratio);
      credits.set(commodity, (credits.get(commodity) ?? 0) + credit * formed * ratio * (riskPerDelta.get(commodity) ?? 0));
    }
  });
  return credits;
}
