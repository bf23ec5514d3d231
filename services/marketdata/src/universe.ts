import type { Store } from '@nautilus/store';

/** The instruments that live sources are to follow when there are any (contract.md, section 3.8). */
export const DEFAULT_SYMBOLS: readonly string[] = [
  'AAPL', 'GOOGL', 'MSFT', 'TSLA', 'AMZN', 'NVDA', 'META', 'NFLX', 'AMD', 'CRM', 'SPY', 'QQQ', 'IWM',
];

const ENGINE = 'marketdata';
const KEY = 'universe';

/** The symbols this engine knows: the default ones and the recorded ones, as users changed them. */
export class Universe {
  #added = new Set<string>();
  #removed = new Set<string>();

  symbols(recorded: readonly string[]): readonly string[] {
    return [...new Set([...DEFAULT_SYMBOLS, ...recorded, ...this.#added])].filter((symbol) => !this.#removed.has(symbol)).sort();
  }

  /** False when it was there already. */
  add(symbol: string, recorded: readonly string[]): boolean {
    if (this.symbols(recorded).includes(symbol)) return false;
    if (!this.#removed.delete(symbol)) this.#added.add(symbol);
    return true;
  }

  /** False when it was not there. */
  remove(symbol: string, recorded: readonly string[]): boolean {
    if (!this.symbols(recorded).includes(symbol)) return false;
    if (!this.#added.delete(symbol)) this.#removed.add(symbol);
    return true;
  }

  async save(store: Store, nowMs: number): Promise<void> {
    const text = JSON.stringify({ added: [...this.#added], removed: [...this.#removed] });
    await store.snapshots.put(ENGINE, KEY, new TextEncoder().encode(text), null, nowMs);
  }

  async load(store: Store): Promise<void> {
    const saved = await store.snapshots.get(ENGINE, KEY);
    if (saved === undefined) return;
    const state = JSON.parse(new TextDecoder().decode(saved.state)) as { added: string[]; removed: string[] };
    this.#added = new Set(state.added);
    this.#removed = new Set(state.removed);
  }
}
