import { useEffect, useRef } from 'react';
import type uPlot from 'uplot';
import type { FeatureDefinition, FeaturePoint } from '../data/feature-registry.ts';
import { dateIn, dayIn, figure, minuteIn, type ZoneKey } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import { chartFont, palette } from './palette.ts';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { usePlot } from './use-plot.ts';
import { useSession, useWatched } from './use-store.ts';

interface FeatureHistoryProps {
  readonly definition: FeatureDefinition | undefined;
  readonly symbol: string | null;
  readonly zone: ZoneKey;
}

/** Stored values of the chosen feature; a bar without a value is a hole. */
export function FeatureHistory({ definition, symbol, zone }: FeatureHistoryProps) {
  const resource = useWatched(useSession().pages.featureHistory);
  const points = valueOf(resource);
  const known = points?.filter(({ value }) => value !== null) ?? [];
  const reason = points?.at(-1)?.reason;
  return (
    <Panel title="History" area="history" testId="history-panel" tail={<StaleNote resource={resource} />}
      lead={points === undefined ? null : <span className="note" data-testid="history-count">{known.length} values in {points.length} bars{definition === undefined ? '' : `, ${definition.unit}`}</span>}
      strip={known.length === 0 ? undefined : <Newest point={known.at(-1)} zone={zone} />}>
      {symbol === null ? <Placeholder kind="loading" text="Waiting for a symbol…" /> : missingPart(resource, `history of ${symbol}`)}
      {points === undefined ? null : known.length === 0
        ? <Placeholder kind="empty" text={points.length === 0 ? `No bar of ${symbol ?? ''} is stored up to this moment` : 'No value in the stored bars'} detail={reason ?? undefined} />
        : <Plot points={points} zone={zone} label={`History of ${definition?.name ?? 'the feature'} of ${symbol ?? ''}`} />}
    </Panel>
  );
}

function Newest({ point, zone }: { readonly point: FeaturePoint | undefined; readonly zone: ZoneKey }) {
  if (point === undefined) return null;
  return (
    <span className="figures">
      <span>newest <b data-testid="history-newest">{figure(point.value)}</b></span>
      <span>{dateIn(point.atMs, zone)} <b>{minuteIn(point.atMs, zone)}</b></span>
    </span>
  );
}

/** Bars lie side by side, so that nights and holidays take no room. */
function Plot({ points, zone, label }: { readonly points: readonly FeaturePoint[]; readonly zone: ZoneKey; readonly label: string }) {
  const shown = useRef({ points, zone });
  const { element, plot } = usePlot(() => optionsOf((index) => {
    const at = shown.current.points[Math.round(index)]?.atMs;
    return at === undefined ? '' : `${dayIn(at, shown.current.zone)} ${minuteIn(at, shown.current.zone)}`;
  }));
  useEffect(() => {
    shown.current = { points, zone };
    plot.current?.setData([points.map((_, index) => index), points.map(({ value }) => value)]);
  }, [plot, points, zone]);
  return <div className="plot history-plot" ref={element} role="img" aria-label={label} data-testid="history-plot" />;
}

function optionsOf(timeAt: (index: number) => string): Omit<uPlot.Options, 'width' | 'height'> {
  const axis = { stroke: palette.faint, font: `11px ${chartFont}`, grid: { stroke: palette.grid, width: 1 }, ticks: { show: false } };
  return {
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [10, 14, 0, 0],
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 26, space: 90, values: (_plot, indexes) => indexes.map((index) => (Number.isInteger(index) ? timeAt(index) : '')) },
      { ...axis, size: 64, space: 30, values: (_plot, values) => values.map((value) => figure(value)) },
    ],
    series: [{}, { stroke: palette.series[0], width: 1.5, points: { show: false }, spanGaps: false }],
  };
}
