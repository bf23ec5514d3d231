import { dateIn, decimals, percent, timeIn, type ZoneKey } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useWatched } from './use-store.ts';

/** Toxicity alerts of the symbol, newest first, and the one that stands. */
export function VpinAlerts({ symbol, zone }: { readonly symbol: string | null; readonly zone: ZoneKey }) {
  const resource = useWatched(useSession().pages.alerts);
  const alerts = valueOf(resource);
  const rule = alerts === undefined ? '' : alerts.thresholds.map(([name, value]) => `${name.replaceAll('_', ' ')} ${typeof value === 'number' ? percent(value) : String(value)}`).join(', ');
  return (
    <Panel title="Alerts" area="alerts" testId="vpin-alerts" tail={<StaleNote resource={resource} />}
      lead={alerts === undefined ? null : (
        <span className={`note ${alerts.standing === null ? '' : 'stale'}`} title={`By percentile: ${rule}`} data-testid="alert-standing">
          {alerts.standing === null ? 'none stands' : `${alerts.standing} stands`}
        </span>
      )}>
      {symbol === null ? <Placeholder kind="loading" text="Waiting for a symbol…" /> : missingPart(resource, `alerts of ${symbol}`)}
      {alerts === undefined ? null : alerts.items.length === 0
        ? <Placeholder kind="empty" text="No toxicity alert so far" detail={`Raised and cleared by the percentile of VPIN: ${rule}.`} />
        : (
          <table className={`grid-table ${resource.state === 'stale' ? 'old' : ''}`} data-testid="alerts">
            <thead>
              <tr><th scope="col">Time</th><th scope="col">Alert</th><th scope="col" className="figure">Percentile</th><th scope="col" className="figure">VPIN</th></tr>
            </thead>
            <tbody>
              {alerts.items.map(({ id, atMs, severity, cleared, percentile, vpin }) => (
                <tr key={id} data-testid="alert-row">
                  <td className="soft" title={dateIn(atMs, zone)}>{timeIn(atMs, zone)}</td>
                  <td className={cleared ? 'tone-good' : severity === 'URGENT' ? 'tone-critical' : 'tone-warning'}>{cleared ? `${severity} cleared` : severity}</td>
                  <td className="figure soft">{percent(percentile, 1)}</td>
                  <td className="figure">{decimals(vpin, 3)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
    </Panel>
  );
}
