import { InvalidInputError, asNautilusError, type Bar } from '@nautilus/model';
import type { FeatureDefinition } from './feature.ts';
import { barsPerYearOf } from './feature-book.ts';
import type { Filings } from './filings.ts';
import { SymbolFeatures, type FeatureValue } from './symbol-features.ts';

/** Of all subscriptions of one symbol: each costs time with every bar. */
const MOST_FEATURES = 500;

/** Somebody who follows a symbol, with the features that he asked for beside those that are always present. */
export class Subscription {
  readonly id: string;
  readonly symbol: string;
  readonly definitions: readonly FeatureDefinition[];
  readonly #names: ReadonlySet<string>;
  #running: SymbolFeatures | undefined;

  constructor(id: string, symbol: string, definitions: readonly FeatureDefinition[]) {
    this.id = id;
    this.symbol = symbol;
    this.definitions = definitions;
    this.#names = new Set(definitions.map(({ name }) => name));
  }

  /** Takes a bar that the symbol's own features have taken; another replay run begins anew. */
  take(bar: Bar, filings: Filings): void {
    if (this.definitions.length === 0) return;
    if (this.#running?.runId !== bar.run_id) this.#running = undefined;
    this.#running ??= new SymbolFeatures(this.symbol, bar.run_id, barsPerYearOf('1m'), filings, this.definitions);
    try {
      this.#running.add(bar);
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'invalid_input') throw error;
      // Others have taken the bar: what one of these features refuses only makes them begin anew.
      this.#running = undefined;
    }
  }

  flag(): void {
    this.#running?.flag();
  }

  values(): Record<string, FeatureValue> {
    return this.#running?.values(this.#names) ?? {};
  }
}

/** Who follows what. */
export class Subscriptions {
  readonly #byId = new Map<string, Subscription>();
  readonly #bySymbol = new Map<string, readonly Subscription[]>();

  get size(): number {
    return this.#byId.size;
  }

  of(symbol: string): readonly Subscription[] {
    return this.#bySymbol.get(symbol) ?? [];
  }

  /** Throws InvalidInputError when the subscriptions of the symbol together ask for too many features. */
  add(subscription: Subscription): void {
    const others = this.of(subscription.symbol);
    const count = [...others, subscription].reduce((sum, { definitions }) => sum + definitions.length, 0);
    if (subscription.definitions.length > 0 && count > MOST_FEATURES) {
      throw new InvalidInputError([{ path: 'features', message: `subscriptions of ${subscription.symbol} would ask for ${count} features on request; at most ${MOST_FEATURES} run` }]);
    }
    this.#byId.set(subscription.id, subscription);
    this.#bySymbol.set(subscription.symbol, [...others, subscription]);
  }

  /** False when there is none of that id. */
  delete(id: string): boolean {
    const known = this.#byId.get(id);
    if (known === undefined) return false;
    this.#byId.delete(id);
    const others = this.of(known.symbol).filter((one) => one !== known);
    if (others.length === 0) this.#bySymbol.delete(known.symbol);
    else this.#bySymbol.set(known.symbol, others);
    return true;
  }
}
