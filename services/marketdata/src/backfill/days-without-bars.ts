import type { Bar } from '@nautilus/model';
import type { MarketRepository, Paged } from '@nautilus/store';
import { missingDays, spanOf, type BackfillTimeframe, type Day } from './plan.ts';
import { spanOfDays } from './providers.ts';

const PAGE = 1_000;

/** The gaps in the store. Daily bars are read at once; of shorter ones a single bar tells that a day is there. */
export async function daysWithoutBars(market: MarketRepository, symbol: string, timeframe: BackfillTimeframe, days: readonly Day[]): Promise<readonly Day[]> {
  const span = spanOfDays(days, timeframe);
  if (span === undefined) return [];
  const bars: Bar[] = [];
  if (timeframe !== '1d') {
    for (const day of days) bars.push(...(await market.bars(symbol, timeframe, spanOf(day, timeframe), { limit: 1 })).items);
    return missingDays(days, timeframe, bars);
  }
  let cursor: string | null = null;
  do {
    const page: Paged<Bar> = await market.bars(symbol, timeframe, span, { limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    bars.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return missingDays(days, timeframe, bars);
}
