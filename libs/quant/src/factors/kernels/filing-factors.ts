import { TrailingYear, balance, knownFacts, yearBefore, type Fact } from '../../fundamentals/trailing-year.ts';

export const FILING_FACTORS = ['size', 'book_to_price', 'earnings_yield', 'gross_profitability', 'asset_growth', 'leverage'] as const;
export type FilingFactor = (typeof FILING_FACTORS)[number];

/**
 * Factors from the reports filed at or before `asOfMs` and the price then; undefined where a report or price they need is
 * not known. Capitalisation is the newest count of shares times the price; income and profit are sums of the last year;
 * growth compares the newest assets with those a year before.
 */
export function filingFactors(facts: readonly Fact[], asOfMs: number, price: number | undefined): { readonly [name in FilingFactor]: number | undefined } {
  const known = knownFacts(facts, asOfMs);
  const latest = (...tags: readonly string[]): number | undefined => {
    for (const tag of tags) {
      const fact = balance(known, tag);
      if (fact !== undefined) return fact.value;
    }
    return undefined;
  };
  const year = (tag: string): number | undefined => {
    const flow = new TrailingYear(known.filter((fact) => fact.tag === tag));
    return flow.latestEnd === undefined ? undefined : flow.sum(flow.latestEnd);
  };
  const shares = latest('EntityCommonStockSharesOutstanding', 'CommonStockSharesOutstanding');
  const capitalisation = shares === undefined || price === undefined ? undefined : positive(shares * price);
  const assets = balance(known, 'Assets');
  const assetsBefore = assets === undefined ? undefined : balance(known, 'Assets', yearBefore(assets.endMs));
  return {
    size: capitalisation === undefined ? undefined : -Math.log(capitalisation),
    book_to_price: ratio(latest('StockholdersEquity'), capitalisation),
    earnings_yield: ratio(year('NetIncomeLoss'), capitalisation),
    gross_profitability: ratio(year('GrossProfit'), assets?.value),
    asset_growth: assetsBefore === undefined ? undefined : less1(ratio(assets?.value, assetsBefore.value)),
    leverage: ratio(latest('Liabilities'), assets?.value),
  };
}

const positive = (value: number): number | undefined => (value > 0 && value < Infinity ? value : undefined);
const less1 = (value: number | undefined): number | undefined => (value === undefined ? undefined : value - 1);

function ratio(numerator: number | undefined, denominator: number | undefined): number | undefined {
  return numerator === undefined || denominator === undefined || !(denominator > 0) ? undefined : numerator / denominator;
}
