import type { Provenance } from '@nautilus/model';
import type { RecordCount } from '@nautilus/store';
import type { Context } from './context.ts';
import { reasonOf } from './feed-status.ts';
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
  records: Readonly<Record<RecordCount['kind'], number>>;
  /** Calls left; null where none are counted. */
  quota_left: number | null;
  reason: ReturnType<typeof reasonOf>;
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
    const of = (kind: RecordCount['kind']): number => stored.filter((count) => count.kind === kind).reduce((sum, count) => sum + count.records, 0);
    const records = { trade: of('trade'), quote: of('quote'), bar: of('bar'), level2: of('level2'), economic: of('economic'), fundamental: of('fundamental') };
    const outside = SOURCE_NAMES.find((name) => name === source);
    if (outside !== undefined) return outsideSource(sources.of(outside).status(), stored.map(({ provenance }) => provenance), records);
    const damage = library.damaged.find(({ file }) => entries.some(({ kind }) => kind === kindOfPath(file)));
    return {
      source, kind: entries.length > 0 ? 'recording' : 'ingest', state: damage === undefined ? 'ok' : 'error',
      provenance: [...new Set<Provenance>(entries.length > 0 ? ['replay'] : stored.map((count) => count.provenance))],
      symbols: [...new Set(entries.map(({ symbol }) => symbol))].sort(),
      recorded: entries.length > 0 ? entries.reduce((sum, { rows }) => sum + rows, 0) : null,
      records, quota_left: null, reason: null, last_error: damage?.message ?? null,
    };
  });
}

/** A source that was never asked has brought nothing: its provenance is that of what is stored under its name. */
function outsideSource({ source, state, quota, lastError }: SourceStatus & { readonly source: SourceName }, provenance: readonly Provenance[], records: SourceState['records']): SourceState {
  return {
    source, kind: 'outside', state, provenance: [...new Set(provenance)], symbols: [], recorded: null, records, quota_left: quota.left, reason: reasonOf(state),
    last_error: lastError === null ? null : `${lastError.fault}: ${lastError.message}`,
  };
}
