import { InvalidInputError, type Problem } from '@nautilus/model';

export interface CollateralAsset {
  readonly id: string;
  /** What eligibility and haircuts of an agreement go by, e.g. `government_bond`. */
  readonly type: string;
  readonly currency: string;
  readonly issuer?: string;
  /** Units in stock. */
  readonly quantity: number;
  /** Market value of a unit in the base currency. */
  readonly price?: number | undefined;
  /** Share of the market value that does not count, 0 to 1. */
  readonly haircut: number;
  /** Per unit of market value and year. */
  readonly fundingCost: number;
  readonly opportunityCost?: number;
  /** Units that can only be pledged together; absent: any amount. */
  readonly lot?: number;
  /** Concentration groups it belongs to, e.g. `issuer:ACME`. */
  readonly groups?: readonly string[];
}

export interface CollateralObligation {
  readonly id: string;
  readonly counterparty: string;
  readonly currency: string;
  /** Collateral value to be delivered, in the base currency. */
  readonly call: number;
  /** Absent: every type. */
  readonly eligibleTypes?: readonly string[];
  /** By type, in place of the asset's own. */
  readonly haircuts?: Readonly<Record<string, number>>;
  /** Largest share of the call that the collateral value of a group may be. */
  readonly concentrationLimits?: readonly { readonly group: string; readonly limit: number }[];
}

export const CURRENCY_MISMATCH_HAIRCUT = 0.08;

/** Haircut of an asset for an obligation, the addition for another currency included; undefined where it may not be pledged: type, wrong way (issuer is the counterparty), or nothing left of its value. */
export function pairHaircut(asset: CollateralAsset, obligation: CollateralObligation, mismatchHaircut: number): number | undefined {
  if (asset.issuer !== undefined && asset.issuer === obligation.counterparty) return undefined;
  if (obligation.eligibleTypes !== undefined && !obligation.eligibleTypes.includes(asset.type)) return undefined;
  const haircut = (obligation.haircuts?.[asset.type] ?? asset.haircut) + (asset.currency === obligation.currency ? 0 : mismatchHaircut);
  return haircut < 1 ? haircut : undefined;
}

/** @throws InvalidInputError naming every asset and obligation with the field that is wrong. */
export function checkCollateral(assets: readonly CollateralAsset[], obligations: readonly CollateralObligation[], mismatchHaircut: number): void {
  const problems: Problem[] = [];
  const need = (path: string, holds: boolean, message: string): void => {
    if (!holds) problems.push({ path, message });
  };
  const amount = (value: number | undefined): boolean => value !== undefined && value >= 0 && value < Infinity;
  const share = (value: number): boolean => value >= 0 && value <= 1;
  need('mismatchHaircut', share(mismatchHaircut), `${mismatchHaircut} is no share`);
  const seen = new Set<string>();
  for (const { id, quantity, price, haircut, fundingCost, opportunityCost = 0, lot } of assets) {
    need(`assets.${id}`, !seen.has(id), 'appears twice');
    seen.add(id);
    need(`assets.${id}.quantity`, amount(quantity), `${quantity} is no stock`);
    need(`assets.${id}.price`, amount(price) && price !== 0, 'no price above 0');
    need(`assets.${id}.haircut`, share(haircut), `${haircut} is no share`);
    need(`assets.${id}.fundingCost`, amount(fundingCost), `${fundingCost} is no cost of at least 0`);
    need(`assets.${id}.opportunityCost`, amount(opportunityCost), `${opportunityCost} is no cost of at least 0`);
    need(`assets.${id}.lot`, lot === undefined || (lot > 0 && lot < Infinity), `${lot} is no lot above 0`);
  }
  const named = new Set<string>();
  for (const { id, call, haircuts = {}, concentrationLimits = [] } of obligations) {
    need(`obligations.${id}`, !named.has(id), 'appears twice');
    named.add(id);
    need(`obligations.${id}.call`, amount(call), `${call} is no amount of at least 0`);
    for (const [type, haircut] of Object.entries(haircuts)) need(`obligations.${id}.haircuts.${type}`, share(haircut), `${haircut} is no share`);
    for (const { group, limit } of concentrationLimits) need(`obligations.${id}.concentrationLimits.${group}`, limit >= 0 && limit < Infinity, `${limit} is no limit`);
  }
  if (problems.length > 0) throw new InvalidInputError(problems);
}
