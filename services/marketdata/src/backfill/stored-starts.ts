import type { Bar } from '@nautilus/model';
import type { MarketRepository, Paged } from '@nautilus/store';
import { BarStarts, type BackfillTimeframe, type Day } from './plan.ts';
import { spanOfDays } from './providers.ts';

const PAGE = 1_000;

/** When the bars that the store was given of these days start, whatever source they are from. */
export async function storedStarts(market: MarketRepository, symbol: string, timeframe: BackfillTimeframe, days: readonly Day[]): Promise<BarStarts> {
  const bars: Pick<Bar, 'start_ms'>[] = [];
  const span = spanOfDays(days, timeframe);
  let cursor: string | null = null;
  if (span !== undefined) {
    do {
      const page: Paged<Bar> = await market.bars(symbol, timeframe, span, { limit: PAGE, given: true, ...(cursor === null ? {} : { cursor }) });
      bars.push(...page.items.map(({ start_ms }) => ({ start_ms })));
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
  return new BarStarts(bars);
}
