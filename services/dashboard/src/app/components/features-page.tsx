import { useMemo, useState } from 'react';
import type { FeatureDefinition } from '../data/feature-registry.ts';
import type { Feature } from '../data/features.ts';
import { decimals, figure, percent, type ZoneKey } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import { FeatureHistory } from './feature-history.tsx';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useStore, useWatched } from './use-store.ts';

/** What every feature is, what it says of the chosen symbol, and how one of them got there. */
export function FeaturesPage({ zone }: { readonly zone: ZoneKey }) {
  const { market, pages } = useSession();
  const registry = useWatched(pages.registry);
  const symbol = useStore(market.symbol);
  const values = useStore(market.features);
  const chosen = useStore(pages.feature);
  const definitions = valueOf(registry);
  const named = useMemo(() => new Map(valueOf(values)?.features.map((feature) => [feature.name, feature])), [values]);
  const definition = definitions?.find(({ name }) => name === chosen);
  return (
    <main className="desk features-page">
      <Panel title="Registry" area="registry" testId="registry-panel"
        lead={definitions === undefined ? null : <span className="note" data-testid="registry-count">{computed(named)} of {definitions.length} computed{symbol === null ? '' : ` for ${symbol}`}</span>}
        tail={<><StaleNote resource={registry} /><StaleNote resource={values} /></>}>
        {values.state === 'failed' ? <p className="line tone-bad" role="alert" data-testid="values-problem">No values of {symbol ?? 'the symbol'}: {values.problem.title}. {values.problem.detail} Trying again.</p> : null}
        {missingPart(registry, 'registry')}
        {definitions === undefined ? null : definitions.length === 0 ? <Placeholder kind="empty" text="The engine has no features" /> : (
          <Registry definitions={definitions} values={named} old={values.state === 'stale'} chosen={chosen} onChoose={(name) => pages.choose(name)} />
        )}
      </Panel>
      <Definition definition={definition} feature={named.get(chosen)} name={chosen} />
      <FeatureHistory definition={definition} symbol={symbol} zone={zone} />
    </main>
  );
}

function computed(values: ReadonlyMap<string, Feature>): number {
  return [...values.values()].filter(({ value }) => value !== null).length;
}

interface RegistryProps {
  readonly definitions: readonly FeatureDefinition[];
  readonly values: ReadonlyMap<string, Feature>;
  readonly old: boolean;
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}

function Registry({ definitions, values, old, chosen, onChoose }: RegistryProps) {
  const [sought, setSought] = useState('');
  const words = sought.trim().toLowerCase();
  const found = definitions.filter(({ name, category, formula }) => `${name} ${category} ${formula}`.toLowerCase().includes(words));
  return (
    <>
      <label className="field search">
        <span className="visually-hidden">Search features</span>
        <input type="search" placeholder="Search name, category or formula" value={sought} onChange={(event) => setSought(event.target.value)} data-testid="registry-search" />
      </label>
      {found.length === 0 ? <Placeholder kind="empty" text="No feature like that" /> : (
        <table className={`grid-table registry ${old ? 'old' : ''}`} data-testid="registry">
          <thead>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col">Category</th>
              <th scope="col" className="figure">Value</th>
              <th scope="col">Unit</th>
              <th scope="col" className="figure" title="Standard deviations from the mean of the trailing 252 values">z</th>
              <th scope="col" className="figure" title="Rank among the trailing 252 values">Pctl</th>
              <th scope="col" className="figure" title="Available over required bars, times the share of unflagged bars">Conf</th>
            </tr>
          </thead>
          <tbody>
            {found.map((definition) => (
              <Row key={definition.name} definition={definition} feature={values.get(definition.name)} chosen={definition.name === chosen} onChoose={onChoose} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

interface RowProps {
  readonly definition: FeatureDefinition;
  readonly feature: Feature | undefined;
  readonly chosen: boolean;
  readonly onChoose: (name: string) => void;
}

function Row({ definition: { name, category, unit, formula }, feature, chosen, onChoose }: RowProps) {
  return (
    <tr className={chosen ? 'chosen' : undefined} data-testid={`registry-${name}`}>
      <th scope="row"><button type="button" className="plain" title={formula} aria-pressed={chosen} onClick={() => onChoose(name)} data-testid={`choose-${name}`}>{name}</button></th>
      <td className="soft">{category}</td>
      {feature === undefined || feature.value === null
        ? <td className="reason" colSpan={4} data-testid={`value-${name}`}>{whyMissing(feature)}</td>
        : (
          <>
            <td className="figure" data-testid={`value-${name}`}>{typeof feature.value === 'object' ? '–' : typeof feature.value === 'string' ? feature.value : figure(feature.value)}</td>
            <td className="faint">{unit}</td>
            <td className="figure soft">{decimals(feature.zscore, 2)}</td>
            <td className="figure soft">{percent(feature.percentile)}</td>
          </>
        )}
      <td className="figure soft">{decimals(feature?.confidence, 2)}</td>
    </tr>
  );
}

function whyMissing(feature: Feature | undefined): string {
  if (feature === undefined) return 'not told yet';
  const bars = feature.needs === null || feature.has === null ? '' : `: ${feature.has} of ${feature.needs} bars`;
  return `${feature.reason ?? 'no value'}${bars}`;
}

interface DefinitionProps {
  readonly definition: FeatureDefinition | undefined;
  readonly feature: Feature | undefined;
  readonly name: string;
}

/** What the chosen feature is. */
function Definition({ definition, feature, name }: DefinitionProps) {
  return (
    <Panel title={name} area="definition" testId="definition-panel" lead={<span className="note">{definition?.category ?? ''}</span>}>
      {definition === undefined ? <Placeholder kind="loading" text="Waiting for the registry…" /> : (
        <div className="definition">
          <p data-testid="definition-formula">{definition.formula}</p>
          <dl className="facts">
            <div><dt>Unit</dt><dd>{definition.unit}</dd></div>
            <div><dt>Bars to the first value</dt><dd>{definition.requiredBars ?? '–'}</dd></div>
            <div><dt>Convention</dt><dd>{definition.convention}</dd></div>
            <div><dt>From</dt><dd>{feature === undefined || feature.sources.length === 0 ? '–' : feature.sources.join(', ')}</dd></div>
            {feature?.components.map(([part, value]) => <div key={part}><dt>{part.replaceAll('_', ' ')}</dt><dd>{figure(value)}</dd></div>)}
          </dl>
        </div>
      )}
    </Panel>
  );
}
