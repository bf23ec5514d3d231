import type { Api } from './api.ts';
import { BusBoard, readBuses, type BusReadings, type BusSummary } from './bus-summary.ts';
import { gatewaySegment, readEngines, readProblems, toneOf, type EngineRow } from './engine-list.ts';
import { failed, Poller, valueOf, type Resource } from './poller.ts';
import type { Ports } from './ports.ts';
import { ProblemError } from './problem.ts';
import { RateSeries, type RateColumns } from './rates.ts';
import { Store, type Schedule } from './store.ts';

/** Columns of the rate chart. The websocket engine reads every topic, so what it received is what travelled. */
const rateNames = ['marketdata', 'engine_logic', 'frames'] as const;

const busWatcher = 'websocket';
const enginesEveryMs = 3_000;
const detailsEveryMs = 5_000;
const ratesEveryMs = 1_000;
const rateSamples = 600;

/** Engines, buses and message rates: what is asked for at intervals, independent of the symbol shown. */
export class PlatformView {
  readonly engines: Store<Resource<readonly EngineRow[]>>;
  /** What is wrong with each engine that is not operational, as far as it can tell. */
  readonly problems: Store<ReadonlyMap<string, readonly string[]>>;
  readonly buses: Store<Resource<readonly BusSummary[]>>;
  readonly rates: Store<RateColumns>;
  readonly ratesProblem: Store<string | null>;
  readonly #ports: Ports;
  readonly #api: Api;
  readonly #board = new BusBoard();
  readonly #series = new RateSeries(rateNames, rateSamples);
  readonly #frames: () => number;
  readonly #pollers: readonly Poller[];

  /** `frames`: WebSocket frames received by this page so far. */
  constructor(ports: Ports, api: Api, schedule: Schedule, frames: () => number) {
    this.#ports = ports;
    this.#api = api;
    this.#frames = frames;
    this.engines = new Store<Resource<readonly EngineRow[]>>({ state: 'loading' }, schedule);
    this.problems = new Store<ReadonlyMap<string, readonly string[]>>(new Map(), schedule);
    this.buses = new Store<Resource<readonly BusSummary[]>>({ state: 'loading' }, schedule);
    this.rates = new Store<RateColumns>(this.#series.columns, schedule);
    this.ratesProblem = new Store<string | null>(null, schedule);
    this.#pollers = [
      new Poller(ports, enginesEveryMs, () => this.#askEngines(), (problem) => this.engines.update((before) => failed(before, problem))),
      new Poller(ports, detailsEveryMs, () => this.#askDetails(), (problem) => this.buses.update((before) => failed(before, problem))),
      new Poller(ports, ratesEveryMs, () => this.#sampleRates(), () => undefined),
    ];
  }

  start(): void {
    for (const poller of this.#pollers) poller.start();
  }

  stop(): void {
    for (const poller of this.#pollers) poller.stop();
  }

  /** Asks for everything at once, after the connection came back. */
  refresh(): void {
    for (const poller of this.#pollers) poller.now();
  }

  async #askEngines(): Promise<void> {
    const first = this.engines.get().state !== 'ready';
    const rows = readEngines(await this.#api.get('/api/v1/engines'));
    if (rows === undefined) throw unreadable('engines');
    this.engines.set({ state: 'ready', value: rows, atMs: this.#ports.now() });
    if (first) this.#pollers[1]?.now();
  }

  async #askDetails(): Promise<void> {
    const rows = valueOf(this.engines.get()) ?? [];
    const problems = new Map<string, readonly string[]>();
    const failures: unknown[] = [];
    const reachable = rows.flatMap((row) => {
      const segment = gatewaySegment(row);
      return segment === null ? [] : [{ row, segment }];
    });
    const ask = async (row: EngineRow, segment: string): Promise<void> => {
      if (toneOf(row.status) === 'warning') problems.set(row.name, readProblems(await this.#api.get(`/api/${segment}/health`)));
      // The rate sampler reads this engine's buses anyway.
      if (row.name !== busWatcher) this.#record(row.name, await this.#askBuses(segment));
    };
    await Promise.all(reachable.map(async ({ row, segment }) => {
      await ask(row, segment).catch((error: unknown) => {
        this.#board.forget(row.name);
        failures.push(error);
      });
    }));
    this.problems.set(problems);
    if (failures.length > 0 && failures.length === reachable.length) throw failures[0];
  }

  async #sampleRates(): Promise<void> {
    let readings: BusReadings = {};
    try {
      readings = await this.#askBuses(busWatcher);
      this.#record(busWatcher, readings);
      this.ratesProblem.set(null);
    } catch (error) {
      this.#board.forget(busWatcher);
      this.ratesProblem.set('no bus rates: websocket engine silent');
      throw error;
    } finally {
      this.#series.sample(this.#ports.now(), {
        marketdata: readings.marketdata?.received ?? null,
        engine_logic: readings.engine_logic?.received ?? null,
        frames: this.#frames(),
      });
      this.rates.set(this.#series.columns);
    }
  }

  async #askBuses(segment: string): Promise<BusReadings> {
    const readings = readBuses(await this.#api.get(`/api/${segment}/messagebus/status`));
    if (readings === undefined) throw unreadable('buses');
    return readings;
  }

  #record(engine: string, readings: BusReadings): void {
    this.#board.record(engine, readings, this.#ports.now());
    this.buses.set({ state: 'ready', value: this.#board.summaries(), atMs: this.#ports.now() });
  }
}

function unreadable(what: string): ProblemError {
  return new ProblemError({
    title: 'Unreadable answer', detail: `the answer has no "${what}"`, status: 0, requestId: null, retryAfterMs: null,
  });
}
