import { quantity } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import type { VpinReading } from '../data/vpin.ts';
import { Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useWatched } from './use-store.ts';

const titles: Readonly<Record<string, string>> = {
  barRule: 'Bars closed by',
  barSize: 'Trades or volume of a bar',
  barSeconds: 'Bar, seconds',
  bucketsPerDay: 'Buckets a day',
  sampleLength: 'Buckets averaged',
  bucketVolume: 'Bucket volume',
  smartSizing: 'Sized by sessions',
  sigmaBars: 'Bars of sigma',
  sigmaHalfLifeBars: 'Half-life of sigma, bars',
  latenessMs: 'Lateness allowed, ms',
  priceChange: 'Price change',
  distribution: 'Distribution',
  accepted: 'Trades used',
  late: 'Trades too late',
  flagged: 'Trades flagged',
  zero_size: 'Trades without size',
};

/** With which parameters the newest value was computed, and what became of the trades. */
export function VpinParameters({ newest }: { readonly newest: VpinReading | undefined }) {
  const resource = useWatched(useSession().pages.activity);
  const rows = [...(newest?.parameters ?? []), ...(valueOf(resource)?.trades ?? [])];
  return (
    <Panel title="Parameters and trades" area="parameters" testId="vpin-parameters" tail={<StaleNote resource={resource} />}>
      {rows.length === 0 ? <Placeholder kind="empty" text="Told with the first closed bucket" /> : (
        <dl className="facts rows">
          {rows.map(([name, value]) => (
            <div key={name} data-testid={`parameter-${name}`}>
              <dt>{titles[name] ?? name}</dt>
              <dd>{typeof value === 'number' ? quantity(value) : typeof value === 'boolean' ? (value ? 'yes' : 'no') : value.replaceAll('_', ' ')}</dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  );
}
