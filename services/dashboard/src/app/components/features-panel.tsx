import { useState } from 'react';
import { groupFeatures, sortFeatures, type Feature, type FeatureValue, type Sort, type SortKey } from '../data/features.ts';
import { decimals, figure, percent } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useStore } from './use-store.ts';

const columns: readonly { readonly key: SortKey; readonly title: string; readonly help: string; readonly numeric: boolean }[] = [
  { key: 'name', title: 'Feature', help: 'Name', numeric: false },
  { key: 'value', title: 'Value', help: 'Newest value', numeric: true },
  { key: 'zscore', title: 'z', help: 'Standard deviations from the mean of the trailing 252 values; sorts by size', numeric: true },
  { key: 'percentile', title: 'Pctl', help: 'Rank among the trailing 252 values', numeric: true },
  { key: 'confidence', title: 'Conf', help: 'Available over required bars, times the share of unflagged bars', numeric: true },
];

export function FeaturesPanel() {
  const { market } = useSession();
  const resource = useStore(market.features);
  const symbol = useStore(market.symbol);
  const [sort, setSort] = useState<Sort | null>(null);
  const set = valueOf(resource);
  const computed = set?.features.filter(({ value }) => value !== null).length ?? 0;
  return (
    <Panel title="Features" area="features" testId="features-panel"
      lead={<span className="note" data-testid="features-count">{set === undefined ? '' : `${computed} of ${set.features.length} computed for ${set.symbol}`}</span>}
      tail={<><StaleNote resource={resource} /><Order sort={sort} onSort={setSort} /></>}>
      {symbol === null ? <Placeholder kind="loading" text="Waiting for a symbol…" /> : missingPart(resource, `features of ${symbol}`)}
      {set === undefined ? null : set.features.length === 0
        ? <Placeholder kind="empty" text="The engine answered without features" />
        : <Table features={set.features} sort={sort} onSort={setSort} old={resource.state === 'stale'} />}
    </Panel>
  );
}

interface Ordering {
  readonly sort: Sort | null;
  readonly onSort: (sort: Sort | null) => void;
}

function Order({ sort, onSort }: Ordering) {
  return (
    <div className="segments" role="group" aria-label="Order of the features">
      <button type="button" aria-pressed={sort === null} onClick={() => onSort(null)} data-testid="features-grouped">By category</button>
      <button type="button" aria-pressed={sort !== null} onClick={() => onSort(sort ?? { key: 'zscore', descending: true })} data-testid="features-sorted">Sorted</button>
    </div>
  );
}

function Table({ features, sort, onSort, old }: Ordering & { readonly features: readonly Feature[]; readonly old: boolean }) {
  const groups = sort === null ? groupFeatures(features) : [{ title: '', features: sortFeatures(features, sort) }];
  return (
    <table className={`grid-table features ${old ? 'old' : ''}`} data-testid="features">
      <colgroup>
        {columns.map(({ key }) => <col key={key} className={`column-${key}`} />)}
      </colgroup>
      <thead>
        <tr>
          {columns.map(({ key, title, help, numeric }) => (
            <th key={key} scope="col" title={help} className={numeric ? 'figure' : undefined}
              aria-sort={sort?.key === key ? (sort.descending ? 'descending' : 'ascending') : undefined}>
              <button type="button" onClick={() => onSort({ key, descending: sort?.key === key ? !sort.descending : numeric })}>
                {title}{sort?.key === key ? (sort.descending ? ' ↓' : ' ↑') : ''}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      {groups.map((group) => (
        <tbody key={group.title}>
          {group.title === '' ? null : <tr className="group"><th colSpan={columns.length} scope="rowgroup">{group.title}</th></tr>}
          {group.features.map((feature) => <Row key={feature.name} feature={feature} showCategory={sort !== null} />)}
        </tbody>
      ))}
    </table>
  );
}

function Row({ feature, showCategory }: { readonly feature: Feature; readonly showCategory: boolean }) {
  const { name, category, value, zscore, percentile, confidence, reason, sources, synthetic } = feature;
  const title = [`${name} (${category})`, synthetic ? 'synthetic' : '', sources.join(', ')].filter((part) => part !== '').join(' · ');
  return (
    <tr data-testid={`feature-${name}`}>
      <th scope="row" title={title}>{name}{synthetic ? <span className="faint"> syn</span> : null}{showCategory ? <span className="faint"> {category}</span> : null}</th>
      {value === null ? (
        <td className="reason" colSpan={3} title={reason ?? undefined}>{reason ?? 'no value'}</td>
      ) : (
        <>
          <td className="value" title={partsOf(value)}><span>{words(value)}</span></td>
          <td className={`figure ${zscore !== null && Math.abs(zscore) >= 2 ? 'strong' : 'soft'}`}>{signed(zscore)}</td>
          <td className="figure soft">{percentile === null ? '–' : <><span className="gauge" aria-hidden="true"><i style={{ width: `${percentile * 100}%` }} /></span>{percent(percentile)}</>}</td>
        </>
      )}
      <td className="figure soft">{decimals(confidence, 2)}</td>
    </tr>
  );
}

function words(value: FeatureValue): string {
  if (value === null || typeof value === 'number') return figure(value);
  if (typeof value === 'string') return value;
  return value.map(([, part]) => (typeof part === 'number' ? figure(part) : part)).join(' / ');
}

/** Full words of a value that has several parts. */
function partsOf(value: FeatureValue): string | undefined {
  if (value === null || typeof value === 'number' || typeof value === 'string') return undefined;
  return value.map(([key, part]) => `${key}: ${part}`).join('\n');
}

function signed(value: number | null): string {
  return value === null ? '–' : `${value > 0 ? '+' : value < 0 ? '−' : ''}${decimals(Math.abs(value), 2)}`;
}
