import { msFromNs, type Provenance, type Trade, type VpinReading } from '@nautilus/model';
import { SeasonalRank, type SeasonalRankState } from './seasonal-rank.ts';
import type { AlertSeverity } from './toxicity-alert.ts';
import { VpinStream, type TradeOutcome, type VpinStreamParameters, type VpinStreamState } from './vpin-stream.ts';

export type VpinBookDefaults = Pick<
  VpinStreamParameters,
  'barRule' | 'barSize' | 'barSeconds' | 'bucketsPerDay' | 'sampleLength' | 'bucketVolume' | 'smartSizing' | 'sigmaBars' | 'sigmaHalfLifeBars' | 'priceChange' | 'distribution' | 'latenessMs'
>;

/** What an operator may set for one symbol: everything, and a sigma that never changes. */
export type VpinConfiguration = VpinStreamParameters;

/** Readings kept per symbol for charts: about forty sessions. */
const KEPT_READINGS = 2_000;

/** One symbol as this engine sees it now. */
export interface VpinEntry {
  readonly symbol: string;
  readonly parameters: Partial<VpinStreamParameters>;
  stream: VpinStream;
  /** Of the data in the stream; another one means that time has jumped. */
  runId: string | null;
  source: string;
  provenance: Provenance;
  /** Oldest first, of this run. */
  readings: VpinReading[];
  /** Where it is asked for. */
  readonly seasonal: SeasonalRank | undefined;
  standingAlert: AlertSeverity | undefined;
  /** Last `vol_regime` heard from the features engine. */
  regime: string | null;
  readonly outcomes: Record<TradeOutcome, number>;
}

/** One symbol as it was; `restore` goes on with it bit for bit. */
export interface VpinEntryState extends Pick<VpinEntry, 'parameters' | 'runId' | 'source' | 'provenance' | 'standingAlert' | 'regime' | 'outcomes'> {
  readonly stream: VpinStreamState;
  readonly readings: readonly VpinReading[];
  readonly seasonal?: SeasonalRankState | undefined;
}

/** What operators set since the first start. */
export interface VpinBookSettings {
  readonly changes: Partial<VpinBookDefaults>;
  readonly configurations: Readonly<Record<string, Partial<VpinConfiguration>>>;
  readonly unsubscribed: readonly string[];
}

/** The streams of all symbols. A symbol appears with its first trade and starts anew with each replay run. */
export class VpinBook {
  readonly #initial: VpinBookDefaults;
  readonly #isSeasonal: boolean;
  #changes: Partial<VpinBookDefaults> = {};
  readonly #entries = new Map<string, VpinEntry>();
  readonly #configurations = new Map<string, Partial<VpinConfiguration>>();
  readonly #unsubscribed = new Set<string>();

  /** With `seasonal` readings are also ranked against what is usual at their time of the day, which takes 200 kB per symbol. */
  constructor(defaults: VpinBookDefaults, { seasonal = false }: { readonly seasonal?: boolean } = {}) {
    this.#initial = defaults;
    this.#isSeasonal = seasonal;
  }

  get defaults(): VpinBookDefaults {
    return { ...this.#initial, ...this.#changes };
  }

  symbols(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  get(symbol: string): VpinEntry | undefined {
    return this.#entries.get(symbol);
  }

  parametersOf(symbol: string): VpinBookDefaults & Pick<VpinStreamParameters, 'frozenSigma'> {
    return { ...this.defaults, ...this.#configurations.get(symbol) };
  }

  /** Undefined for a symbol that was unsubscribed. */
  take(trade: Trade): { readonly entry: VpinEntry; readonly outcome: TradeOutcome; readonly closed: readonly VpinReading[] } | undefined {
    if (this.#unsubscribed.has(trade.symbol)) return undefined;
    const entry = this.#entryFor(trade);
    const { outcome, closed: filled } = entry.stream.update(msFromNs(trade.ts_event_ns), trade.price, trade.size, trade.suspicious);
    entry.outcomes[outcome] += 1;
    const { seasonal } = entry;
    const closed = seasonal === undefined ? filled : filled.map((reading) => ({ ...reading, seasonalPercentile: seasonal.add(reading) }));
    keep(entry, closed);
    return { entry, outcome, closed };
  }

  /**
   * A new configuration starts a new stream: buckets of another volume are not averaged with these. It is added to what the
   * symbol has already, or with `anew` takes its place.
   */
  configure(symbol: string, configuration: Partial<VpinConfiguration>, anew = false): void {
    this.#configurations.set(symbol, { ...(anew ? {} : this.#configurations.get(symbol)), ...configuration });
    this.#entries.delete(symbol);
  }

  /** Streams whose parameters change by it start anew. Gives their symbols. */
  configureDefaults(change: Partial<VpinBookDefaults>): readonly string[] {
    const before = new Map(this.symbols().map((symbol) => [symbol, JSON.stringify(this.parametersOf(symbol))]));
    this.#changes = { ...this.#changes, ...change };
    const restarted = [...before].filter(([symbol, parameters]) => JSON.stringify(this.parametersOf(symbol)) !== parameters).map(([symbol]) => symbol);
    for (const symbol of restarted) this.#entries.delete(symbol);
    return restarted;
  }

  /** Every symbol is calculated until it is unsubscribed. False when it was already. */
  subscribe(symbol: string): boolean {
    return this.#unsubscribed.delete(symbol);
  }

  /** Drops the stream and leaves later trades out. False when it was so already. */
  unsubscribe(symbol: string): boolean {
    this.#entries.delete(symbol);
    if (this.#unsubscribed.has(symbol)) return false;
    this.#unsubscribed.add(symbol);
    return true;
  }

  unsubscribed(): readonly string[] {
    return [...this.#unsubscribed].sort();
  }

  setRegime(symbol: string, regime: string | null): void {
    const entry = this.#entries.get(symbol);
    if (entry !== undefined) entry.regime = regime;
  }

  /** Undefined for a symbol without trades. */
  snapshot(symbol: string): VpinEntryState | undefined {
    const entry = this.#entries.get(symbol);
    if (entry === undefined) return undefined;
    const { parameters, stream, runId, source, provenance, readings, seasonal, standingAlert, regime, outcomes } = entry;
    return { parameters, stream: stream.snapshot(), runId, source, provenance, readings: [...readings], seasonal: seasonal?.snapshot(), standingAlert, regime, outcomes: { ...outcomes } };
  }

  /** False for a state of other parameters than the symbol has now; it is left out. Settings are restored before. */
  restore(symbol: string, state: VpinEntryState): boolean {
    const parameters = this.parametersOf(symbol);
    if (JSON.stringify(parameters) !== JSON.stringify(state.parameters)) return false;
    const { stream, readings, seasonal, outcomes, ...rest } = state;
    this.#entries.set(symbol, {
      symbol, ...rest, parameters, stream: VpinStream.restore(parameters, stream), readings: [...readings], seasonal: this.#seasonalOf(readings, seasonal), outcomes: { ...outcomes },
    });
    return true;
  }

  settings(): VpinBookSettings {
    return { changes: this.#changes, configurations: Object.fromEntries(this.#configurations), unsubscribed: this.unsubscribed() };
  }

  restoreSettings({ changes, configurations, unsubscribed }: VpinBookSettings): void {
    this.#changes = changes;
    for (const [symbol, configuration] of Object.entries(configurations)) this.#configurations.set(symbol, configuration);
    for (const symbol of unsubscribed) this.#unsubscribed.add(symbol);
  }

  /** A state of before it was asked for knows what is usual from its readings. */
  #seasonalOf(readings: readonly VpinReading[], saved?: SeasonalRankState): SeasonalRank | undefined {
    if (!this.#isSeasonal) return undefined;
    const seasonal = new SeasonalRank();
    if (saved !== undefined) seasonal.restore(saved);
    else for (const reading of readings) seasonal.add(reading);
    return seasonal;
  }

  #entryFor(trade: Trade): VpinEntry {
    const known = this.#entries.get(trade.symbol);
    if (known !== undefined && known.runId === trade.run_id) return known;
    const parameters = this.parametersOf(trade.symbol);
    const entry: VpinEntry = {
      symbol: trade.symbol,
      parameters,
      stream: new VpinStream(parameters),
      runId: trade.run_id,
      source: trade.source,
      provenance: trade.provenance,
      readings: [],
      seasonal: this.#seasonalOf([]),
      standingAlert: undefined,
      regime: null,
      outcomes: { accepted: 0, late: 0, flagged: 0, zero_size: 0 },
    };
    this.#entries.set(trade.symbol, entry);
    return entry;
  }
}

function keep(entry: VpinEntry, closed: readonly VpinReading[]): void {
  entry.readings.push(...closed);
  if (entry.readings.length > 2 * KEPT_READINGS) entry.readings = entry.readings.slice(-KEPT_READINGS);
}
