import type { ReasonCode } from '@nautilus/model';
import { TrailingYear, balance, knownFacts, yearBefore, type Fact } from './trailing-year.ts';

export const FUNDAMENTAL_NAMES = ['pe_ratio', 'pb_ratio', 'roe', 'debt_to_equity', 'revenue_growth'] as const;
export type FundamentalName = (typeof FUNDAMENTAL_NAMES)[number];

/** A figure, or why there is none. */
export type Figure = number | { readonly reason: ReasonCode };

/** What the reports known at a time say; the ratios follow with a price. */
export interface Statement {
  readonly earningsPerShare: Figure;
  readonly bookValuePerShare: Figure;
  readonly roe: Figure;
  readonly debtToEquity: Figure;
  readonly revenueGrowth: Figure;
}

/** Names under which companies report sales. */
const REVENUE_TAGS = ['RevenueFromContractWithCustomerExcludingAssessedTax', 'Revenues', 'SalesRevenueNet'];

const missing = (reason: ReasonCode): Figure => ({ reason });
const ratio = (numerator: number, denominator: number): Figure => (denominator > 0 ? numerator / denominator : missing('negative_denominator'));

/**
 * Reads the reports filed at or before `asOfMs`; what was filed later does not exist. Sums over the last year (TTM)
 * end with the newest reported period.
 */
export function readStatement(facts: readonly Fact[], asOfMs: number): Statement {
  const known = knownFacts(facts, asOfMs);
  return {
    earningsPerShare: earnings(known),
    bookValuePerShare: bookValue(known),
    roe: returnOnEquity(known),
    debtToEquity: debtToEquity(known),
    revenueGrowth: revenueGrowth(known),
  };
}

/** Price in the currency of the reports; undefined gives `no_price` where one is needed. */
export function fundamentalRatios(statement: Statement, price: number | undefined): Readonly<Record<FundamentalName, Figure>> {
  const priced = (perShare: Figure): Figure => (typeof perShare !== 'number' ? perShare : price === undefined ? missing('no_price') : ratio(price, perShare));
  return {
    pe_ratio: priced(statement.earningsPerShare),
    pb_ratio: priced(statement.bookValuePerShare),
    roe: statement.roe,
    debt_to_equity: statement.debtToEquity,
    revenue_growth: statement.revenueGrowth,
  };
}

const ofTag = (known: readonly Fact[], tag: string): TrailingYear => new TrailingYear(known.filter((fact) => fact.tag === tag));

function earnings(known: readonly Fact[]): Figure {
  const diluted = ofTag(known, 'EarningsPerShareDiluted');
  if (diluted.latestEnd === undefined) return missing('no_filings');
  return diluted.sum(diluted.latestEnd) ?? missing('insufficient_history');
}

function bookValue(known: readonly Fact[]): Figure {
  const equity = balance(known, 'StockholdersEquity');
  const shares = balance(known, 'CommonStockSharesOutstanding') ?? balance(known, 'EntityCommonStockSharesOutstanding');
  return equity === undefined || shares === undefined ? missing('no_filings') : ratio(equity.value, shares.value);
}

/** Net income of the last year over the mean of the equity at its begin and end. */
function returnOnEquity(known: readonly Fact[]): Figure {
  const income = ofTag(known, 'NetIncomeLoss');
  const end = income.latestEnd;
  if (end === undefined) return missing('no_filings');
  const sum = income.sum(end);
  const last = balance(known, 'StockholdersEquity', end);
  const first = balance(known, 'StockholdersEquity', yearBefore(end));
  if (sum === undefined || last === undefined || first === undefined) return missing('insufficient_history');
  return ratio(sum, (first.value + last.value) / 2);
}

/** Long-term debt with its current part plus short-term borrowings, of the day of the equity; the latter count 0 when not reported. */
function debtToEquity(known: readonly Fact[]): Figure {
  const equity = balance(known, 'StockholdersEquity');
  if (equity === undefined) return missing('no_filings');
  const at = (tag: string): number | undefined => balance(known, tag, equity.endMs)?.value;
  const noncurrent = at('LongTermDebtNoncurrent');
  const longTerm = at('LongTermDebt') ?? (noncurrent === undefined ? undefined : noncurrent + (at('LongTermDebtCurrent') ?? 0));
  return longTerm === undefined ? missing('no_filings') : ratio(longTerm + (at('ShortTermBorrowings') ?? 0), equity.value);
}

/** Companies change the tag over the years, so the one with the newest report is asked, of equals the first. */
function revenueGrowth(known: readonly Fact[]): Figure {
  const series = REVENUE_TAGS.map((tag) => ofTag(known, tag)).reduce((best, other) => ((other.latestEnd ?? -Infinity) > (best.latestEnd ?? -Infinity) ? other : best));
  const end = series.latestEnd;
  if (end === undefined) return missing('no_filings');
  const [now, before] = [series.sum(end), series.sum(yearBefore(end))];
  if (now === undefined || before === undefined) return missing('insufficient_history');
  const growth = ratio(now, before);
  return typeof growth === 'number' ? growth - 1 : growth;
}
