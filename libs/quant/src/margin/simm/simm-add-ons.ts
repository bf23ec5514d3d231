import { InvalidInputError, type Problem } from '@nautilus/model';
import { SIMM_PRODUCT_CLASSES, type SimmProductClass } from './simm-sensitivity.ts';

/** What parties agree beside the sensitivities. */
export interface SimmAddOns {
  /** Per cent of the notional of a product; one entry per product. */
  readonly notionalFactors?: readonly { readonly product: string; readonly percent: number }[];
  /** Gross notionals, at least 0; those of one product are summed. */
  readonly notionals?: readonly { readonly product: string; readonly amountUsd: number }[];
  readonly fixedAmountsUsd?: readonly number[];
  /** At least 1, at most one per product class. */
  readonly multipliers?: readonly { readonly productClass: SimmProductClass; readonly multiplier: number }[];
}

export interface SimmAddOnMargin {
  readonly marginUsd: number;
  /** `percent` and `marginUsd` are null for a product whose parties agreed no factor: nothing is added for it. */
  readonly notionals: readonly { readonly product: string; readonly notionalUsd: number; readonly percent: number | null; readonly marginUsd: number | null }[];
  readonly fixedUsd: number;
  /** Sum over product classes of (multiplier − 1) × margin. */
  readonly multipliers: readonly { readonly productClass: SimmProductClass; readonly multiplier: number; readonly marginUsd: number }[];
}

/** Σ factor × notional + fixed amounts + Σ (multiplier − 1) × margin of the product class. @throws InvalidInputError naming the entry and field. */
export function simmAddOns(addOns: SimmAddOns, productMarginUsd: (productClass: SimmProductClass) => number): SimmAddOnMargin {
  check(addOns);
  const { notionalFactors = [], notionals = [], fixedAmountsUsd = [], multipliers = [] } = addOns;
  const percentOf = new Map(notionalFactors.map(({ product, percent }) => [product, percent]));
  const byProduct = new Map<string, number>();
  for (const { product, amountUsd } of notionals) byProduct.set(product, (byProduct.get(product) ?? 0) + amountUsd);
  const ofNotionals = Array.from(byProduct, ([product, notionalUsd]) => {
    const percent = percentOf.get(product) ?? null;
    return { product, notionalUsd, percent, marginUsd: percent === null ? null : (percent / 100) * notionalUsd };
  });
  const ofMultipliers = multipliers.map(({ productClass, multiplier }) => ({ productClass, multiplier, marginUsd: (multiplier - 1) * productMarginUsd(productClass) }));
  const fixedUsd = fixedAmountsUsd.reduce((sum, amount) => sum + amount, 0);
  const marginUsd = [...ofNotionals, ...ofMultipliers].reduce((sum, part) => sum + (part.marginUsd ?? 0), fixedUsd);
  return { marginUsd, notionals: ofNotionals, fixedUsd, multipliers: ofMultipliers };
}

function check({ notionalFactors = [], notionals = [], fixedAmountsUsd = [], multipliers = [] }: SimmAddOns): void {
  const problems: Problem[] = [];
  const atLeast = (least: number, value: number, path: string): void => {
    if (!(value >= least && value < Infinity)) problems.push({ path, message: `must be a number from ${least} on` });
  };
  const once = (keys: readonly string[], path: string, field: string): void => {
    keys.forEach((key, i) => {
      if (keys.indexOf(key) < i) problems.push({ path: `${path}.${i}.${field}`, message: `${key} has a value already` });
    });
  };
  notionalFactors.forEach(({ percent }, i) => atLeast(0, percent, `addOns.notionalFactors.${i}.percent`));
  notionals.forEach(({ amountUsd }, i) => atLeast(0, amountUsd, `addOns.notionals.${i}.amountUsd`));
  fixedAmountsUsd.forEach((amount, i) => atLeast(0, amount, `addOns.fixedAmountsUsd.${i}`));
  multipliers.forEach(({ productClass, multiplier }, i) => {
    atLeast(1, multiplier, `addOns.multipliers.${i}.multiplier`);
    if (!SIMM_PRODUCT_CLASSES.includes(productClass)) problems.push({ path: `addOns.multipliers.${i}.productClass`, message: `${productClass} is none of ${SIMM_PRODUCT_CLASSES.join(', ')}` });
  });
  once(notionalFactors.map(({ product }) => product), 'addOns.notionalFactors', 'product');
  once(multipliers.map(({ productClass }) => productClass), 'addOns.multipliers', 'productClass');
  if (problems.length > 0) throw new InvalidInputError(problems);
}
