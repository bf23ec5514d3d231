import type { Provenance } from '@nautilus/model';
import type { Context } from './context.ts';
import { SOURCE_NAMES, type SourceName, type SourceStatus } from './sources/source.ts';
import { kindOfPath } from './recordings/catalogue.ts';

export interface SourceState {
  source: string;
  state: 'ok' | 'error' | SourceStatus['state'];
  /** `outside`: asked over the network. */
  kind: 'recording' | 'ingest' | 'outside';
  provenance: Provenance[];
  symbols: string[];
  /** Rows in the files; null for a source without files. */
  recorded: number | null;
  records: { trade: number; quote: number; bar: number };
  /** Calls left; null where none are counted. */
  quota_left: number | null;
  last_error: string | null;
}

/** Recordings, outside sources and whatever else is in the store, ascending by name; counts are SQL's. */
export async function sourceList({ state, store }: Context): Promise<readonly SourceState[]> {
  const { library, answers, sources } = state;
  const { value: counts } = await answers.get('counts', () => store.market.counts());
  const names = new Set<string>([...SOURCE_NAMES, ...library.entries.map(({ source }) => source), ...counts.map(({ source }) => source)]);
  return [...names].sort().map((source): SourceState => {
    const entries = library.entries.filter((entry) => entry.source === source);
    const stored = counts.filter((count) => count.source === source);
    const records = (kind: 'trade' | 'quote' | 'bar'): number => stored.filter((count) => count.kind === kind).reduce((sum, count) => sum + count.records, 0);
    const outside = SOURCE_NAMES.find((name) => name === source);
    if (outside !== undefined) return outsideSource(sources.of(outside).status(), stored.map(({ provenance }) => provenance), { trade: records('trade'), quote: records('quote'), bar: records('bar') });
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

/** A source that was never asked has brought nothing: its provenance is that of what is stored under its name. */
function outsideSource({ source, state, quota, lastError }: SourceStatus & { readonly source: SourceName }, provenance: readonly Provenance[], records: SourceState['records']): SourceState {
  return {
    source, kind: 'outside', state, provenance: [...new Set(provenance)], symbols: [], recorded: null, records, quota_left: quota.left,
    last_error: lastError === null ? null : `${lastError.fault}: ${lastError.message}`,
  };
}
