import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CorruptDataError, NotFoundError, type Bar } from '@nautilus/model';
import { isMissingFile } from './missing-file.ts';

/** `raw`: as traded. `split`: as if every later split had happened before. `total`: also every later dividend reinvested. */
export const ADJUSTMENTS = ['raw', 'split', 'total'] as const;
export type Adjustment = (typeof ADJUSTMENTS)[number];

/** One row of a factor file: it holds for every day up to and including `date` that no earlier row covers. */
export interface FactorRow {
  readonly date: string;
  readonly priceFactor: number;
  readonly splitFactor: number;
}

/** Splits and dividends of one security as factors, ascending by date. Source of the convention: QuantConnect Lean. */
export class CorporateActions {
  readonly #rows: readonly FactorRow[];

  constructor(rows: readonly FactorRow[]) {
    this.#rows = rows;
  }

  /**
   * What turns prices of `date` into those of somebody who looks back from `asOf`: what happened later is not known
   * there. Prices are multiplied by `price`, volumes divided by `split`.
   */
  factors(date: string, asOf: string, adjustment: Exclude<Adjustment, 'raw'>): { readonly price: number; readonly split: number } {
    const [then, now] = [this.#on(date), this.#on(asOf)];
    const split = then.splitFactor / now.splitFactor;
    return { split, price: adjustment === 'split' ? split : (split * then.priceFactor) / now.priceFactor };
  }

  #on(date: string): Pick<FactorRow, 'priceFactor' | 'splitFactor'> {
    return this.#rows.find((row) => row.date >= date) ?? { priceFactor: 1, splitFactor: 1 };
  }
}

/** A bar at the prices of `asOf`; raw bars are what is stored. `dateOf` gives the day on which a bar traded. */
export function adjusted(bar: Bar, date: string, asOf: string, adjustment: Adjustment, actions: CorporateActions): Bar {
  if (adjustment === 'raw') return bar;
  const { price, split } = actions.factors(date, asOf, adjustment);
  return {
    ...bar, open: bar.open * price, high: bar.high * price, low: bar.low * price, close: bar.close * price, vwap: bar.vwap === null ? null : bar.vwap * price, volume: bar.volume / split,
  };
}

/** Rows of `YYYYMMDD,price factor,split factor,reference price`. @throws CorruptDataError naming `file` */
export function readFactors(text: string, file: string): CorporateActions {
  const rows = text.trim().split(/\r?\n/).map((line, index): FactorRow => {
    const [, year = '', month = '', day = '', price = '', split = ''] = /^(\d{4})(\d{2})(\d{2}),([\d.]+),([\d.]+),/.exec(line) ?? [];
    const [priceFactor, splitFactor] = [Number(price), Number(split)];
    if (day === '' || !(priceFactor > 0 && splitFactor > 0)) throw new CorruptDataError(`${file}:${index + 1} is no row of factors`);
    return { date: `${year}-${month}-${day}`, priceFactor, splitFactor };
  });
  if (rows.some(({ date }, index) => date <= (rows[index - 1]?.date ?? ''))) throw new CorruptDataError(`${file}: the days do not ascend`);
  return new CorporateActions(rows);
}

/** Those of one data folder, read when they are first asked for. */
export class CorporateActionFiles {
  readonly #folder: string;
  readonly #read = new Map<string, Promise<CorporateActions>>();

  constructor(dataDirectory: string) {
    this.#folder = join(dataDirectory, 'market', 'corporate_actions', 'factor_files');
  }

  /** @throws NotFoundError when nobody told of the actions of a symbol: none is not the same as unknown */
  of(symbol: string): Promise<CorporateActions> {
    let read = this.#read.get(symbol);
    if (read === undefined) {
      read = this.#load(symbol);
      this.#read.set(symbol, read);
      read.catch(() => this.#read.delete(symbol));
    }
    return read;
  }

  async #load(symbol: string): Promise<CorporateActions> {
    const file = `${symbol.replaceAll(/[^A-Z0-9.-]/g, '-')}.csv`;
    try {
      return readFactors(await readFile(join(this.#folder, file), 'utf8'), file);
    } catch (error) {
      if (!isMissingFile(error)) throw error;
      throw new NotFoundError('corporate actions', `splits and dividends of ${symbol} are not known here: only raw prices can be given`);
    }
  }
}
