import { InvalidInputError, NotFoundError, type Bar, type Timeframe } from '@nautilus/model';
import { barProblem } from './bar-problem.ts';
import type { Context } from './context.ts';

/** The bars that a question is about: its own, or stored ones. */
export interface BarsAsked {
  readonly symbol: string;
  readonly bars: readonly { readonly timestamp: string; readonly open: number; readonly high: number; readonly low: number; readonly close: number; readonly volume: number }[] | undefined;
  readonly asOf: number | undefined;
  readonly timeframe: Timeframe;
  /** Stored bars at most, the newest. */
  readonly limit?: number | undefined;
}

/** Unless told: enough for every warm-up and for 252 values after the longest one. */
const STORED_BARS = 1_000;
/** Of one question to the store. */
const PAGE = 1_000;
const DURATION_MS: Readonly<Record<Timeframe, number>> = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': 3_600_000, '1d': 86_400_000 };

/** InvalidInputError for a given bar that is none; NotFoundError when no bar of the symbol is stored. */
export async function barsFor(asked: BarsAsked, context: Context): Promise<readonly Bar[]> {
  if (asked.bars !== undefined) return given(asked, asked.bars);
  const known = await stored(asked, context);
  if (known.length === 0) throw new NotFoundError('symbol', `no bars of ${asked.symbol} are known`, { active: context.state.book.symbols() });
  return known;
}

/** Ascending. A bar that begins before as_of but ends after it was not known then. */
async function stored({ symbol, timeframe, asOf = Infinity, limit = STORED_BARS }: BarsAsked, { store }: Context): Promise<readonly Bar[]> {
  let found: readonly Bar[] = [];
  let to = asOf;
  for (;;) {
    const size = Math.min(PAGE, limit - found.length);
    const { items } = await store.market.bars(symbol, timeframe, to === Infinity ? {} : { to }, { limit: size, latest: true });
    found = [...items.filter((bar) => bar.end_ms <= asOf), ...found];
    to = items[0]?.start_ms ?? to;
    if (items.length < size || found.length >= limit) return found;
  }
}

function given({ symbol, timeframe }: BarsAsked, bars: NonNullable<BarsAsked['bars']>): readonly Bar[] {
  const problems = bars.flatMap((bar, i) => {
    const problem = barProblem(bar);
    return problem === undefined ? [] : [{ path: `bars.${i}`, message: `the bar of ${bar.timestamp} ${problem}` }];
  });
  if (problems.length > 0) throw new InvalidInputError(problems.slice(0, 20));
  return bars.map((bar): Bar => {
    const start = Date.parse(bar.timestamp);
    return {
      symbol, venue: '', timeframe, start_ms: start, end_ms: start + DURATION_MS[timeframe], open: bar.open, high: bar.high, low: bar.low, close: bar.close,
      volume: bar.volume, trade_count: null, vwap: null, is_final: true, revision: 0, source: 'request', provenance: 'simulated', run_id: null,
    };
  });
}
