import { isoFromMs } from '@nautilus/model';
import type { Context } from '../context.ts';
import { DAY_MS } from '../sources/freshness.ts';
import { daysOf, missingDays } from './plan.ts';
import { isOpen } from './record.ts';
import { canBackfill, startBackfill } from './run.ts';
import { storedStarts } from './stored-starts.ts';

/**
 * Looks for daily bars that are missing over the last sessions, and starts a backfill per symbol that lacks some. What came
 * of it, good or bad, stands until the next session has ended: a source that has nothing is not asked every hour.
 * @returns how many were started
 */
export async function fillGaps(sessions: number, context: Context): Promise<number> {
  if (sessions === 0 || !canBackfill(context)) return 0;
  const { state, store, clock } = context;
  await state.backfills.load(store);
  const now = clock.now();
  // Seven days hold at least four sessions.
  const earliest = isoFromMs(now - (Math.ceil(sessions / 4) * 7 + 7) * DAY_MS).slice(0, 10);
  const days = daysOf(state.calendar, state.zone, earliest, isoFromMs(now).slice(0, 10), now).slice(-sessions);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const recorded = state.library.entries.map(({ symbol }) => symbol);
  let started = 0;
  for (const symbol of state.universe.symbols(recorded)) {
    const asked = state.backfills.all.some((record) => record.symbol === symbol && record.timeframe === '1d' && (isOpen(record) || record.to >= last.date));
    if (asked || missingDays(days, '1d', await storedStarts(store.market, symbol, '1d', days)).length === 0) continue;
    await startBackfill({ symbol, timeframe: '1d', from: first.date, to: last.date }, context, `auto-${symbol}`);
    started += 1;
  }
  return started;
}
