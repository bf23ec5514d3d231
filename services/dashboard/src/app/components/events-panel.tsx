import { timeIn, type ZoneKey } from '../data/format.ts';
import { LinkNote, Panel, Placeholder } from './panel.tsx';
import { useSession, useStore } from './use-store.ts';

/** Alerts and changes of the connection, newest first. */
export function EventsPanel({ zone }: { readonly zone: ZoneKey }) {
  const session = useSession();
  const events = useStore(session.feed);
  return (
    <Panel title="Events" area="events" testId="events-panel"
      lead={<span className="note">{events.length === 0 ? '' : `last ${events.length}`}</span>}
      tail={<LinkNote />}>
      {events.length === 0 ? (
        <Placeholder kind="empty" text="No alert so far" detail="Toxicity, flash crash, risk, margin, system and feed events appear here." />
      ) : (
        <ul className="events" role="log" aria-live="polite" aria-label="Events" data-testid="events">
          {events.map(({ key, atMs, tone, kind, symbol, text }) => (
            <li key={key} data-testid="event" data-tone={tone}>
              <time dateTime={new Date(atMs).toISOString()} title={new Date(atMs).toISOString()}>{timeIn(atMs, zone)}</time>
              <span className={`tone-${tone}`}>{kind}</span>
              <b>{symbol ?? ''}</b>
              <span className="what" title={text}>{text}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
