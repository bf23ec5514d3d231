import { dateIn, percent, quantity, timeIn, zones, type ZoneKey } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import { canBeAsked, toneOfSource, wordOfSource, type SourceRow } from '../data/source-list.ts';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useWatched } from './use-store.ts';

/** Health of the outside sources: state, quota left, hit rate, last error. */
export function SourcesPanel({ zone }: { readonly zone: ZoneKey }) {
  const resource = useWatched(useSession().pages.sources);
  const rows = valueOf(resource);
  const usable = rows?.filter(canBeAsked).length ?? 0;
  return (
    <Panel title="Outside sources" area="sources" testId="sources-panel" tail={<StaleNote resource={resource} />}
      lead={rows === undefined ? null : <span className="note" data-testid="sources-count">{usable} of {rows.length} can be asked</span>}>
      {missingPart(resource, 'sources')}
      {rows === undefined ? null : rows.length === 0 ? <Placeholder kind="empty" text="The marketdata engine knows no source" /> : <Sources rows={rows} zone={zone} old={resource.state === 'stale'} />}
    </Panel>
  );
}

function Sources({ rows, zone, old }: { readonly rows: readonly SourceRow[]; readonly zone: ZoneKey; readonly old: boolean }) {
  return (
    <table className={`grid-table ${old ? 'old' : ''}`} data-testid="sources">
      <thead>
        <tr>
          <th scope="col">Source</th>
          <th scope="col">State</th>
          <th scope="col" title="An open circuit asks nobody until the source has rested">Circuit</th>
          <th scope="col" className="figure">Quota left</th>
          <th scope="col" className="figure" title="Share of questions answered from what is kept">Hit rate</th>
          <th scope="col" className="figure">Requests</th>
          <th scope="col" className="figure">Failed</th>
          <th scope="col">Last success</th>
          <th scope="col">Last error</th>
        </tr>
      </thead>
      <tbody>{rows.map((row) => <Source key={row.source} row={row} zone={zone} />)}</tbody>
    </table>
  );
}

function Source({ row, zone }: { readonly row: SourceRow; readonly zone: ZoneKey }) {
  const tone = toneOfSource(row);
  const at = (ms: number | null): string => (ms === null ? '–' : `${dateIn(ms, zone)} ${timeIn(ms, zone)} ${zones[zone].label}`);
  return (
    <tr data-testid={`source-${row.source}`} data-tone={tone} title={row.licence}>
      <th scope="row">{row.title}</th>
      <td><span className="state-word"><span className="dot" data-tone={tone} /><span className={tone === 'good' || tone === 'quiet' ? 'soft' : `tone-${tone}`}>{wordOfSource(row)}</span></span></td>
      <td className={row.circuit === 'open' ? 'tone-bad' : 'soft'} data-testid={`source-circuit-${row.source}`}>{row.circuit.replaceAll('_', ' ')}</td>
      <td className="figure soft" title={row.quotas.join('\n')}>{canBeAsked(row) ? quantity(row.quotaLeft) : '–'}</td>
      <td className="figure soft">{percent(row.hitRate)}</td>
      <td className="figure soft">{quantity(row.requests)}</td>
      <td className={`figure ${row.failures === null || row.failures === 0 ? 'faint' : 'tone-warning'}`}>{quantity(row.failures)}</td>
      <td className="soft">{at(row.lastSuccessMs)}</td>
      <td className="soft" title={row.lastError?.message ?? undefined}>{row.lastError === null ? '–' : `${row.lastError.code.replaceAll('_', ' ')}, ${at(row.lastError.atMs)}`}</td>
    </tr>
  );
}
