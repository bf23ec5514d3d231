import type { Provenance } from '@nautilus/model';
import { MicrostructureStream, type InformedVolumeFit, type MicrostructureRules, type VpinStreamParameters } from '@nautilus/quant';

export interface BoardRules {
  readonly windowMinutes: number;
  readonly quoteStaleMs: number;
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
    const { windowMinutes, quoteStaleMs, vpinOf } = this.#rules;
    const entry: SymbolEntry = {
      symbol,
      stream: new MicrostructureStream({ windowMinutes, quoteStaleMs, vpin: vpinOf(symbol) }),
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
}

/** Keeps what the comparison of symbols reads: one value per minute of the last hour. */
export function keepMinute(entry: SymbolEntry, minute: number, mid: number | undefined, vpin: number | null): void {
  if (mid !== undefined) entry.minutes.set(minute, { mid, vpin });
  for (const old of entry.minutes.keys()) {
    if (old > minute - KEPT_MINUTES) break;
    entry.minutes.delete(old);
  }
}
