import { CorruptDataError } from '@nautilus/model';
import { MINUTE_MS, streamOf } from '../events.ts';
import { mergeStreams, type MergedSession } from '../merge.ts';
import { loadRecording, scanCatalogue, type Catalogue, type CatalogueEntry, type DamagedFile } from './catalogue.ts';

/** What a session would send for the symbols asked: ticks where they are recorded, else minute bars. */
export interface SessionPlan {
  readonly date: string;
  readonly entries: readonly CatalogueEntry[];
  readonly symbols: readonly string[];
  readonly trades: number;
  readonly quotes: number;
  readonly bars: number;
  /** Messages about books. */
  readonly books: number;
  /** Of the first and last event, as known time; UTC milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The recordings of one data folder. Files that turn out damaged are left out, remembered and reported. */
export class Library {
  readonly #folder: string;
  readonly #onDamage: (damage: DamagedFile) => void;
  #entries: readonly CatalogueEntry[];
  readonly #damaged: DamagedFile[];
  #merged: { readonly key: string; readonly session: Promise<MergedSession> } | undefined;

  private constructor(folder: string, catalogue: Catalogue, onDamage: (damage: DamagedFile) => void) {
    this.#folder = folder;
    this.#entries = catalogue.entries;
    this.#damaged = [...catalogue.damaged];
    this.#onDamage = onDamage;
  }

  static async open(folder: string, onDamage: (damage: DamagedFile) => void): Promise<Library> {
    const catalogue = await scanCatalogue(folder);
    for (const damage of catalogue.damaged) onDamage(damage);
    return new Library(folder, catalogue, onDamage);
  }

  get entries(): readonly CatalogueEntry[] {
    return this.#entries;
  }

  get damaged(): readonly DamagedFile[] {
    return this.#damaged;
  }

  /** Symbols with recordings that can be replayed, ascending. */
  get symbols(): readonly string[] {
    return [...new Set(this.#entries.filter(({ kind }) => kind !== 'daily').map(({ symbol }) => symbol))].sort();
  }

  /** Sessions with something to replay for the symbols (all when undefined), ascending by date. */
  sessions(symbols?: readonly string[]): readonly SessionPlan[] {
    const byDate = new Map<string, CatalogueEntry[]>();
    for (const entry of this.#entries) {
      if (entry.session === null || entry.rows === 0 || (symbols !== undefined && !symbols.includes(entry.symbol))) continue;
      const entries = byDate.get(entry.session) ?? [];
      entries.push(entry);
      byDate.set(entry.session, entries);
    }
    return [...byDate].sort(([a], [b]) => (a < b ? -1 : 1)).map(([date, entries]) => planOf(date, replayed(entries)));
  }

  /** The events of a session. Only the last one asked for is kept: a seek often stays within it. */
  async merged(plan: SessionPlan): Promise<MergedSession> {
    const key = plan.entries.map(({ file }) => file).join();
    if (this.#merged?.key !== key) this.#merged = { key, session: this.#merge(plan) };
    return await this.#merged.session;
  }

  /** Undefined when the file is damaged: it is then reported and left out from now on. */
  async load(entry: CatalogueEntry) {
    try {
      return await loadRecording(this.#folder, entry);
    } catch (error) {
      if (!(error instanceof CorruptDataError)) throw error;
      const damage = { file: entry.file, message: error.message };
      this.#entries = this.#entries.filter(({ file }) => file !== entry.file);
      this.#damaged.push(damage);
      this.#onDamage(damage);
      return undefined;
    }
  }

  async #merge(plan: SessionPlan): Promise<MergedSession> {
    const recordings = await Promise.all(plan.entries.map((entry) => this.load(entry)));
    const streams = recordings.filter((recording) => recording !== undefined).map(streamOf).filter((stream) => stream !== undefined);
    return mergeStreams(plan.date, streams);
  }
}

/** Minute bars and their closing quotes stand in only where the session has no trades or quotes of the symbol. */
function replayed(entries: readonly CatalogueEntry[]): readonly CatalogueEntry[] {
  const has = (kind: CatalogueEntry['kind'], symbol: string): boolean => entries.some((entry) => entry.kind === kind && entry.symbol === symbol);
  return entries.filter(({ kind, symbol }) => !(kind === 'minute' && has('trade', symbol)) && !(kind === 'minute_quote' && has('quote', symbol)));
}

function planOf(date: string, entries: readonly CatalogueEntry[]): SessionPlan {
  const events = (...kinds: readonly CatalogueEntry['kind'][]): number => entries.filter(({ kind }) => kinds.includes(kind)).reduce((sum, entry) => sum + entry.events, 0);
  const known = ({ kind }: CatalogueEntry): number => (kind === 'minute' || kind === 'minute_quote' ? MINUTE_MS : 0);
  return {
    date, entries, symbols: [...new Set(entries.map(({ symbol }) => symbol))].sort(),
    trades: events('trade'), quotes: events('quote', 'minute_quote'), bars: events('minute'), books: events('level2'),
    firstMs: Math.min(...entries.map((entry) => entry.minTimeMs + known(entry))),
    lastMs: Math.max(...entries.map((entry) => entry.maxTimeMs + known(entry))),
  };
}
