import { InvalidInputError } from '@nautilus/model';

/** The best prices and their sizes from a time on. */
export interface FactorQuote {
  readonly timeMs: number;
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
}

/**
 * Time-weighted (A − B)/M from `fromMs` to before `toMs`, M the middle. The first quote may lie before the interval; a
 * quote holds until the next one. Quotes that cross or lack a price are left out with their time.
 * @returns undefined when no quote holds within the interval
 * @throws InvalidInputError when quotes are not in the order of time
 */
export function timeWeightedSpread(quotes: readonly FactorQuote[], fromMs: number, toMs: number): number | undefined {
  checkOrder(quotes);
  let [sum, total] = [0, 0];
  quotes.forEach((quote, i) => {
    const start = Math.max(fromMs, quote.timeMs);
    const end = Math.min(toMs, quotes[i + 1]?.timeMs ?? toMs);
    if (!(end > start) || !isUsable(quote)) return;
    sum += ((quote.ask - quote.bid) / ((quote.ask + quote.bid) / 2)) * (end - start);
    total += end - start;
  });
  return total > 0 ? sum / total : undefined;
}

/**
 * Order-flow imbalance Σe/mean depth (Cont, Kukanov and Stoikov 2014): e = 1{B≥B₋}q_B − 1{B≤B₋}q_B₋ − 1{A≤A₋}q_A +
 * 1{A≥A₋}q_A₋ for each quote and the one before, depth the mean of (q_B + q_A)/2.
 * @returns undefined for fewer than two usable quotes or without depth
 * @throws InvalidInputError when quotes are not in the order of time
 */
export function orderFlowImbalance(quotes: readonly FactorQuote[]): number | undefined {
  checkOrder(quotes);
  const usable = quotes.filter(isUsable);
  let [flow, depth] = [0, 0];
  usable.forEach((quote, i) => {
    depth += (quote.bidSize + quote.askSize) / 2;
    const before = usable[i - 1];
    if (before === undefined) return;
    if (quote.bid >= before.bid) flow += quote.bidSize;
    if (quote.bid <= before.bid) flow -= before.bidSize;
    if (quote.ask <= before.ask) flow -= quote.askSize;
    if (quote.ask >= before.ask) flow += before.askSize;
  });
  return usable.length < 2 || depth === 0 ? undefined : flow / (depth / usable.length);
}

const isUsable = ({ bid, ask, bidSize, askSize }: FactorQuote): boolean => bid > 0 && ask >= bid && ask < Infinity && bidSize >= 0 && askSize >= 0;

function checkOrder(quotes: readonly FactorQuote[]): void {
  const wrong = quotes.findIndex((quote, i) => i > 0 && quote.timeMs < (quotes[i - 1]?.timeMs ?? NaN));
  if (wrong >= 0) throw new InvalidInputError([{ path: `quotes[${wrong}]`, message: 'is earlier than the one before' }]);
}
