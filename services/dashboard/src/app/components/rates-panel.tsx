import { useEffect } from 'react';
import type uPlot from 'uplot';
import { quantity, rate } from '../data/format.ts';
import type { RateColumns } from '../data/rates.ts';
import { chartFont, palette } from './palette.ts';
import { Panel, Placeholder } from './panel.tsx';
import { usePlot } from './use-plot.ts';
import { useSession, useStore } from './use-store.ts';

const labels = ['MarketData', 'Engine Logic', 'WebSocket'] as const;
const help = [
  'Messages per second that the websocket engine reads from the MarketData bus',
  'Messages per second that the websocket engine reads from the Engine Logic bus',
  'Frames per second that this page receives',
] as const;
/** Width of the time axis, seconds. */
const windowSeconds = 180;

export function RatesPanel() {
  const { platform } = useSession();
  const rates = useStore(platform.rates);
  const problem = useStore(platform.ratesProblem);
  const known = rates.columns.some((column) => column.some((value) => value !== null));
  return (
    <Panel title="Messages per second" area="rates" testId="rates-panel"
      tail={problem === null ? null : <span className="note stale" role="status" data-testid="rates-problem">{problem}</span>}>
      {known ? (
        <div className="rates-body">
          <Legend rates={rates} />
          <Plot rates={rates} />
        </div>
      ) : <Placeholder kind="loading" text="Collecting the first samples…" />}
    </Panel>
  );
}

function Legend({ rates }: { readonly rates: RateColumns }) {
  return (
    <div className="legend">
      {labels.map((label, index) => (
        <span key={label} title={help[index]}>
          <i style={{ background: palette.series[index] }} />
          {label} <b data-testid={`rate-${index}`}>{rate(rates.columns[index]?.at(-1))}</b>
        </span>
      ))}
    </div>
  );
}

function Plot({ rates }: { readonly rates: RateColumns }) {
  const { element, plot } = usePlot(() => options);
  useEffect(() => {
    plot.current?.setData([[...rates.times], ...rates.columns.map((column) => [...column])] as uPlot.AlignedData);
  }, [plot, rates]);
  return <div className="plot" ref={element} role="img" aria-label="Message rates over the last three minutes" data-testid="rates-plot" />;
}

const axis = {
  stroke: palette.faint,
  font: `11px ${chartFont}`,
  grid: { stroke: palette.grid, width: 1 },
  ticks: { show: false },
};

const options: Omit<uPlot.Options, 'width' | 'height'> = {
  legend: { show: false },
  cursor: { y: false, points: { size: 5 } },
  padding: [8, 12, 0, 0],
  scales: {
    x: { time: true, range: (_plot, _min, max) => [max - windowSeconds, max] },
    y: { range: (_plot, _min, max) => [0, Math.max(10, (max ?? 0) * 1.15)] },
  },
  axes: [
    { ...axis, size: 26, space: 64, values: (_plot, times) => times.map((time) => new Date(time * 1000).toTimeString().slice(0, 8)) },
    { ...axis, size: 44, space: 28, values: (_plot, values) => values.map((value) => quantity(value)) },
  ],
  series: [
    {},
    ...labels.map((label, index) => ({
      label, stroke: palette.series[index] ?? palette.text, width: 1.5, points: { show: false }, spanGaps: false,
    })),
  ],
};
