import { VpinStream, type AlertSeverity, type TradeOutcome, type VpinReading, type VpinStreamParameters } from '@nautilus/quant';
import { msFromNs, type Provenance, type Trade } from '@nautilus/model';

export type BookDefaults = Pick<
  VpinStreamParameters,
  'barSeconds' | 'bucketsPerDay' | 'sampleLength' | 'bucketVolume' | 'smartSizing' | 'sigmaBars' | 'latenessMs'
>;

/** What an operator may set for one symbol. */
export type SymbolConfiguration = Pick<VpinStreamParameters, 'bucketVolume' | 'sampleLength' | 'smartSizing'>;

/** Readings kept per symbol for charts: about forty sessions. */
const KEPT_READINGS = 2_000;

/** One symbol as this engine sees it now. */
export interface SymbolEntry {
  readonly symbol: string;
  readonly parameters: Partial<VpinStreamParameters>;
  stream: VpinStream;
  /** Of the data in the stream; another one means that time has jumped. */
  runId: string | null;
  source: string;
  provenance: Provenance;
  /** Oldest first, of this run. */
  readings: VpinReading[];
  standingAlert: AlertSeverity | undefined;
  /** Last `vol_regime` heard from the features engine. */
  regime: string | null;
  readonly outcomes: Record<TradeOutcome, number>;
}

/** The streams of all symbols. A symbol appears with its first trade and starts anew with each replay run. */
export class SymbolBook {
  readonly #defaults: BookDefaults;
  readonly #entries = new Map<string, SymbolEntry>();
  readonly #configurations = new Map<string, Partial<SymbolConfiguration>>();

  constructor(defaults: BookDefaults) {
    this.#defaults = defaults;
  }

  get defaults(): BookDefaults {
    return this.#defaults;
  }

  symbols(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  get(symbol: string): SymbolEntry | undefined {
    return this.#entries.get(symbol);
  }

  parametersOf(symbol: string): BookDefaults {
    return { ...this.#defaults, ...this.#configurations.get(symbol) };
  }

  take(trade: Trade): { readonly entry: SymbolEntry; readonly outcome: TradeOutcome; readonly closed: readonly VpinReading[] } {
    const entry = this.#entryFor(trade);
    const { outcome, closed } = entry.stream.update(msFromNs(trade.ts_event_ns), trade.price, trade.size, trade.suspicious);
    entry.outcomes[outcome] += 1;
    keep(entry, closed);
    return { entry, outcome, closed };
  }

  /** A new configuration starts a new stream: buckets of another volume are not averaged with these. */
  configure(symbol: string, configuration: Partial<SymbolConfiguration>): void {
    this.#configurations.set(symbol, { ...this.#configurations.get(symbol), ...configuration });
    this.#entries.delete(symbol);
  }

  setRegime(symbol: string, regime: string | null): void {
    const entry = this.#entries.get(symbol);
    if (entry !== undefined) entry.regime = regime;
  }

  #entryFor(trade: Trade): SymbolEntry {
    const known = this.#entries.get(trade.symbol);
    if (known !== undefined && known.runId === trade.run_id) return known;
    const parameters = this.parametersOf(trade.symbol);
    const entry: SymbolEntry = {
      symbol: trade.symbol,
      parameters,
      stream: new VpinStream(parameters),
      runId: trade.run_id,
      source: trade.source,
      provenance: trade.provenance,
      readings: [],
      standingAlert: undefined,
      regime: null,
      outcomes: { accepted: 0, late: 0, flagged: 0, zero_size: 0 },
    };
    this.#entries.set(trade.symbol, entry);
    return entry;
  }
}

function keep(entry: SymbolEntry, closed: readonly VpinReading[]): void {
  entry.readings.push(...closed);
  if (entry.readings.length > 2 * KEPT_READINGS) entry.readings = entry.readings.slice(-KEPT_READINGS);
}
