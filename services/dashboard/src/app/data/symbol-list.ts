import { isRecord, list, text } from './read.ts';

/** Answer of `GET /symbols`: entries are names or objects with `symbol`, in `symbols` or `items`. */
export function readSymbols(data: unknown): readonly string[] | undefined {
  if (!isRecord(data)) return undefined;
  const entries = Array.isArray(data['symbols']) ? data['symbols'] : data['items'];
  if (!Array.isArray(entries)) return undefined;
  return list(entries).map((entry) => (isRecord(entry) ? text(entry['symbol']) : text(entry))).filter((name) => name !== null);
}

export interface SymbolChoice {
  readonly replayed: readonly string[];
  readonly others: readonly string[];
}

/** Symbols of the running replay first, because only they move. */
export function symbolChoice(replayed: readonly string[], all: readonly string[]): SymbolChoice {
  const first = [...new Set(replayed)].sort();
  return { replayed: first, others: [...new Set(all)].filter((symbol) => !first.includes(symbol)).sort() };
}
