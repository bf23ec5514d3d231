import {
  CandlestickSeries, ColorType, createChart, CrosshairMode, HistogramSeries, LineSeries, TickMarkType,
  type IChartApi, type ISeriesApi, type Time, type UTCTimestamp,
} from 'lightweight-charts';
import type { Candle } from '../data/bar-book.ts';
import { dateIn, dayIn, minuteIn, type ZoneKey } from '../data/format.ts';
import type { MarketView } from '../data/market-view.ts';
import { toxicityLevels, toxicityThresholds, type VpinPoint } from '../data/vpin.ts';
import { chartFont, levelColours, palette } from './palette.ts';
import { ThresholdBands } from './threshold-bands.ts';

/** What lies under the crosshair. */
export interface PointedAt {
  readonly candle: Candle | undefined;
  readonly vpin: VpinPoint | undefined;
}

/** Candles with volume, and VPIN below on the same time axis. Draws what `MarketView` reports as changed. */
export class MarketChart {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<'Candlestick', Time>;
  readonly #volume: ISeriesApi<'Histogram', Time>;
  readonly #vpin: ISeriesApi<'Line', Time>;
  readonly #market: MarketView;
  /** Times of the newest points drawn: the chart must be told which updates change an older one. */
  #lastBar = Number.NEGATIVE_INFINITY;
  #lastPoint = Number.NEGATIVE_INFINITY;

  constructor(element: HTMLElement, market: MarketView, onPoint: (pointed: PointedAt | null) => void) {
    this.#market = market;
    this.#chart = createChart(element, chartOptions);
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      upColor: palette.up, downColor: palette.down, wickUpColor: palette.up, wickDownColor: palette.down, borderVisible: false,
    });
    this.#candles.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.22 } });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: '', priceFormat: { type: 'volume' }, lastValueVisible: false, priceLineVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#vpin = this.#chart.addSeries(LineSeries, vpinOptions, 1);
    this.#vpin.priceScale().applyOptions({ scaleMargins: { top: 0.04, bottom: 0.04 } });
    this.#vpin.attachPrimitive(new ThresholdBands(bands));
    const [top, bottom] = this.#chart.panes();
    top?.setStretchFactor(0.7);
    bottom?.setStretchFactor(0.3);
    this.#chart.subscribeCrosshairMove(({ time }) => {
      onPoint(typeof time === 'number' ? { candle: market.bars.series.at(time), vpin: market.vpin.at(time) } : null);
    });
    // A chart made anew holds nothing, whatever an earlier one has drawn.
    this.#setAll(market.bars.series.points, market.vpin.points);
    market.bars.series.takeChanges();
    market.vpin.takeChanges();
  }

  remove(): void {
    this.#chart.remove();
  }

  /** Draws what changed since the last call. */
  draw(): void {
    const bars = this.#market.bars.series.takeChanges();
    const points = this.#market.vpin.takeChanges();
    if (bars.all || points.all) {
      this.#setAll(this.#market.bars.series.points, this.#market.vpin.points);
      return;
    }
    for (const candle of bars.points) {
      const historical = candle.time < this.#lastBar;
      this.#candles.update(candleOf(candle), historical);
      this.#volume.update(volumeOf(candle), historical);
      this.#lastBar = Math.max(this.#lastBar, candle.time);
    }
    for (const point of points.points) {
      this.#vpin.update(pointOf(point), point.time < this.#lastPoint);
      this.#lastPoint = Math.max(this.#lastPoint, point.time);
    }
  }

  setZone(zone: ZoneKey): void {
    this.#chart.applyOptions({
      localization: {
        timeFormatter: (time: Time) => (typeof time === 'number' ? `${dateIn(time * 1000, zone)} ${minuteIn(time * 1000, zone)}` : ''),
      },
      timeScale: {
        tickMarkFormatter: (time: Time, kind: TickMarkType) => {
          if (typeof time !== 'number') return null;
          const ofDay = kind === TickMarkType.Time || kind === TickMarkType.TimeWithSeconds;
          return ofDay ? minuteIn(time * 1000, zone) : dayIn(time * 1000, zone);
        },
      },
    });
  }

  /** Back to the newest bars. */
  showLatest(): void {
    this.#chart.timeScale().scrollToRealTime();
  }

  #setAll(candles: readonly Candle[], points: readonly VpinPoint[]): void {
    this.#candles.setData(candles.map(candleOf));
    this.#volume.setData(candles.map(volumeOf));
    this.#vpin.setData(points.map(pointOf));
    this.#lastBar = candles.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    this.#lastPoint = points.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
  }
}

const bands = toxicityThresholds.map((from, index) => {
  const level = toxicityLevels[index + 1] ?? 'EXTREME';
  return { from, to: toxicityThresholds[index + 1] ?? 1, colour: levelColours[level], label: `${level} ${from}` };
});

const chartOptions = {
  autoSize: true,
  layout: {
    background: { type: ColorType.Solid, color: palette.panel },
    textColor: palette.text,
    fontSize: 11,
    fontFamily: chartFont,
    attributionLogo: false,
    panes: { separatorColor: palette.line, separatorHoverColor: '#2d3747', enableResize: true },
  },
  grid: { vertLines: { color: palette.grid }, horzLines: { color: palette.grid } },
  crosshair: { mode: CrosshairMode.Normal, vertLine: { labelBackgroundColor: '#2d3747' }, horzLine: { labelBackgroundColor: '#2d3747' } },
  rightPriceScale: { borderColor: palette.line, minimumWidth: 64 },
  timeScale: { borderColor: palette.line, timeVisible: true, secondsVisible: false, rightOffset: 6, barSpacing: 5, minBarSpacing: 0.5 },
};

const vpinOptions = {
  color: palette.vpin,
  lineWidth: 2 as const,
  priceFormat: { type: 'price' as const, precision: 3, minMove: 0.001 },
  priceLineVisible: false,
  // VPIN is a fraction: the axis always shows the whole range, so that heights mean the same on every day.
  autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: 1 } }),
};

function candleOf({ time, open, high, low, close }: Candle) {
  return { time: time as UTCTimestamp, open, high, low, close };
}

function volumeOf({ time, open, close, volume }: Candle) {
  return { time: time as UTCTimestamp, value: volume, color: close >= open ? palette.upVolume : palette.downVolume };
}

function pointOf({ time, value }: VpinPoint) {
  return { time: time as UTCTimestamp, value };
}
