import { InvalidInputError, type VpinReading } from '@nautilus/model';
import { cumulative, type PriceChangeDistribution } from '../statistics/price-change-distribution.ts';
import { ExponentialDeviation, type ExponentialDeviationState } from '../statistics/exponential-deviation.ts';
import { RollingMoments, type RollingMomentsState } from '../statistics/rolling-moments.ts';
import { TrailingCdf } from '../statistics/trailing-cdf.ts';
import { BucketSeries, type BucketSeriesState, type ClassifiedBar, type FilledBucket } from './bucket-series.ts';
import { CountedBars, type CountedBarsState } from './counted-bars.ts';
import { OpenBars, type BarCollector, type OpenBar, type OpenBarsState } from './open-bars.ts';
import { toxicityLevel } from './toxicity-level.ts';

/** Parameters of one symbol's stream. Every result names the series they give. */
export interface VpinStreamParameters {
  /** What closes a bar: its time, its number of trades, or its volume. */
  readonly barRule: 'time' | 'ticks' | 'volume';
  /** Trades or volume of a bar; without effect on bars by time. */
  readonly barSize: number;
  /** Of bars by time. */
  readonly barSeconds: number;
  readonly bucketsPerDay: number;
  readonly sampleLength: number;
  /** Bucket volume until a completed session tells the mean daily volume, and always without smart sizing. */
  readonly bucketVolume: number;
  /** At each session border V becomes the mean daily volume of the last 20 completed sessions over B. */
  readonly smartSizing: boolean;
  /** Closed bars with trades over which sigma looks back. */
  readonly sigmaBars: number;
  /** Instead: all bars so far, with weights that halve every so many bars. */
  readonly sigmaHalfLifeBars?: number;
  readonly latenessMs: number;
  readonly priceChange: 'intrabar' | 'close_to_close';
  readonly distribution: PriceChangeDistribution;
  /** A sigma given from outside, which never changes: streaming then equals the batch calculation. */
  readonly frozenSigma?: number;
}

export const VPIN_STREAM_DEFAULTS: VpinStreamParameters = {
  barRule: 'time',
  barSize: 100,
  barSeconds: 60,
  bucketsPerDay: 50,
  sampleLength: 50,
  bucketVolume: 100_000,
  smartSizing: true,
  sigmaBars: 1_000,
  latenessMs: 2_000,
  priceChange: 'intrabar',
  distribution: 'normal',
};

export type TradeOutcome = 'accepted' | 'late' | 'flagged' | 'zero_size';

const DAY_MS = 86_400_000;
const SESSIONS = 20;
const BARS_FOR_SIGMA = 30;
const VALUES_FOR_PERCENTILE = 30;
/** 50 buckets on 252 days. */
const YEAR_OF_VALUES = 12_600;
/** Classified bars kept, so that a new bucket volume need not begin with an empty average: about three sessions. */
const KEPT_BARS = 3_000;

export interface VpinStreamState {
  readonly bars: OpenBarsState | CountedBarsState;
  readonly series: BucketSeriesState;
  readonly sigma: RollingMomentsState;
  /** Null without a half-life. */
  readonly weightedSigma: ExponentialDeviationState | null;
  readonly values: readonly number[];
  readonly kept: readonly ClassifiedBar[];
  readonly sessionVolumes: readonly number[];
  readonly session: number | null;
  readonly sessionVolume: number;
  readonly previousClose: number;
  readonly closedBars: number;
  readonly bucketId: number;
  readonly trades: number;
  readonly flagged: number;
}

/**
 * VPIN as trades arrive, without look-ahead: sigma knows only bars closed before the one it classifies, V only
 * sessions completed before the one it cuts. A session is a UTC day. O(1) per trade.
 *
 * Bars without trades do not enter the trailing sigma: a night of them would make it zero.
 */
export class VpinStream {
  readonly parameters: VpinStreamParameters;
  readonly #cdf: (z: number) => number;
  readonly #bars: BarCollector<OpenBarsState | CountedBarsState>;
  readonly #sigma: RollingMoments;
  readonly #weightedSigma: ExponentialDeviation | undefined;
  readonly #values = new TrailingCdf(YEAR_OF_VALUES);
  #series: BucketSeries;
  #kept: ClassifiedBar[] = [];
  #sessionVolumes: number[] = [];
  #session: number | null = null;
  #sessionVolume = 0;
  #previousClose = 0;
  #closedBars = 0;
  #bucketId = 0;
  #trades = 0;
  #flagged = 0;

  constructor(parameters: Partial<VpinStreamParameters> = {}) {
    const p = { ...VPIN_STREAM_DEFAULTS, ...parameters };
    if (!(p.bucketVolume > 0 && p.barSeconds > 0 && p.sampleLength >= 1 && p.bucketsPerDay >= 1)) {
      throw new InvalidInputError([{ path: 'parameters', message: 'bucket volume, bar length, sample length and buckets per day must be positive' }]);
    }
    if (p.sigmaHalfLifeBars !== undefined && !(p.sigmaHalfLifeBars > 0)) {
      throw new InvalidInputError([{ path: 'sigmaHalfLifeBars', message: 'must be positive' }]);
    }
    this.parameters = p;
    this.#cdf = cumulative(p.distribution);
    if (p.barRule !== 'time' && !(p.barSize > 0)) throw new InvalidInputError([{ path: 'barSize', message: 'must be positive' }]);
    this.#bars = p.barRule === 'time' ? new OpenBars(p.barSeconds * 1000, p.latenessMs) : new CountedBars(p.barRule, p.barSize, p.latenessMs);
    this.#sigma = new RollingMoments(p.sigmaBars);
    this.#weightedSigma = p.sigmaHalfLifeBars === undefined ? undefined : new ExponentialDeviation(p.sigmaHalfLifeBars);
    this.#series = new BucketSeries(p.bucketVolume, p.sampleLength);
  }

  /** Price must be positive and finite, size finite and not negative; the caller's guard has seen to it. */
  update(timeMs: number, price: number, size: number, flagged = false): { readonly outcome: TradeOutcome; readonly closed: readonly VpinReading[] } {
    this.#trades += 1;
    if (flagged) {
      this.#flagged += 1;
      return { outcome: 'flagged', closed: [] };
    }
    if (size === 0) return { outcome: 'zero_size', closed: [] };
    if (!this.#bars.add(timeMs, price, size)) {
      this.#flagged += 1;
      return { outcome: 'late', closed: [] };
    }
    return { outcome: 'accepted', closed: this.#closeBars(this.#bars.takeClosed()) };
  }

  /** Moves the watermark without a trade, so that the last bar of a session closes too. */
  advance(nowMs: number): readonly VpinReading[] {
    return this.#closeBars(this.#bars.takeClosed(nowMs));
  }

  get bucketVolume(): number {
    return this.#series.bucketVolume;
  }

  get series(): string {
    return seriesName(this.parameters, this.#series.bucketVolume);
  }

  get openBucket(): { readonly bucketId: number; readonly buyVolume: number; readonly sellVolume: number; readonly startMs: number | null } {
    return { bucketId: this.#bucketId + 1, ...this.#series.open };
  }

  get closedBuckets(): number {
    return this.#bucketId;
  }

  vpin(): number | null {
    return this.#series.vpin();
  }

  snapshot(): VpinStreamState {
    return {
      bars: this.#bars.snapshot(),
      series: this.#series.snapshot(),
      sigma: this.#sigma.snapshot(),
      weightedSigma: this.#weightedSigma?.snapshot() ?? null,
      values: this.#values.values(),
      kept: [...this.#kept],
      sessionVolumes: [...this.#sessionVolumes],
      session: this.#session,
      sessionVolume: this.#sessionVolume,
      previousClose: this.#previousClose,
      closedBars: this.#closedBars,
      bucketId: this.#bucketId,
      trades: this.#trades,
      flagged: this.#flagged,
    };
  }

  /** Continues exactly where `snapshot` was taken; the parameters must be the same. */
  static restore(parameters: Partial<VpinStreamParameters>, state: VpinStreamState): VpinStream {
    const stream = new VpinStream(parameters);
    stream.#bars.restore(state.bars);
    stream.#series = new BucketSeries(state.series.bucketVolume, stream.parameters.sampleLength);
    stream.#series.restore(state.series);
    stream.#sigma.restore(state.sigma);
    if (state.weightedSigma !== null) stream.#weightedSigma?.restore(state.weightedSigma);
    for (const value of state.values) stream.#values.add(value);
    stream.#kept = [...state.kept];
    stream.#sessionVolumes = [...state.sessionVolumes];
    stream.#session = state.session;
    stream.#sessionVolume = state.sessionVolume;
    stream.#previousClose = state.previousClose;
    stream.#closedBars = state.closedBars;
    stream.#bucketId = state.bucketId;
    stream.#trades = state.trades;
    stream.#flagged = state.flagged;
    return stream;
  }

  #closeBars(bars: readonly OpenBar[]): readonly VpinReading[] {
    if (bars.length === 0) return [];
    return bars.flatMap((bar) => {
      this.#enterSession(Math.floor(bar.startMs / DAY_MS));
      this.#sessionVolume += bar.volume;
      const warmingUp = this.parameters.frozenSigma === undefined && this.#closedBars < BARS_FOR_SIGMA;
      const classified = this.#classify(bar, warmingUp);
      this.#kept.push(classified);
      if (this.#kept.length >= 2 * KEPT_BARS) this.#kept = this.#kept.slice(-KEPT_BARS);
      return this.#series.pour(classified).map((bucket) => this.#read(bucket, warmingUp));
    });
  }

  #classify(bar: OpenBar, warmingUp: boolean): ClassifiedBar {
    const { priceChange, barRule, barSeconds, frozenSigma } = this.parameters;
    const reference = priceChange === 'intrabar' || this.#previousClose === 0 ? bar.firstPrice : this.#previousClose;
    const change = bar.lastPrice - reference;
    this.#previousClose = bar.lastPrice;
    const trailing = this.#weightedSigma ?? this.#sigma;
    const sigma = frozenSigma ?? trailing.deviation() ?? 0;
    const byChange = sigma > 0 ? this.#cdf(change / sigma) : 0.5;
    const bought = warmingUp ? bar.upVolume / bar.volume : byChange;
    trailing.add(change);
    this.#closedBars += 1;
    return { startMs: bar.startMs, durationMs: barRule === 'time' ? barSeconds * 1000 : bar.lastMs - bar.firstMs, volume: bar.volume, bought };
  }

  #read(bucket: FilledBucket, warmingUp: boolean): VpinReading {
    this.#bucketId += 1;
    if (bucket.vpin !== null) this.#values.add(bucket.vpin);
    const enough = this.#values.count >= VALUES_FOR_PERCENTILE && bucket.vpin !== null;
    return {
      ...bucket,
      series: this.series,
      bucketId: this.#bucketId,
      bucketVolume: this.#series.bucketVolume,
      level: bucket.vpin === null ? null : toxicityLevel(bucket.vpin),
      confidence: Math.min(1, this.#series.filled / this.parameters.sampleLength) * (1 - this.#flagged / this.#trades),
      percentile: enough ? (this.#values.at(bucket.vpin) ?? null) : null,
      warmingUp,
    };
  }

  /** At a session border V may change; the kept bars are then poured anew, so that no average mixes two volumes. */
  #enterSession(session: number): void {
    if (session === this.#session) return;
    if (this.#session !== null) this.#sessionVolumes = [...this.#sessionVolumes, this.#sessionVolume].slice(-SESSIONS);
    this.#session = session;
    this.#sessionVolume = 0;
    if (!this.parameters.smartSizing || this.#sessionVolumes.length === 0) return;
    const mean = this.#sessionVolumes.reduce((sum, volume) => sum + volume, 0) / this.#sessionVolumes.length;
    const bucketVolume = mean / this.parameters.bucketsPerDay;
    if (bucketVolume === this.#series.bucketVolume) return;
    this.#series = new BucketSeries(bucketVolume, this.parameters.sampleLength);
    for (const bar of this.#kept) this.#series.pour(bar);
  }
}

function seriesName(p: VpinStreamParameters, bucketVolume: number): string {
  const sigma = p.sigmaHalfLifeBars === undefined ? '' : `-halflife${p.sigmaHalfLifeBars}`;
  const bar = p.barRule === 'time' ? `T${p.barSeconds}` : `${p.barRule}${p.barSize}`;
  return `${bar}-n${p.sampleLength}-${p.priceChange}-${p.distribution}${sigma}-V${bucketVolume}`;
}
