import { InvalidInputError } from '@nautilus/model';
import type { BestQuote } from './consolidated-quote.ts';

/**
 * Order-flow imbalance of the best quotes (Cont, Kukanov & Stoikov 2014): each update adds
 * e = 1{b ≥ b′}q_b − 1{b ≤ b′}q_b′ − 1{a ≤ a′}q_a + 1{a ≥ a′}q_a′. O(1) per update.
 */
export class OrderFlowImbalance {
  #last: BestQuote | undefined;
  #sum = 0;
  #updates = 0;

  /** The contribution of this update; 0 for the first. @throws InvalidInputError for a price that is not positive and a negative size; the state stays. */
  update(quote: BestQuote): number {
    const { bid, bidSize, ask, askSize } = quote;
    if (!(bid > 0 && ask > 0 && bid + ask < Infinity && bidSize >= 0 && askSize >= 0 && bidSize + askSize < Infinity)) throw new InvalidInputError([{ path: 'quote', message: 'prices must be positive, sizes not negative' }]);
    const last = this.#last;
    this.#last = quote;
    if (last === undefined) return 0;
    const contribution = (bid >= last.bid ? bidSize : 0) - (bid <= last.bid ? last.bidSize : 0) - (ask <= last.ask ? askSize : 0) + (ask >= last.ask ? last.askSize : 0);
    this.#sum += contribution;
    this.#updates += 1;
    return contribution;
  }

  snapshot(): { readonly last: BestQuote | undefined; readonly sum: number; readonly updates: number } {
    return { last: this.#last, sum: this.#sum, updates: this.#updates };
  }

  restore({ last, sum, updates }: ReturnType<OrderFlowImbalance['snapshot']>): void {
    this.#last = last;
    this.#sum = sum;
    this.#updates = updates;
  }

  /** Since the last reset. */
  get sum(): number {
    return this.#sum;
  }

  get updates(): number {
    return this.#updates;
  }

  /** Begins a new interval; the last quote stays. */
  reset(): void {
    this.#sum = 0;
    this.#updates = 0;
  }
}

/** (Σbid − Σask)/(Σbid + Σask) over the best `levels`, sizes best first; undefined where both are empty. */
export function depthImbalance(bidSizes: readonly number[], askSizes: readonly number[], levels: number): number | undefined {
  const sum = (sizes: readonly number[]): number => sizes.slice(0, levels).reduce((total, size) => total + size, 0);
  const [bids, asks] = [sum(bidSizes), sum(askSizes)];
  return bids + asks > 0 ? (bids - asks) / (bids + asks) : undefined;
}
