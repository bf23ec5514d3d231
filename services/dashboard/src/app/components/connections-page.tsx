import { toneOfConnection, type Cluster, type ConnectionRow, type TopicRow } from '../data/connection-list.ts';
import { quantity, span, timeIn, type ZoneKey } from '../data/format.ts';
import { valueOf, type Resource } from '../data/poller.ts';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useStore, useWatched } from './use-store.ts';

/** Clients and topics of the replica of the websocket engine that answers this page. */
export function ConnectionsPage({ zone }: { readonly zone: ZoneKey }) {
  const { pages } = useSession();
  const connections = useWatched(pages.connections);
  const cluster = useWatched(pages.cluster);
  const topics = useWatched(pages.topics);
  return (
    <main className="desk connections-page">
      <Connections resource={connections} zone={zone} />
      <Replicas resource={cluster} />
      <Topics resource={topics} />
    </main>
  );
}

interface ConnectionsProps {
  readonly resource: Resource<readonly ConnectionRow[]>;
  readonly zone: ZoneKey;
}

function Connections({ resource, zone }: ConnectionsProps) {
  const own = useStore(useSession().connectionId);
  const rows = valueOf(resource);
  return (
    <Panel title="WebSocket connections" area="connections" testId="connections-panel" tail={<StaleNote resource={resource} />}
      lead={rows === undefined ? null : <span className="note" data-testid="connections-count">{rows.length} open at the replica that answers</span>}>
      {missingPart(resource, 'connections')}
      {rows === undefined ? null : rows.length === 0
        ? <Placeholder kind="empty" text="No client is connected to this replica" detail="Another replica may have this page's own connection." />
        : (
          <table className={`grid-table ${resource.state === 'stale' ? 'old' : ''}`} data-testid="connections">
            <thead>
              <tr>
                <th scope="col">Client</th>
                <th scope="col">Status</th>
                <th scope="col" className="figure" title="Messages that wait for the client">Queue</th>
                <th scope="col" className="figure">Delivered</th>
                <th scope="col" className="figure" title="Superseded messages left out because the client was slow">Dropped</th>
                <th scope="col">Connected</th>
                <th scope="col">Last heard</th>
                <th scope="col">Subscriptions</th>
              </tr>
            </thead>
            <tbody>{rows.map((row) => <Connection key={row.id} row={row} own={row.id === own} zone={zone} />)}</tbody>
          </table>
        )}
    </Panel>
  );
}

function Replicas({ resource }: { readonly resource: Resource<Cluster> }) {
  const cluster = valueOf(resource);
  return (
    <Panel title="Replicas" area="replicas" testId="replicas-panel" tail={<StaleNote resource={resource} />}
      lead={cluster === undefined ? null : <span className="note" data-testid="cluster-count">{quantity(cluster.connections)} connections in all</span>}>
      {missingPart(resource, 'replicas')}
      {cluster === undefined ? null : cluster.replicas.length === 0 ? <Placeholder kind="empty" text="No replica has told of itself yet" /> : (
        <table className={`grid-table ${resource.state === 'stale' ? 'old' : ''}`} data-testid="replicas">
          <thead>
            <tr>
              <th scope="col">Replica</th>
              <th scope="col" className="figure">Connections</th>
              <th scope="col" className="figure" title="Messages that wait for clients">Queue</th>
              <th scope="col" className="figure">Delivered</th>
              <th scope="col" className="figure" title="Since its last heartbeat">Heard</th>
            </tr>
          </thead>
          <tbody>
            {cluster.replicas.map(({ id, connections, queued, delivered, ageMs }) => (
              <tr key={id} data-testid="replica-row">
                <th scope="row">{id}</th>
                <td className="figure">{quantity(connections)}</td>
                <td className="figure soft">{quantity(queued)}</td>
                <td className="figure soft">{quantity(delivered)}</td>
                <td className="figure soft">{ageMs === 0 ? 'answers' : ageMs === null ? '–' : `${span(ageMs / 1000)} ago`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Connection({ row, own, zone }: { readonly row: ConnectionRow; readonly own: boolean; readonly zone: ZoneKey }) {
  const { id, address, status, queued, delivered, skipped, sinceMs, heardMs, subscriptions } = row;
  const tone = toneOfConnection(row);
  return (
    <tr data-testid={`connection-${id}`} data-own={own} data-tone={tone}>
      <th scope="row" title={id}>{address}{own ? <span className="own"> this page</span> : null}</th>
      <td><span className="state-word"><span className="dot" data-tone={tone} /><span className={tone === 'warning' ? 'tone-warning' : 'soft'}>{status}</span></span></td>
      <td className="figure soft">{quantity(queued)}</td>
      <td className="figure soft">{quantity(delivered)}</td>
      <td className={`figure ${skipped === null || skipped === 0 ? 'faint' : 'tone-warning'}`}>{quantity(skipped)}</td>
      <td className="soft">{sinceMs === null ? '–' : timeIn(sinceMs, zone)}</td>
      <td className="soft">{heardMs === null ? '–' : timeIn(heardMs, zone)}</td>
      <td>
        {subscriptions.length === 0 ? <span className="faint">none</span> : (
          <details>
            <summary>{subscriptions.length} {subscriptions.length === 1 ? 'topic' : 'topics'}</summary>
            <ul className="topics">{subscriptions.map((topic) => <li key={topic}>{topic}</li>)}</ul>
          </details>
        )}
      </td>
    </tr>
  );
}

function Topics({ resource }: { readonly resource: Resource<readonly TopicRow[]> }) {
  const rows = valueOf(resource);
  const heard = rows?.filter(({ subscribers }) => subscribers > 0).length ?? 0;
  return (
    <Panel title="Topics" area="topics" testId="topics-panel" tail={<StaleNote resource={resource} />}
      lead={rows === undefined ? null : <span className="note" data-testid="topics-count">{heard} of {rows.length} reach a client</span>}>
      {missingPart(resource, 'topics')}
      {rows === undefined ? null : rows.length === 0 ? <Placeholder kind="empty" text="Nothing was published since the start" /> : (
        <table className={`grid-table ${resource.state === 'stale' ? 'old' : ''}`} data-testid="topics">
          <thead><tr><th scope="col">Topic</th><th scope="col" className="figure">Subscribers</th></tr></thead>
          <tbody>
            {rows.map(({ topic, subscribers }) => (
              <tr key={topic} data-testid="topic-row"><th scope="row" className={subscribers === 0 ? 'faint' : ''}>{topic}</th><td className={`figure ${subscribers === 0 ? 'faint' : ''}`}>{subscribers}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
