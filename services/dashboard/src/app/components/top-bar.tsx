import { pageKeys, pages } from '../data/address.ts';
import { dateIn, decimals, timeIn, zones, type ZoneKey } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import type { LinkStatus } from '@nautilus/client';
import mark from '../nautilus.svg';
import { useSession, useStore } from './use-store.ts';

export interface TopBarProps {
  readonly zone: ZoneKey;
  readonly onZone: (zone: ZoneKey) => void;
}

export function TopBar({ zone, onZone }: TopBarProps) {
  return (
    <header className="topbar">
      <div className="brand">
        <img src={mark} alt="" />
        <h1>Nautilus</h1>
        <Version />
      </div>
      <Pages />
      <LinkBadge />
      <ProvenanceBadge />
      <span className="push" />
      <EventClock zone={zone} />
      <div className="segments" role="group" aria-label="Time zone">
        {(Object.keys(zones) as ZoneKey[]).map((key) => (
          <button key={key} type="button" aria-pressed={key === zone} onClick={() => onZone(key)} data-testid={`zone-${key}`}>
            {zones[key].label}
          </button>
        ))}
      </div>
    </header>
  );
}

function Pages() {
  const session = useSession();
  const page = useStore(session.page);
  return (
    <nav className="segments" aria-label="Pages">
      {pageKeys.map((key) => (
        <button key={key} type="button" aria-current={key === page ? 'page' : undefined} onClick={() => session.page.set(key)} data-testid={`page-${key}`}>
          {pages[key]}
        </button>
      ))}
    </nav>
  );
}

/** Version of the running engines: of what answers, not of this page's build. */
function Version() {
  const engines = valueOf(useStore(useSession().platform.engines)) ?? [];
  const versions = [...new Set(engines.map(({ version }) => version).filter((version) => version !== null))].sort();
  if (versions.length === 0) return null;
  return <span className="version" data-testid="version">{versions.map((version) => `v${version}`).join(' / ')}</span>;
}

function LinkBadge() {
  const link = useStore(useSession().link);
  const { tone, text } = wordsFor(link);
  const trip = link.roundTripMs;
  return (
    <span className="badge" role="status" aria-live="polite" data-testid="connection" data-state={link.state} title={link.reason}>
      <span className="dot" data-tone={tone} />
      {text}
      {link.state === 'open' && trip !== null ? <span aria-hidden="true">{decimals(trip, 0)} ms</span> : null}
    </span>
  );
}

function wordsFor({ state, attempt }: LinkStatus): { tone: string; text: string } {
  if (state === 'open') return { tone: 'good', text: 'Connected' };
  if (state === 'waiting') return { tone: 'bad', text: `Disconnected, retry ${attempt}` };
  if (state === 'connecting') return { tone: 'warning', text: attempt === 0 ? 'Connecting' : `Reconnecting, try ${attempt}` };
  return { tone: 'bad', text: 'Stopped' };
}

const provenanceTitles: Readonly<Record<string, string>> = {
  live: 'Figures come from a live source',
  replay: 'Figures come from recorded market data',
  simulated: 'Figures come from a simulator',
};

function ProvenanceBadge() {
  const provenance = useStore(useSession().market.provenance);
  return (
    <span className="badge provenance" data-testid="provenance" data-provenance={provenance ?? 'unknown'}
      title={provenanceTitles[provenance ?? ''] ?? 'No market data seen yet'}>
      {provenance === null ? 'NO DATA' : provenance.toUpperCase()}
    </span>
  );
}

/** Event time of the newest message: the time in the market, not on the wall. */
function EventClock({ zone }: { readonly zone: ZoneKey }) {
  const clock = useStore(useSession().market.clock);
  const label = 'Market time of the newest event';
  return (
    <div className="clock" data-testid="clock" title={label}>
      <span className="visually-hidden">{label}: </span>
      <span className="date">{clock === null ? 'no event yet' : dateIn(clock, zone)}</span>
      <time className="time" dateTime={clock === null ? undefined : new Date(clock).toISOString()}>
        {clock === null ? '--:--:--' : timeIn(clock, zone)}
      </time>
    </div>
  );
}
