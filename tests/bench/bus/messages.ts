import { topics, type EpochNs, type Trade } from '@nautilus/model';

const SYMBOLS = ['AAPL', 'GOOGL', 'MSFT', 'TSLA', 'AMZN', 'NVDA', 'META', 'NFLX', 'AMD', 'CRM', 'SPY', 'QQQ', 'IWM'];

/** Microseconds of a clock that all processes of the machine share. */
export const nowMicros = (): number => Number(process.hrtime.bigint() / 1000n);

/** What travels: a trade, with its number in `seq` and when it was due (shared clock) in `due`. */
export type TimedTrade = Trade & { readonly due: number };

export function tradeOf(seq: number, due: number): TimedTrade {
  const at = (1_381_152_630_270_000_000n + BigInt(seq) * 1000n) as EpochNs;
  return {
    symbol: SYMBOLS[seq % SYMBOLS.length] ?? 'AAPL', venue: 'NASDAQ', ts_event_ns: at, ts_ingest_ns: at, seq, source: 'bench',
    provenance: 'simulated', run_id: null, price: 100 + Math.sin(seq), size: 1 + (seq % 900), exchange: 'Q', condition: '', suspicious: false, due,
  };
}

/** Topics of the three buses; the bus is told by its family. */
export const TOPICS = {
  marketdata: SYMBOLS.map((symbol) => topics.marketData.tick.of(symbol)),
  engine_logic: SYMBOLS.map((symbol) => topics.feature.calculation.of(symbol)),
  neural_gpu: SYMBOLS.map((symbol) => topics.compute.result.of(symbol)),
} as const;

export const PATTERNS = {
  marketdata: topics.marketData.all,
  engine_logic: topics.feature.calculation.all,
  neural_gpu: topics.compute.result.all,
} as const;

/** Counts what arrived of `expected` messages numbered from 0, and how late each was. */
export class Tally {
  readonly #seen: Uint8Array;
  readonly #latencies: Float64Array;
  readonly #expected: number;
  #last = -1;
  count = 0;
  duplicates = 0;
  reordered = 0;
  finishedAt = 0;

  constructor(expected: number) {
    this.#expected = expected;
    this.#seen = new Uint8Array(expected);
    this.#latencies = new Float64Array(expected);
  }

  /** True when the last one is there. */
  add(seq: number, due: number): boolean {
    const now = nowMicros();
    if (this.#seen[seq] === 1) {
      this.duplicates += 1;
      return false;
    }
    this.#seen[seq] = 1;
    if (seq < this.#last) this.reordered += 1;
    this.#last = seq;
    this.#latencies[this.count] = (now - due) / 1000;
    this.count += 1;
    this.finishedAt = now;
    return this.count === this.#expected;
  }

  /** Milliseconds, sorted. */
  latencies(): Float64Array {
    return this.#latencies.slice(0, this.count).sort();
  }
}
