import { InvalidInputError, type Problem } from '@nautilus/model';
import { quadraticForm, type SymmetricMatrix } from '../../linear-algebra/symmetric-matrix.ts';
import type { AssetPanel } from '../../portfolio/asset-panel.ts';
import { correlationFromCovariance } from '../../portfolio/covariance.ts';
import { shrunkCovariance } from '../../portfolio/shrinkage.ts';
import { roundedToCents } from '../money.ts';
import type { PartialPosition } from '../margin-position.ts';

export const HOUSE_CLASSES = ['equity', 'bond', 'currency', 'derivative'] as const;
export type HouseClass = (typeof HOUSE_CLASSES)[number];

/** Shares of the market value; the simple house schedule. */
export const HOUSE_RATES: Readonly<Record<HouseClass, { readonly initial: number; readonly maintenance: number }>> = {
  equity: { initial: 0.25, maintenance: 0.15 }, bond: { initial: 0.05, maintenance: 0.03 },
  currency: { initial: 0.02, maintenance: 0.015 }, derivative: { initial: 0.15, maintenance: 0.1 },
};

export interface HousePosition {
  readonly id: string;
  readonly assetClass: HouseClass;
  /** Whose returns correlate; several positions may share one. */
  readonly symbol: string;
  readonly quantity: number;
  readonly price?: number | undefined;
  /** Units per contract; default 1. */
  readonly multiplier?: number;
  /** What 100 % is taken of where a partial answer is allowed and the price is absent. */
  readonly lastPrice?: number | undefined;
}

export interface HouseMarginOptions {
  readonly allowPartial?: boolean;
  /** Correlation of returns; a position whose symbol it lacks gets no offset. Absent: no offsets at all. */
  readonly correlation?: { readonly symbols: readonly string[]; readonly matrix: SymmetricMatrix };
  /** Largest share of the sum that offsets may take; default 0.6. */
  readonly benefitCap?: number;
}

export interface HousePositionMargin {
  readonly id: string;
  /** Stand-alone, above 0; not rounded. */
  readonly initial: number;
  readonly maintenance: number;
}

/** In cents, but for the margins of the positions. */
export interface HouseMargin {
  /** Σ of the stand-alone initial margins. */
  readonly total: number;
  readonly diversificationBenefit: number;
  /** total − benefit. */
  readonly adjusted: number;
  readonly maintenance: number;
  readonly maintenanceAdjusted: number;
  readonly positions: readonly HousePositionMargin[];
  readonly partial: readonly PartialPosition[];
  /** Positions that take no part in offsets, since their returns are not in the correlation. */
  readonly withoutOffset: readonly string[];
}

const BENEFIT_CAP = 0.6;

/**
 * House schedule with offsets: stand-alone margin m_i = rate of the class × market value, signed like the position; margin of the
 * set √(mᵀRm); benefit Σ|m| − that, at most 60 % of Σ|m|. Doubles inside, cents at the end.
 * @throws InvalidInputError naming position and field, also for an unknown class.
 */
export function houseMargin(positions: readonly HousePosition[], options: HouseMarginOptions = {}): HouseMargin {
  const { allowPartial = false, correlation, benefitCap = BENEFIT_CAP } = options;
  if (!(benefitCap >= 0 && benefitCap <= 1)) throw new InvalidInputError([{ path: 'benefitCap', message: `${benefitCap} is no share` }]);
  const [partial, withoutOffset, problems]: [PartialPosition[], string[], Problem[]] = [[], [], []];
  const [initial, maintenance] = [new OffsetSum(correlation), new OffsetSum(correlation)];
  const margins: HousePositionMargin[] = [];
  for (const position of positions) {
    const { id, assetClass, symbol, quantity, price, lastPrice, multiplier = 1 } = position;
    const rates = HOUSE_CLASSES.includes(assetClass) ? HOUSE_RATES[assetClass] : undefined;
    const missing = fieldProblems(position, rates === undefined);
    if (missing.length === 0 && rates !== undefined) {
      const value = quantity * multiplier * (price ?? NaN);
      initial.add(symbol, rates.initial * value);
      maintenance.add(symbol, rates.maintenance * value);
      margins.push({ id, initial: rates.initial * Math.abs(value), maintenance: rates.maintenance * Math.abs(value) });
      if (correlation !== undefined && !correlation.symbols.includes(symbol)) withoutOffset.push(id);
      continue;
    }
    const full = Math.abs(quantity) * multiplier * (price ?? lastPrice ?? NaN);
    if (allowPartial && Number.isFinite(full)) partial.push({ id, margin: full, missing: missing.map(({ path }) => path.slice(path.lastIndexOf('.') + 1)) });
    else problems.push(...missing);
  }
  if (problems.length > 0) throw new InvalidInputError(problems);
  const inFull = partial.reduce((sum, { margin }) => sum + margin, 0);
  const total = initial.gross + inFull;
  const benefit = initial.benefit(benefitCap);
  return {
    total: roundedToCents(total), diversificationBenefit: roundedToCents(benefit), adjusted: roundedToCents(total - benefit),
    maintenance: roundedToCents(maintenance.gross + inFull), maintenanceAdjusted: roundedToCents(maintenance.gross + inFull - maintenance.benefit(benefitCap)),
    positions: margins, partial, withoutOffset,
  };
}

/** Correlation of returns for `houseMargin`, shrunk towards constant correlation (Ledoit & Wolf 2003). Errors as `shrunkCovariance`. */
export function houseCorrelation(returns: AssetPanel): NonNullable<HouseMarginOptions['correlation']> {
  return { symbols: returns.assets, matrix: correlationFromCovariance(shrunkCovariance(returns, 'constant_correlation').covariance, returns.assets) };
}

function fieldProblems({ id, assetClass, quantity, price, multiplier = 1 }: HousePosition, unknown: boolean): readonly Problem[] {
  const problems: Problem[] = [];
  if (unknown) problems.push({ path: `positions.${id}.assetClass`, message: `${String(assetClass)} is an unknown class` });
  if (!Number.isFinite(quantity)) problems.push({ path: `positions.${id}.quantity`, message: 'must be finite' });
  if (!(multiplier > 0 && multiplier < Infinity)) problems.push({ path: `positions.${id}.multiplier`, message: 'no multiplier above 0' });
  if (!(price !== undefined && price >= 0 && price < Infinity)) problems.push({ path: `positions.${id}.price`, message: 'no price of at least 0' });
  return problems;
}

/** Signed margins by symbol; positions outside the correlation count apart. */
class OffsetSum {
  readonly #correlation: HouseMarginOptions['correlation'];
  readonly #index: ReadonlyMap<string, number>;
  readonly #signed: Float64Array;
  #apart = 0;
  gross = 0;

  constructor(correlation: HouseMarginOptions['correlation']) {
    this.#correlation = correlation;
    this.#index = new Map(correlation?.symbols.map((symbol, i) => [symbol, i]));
    this.#signed = new Float64Array(correlation?.symbols.length ?? 0);
    if (correlation !== undefined && correlation.matrix.size !== correlation.symbols.length) throw new InvalidInputError([{ path: 'correlation', message: `${correlation.matrix.size} rows for ${correlation.symbols.length} symbols` }]);
  }

  add(symbol: string, margin: number): void {
    const at = this.#index.get(symbol);
    if (at === undefined) this.#apart += Math.abs(margin);
    else this.#signed[at] = (this.#signed[at] ?? 0) + margin;
    this.gross += Math.abs(margin);
  }

  benefit(cap: number): number {
    if (this.#correlation === undefined) return 0;
    const together = Math.sqrt(Math.max(0, quadraticForm(this.#correlation.matrix, this.#signed)));
    return Math.min(cap * this.gross, Math.max(0, this.gross - this.#apart - together));
  }
}
