import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CorruptDataError, NotFoundError } from '@nautilus/model';
import { isMissingFile } from './missing-file.ts';

/** Days are `YYYY-MM-DD`, both inclusive. */
export interface TickerPeriod {
  readonly ticker: string;
  readonly from: string;
  /** Null while it still trades so. */
  readonly until: string | null;
}

const LAST_DAY = '20501231';
const DAY_MS = 86_400_000;

/**
 * Under which tickers one security traded. Rows of a map file are (last day, ticker): the security bore the ticker until that
 * day; the day of the first row is also its first. @throws CorruptDataError for what is no map file
 */
export function readMapFile(text: string, file: string): readonly TickerPeriod[] {
  const rows = text.split(/\r?\n/).filter((line) => line !== '').map((line, index) => {
    const [day = '', ticker = ''] = line.split(',');
    if (!/^\d{8}$/.test(day) || ticker === '') throw new CorruptDataError(`${file}:${index + 1}: a row needs a last day and a ticker`);
    return { day, ticker: ticker.toUpperCase() };
  });
  const [first] = rows;
  if (first === undefined || rows.some(({ day }, index) => day < (rows[index - 1]?.day ?? ''))) throw new CorruptDataError(`${file}: there are no rows, or their days do not ascend`);
  const periods: TickerPeriod[] = [];
  let from = isoDay(first.day);
  for (const { day, ticker } of rows) {
    const until = day === LAST_DAY ? null : isoDay(day);
    const last = periods.at(-1);
    if (last?.ticker === ticker) periods[periods.length - 1] = { ...last, until };
    else periods.push({ ticker, from, until });
    from = until === null ? from : new Date(Date.parse(until) + DAY_MS).toISOString().slice(0, 10);
  }
  return periods;
}

/** Of the security that bears the symbol now. @throws NotFoundError when nobody told */
export async function tickersOf(symbol: string, dataDirectory: string): Promise<readonly TickerPeriod[]> {
  const file = `${symbol.replaceAll(/[^A-Z0-9.-]/g, '-')}.csv`;
  try {
    return readMapFile(await readFile(join(dataDirectory, 'market', 'corporate_actions', 'map_files', file), 'utf8'), file);
  } catch (error) {
    if (!isMissingFile(error)) throw error;
    throw new NotFoundError('symbol history', `the tickers that ${symbol} had before are not known here`);
  }
}

const isoDay = (day: string): string => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
