import type { EpochNs, PriceUpdate, Provenance, Trade, VolumeUpdate } from '@nautilus/model';

/** At most one update per symbol in this span of processing time; the latest is never lost. */
export const UPDATE_INTERVAL_MS = 250;

interface Last {
  price: number;
  pending: number;
  cumulative: number;
  timeNs: EpochNs;
  provenance: Provenance;
  sentAtMs: number;
  changed: boolean;
}

export interface Update {
  readonly symbol: string;
  readonly price: PriceUpdate;
  readonly volume: VolumeUpdate;
}

/** Thins trades out to the last trusted price and the volume since the update before. */
export class PriceUpdates {
  readonly #last = new Map<string, Last>();

  /** An update when one is due; else it is kept until a later trade or `due`. */
  add(trade: Trade, nowMs: number): Update | undefined {
    let last = this.#last.get(trade.symbol);
    if (last === undefined) {
      last = { price: 0, pending: 0, cumulative: 0, timeNs: trade.ts_event_ns, provenance: trade.provenance, sentAtMs: -Infinity, changed: false };
      this.#last.set(trade.symbol, last);
    }
    last.price = trade.price;
    last.pending += trade.size;
    last.cumulative += trade.size;
    last.timeNs = trade.ts_event_ns;
    last.provenance = trade.provenance;
    last.changed = true;
    return nowMs - last.sentAtMs < UPDATE_INTERVAL_MS ? undefined : take(trade.symbol, last, nowMs);
  }

  /** What was held back and is due now. */
  due(nowMs: number): readonly Update[] {
    const due: Update[] = [];
    for (const [symbol, last] of this.#last) {
      if (last.changed && nowMs - last.sentAtMs >= UPDATE_INTERVAL_MS) due.push(take(symbol, last, nowMs));
    }
    return due;
  }
}

function take(symbol: string, last: Last, nowMs: number): Update {
  const common = { symbol, ts_event_ns: last.timeNs, provenance: last.provenance };
  const update = { symbol, price: { ...common, price: last.price }, volume: { ...common, volume: last.pending, cumulative_volume: last.cumulative } };
  last.pending = 0;
  last.sentAtMs = nowMs;
  last.changed = false;
  return update;
}
