import { NotFoundError } from '@nautilus/model';
import { dayIn, numberIn, recordedFiles, recordedTable } from './recorded-table.ts';

/** Holds from its day on, until that of the next. */
export interface FuturesMargin {
  readonly date: string;
  /** US dollars per contract, to open and to keep a position. */
  readonly initial: number;
  readonly maintenance: number;
}

export interface InterestRate {
  readonly date: string;
  /** Percent a year. */
  readonly percent: number;
}

/** The Federal Reserve's rate on primary credit (discount window). */
export const DISCOUNT_RATE = 'us_interest_rate';

/** Ascending by day. @throws NotFoundError where none are recorded, with those that are */
export async function futuresMargins(root: string, dataDirectory: string): Promise<readonly FuturesMargin[]> {
  const rows = await recordedTable(dataDirectory, 'futures_margins', `${root.replaceAll(/[^A-Z0-9]/g, '')}.csv`);
  if (rows === undefined) throw new NotFoundError('futures margins', `no margins of ${root} are recorded here`, { known: await namesIn(dataDirectory, 'futures_margins') });
  return rows
    .map((row) => ({ date: dayIn(row['date'] ?? ''), initial: numberIn(row, 'initial'), maintenance: numberIn(row, 'maintenance') }))
    .sort(byDay);
}

/** Ascending by day. @throws NotFoundError where it is not recorded, with those that are */
export async function interestRates(name: string, dataDirectory: string): Promise<readonly InterestRate[]> {
  const rows = await recordedTable(dataDirectory, 'rates', `${name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '')}.csv`);
  if (rows === undefined) throw new NotFoundError('interest rate', `no rate ${name} is recorded here`, { known: await namesIn(dataDirectory, 'rates') });
  return rows.map((row) => {
    const [day = '', percent = ''] = Object.values(row);
    return { date: dayIn(day), percent: numberIn({ percent }, 'percent') };
  }).sort(byDay);
}

/** The one that held on the day; undefined before the first. */
export function heldOn<T extends { readonly date: string }>(values: readonly T[], day: string): T | undefined {
  return values.findLast(({ date }) => date <= day);
}

const namesIn = async (dataDirectory: string, folder: string): Promise<readonly string[]> => (await recordedFiles(dataDirectory, folder)).map((file) => file.slice(0, -'.csv'.length));

function byDay(a: { readonly date: string }, b: { readonly date: string }): number {
  return a.date < b.date ? -1 : a.date > b.date ? 1 : 0;
}
