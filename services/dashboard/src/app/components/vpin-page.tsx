import { useState } from 'react';
import { dateIn, decimals, percent, quantity, span, timeIn, type ZoneKey } from '../data/format.ts';
import { valueOf, type Resource } from '../data/poller.ts';
import type { OpenBucket } from '../data/vpin-stream.ts';
import type { VpinReading } from '../data/vpin.ts';
import { BucketChart } from './bucket-chart.tsx';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useStore, useWatched } from './use-store.ts';
import { VpinAlerts } from './vpin-alerts.tsx';
import { VpinDial } from './vpin-dial.tsx';
import { VpinParameters } from './vpin-parameters.tsx';

/** Order-flow toxicity of the chosen symbol: where it stands, how the bucket fills, what came before. */
export function VpinPage({ zone }: { readonly zone: ZoneKey }) {
  const { market, pages } = useSession();
  const symbol = useStore(market.symbol);
  const bucket = useWatched(pages.bucket);
  const buckets = useWatched(pages.buckets);
  const readings = valueOf(buckets) ?? [];
  return (
    <main className="desk vpin-page">
      <VpinNow symbol={symbol} bucket={bucket} readings={readings} zone={zone} />
      <Buckets symbol={symbol} resource={buckets} zone={zone} />
      <VpinAlerts symbol={symbol} zone={zone} />
      <VpinParameters newest={readings.at(-1)} />
    </main>
  );
}

interface NowProps {
  readonly symbol: string | null;
  readonly bucket: Resource<OpenBucket>;
  readonly readings: readonly VpinReading[];
  readonly zone: ZoneKey;
}

function VpinNow({ symbol, bucket, readings, zone }: NowProps) {
  const open = valueOf(bucket);
  const newest = open === undefined ? undefined : readings.at(-1);
  return (
    <Panel title="Toxicity now" area="now" testId="vpin-now" lead={<span className="note" data-testid="vpin-symbol">{symbol ?? ''}</span>} tail={<StaleNote resource={bucket} />}>
      {symbol === null ? <Placeholder kind="loading" text="Waiting for a symbol…" /> : missingPart(bucket, `VPIN stream of ${symbol}`)}
      {open === undefined ? null : (
        <div className={`vpin-now ${bucket.state === 'stale' ? 'old' : ''}`}>
          <VpinDial value={newest?.value ?? null} level={newest?.level ?? null} />
          <Standing newest={newest} closed={open.closed} />
          <Filling bucket={open} zone={zone} />
        </div>
      )}
    </Panel>
  );
}

/** What the newest value rests on, or why there is none yet. */
function Standing({ newest, closed }: { readonly newest: VpinReading | undefined; readonly closed: number }) {
  const needed = newest?.parameters.find(([name]) => name === 'sampleLength')?.[1];
  const isWarming = newest === undefined || newest.value === null;
  return (
    <div className="vpin-standing">
      {isWarming ? (
        <p className="tone-warning" role="status" data-testid="vpin-warming">
          {typeof needed === 'number' ? `Warming up: ${closed} of ${needed} buckets closed` : 'Warming up: no bucket closed yet'}
        </p>
      ) : null}
      {newest !== undefined && newest.value !== null && newest.warmingUp ? (
        <p className="tone-warning" role="status" data-testid="vpin-tick-rule">Classified by the tick rule: fewer than 30 bars were closed before</p>
      ) : null}
      <dl className="facts">
        <Fact name="Percentile" help="Rank of this VPIN among those of the trailing year; from 30 values on" words={percent(newest?.percentile)} />
        <Fact name="Confidence" help="Closed buckets over needed buckets, times the share of unflagged trades" words={decimals(newest?.confidence, 2)} />
        <Fact name="Regime" help="Volatility regime of the features engine" words={newest?.regime ?? '–'} />
        <Fact name="Buckets closed" help="In this run" words={quantity(closed)} testId="vpin-closed" />
      </dl>
    </div>
  );
}

interface FactProps {
  readonly name: string;
  readonly help: string;
  readonly words: string;
  readonly testId?: string;
}

function Fact({ name, help, words, testId }: FactProps) {
  return <div title={help}><dt>{name}</dt><dd data-testid={testId}>{words}</dd></div>;
}

/** The bucket that is being filled. */
function Filling({ bucket, zone }: { readonly bucket: OpenBucket; readonly zone: ZoneKey }) {
  const share = (volume: number): string => `${Math.min(100, (volume / bucket.target) * 100)}%`;
  return (
    <div className="filling">
      <div className="filling-head">
        <b>Bucket {bucket.id ?? '–'}</b>
        <span className="soft" data-testid="bucket-filled">{percent(bucket.filled, 1)} full</span>
        <span className="push" />
        <span className="faint">{bucket.startMs === null ? 'no trade yet' : `since ${timeIn(bucket.startMs, zone)}`}</span>
      </div>
      <div className="filling-bar" role="progressbar" aria-label="Open bucket" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(bucket.filled * 100)}>
        <i className="buy" style={{ width: share(bucket.buy) }} />
        <i className="sell" style={{ width: share(bucket.sell) }} />
      </div>
      <div className="filling-foot">
        <span className="tone-up">buy <b data-testid="bucket-buy">{quantity(bucket.buy)}</b></span>
        <span className="tone-down">sell <b data-testid="bucket-sell">{quantity(bucket.sell)}</b></span>
        <span className="push" />
        <span className="soft">of <b data-testid="bucket-target">{quantity(bucket.target)}</b></span>
      </div>
    </div>
  );
}

function Buckets({ symbol, resource, zone }: { readonly symbol: string | null; readonly resource: Resource<readonly VpinReading[]>; readonly zone: ZoneKey }) {
  const readings = valueOf(resource);
  const [pointed, setPointed] = useState<VpinReading | null>(null);
  const shown = readings?.find(({ atMs }) => atMs === pointed?.atMs) ?? readings?.at(-1);
  return (
    <Panel title="Closed buckets" area="buckets" testId="vpin-buckets" tail={<StaleNote resource={resource} />}
      lead={readings === undefined ? null : <span className="note" data-testid="buckets-count">last {readings.length}</span>}
      strip={shown === undefined ? undefined : <Pointed reading={shown} zone={zone} />}>
      {symbol === null ? <Placeholder kind="loading" text="Waiting for a symbol…" /> : missingPart(resource, `buckets of ${symbol}`)}
      {readings === undefined ? null : readings.length === 0
        ? <Placeholder kind="empty" text="No bucket closed yet" detail="A bucket closes when its volume has traded." />
        : (
          <div className={`buckets ${resource.state === 'stale' ? 'old' : ''}`}>
            <BucketChart readings={readings} pointed={shown} onPoint={setPointed} />
            <BucketTable readings={readings} zone={zone} />
          </div>
        )}
    </Panel>
  );
}

function Pointed({ reading, zone }: { readonly reading: VpinReading; readonly zone: ZoneKey }) {
  const { bucket, atMs, startMs, value, percentile } = reading;
  return (
    <span className="figures" data-testid="bucket-pointed" aria-live="polite">
      <span>bucket <b>{bucket?.id ?? '–'}</b></span>
      <span>{dateIn(atMs, zone)} <b>{timeIn(atMs, zone)}</b></span>
      <span>filled in <b>{startMs === null ? '–' : span((atMs - startMs) / 1000)}</b></span>
      <span>buy <b>{quantity(bucket?.buy)}</b></span>
      <span>sell <b>{quantity(bucket?.sell)}</b></span>
      <span>VPIN <b>{decimals(value, 3)}</b></span>
      <span>percentile <b>{percent(percentile)}</b></span>
    </span>
  );
}

function BucketTable({ readings, zone }: { readonly readings: readonly VpinReading[]; readonly zone: ZoneKey }) {
  return (
    <div className="bucket-table">
      <table className="grid-table" data-testid="buckets">
        <thead>
          <tr>
            <th scope="col">Bucket</th>
            <th scope="col">Closed</th>
            <th scope="col" className="figure">Filled in</th>
            <th scope="col" className="figure">Buy</th>
            <th scope="col" className="figure">Sell</th>
            <th scope="col" className="figure" title="|buy − sell| / volume of the bucket">Imbalance</th>
            <th scope="col" className="figure">VPIN</th>
            <th scope="col">Level</th>
          </tr>
        </thead>
        <tbody>
          {readings.toReversed().map(({ atMs, startMs, bucket, value, level }) => (
            <tr key={`${atMs} ${bucket?.id ?? ''}`} data-testid="bucket-row">
              <th scope="row">{bucket?.id ?? '–'}</th>
              <td className="soft">{timeIn(atMs, zone)}</td>
              <td className="figure soft">{startMs === null ? '–' : span((atMs - startMs) / 1000)}</td>
              <td className="figure tone-up">{quantity(bucket?.buy)}</td>
              <td className="figure tone-down">{quantity(bucket?.sell)}</td>
              <td className="figure soft">{percent(shareOf(bucket), 1)}</td>
              <td className="figure">{decimals(value, 3)}</td>
              <td className="soft">{level ?? 'warming up'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shareOf(bucket: VpinReading['bucket']): number | null {
  return bucket === null || bucket.imbalance === null || bucket.target === null || bucket.target === 0 ? null : bucket.imbalance / bucket.target;
}
