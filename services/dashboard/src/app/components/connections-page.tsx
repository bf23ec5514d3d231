import { toneOfConnection, type ConnectionRow, type Replica, type TopicRow } from '../data/connection-list.ts';
import { quantity, span, timeIn, type ZoneKey } from '../data/format.ts';
import { valueOf, type Resource } from '../data/poller.ts';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useStore, useWatched } from './use-store.ts';

/** Clients and topics of the replica of the websocket engine that answers this page. */
export function ConnectionsPage({ zone }: { readonly zone: ZoneKey }) {
  const { pages } = useSession();
  const connections = useWatched(pages.connections);
  const replica = useWatched(pages.replica);
  const topics = useWatched(pages.topics);
  return (
    <main className="desk connections-page">
      <Connections resource={connections} replica={valueOf(replica)} zone={zone} />
      <Topics resource={topics} />
    </main>
  );
}

interface ConnectionsProps {
  readonly resource: Resource<readonly ConnectionRow[]>;
  readonly replica: Replica | undefined;
  readonly zone: ZoneKey;
}

function Connections({ resource, replica, zone }: ConnectionsProps) {
  const own = useStore(useSession().connectionId);
  const rows = valueOf(resource);
  return (
    <Panel title="WebSocket connections" area="connections" testId="connections-panel" tail={<StaleNote resource={resource} />}
      lead={rows === undefined ? null : <span className="note" data-testid="connections-count">{rows.length} open</span>}
      strip={replica === undefined ? undefined : <ReplicaLine replica={replica} />}>
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

function ReplicaLine({ replica: { id, status, connections, streamed, uptimeSeconds } }: { readonly replica: Replica }) {
  return (
    <span className="figures" data-testid="replica">
      <span>replica <b data-testid="replica-id">{id}</b></span>
      <span>{status}</span>
      <span>connections <b>{quantity(connections)}</b></span>
      <span>delivered since the start <b>{quantity(streamed)}</b></span>
      <span>up <b>{span(uptimeSeconds)}</b></span>
    </span>
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
