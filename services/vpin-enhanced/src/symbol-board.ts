import type { Provenance } from '@nautilus/model';
import { MicrostructureStream, type BookDepth, type InformedVolumeFit, type MicrostructureRules, type MicrostructureState, type VpinStreamParameters } from '@nautilus/quant';

export interface BoardRules extends Omit<MicrostructureRules, 'vpin'> {
  /** The level-2 book of the symbol, if it is of the run. */
  readonly bookOf: (symbol: string, runId: string | null) => BookDepth | undefined;
  readonly vpinOf: (symbol: string) => MicrostructureRules['vpin'] & Pick<VpinStreamParameters, 'bucketVolume'>;
}

/** One symbol as this engine sees it now. */
export interface SymbolEntry {
  readonly symbol: string;
  readonly stream: MicrostructureStream;
  /** Of the data in the stream; another one means that time has jumped. */
  readonly runId: string | null;
  source: string;
  provenance: Provenance;
  standingToxicity: boolean;
  /** Minute of event time whose results were published last. */
  publishedMinute: number;
  informedVolume: InformedVolume | undefined;
  /** An estimation of it is under way. */
  estimating: boolean;
  /** Mid and VPIN at the end of each of the last 61 minutes, by minute. */
  readonly minutes: Map<number, { readonly mid: number; readonly vpin: number | null }>;
}

/** IVPIN of the newest window; the next one starts at these parameters. */
export interface InformedVolume {
  readonly fit: InformedVolumeFit;
  readonly lot: number;
  readonly endMs: number;
}

/** One symbol as it was; `restore` goes on with it bit for bit. */
export interface SymbolEntryState extends Pick<SymbolEntry, 'runId' | 'source' | 'provenance' | 'standingToxicity' | 'publishedMinute' | 'informedVolume'> {
  /** A state is worth something only to the same calculation. */
  readonly rules: string;
  readonly stream: MicrostructureState;
  readonly minutes: readonly (readonly [minute: number, mid: number, vpin: number | null])[];
}

const KEPT_MINUTES = 61;

/** The microstructure of all symbols. A symbol appears with its first event and starts anew with each replay run. */
export class SymbolBoard {
  readonly #rules: BoardRules;
  readonly #entries = new Map<string, SymbolEntry>();

  constructor(rules: BoardRules) {
    this.#rules = rules;
  }

  symbols(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  get(symbol: string): SymbolEntry | undefined {
    return this.#entries.get(symbol);
  }

  drop(symbol: string): void {
    this.#entries.delete(symbol);
  }

  entryFor({ symbol, run_id: runId, source, provenance }: { readonly symbol: string; readonly run_id: string | null; readonly source: string; readonly provenance: Provenance }): SymbolEntry {
    const known = this.#entries.get(symbol);
    if (known !== undefined && known.runId === runId) return known;
    const entry: SymbolEntry = {
      symbol,
      stream: this.#streamOf(symbol, runId),
      runId,
      source,
      provenance,
      standingToxicity: false,
      publishedMinute: -Infinity,
      informedVolume: undefined,
      estimating: false,
      minutes: new Map(),
    };
    this.#entries.set(symbol, entry);
    return entry;
  }

  /** Undefined for a symbol without events. */
  snapshot(symbol: string): SymbolEntryState | undefined {
    const entry = this.#entries.get(symbol);
    if (entry === undefined) return undefined;
    const { stream, runId, source, provenance, standingToxicity, publishedMinute, informedVolume, minutes } = entry;
    return {
      rules: versionOf(this.#rulesOf(symbol)), stream: stream.snapshot(), runId, source, provenance, standingToxicity, publishedMinute, informedVolume,
      minutes: [...minutes].map(([minute, { mid, vpin }]) => [minute, mid, vpin]),
    };
  }

  /** A state of other rules is left out. */
  restore(symbol: string, { rules, stream: saved, minutes, ...rest }: SymbolEntryState): void {
    if (versionOf(this.#rulesOf(symbol)) !== rules) return;
    const stream = this.#streamOf(symbol, rest.runId);
    stream.restore(saved);
    this.#entries.set(symbol, { symbol, ...rest, stream, estimating: false, minutes: new Map(minutes.map(([minute, mid, vpin]) => [minute, { mid, vpin }])) });
  }

  #streamOf(symbol: string, runId: string | null): MicrostructureStream {
    return new MicrostructureStream(this.#rulesOf(symbol), () => this.#rules.bookOf(symbol, runId));
  }

  #rulesOf(symbol: string): MicrostructureRules {
    const { vpinOf, bookOf, ...rules } = this.#rules;
    return { ...rules, vpin: vpinOf(symbol) };
  }
}

/** Rises with the shape of the state. */
const SHAPE = 3;
const versionOf = (rules: MicrostructureRules): string => `${SHAPE} ${JSON.stringify(rules)}`;

/** Keeps what the comparison of symbols reads: one value per minute of the last hour. */
export function keepMinute(entry: SymbolEntry, minute: number, mid: number | undefined, vpin: number | null): void {
  if (mid !== undefined) entry.minutes.set(minute, { mid, vpin });
  for (const old of entry.minutes.keys()) {
    if (old > minute - KEPT_MINUTES) break;
    entry.minutes.delete(old);
  }
}
