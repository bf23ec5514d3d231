import { useEffect, useRef, useState } from 'react';
import { decimals, minuteIn, quantity, type ZoneKey } from '../data/format.ts';
import { MarketChart, type PointedAt } from './market-chart.ts';
import { MicrostructureLine } from './microstructure-line.tsx';
import { LinkNote, missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { ToxicityDetail, ToxicityGauge } from './toxicity-gauge.tsx';
import { useSession, useStore } from './use-store.ts';

/** Candles, volume and VPIN of the chosen symbol. */
export function ChartPanel({ zone }: { readonly zone: ZoneKey }) {
  const { market } = useSession();
  const [pointed, setPointed] = useState<PointedAt | null>(null);
  const history = useStore(market.history);
  const toxicity = useStore(market.toxicity);
  return (
    <Panel title="Price and toxicity" area="chart" testId="chart-panel" lead={<Quote />}
      tail={<><LinkNote /><StaleNote resource={history} /><StaleNote resource={toxicity} /><ToxicityGauge /></>}
      strip={<><Pointed pointed={pointed} zone={zone} /><span className="push" /><ToxicityDetail /><MicrostructureLine /></>}>
      <Canvas zone={zone} onPoint={setPointed} />
      <Overlay />
      <a className="chart-credit" href="https://www.tradingview.com/" target="_blank" rel="noreferrer">Lightweight Charts™ by TradingView</a>
    </Panel>
  );
}

function Canvas({ zone, onPoint }: { readonly zone: ZoneKey; readonly onPoint: (pointed: PointedAt | null) => void }) {
  const { market } = useSession();
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<MarketChart>(null);
  useEffect(() => {
    if (element.current === null) return undefined;
    const made = new MarketChart(element.current, market, onPoint);
    chart.current = made;
    const stop = market.edition.subscribe(() => made.draw());
    return () => {
      stop();
      made.remove();
      chart.current = null;
    };
  }, [market, onPoint]);
  useEffect(() => chart.current?.setZone(zone), [zone]);
  const symbol = useStore(market.symbol);
  useEffect(() => chart.current?.showLatest(), [symbol]);
  return <div className="chart-body" ref={element} data-testid="chart" role="img" aria-label={`Candles, volume and VPIN of ${symbol ?? 'no symbol'}`} />;
}

/** Words over the chart while there is nothing to draw. */
function Overlay() {
  const { market } = useSession();
  const symbol = useStore(market.symbol);
  const history = useStore(market.history);
  useStore(market.edition);
  if (market.bars.series.points.length > 0) return null;
  if (symbol === null) return <div className="over"><Placeholder kind="loading" text="Waiting for a symbol…" detail="The market data engine names the symbols that it replays." /></div>;
  return (
    <div className="over">
      {missingPart(history, `bars of ${symbol}`) ?? (
        <Placeholder kind="empty" text={`No trades of ${symbol} yet`} detail="The chart draws as soon as the replay reaches the first trade." />
      )}
    </div>
  );
}

function Quote() {
  const { market } = useSession();
  const symbol = useStore(market.symbol);
  const last = useStore(market.last);
  return (
    <span className="quote">
      <span className="symbol" data-testid="chart-symbol">{symbol ?? '–'}</span>
      <span className="price" data-testid="last-price" data-direction={last?.direction ?? 0}>{decimals(last?.price, 2)}</span>
    </span>
  );
}

/** The minute under the crosshair, else the newest one. */
function Pointed({ pointed, zone }: { readonly pointed: PointedAt | null; readonly zone: ZoneKey }) {
  const { market } = useSession();
  // The last price changes with the newest candle, at a pace that can be read.
  useStore(market.last);
  const candle = pointed?.candle ?? market.bars.series.last;
  return (
    <span className="figures" data-testid="ohlc">
      <span>{candle === undefined ? '–' : minuteIn(candle.time * 1000, zone)}</span>
      <span>O <b>{decimals(candle?.open, 2)}</b></span>
      <span>H <b>{decimals(candle?.high, 2)}</b></span>
      <span>L <b>{decimals(candle?.low, 2)}</b></span>
      <span>C <b>{decimals(candle?.close, 2)}</b></span>
      <span>Vol <b>{quantity(candle?.volume)}</b></span>
      {pointed?.vpin === undefined ? null : <span>VPIN <b>{decimals(pointed.vpin.value, 3)}</b></span>}
    </span>
  );
}
