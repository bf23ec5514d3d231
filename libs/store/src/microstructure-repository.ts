import type { Provenance } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { Conditions, EMPTY_PAGE, readPage } from './keyset.ts';
import type { Sinks } from './sinks.ts';
import type { FlashCrashEventRow, FlashCrashLevelName, MicrostructureRepository, MicrostructureRow, Page, Paged, PinEstimateRow, TimeRange } from './store.ts';
import { symbolIds } from './symbol-ids.ts';
import { fromMicros, microsOf, toMicros, type Table } from './table.ts';
import type { BatchLane } from './writer.ts';

const RESULTS: Table<MicrostructureRow> = {
  name: 'microstructure_results',
  columns: [
    { name: 'instrument_id', type: 'int4', value: (_row, id) => id },
    { name: 'time', type: 'micros', value: (row) => toMicros(row.time) },
    { name: 'measure', type: 'text', value: (row) => row.measure },
    { name: '"window"', type: 'text', value: (row) => row.window },
    { name: 'source', type: 'text', value: (row) => row.source },
    { name: 'value', type: 'float8', value: (row) => row.value },
    { name: 'standard_error', type: 'float8', value: (row) => row.standardError },
    { name: 'observations', type: 'int8', value: (row) => row.observations },
    { name: 'quality', type: 'text', value: (row) => row.quality },
    { name: 'provenance', type: 'text', value: (row) => row.provenance },
  ],
  onConflict: 'on conflict do nothing',
};

const PIN: Table<PinEstimateRow> = {
  name: 'pin_estimates',
  columns: [
    { name: 'instrument_id', type: 'int4', value: (_row, id) => id },
    { name: 'time', type: 'micros', value: (row) => toMicros(row.time) },
    { name: 'model', type: 'text', value: (row) => row.model },
    { name: 'probability', type: 'float8', value: (row) => row.probability },
    { name: 'standard_error', type: 'float8', value: (row) => row.standardError },
    { name: 'log_likelihood', type: 'float8', value: (row) => row.logLikelihood },
    { name: 'observations', type: 'int8', value: (row) => row.observations },
    { name: 'converged', type: 'bool', value: (row) => row.converged },
    { name: 'parameters', type: 'jsonb', value: (row) => JSON.stringify(row.parameters) },
    { name: 'provenance', type: 'text', value: (row) => row.provenance },
  ],
  onConflict: 'on conflict do nothing',
};

const EVENTS: Table<FlashCrashEventRow> = {
  name: 'flash_crash_events',
  columns: [
    { name: 'instrument_id', type: 'int4', value: (_row, id) => id },
    { name: 'time', type: 'micros', value: (row) => toMicros(row.time) },
    { name: 'id', type: 'text', value: (row) => row.id },
    { name: 'score', type: 'float8', value: (row) => row.score },
    { name: 'level', type: 'text', value: (row) => row.level },
    { name: 'level_before', type: 'text', value: (row) => row.levelBefore },
    { name: 'inputs', type: 'jsonb', value: (row) => JSON.stringify(row.inputs) },
    { name: 'provenance', type: 'text', value: (row) => row.provenance },
  ],
  onConflict: 'on conflict do nothing',
};

type ResultRow = readonly [
  symbol: string, measure: string, window: string, time: bigint, value: number | null, error: number | null, observations: bigint, quality: string | null, source: string,
  provenance: Provenance,
];
type PinRow = readonly [
  symbol: string, model: 'pin' | 'ivpin', time: bigint, probability: number, error: number | null, likelihood: number, observations: bigint, converged: boolean,
  parameters: Record<string, unknown>, provenance: Provenance,
];
type EventRow = readonly [
  symbol: string, id: string, time: bigint, score: number, level: FlashCrashLevelName, before: FlashCrashLevelName, inputs: Record<string, unknown>, provenance: Provenance,
];

export class SqlMicrostructureRepository implements MicrostructureRepository {
  readonly #driver: Driver;
  readonly #results: BatchLane<MicrostructureRow>;
  readonly #pin: BatchLane<PinEstimateRow>;
  readonly #events: BatchLane<FlashCrashEventRow>;

  constructor(driver: Driver, sinks: Sinks) {
    this.#driver = driver;
    this.#results = sinks.ofInstruments(RESULTS);
    this.#pin = sinks.ofInstruments(PIN);
    this.#events = sinks.ofInstruments(EVENTS);
  }

  appendResults(rows: readonly MicrostructureRow[]): Promise<void> {
    return this.#results.append(rows);
  }

  appendPinEstimates(rows: readonly PinEstimateRow[]): Promise<void> {
    return this.#pin.append(rows);
  }

  appendFlashCrashEvents(rows: readonly FlashCrashEventRow[]): Promise<void> {
    return this.#events.append(rows);
  }

  async results(symbol: string, measure: string, range: TimeRange, page?: Page): Promise<Paged<MicrostructureRow>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    return readPage<ResultRow, MicrostructureRow>(this.#driver, {
      columns: `i.symbol, e.measure, e."window", ${microsOf('e.time')}, e.value, e.standard_error, e.observations, e.quality, e.source, e.provenance`,
      from: 'microstructure_results e join instruments i on i.id = e.instrument_id',
      where: new Conditions().instrument('e.instrument_id', ids).equal('e.measure', measure).range('e.time', range),
      keys: [
        { column: 'e.time', type: 'micros' }, { column: 'e."window"', type: 'text' },
        { column: 'e.source', type: 'text' }, { column: 'e.instrument_id', type: 'int4' },
      ],
      backward: range.from === undefined,
      page,
      read: ([name, what, window, time, value, standardError, observations, quality, source, provenance]) => ({
        symbol: name, measure: what, window, time: fromMicros(time), value, standardError, observations: Number(observations), quality, source, provenance,
      }),
    });
  }

  async pinEstimates(symbol: string, range: TimeRange, page?: Page): Promise<Paged<PinEstimateRow>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    return readPage<PinRow, PinEstimateRow>(this.#driver, {
      columns: `i.symbol, e.model, ${microsOf('e.time')}, e.probability, e.standard_error, e.log_likelihood, e.observations, e.converged, e.parameters, e.provenance`,
      from: 'pin_estimates e join instruments i on i.id = e.instrument_id',
      where: new Conditions().instrument('e.instrument_id', ids).range('e.time', range),
      keys: [{ column: 'e.time', type: 'micros' }, { column: 'e.model', type: 'text' }, { column: 'e.instrument_id', type: 'int4' }],
      backward: range.from === undefined,
      page,
      read: ([name, model, time, probability, standardError, logLikelihood, observations, converged, parameters, provenance]) => ({
        symbol: name, model, time: fromMicros(time), probability, standardError, logLikelihood, observations: Number(observations), converged, parameters, provenance,
      }),
    });
  }

  async flashCrashEvents(symbol: string, range: TimeRange, page?: Page): Promise<Paged<FlashCrashEventRow>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    return readPage<EventRow, FlashCrashEventRow>(this.#driver, {
      columns: `i.symbol, e.id, ${microsOf('e.time')}, e.score, e.level, e.level_before, e.inputs, e.provenance`,
      from: 'flash_crash_events e join instruments i on i.id = e.instrument_id',
      where: new Conditions().instrument('e.instrument_id', ids).range('e.time', range),
      keys: [{ column: 'e.time', type: 'micros' }, { column: 'e.id', type: 'text' }, { column: 'e.instrument_id', type: 'int4' }],
      backward: range.from === undefined,
      page,
      read: ([name, id, time, score, level, levelBefore, inputs, provenance]) => ({ symbol: name, id, time: fromMicros(time), score, level, levelBefore, inputs, provenance }),
    });
  }
}
