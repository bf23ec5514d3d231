import type { Bar, Quote, Trade } from '@nautilus/model';

/** The record cannot travel: a calculation would be poisoned by it. */
export type Rejection = 'price_not_positive' | 'size_negative' | 'not_finite' | 'empty_quote' | 'inconsistent_bar';
/** The record travels, marked as suspicious where the flag says that its price is not to be trusted. */
export type Flag = 'time_backwards' | 'spike' | 'crossed' | 'source_suspicious' | 'stale';

export interface Verdict {
  readonly rejected: Rejection | undefined;
  readonly flags: readonly Flag[];
  /** Its price is not to be used in a calculation. */
  readonly distrusted: boolean;
}

export interface QualityOptions {
  /** Smallest price step: the floor of the spike rule's deviation. */
  readonly tick?: number;
  /**
   * The source marks its own bad prices, so that a spike is counted but not distrusted. In the bundled
   * recordings the rule fires on about one trade in 600, and the source's own minute bars contain those trades.
   */
  readonly sourceJudges?: boolean;
}

const WINDOW = 51;
const SPIKE_MADS = 10;
/** Makes the median absolute deviation of a normal sample its standard deviation. */
const MAD_TO_SIGMA = 1.4826;
const FINE: Verdict = { rejected: undefined, flags: [], distrusted: false };

/** Memory of the quality rules: one per stream of events that belong together (a replay run, a source). */
export class QualityRules {
  readonly #windows = new Map<string, PriceWindow>();
  readonly #lastTime = new Map<string, bigint>();
  readonly #tick: number;
  readonly #sourceJudges: boolean;

  constructor({ tick = 0.01, sourceJudges = false }: QualityOptions = {}) {
    this.#tick = tick;
    this.#sourceJudges = sourceJudges;
  }

  trade(trade: Trade): Verdict {
    if (!Number.isFinite(trade.price) || !Number.isFinite(trade.size)) return reject('not_finite');
    if (trade.price <= 0) return reject('price_not_positive');
    if (trade.size < 0) return reject('size_negative');
    const flags: Flag[] = [];
    if (trade.suspicious) flags.push('source_suspicious');
    if (this.#goesBack(`t${trade.symbol}`, trade.ts_event_ns)) flags.push('time_backwards');
    let window = this.#windows.get(trade.symbol);
    if (window === undefined) {
      window = new PriceWindow(WINDOW);
      this.#windows.set(trade.symbol, window);
    }
    if (window.isSpike(trade.price, this.#tick)) flags.push('spike');
    window.push(trade.price);
    return this.#verdict(flags);
  }

  quote(quote: Quote): Verdict {
    const { bid, ask, bid_size: bidSize, ask_size: askSize } = quote;
    if (bid === null && ask === null) return reject('empty_quote');
    for (const value of [bid, ask, bidSize, askSize]) if (value !== null && !Number.isFinite(value)) return reject('not_finite');
    if ((bid !== null && bid <= 0) || (ask !== null && ask <= 0)) return reject('price_not_positive');
    if ((bidSize !== null && bidSize < 0) || (askSize !== null && askSize < 0)) return reject('size_negative');
    const flags: Flag[] = [];
    if (quote.suspicious) flags.push('source_suspicious');
    if (this.#goesBack(`q${quote.symbol}`, quote.ts_event_ns)) flags.push('time_backwards');
    if (bid !== null && ask !== null && bid > ask) flags.push('crossed');
    return this.#verdict(flags);
  }

  bar(bar: Bar): Verdict {
    const prices = [bar.open, bar.high, bar.low, bar.close];
    if (![...prices, bar.volume, bar.start_ms].every(Number.isFinite)) return reject('not_finite');
    if (prices.some((price) => price <= 0)) return reject('price_not_positive');
    if (bar.volume < 0) return reject('size_negative');
    return bar.high < Math.max(...prices) || bar.low > Math.min(...prices) ? reject('inconsistent_bar') : FINE;
  }

  #verdict(flags: readonly Flag[]): Verdict {
    if (flags.length === 0) return FINE;
    const distrusted = flags.some((flag) => flag !== 'time_backwards' && !(flag === 'spike' && this.#sourceJudges));
    return { rejected: undefined, flags, distrusted };
  }

  #goesBack(key: string, time: bigint): boolean {
    const last = this.#lastTime.get(key);
    if (last !== undefined && time < last) return true;
    this.#lastTime.set(key, time);
    return false;
  }
}

function reject(rejected: Rejection): Verdict {
  return { rejected, flags: [], distrusted: true };
}

/** The last prices, in order of arrival and in order of size. */
class PriceWindow {
  readonly #size: number;
  readonly #ring: Float64Array;
  readonly #sorted: Float64Array;
  #count = 0;
  #next = 0;

  constructor(size: number) {
    this.#size = size;
    this.#ring = new Float64Array(size);
    this.#sorted = new Float64Array(size);
  }

  /** |p − median| > 10·1.4826·MAD of the prices before it, the scaled MAD being at least a tick; false until the window is full. */
  isSpike(price: number, tick: number): boolean {
    if (this.#count < this.#size) return false;
    const middle = (this.#size - 1) / 2;
    const away = Math.abs(price - (this.#sorted[middle] ?? price));
    // The rounding of decimal prices must not decide.
    if (away <= SPIKE_MADS * tick * (1 + 1e-9)) return false;
    return away > SPIKE_MADS * Math.max(MAD_TO_SIGMA * this.#deviation(middle), tick) * (1 + 1e-9);
  }

  push(price: number): void {
    if (this.#count === this.#size) this.#remove(this.#ring[this.#next] ?? NaN);
    this.#ring[this.#next] = price;
    this.#next = (this.#next + 1) % this.#size;
    let at = this.#count;
    while (at > 0 && (this.#sorted[at - 1] ?? 0) > price) {
      this.#sorted[at] = this.#sorted[at - 1] ?? 0;
      at -= 1;
    }
    this.#sorted[at] = price;
    this.#count += 1;
  }

  #remove(price: number): void {
    const at = this.#sorted.indexOf(price);
    this.#sorted.copyWithin(at, at + 1, this.#count);
    this.#count -= 1;
  }

  /** Median distance from the middle price: distances grow outwards on both sides, so they are merged. */
  #deviation(middle: number): number {
    const centre = this.#sorted[middle] ?? 0;
    let below = middle;
    let above = middle + 1;
    let distance = 0;
    for (let taken = 0; taken <= middle; taken += 1) {
      const down = below >= 0 ? centre - (this.#sorted[below] ?? 0) : Infinity;
      const up = above < this.#size ? (this.#sorted[above] ?? 0) - centre : Infinity;
      if (down <= up) {
        distance = down;
        below -= 1;
      } else {
        distance = up;
        above += 1;
      }
    }
    return distance;
  }
}
