import { InvalidInputError } from '@nautilus/model';
import { crossSectionReturns, type CrossSectionReturns } from './cross-section-returns.ts';
import { winsorised } from './cross-section-helpers.ts';
import { columnOf, picked, type ModelPanel } from './model-panel.ts';

/** Columns and parameters of an estimation. Sectors and styles are taken in ascending order of their names. */
export interface FactorReturnPlan {
  readonly returns: string;
  readonly capitalisation: string;
  /** Indicator columns. */
  readonly sectors: readonly string[];
  /** Score columns. */
  readonly styles: readonly string[];
  /** Share of the returns of a date that is clipped at each end. */
  readonly winsorShare: number;
  readonly residualizeStyles: boolean;
}

/** What the routes take when nothing is said. */
export const FACTOR_RETURN_DEFAULTS = { returns: 'asset_returns', capitalisation: 'market_cap', winsorShare: 0.02, residualizeStyles: true } as const;

export type ExclusionReason = 'no_return' | 'no_capitalisation' | 'no_sector' | 'no_style';

export interface DatedFactorReturns {
  readonly date: string;
  /** Undefined when fewer than two assets are complete. */
  readonly estimate: CrossSectionReturns | undefined;
  /** The symbols of the residuals, in their order. */
  readonly symbols: readonly string[];
  /** The returns that were explained: clipped. */
  readonly explained: Float64Array;
  readonly excluded: readonly { readonly symbol: string; readonly reason: ExclusionReason }[];
}

export interface FactorReturns {
  /** Names in the order of the estimates. */
  readonly sectors: readonly string[];
  readonly styles: readonly string[];
  /** Ascending; dates without one complete row are left out. */
  readonly dates: readonly DatedFactorReturns[];
}

/**
 * Factor returns of every date that has a complete asset, each date on its own. Assets without return, positive
 * capitalisation, sector or one of the styles are left out and listed with the first reason that holds.
 * @throws InvalidInputError for missing columns and a share outside 0…1
 */
export function factorReturns(panel: ModelPanel, plan: FactorReturnPlan): FactorReturns {
  const sectors = plan.sectors.toSorted();
  const styles = plan.styles.toSorted();
  if (new Set([...sectors, ...styles]).size < sectors.length + styles.length) throw new InvalidInputError([{ path: 'styles', message: 'a column is named twice' }]);
  const returns = columnOf(panel, plan.returns);
  const capitalisations = columnOf(panel, plan.capitalisation);
  const sectorColumns = sectors.map((name) => columnOf(panel, name));
  const styleColumns = styles.map((name) => columnOf(panel, name));
  const reasonOf = (row: number): ExclusionReason | undefined => {
    if (!Number.isFinite(returns[row])) return 'no_return';
    const capitalisation = capitalisations[row] ?? NaN;
    if (!(capitalisation > 0 && capitalisation < Infinity)) return 'no_capitalisation';
    if (sectorColumns.length > 0 && (sectorColumns.some((column) => !Number.isFinite(column[row])) || sectorColumns.every((column) => column[row] === 0))) return 'no_sector';
    return styleColumns.some((column) => !Number.isFinite(column[row])) ? 'no_style' : undefined;
  };
  const dates: DatedFactorReturns[] = [];
  panel.dates.forEach((date, d) => {
    const rows: number[] = [];
    const excluded: DatedFactorReturns['excluded'][number][] = [];
    for (let row = panel.dateStarts[d] ?? 0; row < (panel.dateStarts[d + 1] ?? 0); row++) {
      const reason = reasonOf(row);
      if (reason === undefined) rows.push(row);
      else excluded.push({ symbol: symbolOfRow(panel, row), reason });
    }
    if (rows.length === 0) return;
    const pick = (column: Float64Array): Float64Array => picked(column, rows);
    const explained = winsorised(pick(returns), plan.winsorShare);
    const assets = { returns: explained, capitalisations: pick(capitalisations), sectors: sectorColumns.map(pick), styles: styleColumns.map(pick) };
    dates.push({ date, estimate: crossSectionReturns(assets, plan.residualizeStyles), symbols: rows.map((row) => symbolOfRow(panel, row)), explained, excluded });
  });
  return { sectors, styles, dates };
}

const symbolOfRow = (panel: ModelPanel, row: number): string => panel.symbols[panel.symbolOf[row] ?? -1] ?? '';
