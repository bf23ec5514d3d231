import { matches, topics } from '@nautilus/model';
import type { Api } from './api.ts';
import { backOffDelay, type BackOff, type Frame } from '@nautilus/client';
import { BarBook } from './bar-book.ts';
import { mergeFeatures, readFeatures, type FeatureSet } from './features.ts';
import { readBar, readTick } from './market-messages.ts';
import { readMicrostructure, type Microstructure } from './microstructure.ts';
import { failed, valueOf, type Resource } from './poller.ts';
import type { Ports } from './ports.ts';
import { asProblem, ProblemError, type Problem } from './problem.ts';
import { isRecord, list } from './read.ts';
import { RunTracker } from './run-tracker.ts';
import { Store, type Schedule } from './store.ts';
import { TimeSeries } from './time-series.ts';
import { readVpin, vpinPoint, type VpinPoint, type VpinReading } from './vpin.ts';

/** Candles and VPIN points held together stay below the page's budget of 10,000. */
const pointLimit = 4_500;
const historyLimit = 500;
/** A stored bar knows its whole minute. */
const barMs = 60_000;
/** A slow page misses many messages at once: one question covers them. */
const missedMs = 1_000;
const retry: BackOff = { baseMs: 4_000, maxMs: 30_000 };

export interface LastPrice {
  readonly price: number;
  readonly atMs: number;
  readonly direction: -1 | 0 | 1;
}

/** Everything the page holds about the one symbol that it shows. */
export class MarketView {
  readonly bars = new BarBook(pointLimit);
  readonly vpin = new TimeSeries<VpinPoint>(pointLimit);
  readonly symbol: Store<string | null>;
  /** Rises when bars or VPIN points changed. */
  readonly edition: Store<number>;
  readonly last: Store<LastPrice | null>;
  readonly reading: Store<VpinReading | null>;
  readonly microstructure: Store<Microstructure | null>;
  readonly provenance: Store<string | null>;
  /** Event time of the newest thing seen, milliseconds. */
  readonly clock: Store<number | null>;
  readonly history: Store<Resource<number>>;
  readonly toxicity: Store<Resource<number>>;
  readonly features: Store<Resource<FeatureSet>>;
  readonly #ports: Ports;
  readonly #api: Api;
  readonly #runs = new RunTracker();
  /** Rises with each choice of a symbol and each run: answers asked for before are dropped. */
  #epoch = 0;
  /** Reloads in a row that failed in part. */
  #failures = 0;
  #reloadDue = false;
  #seekTargetMs: number | null = null;

  constructor(ports: Ports, api: Api, soon: Schedule, calm: Schedule) {
    this.#ports = ports;
    this.#api = api;
    this.symbol = new Store<string | null>(null, soon);
    this.edition = new Store(0, soon);
    this.last = new Store<LastPrice | null>(null, calm);
    this.reading = new Store<VpinReading | null>(null, calm);
    this.microstructure = new Store<Microstructure | null>(null, calm);
    this.provenance = new Store<string | null>(null, soon);
    this.clock = new Store<number | null>(null, soon);
    this.history = new Store<Resource<number>>({ state: 'loading' }, soon);
    this.toxicity = new Store<Resource<number>>({ state: 'loading' }, soon);
    this.features = new Store<Resource<FeatureSet>>({ state: 'loading' }, calm);
  }

  get topics(): readonly string[] {
    const symbol = this.symbol.get();
    if (symbol === null) return [];
    const families = [topics.marketData.tick, topics.marketData.bar, topics.vpin.calculation, topics.vpin.enhanced, topics.feature.update];
    return families.map((family) => family.of(symbol));
  }

  select(symbol: string): void {
    if (symbol === this.symbol.get()) return;
    this.symbol.set(symbol);
    this.#failures = 0;
    this.bars.series.clear();
    this.vpin.clear();
    this.last.set(null);
    this.reading.set(null);
    this.microstructure.set(null);
    this.history.set({ state: 'loading' });
    this.toxicity.set({ state: 'loading' });
    this.features.set({ state: 'loading' });
    this.#changed();
    this.reload();
  }

  /** The connection is back: what was published meanwhile is asked for. */
  reconnected(): void {
    this.#runs.forgetPast();
    this.#failures = 0;
    this.reload();
  }

  /** Asks again for what may have been missed; points already drawn stay until the answer comes. */
  reload(): void {
    const symbol = this.symbol.get();
    if (symbol === null) return;
    this.#epoch += 1;
    const path = encodeURIComponent(symbol);
    const clock = this.clock.get();
    const until = clock === null ? '' : `&to=${new Date(clock).toISOString()}`;
    this.#load(this.history, `/api/marketdata/data/${path}?data_type=bar&limit=${historyLimit}${until}`, (body) => this.#putBars(body));
    this.#load(this.toxicity, `/api/vpin/history/${path}?limit=${historyLimit}${until}`, (body) => this.#putReadings(body));
    this.#loadFeatures(path);
  }

  /** Some messages of `topic` will not come: if they are stored, a moment later they are asked for. */
  missed(topic: string): void {
    if (this.#reloadDue || !this.topics.includes(topic) || matches(topics.marketData.tick.all, topic)) return;
    this.#reloadDue = true;
    this.#ports.after(missedMs, () => {
      this.#reloadDue = false;
      this.reload();
    });
  }

  /** Returns false for a topic that this view does not read. */
  take(frame: Frame): boolean {
    const { marketData, vpin, feature } = topics;
    if (matches(marketData.tick.all, frame.topic)) this.#takeTick(frame);
    else if (matches(marketData.bar.all, frame.topic)) this.#takeBar(frame);
    else if (matches(vpin.calculation.all, frame.topic)) this.#takeReading(frame);
    else if (matches(vpin.enhanced.all, frame.topic)) this.#takeMicrostructure(frame);
    else if (matches(feature.update.all, frame.topic)) this.#takeFeatures(frame);
    else return false;
    return true;
  }

  /** The replay went back to `ms` without naming a run. */
  rewind(ms: number): void {
    this.bars.rewind(ms);
    this.vpin.cutAfter(ms / 1000);
    this.last.set(null);
    const reading = this.reading.get();
    if (reading !== null && reading.atMs > ms) this.reading.set(null);
    this.microstructure.update((before) => (before !== null && before.atMs > ms ? null : before));
    this.clock.set(ms);
    this.#changed();
    this.reload();
  }

  /** Where a seek under way leads; null = none is. */
  seekingTo(ms: number | null): void {
    this.#seekTargetMs = ms;
  }

  /** Event time from elsewhere, for instance the replay's position: never moves the clock back. */
  advance(ms: number): void {
    this.clock.update((before) => (before === null || ms > before ? ms : before));
  }

  #takeTick(frame: Frame): void {
    const tick = readTick(frame.data);
    if (tick === undefined || tick.symbol !== this.symbol.get() || !this.#admit(tick.runId, tick.atMs)) return;
    this.provenance.set(tick.provenance);
    this.advance(tick.atMs);
    if (tick.suspicious) return;
    this.bars.addTick(tick);
    this.#price(tick.price, tick.atMs);
    this.#changed();
  }

  #takeBar(frame: Frame): void {
    const bar = readBar(frame.data);
    if (bar === undefined || bar.symbol !== this.symbol.get() || !this.#admit(bar.runId, bar.startMs)) return;
    this.provenance.set(bar.provenance);
    this.advance(bar.final ? bar.startMs + barMs : bar.startMs);
    this.bars.addBar(bar);
    // Where a recording has bars only, the close is the last price known.
    const last = this.last.get();
    if (last === null || last.atMs < bar.startMs) this.#price(bar.close, bar.startMs);
    this.#changed();
  }

  #takeReading(frame: Frame): void {
    const reading = readVpin(frame.data);
    if (reading === undefined || reading.symbol !== this.symbol.get() || !this.#admit(reading.runId, reading.atMs)) return;
    this.reading.set(reading);
    const point = vpinPoint(reading);
    if (point !== undefined) this.vpin.put(point);
    this.#changed();
  }

  #takeMicrostructure(frame: Frame): void {
    const measures = readMicrostructure(frame.data);
    if (measures === undefined || measures.symbol !== this.symbol.get() || !this.#admit(measures.runId, measures.atMs)) return;
    this.microstructure.set(measures);
  }

  #takeFeatures(frame: Frame): void {
    const update = readFeatures(frame.data);
    if (update === undefined || update.symbol !== this.symbol.get()) return;
    this.features.update((before) => ({ state: 'ready', value: mergeFeatures(valueOf(before), update), atMs: this.#ports.now() }));
  }

  /** False for a message of a run that is over; a new run first cuts away what it has not reached yet. */
  #admit(runId: string | null, atMs: number): boolean {
    const verdict = this.#runs.judge(runId);
    // A seek first sends the time before its target again: what is drawn up to the target is right already.
    if (verdict === 'new') this.rewind(Math.max(atMs, this.#seekTargetMs ?? atMs));
    return verdict !== 'past';
  }

  #price(price: number, atMs: number): void {
    this.last.update((before) => ({
      price,
      atMs,
      direction: before === null || before.price === price ? (before?.direction ?? 0) : price > before.price ? 1 : -1,
    }));
  }

  #putBars(body: unknown): number {
    const bars = itemsOf(body, 'data').map(readBar).filter((bar) => bar !== undefined && this.#reached(bar.startMs + barMs));
    for (const bar of bars) if (bar !== undefined) this.bars.addBar(bar);
    const newest = bars.reduce((best, bar) => (best === undefined || (bar?.startMs ?? 0) > best.startMs ? bar : best), undefined);
    if (newest !== undefined && this.last.get() === null) this.#price(newest.close, newest.startMs);
    if (newest !== undefined && this.provenance.get() === null) this.provenance.set(newest.provenance);
    return bars.length;
  }

  #putReadings(body: unknown): number {
    const readings = itemsOf(body, 'items')
      .map(readVpin)
      .filter((reading) => reading !== undefined)
      .filter((reading) => this.#reached(reading.atMs))
      .sort((a, b) => a.atMs - b.atMs);
    for (const point of readings.map(vpinPoint)) if (point !== undefined) this.vpin.put(point);
    const newest = readings.at(-1);
    const shown = this.reading.get();
    if (newest !== undefined && (shown === null || shown.atMs < newest.atMs)) this.reading.set(newest);
    return readings.length;
  }

  /** Stored results may come from a run that went further than this one has come: they would show its future. */
  #reached(ms: number): boolean {
    const clock = this.clock.get();
    return clock === null || ms <= clock;
  }

  #loadFeatures(path: string): void {
    const epoch = this.#epoch;
    const clock = this.clock.get();
    const asOf = clock === null ? {} : { as_of: new Date(clock).toISOString() };
    const answer = this.#api.post(`/api/features/features/calculate/${path}`, asOf).then((body) => {
      if (epoch !== this.#epoch) return;
      const set = readFeatures(body);
      if (set === undefined) throw new ProblemError(unreadable('features'));
      this.features.set({ state: 'ready', value: set, atMs: this.#ports.now() });
    });
    this.#settle(answer, this.features);
  }

  #load(into: Store<Resource<number>>, path: string, put: (body: unknown) => number): void {
    const epoch = this.#epoch;
    const answer = this.#api.get(path).then((body) => {
      if (epoch !== this.#epoch) return;
      into.set({ state: 'ready', value: put(body), atMs: this.#ports.now() });
      this.#changed();
    });
    this.#settle(answer, into);
  }

  #settle<T>(answer: Promise<void>, into: Store<Resource<T>>): void {
    const epoch = this.#epoch;
    void answer.catch((error: unknown) => {
      if (epoch !== this.#epoch) return;
      into.update((before) => failed(before, asProblem(error)));
      this.#ports.after(backOffDelay(this.#failures, this.#ports.random, retry), () => {
        // The first of several retries begins a new epoch, which makes the others void.
        if (epoch !== this.#epoch) return;
        this.#failures += 1;
        this.reload();
      });
    });
  }

  #changed(): void {
    this.edition.update((edition) => edition + 1);
  }
}

function itemsOf(body: unknown, name: string): readonly unknown[] {
  if (!isRecord(body) || !Array.isArray(body[name])) throw new ProblemError(unreadable(name));
  return list(body[name]);
}

function unreadable(what: string): Problem {
  return { title: 'Unreadable answer', detail: `the answer has no "${what}"`, status: 0, requestId: null, retryAfterMs: null };
}
