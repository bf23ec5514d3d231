import { InvalidInputError, isoFromMs, type Bar, type Provenance, type ReasonCode } from '@nautilus/model';
import { missingBars } from './bar-gaps.ts';
import { barProblem } from './bar-problem.ts';
import type { FeatureDefinition, FeatureReading, FeatureUnit } from './feature.ts';
import type { Filings } from './filings.ts';
import { FEATURES } from './registry.ts';
import { TrailingValues } from './trailing-values.ts';

/** One feature of one symbol as it is told to others. */
export interface FeatureValue {
  readonly value: number | string | null;
  readonly category: string;
  readonly confidence: number;
  readonly zscore: number | null;
  readonly percentile: number | null;
  readonly is_synthetic: false;
  readonly data_sources: string[];
  readonly components?: Record<string, number>;
  readonly reason?: string;
  /** Bars that the feature needs and has, while it lacks some. */
  readonly needs?: number;
  readonly has?: number;
}

interface Running {
  readonly definition: FeatureDefinition;
  readonly unit: FeatureUnit;
  readonly trailing: TrailingValues;
  reading: FeatureReading | undefined;
}

interface GapState {
  /** Bars that came after a gap, and the bars that were missing in all of them. */
  readonly bars: number;
  readonly missing: number;
  readonly last: { readonly fromMs: number; readonly toMs: number } | null;
  /** Refused bars when the last bar came: those since are not missing. */
  readonly refused: number;
}

/** What lowers the confidence of a symbol's features. */
interface BarFlags {
  readonly after_gap: number;
  readonly missing_bars: number;
  readonly refused: number;
  readonly last_gap: { readonly from: string; readonly to: string } | null;
}

/** Everything that a symbol's features remember, as plain JSON. */
export interface SymbolState {
  readonly bars: number;
  readonly flagged: number;
  readonly gaps: GapState;
  readonly last: Bar | null;
  readonly features: Readonly<Record<string, { readonly unit: unknown; readonly trailing: ReturnType<TrailingValues['snapshot']>; readonly reading: FeatureReading | null }>>;
}

/** Corrections come within minutes, when a late trade changes a closed bar; this many bars can be corrected at least. */
const CORRECTABLE_BARS = 30;

/** All features of one symbol, bar by bar. Adding bars later never changes what was told before. */
export class SymbolFeatures {
  readonly symbol: string;
  readonly runId: string | null;
  readonly #running: readonly Running[];
  #bars = 0;
  #flagged = 0;
  #gaps: GapState = { bars: 0, missing: 0, last: null, refused: 0 };
  #last: Bar | undefined;
  /** Two states, so that a correction finds the older one at least 30 bars back; with the bars since each. */
  #checkpoints: { readonly state: SymbolState; readonly since: Bar[] }[] = [];

  constructor(symbol: string, runId: string | null, barsPerYear: number, filings: Filings, definitions: readonly FeatureDefinition[] = FEATURES) {
    this.symbol = symbol;
    this.runId = runId;
    this.#running = definitions.map((definition) => ({
      definition,
      unit: definition.create({ barsPerYear, filings }),
      trailing: new TrailingValues(),
      reading: undefined,
    }));
  }

  get bars(): number {
    return this.#bars;
  }
  get lastBar(): Bar | undefined {
    return this.#last;
  }
  /** At least the last 30, ascending, unless fewer came since the beginning or a restart. */
  recentBars(): readonly Bar[] {
    return this.#checkpoints[0]?.since ?? [];
  }
  get provenance(): Provenance {
    return this.#last?.provenance ?? 'replay';
  }

  /**
   * Takes a newer bar, or a later revision of one of the last bars: the features then go back before it and forward
   * again. False for any other bar; it changes nothing. Throws InvalidInputError with its time for a bar that is
   * none; that lowers the confidence and changes nothing else.
   */
  add(bar: Bar): boolean {
    const problem = barProblem(bar);
    if (problem !== undefined) {
      this.flag();
      throw new InvalidInputError([{ path: 'bar', message: `the bar of ${isoFromMs(bar.start_ms)} ${problem}` }]);
    }
    if (this.#last !== undefined && bar.start_ms <= this.#last.start_ms) return this.#correct(bar);
    this.#remember(bar);
    this.#noteGap(bar);
    this.#advance(bar);
    return true;
  }

  /** A bar that the quality rules refused: it lowers the confidence of what follows. */
  flag(): void {
    this.#flagged += 1;
  }

  snapshot(): SymbolState {
    const features = this.#running.map(({ definition, unit, trailing, reading }) => [definition.name, { unit: unit.snapshot(), trailing: trailing.snapshot(), reading: reading ?? null }] as const);
    return { bars: this.#bars, flagged: this.#flagged, gaps: this.#gaps, last: this.#last ?? null, features: Object.fromEntries(features) };
  }

  /** Continues exactly; corrections reach back to here. A feature that the state does not know begins anew. */
  restore(state: SymbolState): void {
    this.#rewind(state);
    this.#checkpoints = [];
  }

  #rewind(state: SymbolState): void {
    this.#bars = state.bars;
    this.#last = state.last ?? undefined;
    this.#flagged = state.flagged;
    this.#gaps = state.gaps;
    for (const running of this.#running) {
      const own = state.features[running.definition.name];
      if (own === undefined) continue;
      running.unit.restore(own.unit);
      running.trailing.restore(own.trailing);
      running.reading = own.reading ?? undefined;
    }
  }

  #remember(bar: Bar): void {
    const newest = this.#checkpoints.at(-1);
    if (newest === undefined || newest.since.length >= CORRECTABLE_BARS) {
      this.#checkpoints = [...this.#checkpoints.slice(-1), { state: this.snapshot(), since: [] }];
    }
    for (const { since } of this.#checkpoints) since.push(bar);
  }

  #correct(bar: Bar): boolean {
    const corrects = (earlier: Bar): boolean => earlier.start_ms === bar.start_ms && earlier.revision < bar.revision;
    // A checkpoint after the corrected bar has the wrong value in its state, so it is dropped.
    const standing = this.#checkpoints.filter(({ since }) => since.some(corrects)).map(({ state, since }) => ({ state, since: since.map((earlier) => (corrects(earlier) ? bar : earlier)) }));
    const newest = standing.at(-1);
    if (newest === undefined) return false;
    this.#checkpoints = standing;
    const [flagged, gaps] = [this.#flagged, this.#gaps];
    this.#rewind(newest.state);
    // What was missing or refused still is.
    this.#flagged = flagged;
    this.#gaps = gaps;
    for (const each of newest.since) this.#advance(each);
    return true;
  }

  #noteGap(bar: Bar): void {
    const last = this.#last;
    const refused = this.#flagged - this.#gaps.refused;
    const missing = last === undefined ? 0 : Math.max(0, missingBars(last, bar) - refused);
    this.#gaps = missing === 0 || last === undefined
      ? { ...this.#gaps, refused: this.#flagged }
      : { bars: this.#gaps.bars + 1, missing: this.#gaps.missing + missing, last: { fromMs: last.end_ms, toMs: bar.start_ms }, refused: this.#flagged };
  }

  #advance(bar: Bar): void {
    this.#last = bar;
    this.#bars += 1;
    for (const running of this.#running) {
      running.reading = running.unit.update(bar);
      if (running.reading.number !== undefined) running.trailing.add(running.reading.number);
    }
  }

  asOf(): string | null {
    return this.#last === undefined ? null : isoFromMs(this.#last.end_ms);
  }

  flags(): BarFlags {
    const { bars, missing, last } = this.#gaps;
    return { after_gap: bars, missing_bars: missing, refused: this.#flagged, last_gap: last === null ? null : { from: isoFromMs(last.fromMs), to: isoFromMs(last.toMs) } };
  }

  values(names: ReadonlySet<string>): Record<string, FeatureValue> {
    return Object.fromEntries(
      this.#running.filter(({ definition }) => names.has(definition.name)).map((running) => [running.definition.name, this.#value(running)]),
    );
  }

  /** What is kept: numbers, or null with the reason. */
  rows(): readonly { readonly feature: string; readonly value: number | null; readonly reason: string | null; readonly confidence: number }[] {
    return this.#running.map((running) => ({
      feature: running.definition.name,
      value: running.reading?.number ?? null,
      reason: running.reading?.number === undefined ? this.#reason(running) : null,
      confidence: this.#confidence(running),
    }));
  }

  #value(running: Running): FeatureValue {
    const { definition, reading, trailing } = running;
    const base = {
      category: definition.category,
      confidence: this.#confidence(running),
      is_synthetic: false as const,
      data_sources: this.#last === undefined ? [] : [this.#last.source, ...(reading?.sources ?? [])],
    };
    if (reading?.number === undefined) {
      const lacks = this.#bars < definition.requiredBars ? { needs: definition.requiredBars, has: this.#bars } : {};
      return { ...base, value: null, zscore: null, percentile: null, reason: this.#reason(running), ...lacks };
    }
    const components = reading.components === undefined ? {} : { components: { ...reading.components } };
    return { ...base, value: reading.label ?? reading.number, ...trailing.standing(reading.number), ...components };
  }

  #reason({ definition, reading }: Running): ReasonCode {
    return this.#bars < definition.requiredBars ? 'insufficient_history' : (reading?.reason ?? 'insufficient_history');
  }

  #confidence({ definition, reading }: Running): number {
    // Bars say nothing about filings that are not there.
    if (this.#bars === 0 || (definition.category === 'fundamental' && reading?.number === undefined)) return 0;
    return Math.min(1, this.#bars / definition.requiredBars) * ((this.#bars - this.#gaps.bars) / (this.#bars + this.#flagged));
  }
}
