import type { BusSummary } from '../data/bus-summary.ts';
import { toneOf, type EngineRow } from '../data/engine-list.ts';
import { milliseconds, quantity, rate, span } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useStore } from './use-store.ts';

/** Engines and buses at a glance. */
export function PlatformPanel() {
  const { platform } = useSession();
  const engines = useStore(platform.engines);
  const rows = valueOf(engines);
  const good = rows?.filter(({ status }) => toneOf(status) === 'good').length ?? 0;
  return (
    <Panel title="Engines and buses" area="platform" testId="platform-panel" tail={<StaleNote resource={engines} />}
      lead={rows === undefined ? null : <span className="note" data-testid="engines-count">{good} of {rows.length} operational</span>}>
      <Buses old={engines.state === 'stale'} />
      {missingPart(engines, 'engines')}
      {rows === undefined ? null : rows.length === 0 ? <Placeholder kind="empty" text="The gateway knows no engine" /> : <Engines rows={rows} old={engines.state === 'stale'} />}
    </Panel>
  );
}

function Buses({ old }: { readonly old: boolean }) {
  const resource = useStore(useSession().platform.buses);
  const buses = valueOf(resource);
  if (buses === undefined || buses.length === 0) {
    return resource.state === 'failed' ? <Placeholder kind="error" text="No engine tells about the buses" detail={resource.problem.title} /> : null;
  }
  return <div className={`buses ${old || resource.state === 'stale' ? 'old' : ''}`} data-testid="buses">{buses.map((bus) => <Bus key={bus.bus} bus={bus} />)}</div>;
}

function Bus({ bus }: { readonly bus: BusSummary }) {
  const all = bus.connected === bus.engines;
  const tone = all ? 'good' : bus.connected === 0 ? 'bad' : 'warning';
  const word = all ? 'connected' : bus.connected === 0 ? 'lost' : `${bus.connected} of ${bus.engines} connected`;
  return (
    <div className="bus" data-testid={`bus-${bus.bus}`} data-tone={tone} title={bus.lastError ?? undefined}>
      <div className="name">
        <span className="dot" data-tone={tone} />
        {bus.title}
        <small>{bus.port} · {bus.transport ?? 'transport unknown'}</small>
      </div>
      <dl>
        <div><dt className="visually-hidden">State</dt><dd className={`tone-${tone}`}>{word}</dd></div>
        <div><dt title="Messages put on the bus per second">in</dt><dd data-testid={`bus-${bus.bus}-in`}>{rate(bus.inPerSecond)}/s</dd></div>
        <div><dt title="Messages delivered to engines per second">out</dt><dd data-testid={`bus-${bus.bus}-out`}>{rate(bus.outPerSecond)}/s</dd></div>
        <div><dt>ping</dt><dd>{milliseconds(bus.latencyMs)}</dd></div>
        {bus.pending === null || bus.pending === 0 ? null : <div><dt>pending</dt><dd>{quantity(bus.pending)}</dd></div>}
        {bus.deadLetters === null || bus.deadLetters === 0 ? null : <div><dt>dead letters</dt><dd className="tone-warning">{quantity(bus.deadLetters)}</dd></div>}
      </dl>
    </div>
  );
}

function Engines({ rows, old }: { readonly rows: readonly EngineRow[]; readonly old: boolean }) {
  const problems = useStore(useSession().platform.problems);
  return (
    <table className={`grid-table ${old ? 'old' : ''}`} data-testid="engines">
      <thead>
        <tr>
          <th scope="col">Engine</th>
          <th scope="col" className="figure">Port</th>
          <th scope="col">Buses</th>
          <th scope="col">Status</th>
          <th scope="col" className="figure">Latency</th>
          <th scope="col" className="figure">Up</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => <Engine key={`${row.name} ${row.port}`} row={row} problems={problems.get(row.name) ?? []} />)}
      </tbody>
    </table>
  );
}

function Engine({ row, problems }: { readonly row: EngineRow; readonly problems: readonly string[] }) {
  const tone = toneOf(row.status);
  return (
    <tr data-testid={`engine-${row.name}`} data-tone={tone} title={problems.length === 0 ? row.summary : problems.join('\n')}>
      <th scope="row">{row.name}{row.replicas !== null && row.replicas > 1 ? <span className="faint"> ×{row.replicas}</span> : null}</th>
      <td className="figure soft">{row.port ?? '–'}</td>
      <td className="soft">{row.architecture.replace('_bus', '')}</td>
      <td><span className="state-word"><span className="dot" data-tone={tone} /><span className={tone === 'good' ? 'soft' : `tone-${tone}`}>{row.status}</span></span></td>
      <td className="figure soft">{milliseconds(row.latencyMs)}</td>
      <td className="figure faint">{span(row.uptimeSeconds)}</td>
    </tr>
  );
}
