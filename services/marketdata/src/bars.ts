import { msFromNs, type Bar, type EpochMs, type Trade } from '@nautilus/model';
import { MINUTE_MS } from './events.ts';

/** How long after its end a bar still waits for trades (event time). */
const ALLOWED_LATENESS_MS = 2_000;
/** Final bars kept per symbol for corrections; a trade older than all of them is counted and left out. */
const CORRECTABLE_BARS = 120;

/** Where the first bar of a session begins. Bars of a minute start at anchor + whole minutes. */
export type SessionAnchor = (timeMs: EpochMs) => EpochMs;

interface OpenBar {
  readonly symbol: string;
  readonly venue: string;
  readonly source: string;
  readonly provenance: Trade['provenance'];
  readonly runId: string | null;
  readonly startMs: EpochMs;
  first: Mark;
  last: Mark;
  high: number;
  low: number;
  volume: number;
  turnover: number;
  count: number;
  revision: number;
}

/** Open and close go by event time and sequence, not by arrival. */
interface Mark {
  readonly timeNs: bigint;
  readonly seq: number;
  readonly price: number;
}

/**
 * One-minute bars from the trades of one source. A bar is final when the watermark (the largest event time seen,
 * less the allowed lateness) passes its end; a trade that comes later gives the same bar with a higher revision.
 * Minutes without a trade give no bar. Suspicious trades and trades of size 0 must not be added.
 */
export class BarBuilder {
  /** Trades too old to correct anything. */
  tooLate = 0;
  readonly #anchor: SessionAnchor;
  readonly #latenessMs: number;
  readonly #open = new Map<string, Map<EpochMs, OpenBar>>();
  readonly #final = new Map<string, Map<EpochMs, OpenBar>>();
  #watermarkMs = -Infinity;
  /** End of the open bar that ends first: advancing is a comparison until then. */
  #nextEndMs = Infinity;

  constructor(anchor: SessionAnchor, latenessMs: number = ALLOWED_LATENESS_MS) {
    this.#anchor = anchor;
    this.#latenessMs = latenessMs;
  }

  /** Final bars that this trade completes or corrects, oldest first. */
  add(trade: Trade): readonly Bar[] {
    const timeMs = msFromNs(trade.ts_event_ns);
    const anchor = this.#anchor(timeMs);
    const startMs = anchor + MINUTE_MS * Math.floor((timeMs - anchor) / MINUTE_MS);
    if (startMs + MINUTE_MS <= this.#watermarkMs) return this.#correct(trade, startMs);
    const bars = slot(this.#open, trade.symbol);
    const bar = bars.get(startMs);
    if (bar === undefined) {
      bars.set(startMs, opened(trade, startMs));
      this.#nextEndMs = Math.min(this.#nextEndMs, startMs + MINUTE_MS);
    } else include(bar, trade);
    return this.advance(timeMs);
  }

  /** Tells how far event time has come; any event of the source does. */
  advance(eventMs: EpochMs): readonly Bar[] {
    this.#watermarkMs = Math.max(this.#watermarkMs, eventMs - this.#latenessMs);
    return this.#watermarkMs < this.#nextEndMs ? [] : this.#close((bar) => bar.startMs + MINUTE_MS <= this.#watermarkMs);
  }

  /** Ends every bar: the session is over. */
  finish(): readonly Bar[] {
    return this.#close(() => true);
  }

  /** The bar in the making, not final. */
  current(symbol: string): Bar | undefined {
    const newest = [...(this.#open.get(symbol)?.values() ?? [])].at(-1);
    return newest === undefined ? undefined : asBar(newest, false);
  }

  #close(ended: (bar: OpenBar) => boolean): readonly Bar[] {
    const done: OpenBar[] = [];
    this.#nextEndMs = Infinity;
    for (const bars of this.#open.values()) {
      for (const bar of bars.values()) {
        if (ended(bar)) done.push(bar);
        else this.#nextEndMs = Math.min(this.#nextEndMs, bar.startMs + MINUTE_MS);
      }
    }
    for (const bar of done) {
      this.#open.get(bar.symbol)?.delete(bar.startMs);
      this.#keep(bar);
    }
    return done.sort((a, b) => a.startMs - b.startMs || (a.symbol < b.symbol ? -1 : 1)).map((bar) => asBar(bar, true));
  }

  #keep(bar: OpenBar): void {
    const kept = slot(this.#final, bar.symbol);
    kept.set(bar.startMs, bar);
    const oldest = kept.size > CORRECTABLE_BARS ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
  }

  #correct(trade: Trade, startMs: EpochMs): readonly Bar[] {
    const bars = slot(this.#final, trade.symbol);
    const known = bars.get(startMs);
    if (known !== undefined) {
      include(known, trade);
      known.revision += 1;
      return [asBar(known, true)];
    }
    const oldest = Math.min(...bars.keys());
    if (startMs < oldest && bars.size >= CORRECTABLE_BARS) {
      this.tooLate += 1;
      return [];
    }
    const first = opened(trade, startMs);
    this.#keep(first);
    return [asBar(first, true)];
  }
}

function slot<V>(map: Map<string, Map<EpochMs, V>>, symbol: string): Map<EpochMs, V> {
  let inner = map.get(symbol);
  if (inner === undefined) {
    inner = new Map();
    map.set(symbol, inner);
  }
  return inner;
}

function markOf(trade: Trade): Mark {
  return { timeNs: trade.ts_event_ns, seq: trade.seq, price: trade.price };
}

function opened(trade: Trade, startMs: EpochMs): OpenBar {
  const mark = markOf(trade);
  return {
    symbol: trade.symbol, venue: trade.venue, source: trade.source, provenance: trade.provenance, runId: trade.run_id, startMs,
    first: mark, last: mark, high: trade.price, low: trade.price, volume: trade.size, turnover: trade.price * trade.size, count: 1, revision: 0,
  };
}

function include(bar: OpenBar, trade: Trade): void {
  const mark = markOf(trade);
  if (isBefore(mark, bar.first)) bar.first = mark;
  if (!isBefore(mark, bar.last)) bar.last = mark;
  bar.high = Math.max(bar.high, trade.price);
  bar.low = Math.min(bar.low, trade.price);
  bar.volume += trade.size;
  bar.turnover += trade.price * trade.size;
  bar.count += 1;
}

function isBefore(a: Mark, b: Mark): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.seq < b.seq);
}

function asBar(bar: OpenBar, isFinal: boolean): Bar {
  return {
    symbol: bar.symbol, venue: bar.venue, timeframe: '1m', start_ms: bar.startMs, end_ms: bar.startMs + MINUTE_MS,
    open: bar.first.price, high: bar.high, low: bar.low, close: bar.last.price, volume: bar.volume, trade_count: bar.count,
    vwap: bar.volume > 0 ? bar.turnover / bar.volume : null, is_final: isFinal, revision: bar.revision,
    source: bar.source, provenance: bar.provenance, run_id: bar.runId,
  };
}
