import type { Provenance } from '@nautilus/model';
import type { Context } from './context.ts';
import { kindOfPath } from './recordings/catalogue.ts';

export interface SourceState {
  source: string;
  state: 'ok' | 'error';
  kind: 'recording' | 'ingest';
  provenance: Provenance[];
  symbols: string[];
  /** Rows in the files; null for a source without files. */
  recorded: number | null;
  records: { trade: number; quote: number; bar: number };
  /** No source here has a quota. */
  quota_left: null;
  last_error: string | null;
}

/** Recordings and whatever else is in the store, ascending by name; counts are SQL's. */
export async function sourceList({ state, store }: Context): Promise<readonly SourceState[]> {
  const { library, answers } = state;
  const { value: counts } = await answers.get('counts', () => store.market.counts());
  const names = new Set([...library.entries.map(({ source }) => source), ...counts.map(({ source }) => source)]);
  return [...names].sort().map((source): SourceState => {
    const entries = library.entries.filter((entry) => entry.source === source);
    const stored = counts.filter((count) => count.source === source);
    const records = (kind: 'trade' | 'quote' | 'bar'): number => stored.filter((count) => count.kind === kind).reduce((sum, count) => sum + count.records, 0);
    const damage = library.damaged.find(({ file }) => entries.some(({ kind }) => kind === kindOfPath(file)));
    return {
      source, kind: entries.length > 0 ? 'recording' : 'ingest', state: damage === undefined ? 'ok' : 'error',
      provenance: [...new Set<Provenance>(entries.length > 0 ? ['replay'] : stored.map((count) => count.provenance))],
      symbols: [...new Set(entries.map(({ symbol }) => symbol))].sort(),
      recorded: entries.length > 0 ? entries.reduce((sum, { rows }) => sum + rows, 0) : null,
      records: { trade: records('trade'), quote: records('quote'), bar: records('bar') },
      quota_left: null, last_error: damage?.message ?? null,
    };
  });
}
