import type { Provenance, Timeframe } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { Conditions, EMPTY_PAGE, readPage } from './keyset.ts';
import type { Sinks } from './sinks.ts';
import type { FeatureRepository, FeatureRow, Page, Paged, TimeRange } from './store.ts';
import { symbolIds } from './symbol-ids.ts';
import { fromMicros, microsOf, toMicros, type Table } from './table.ts';
import type { BatchLane } from './writer.ts';

const KEY = ['instrument_id', 'feature', 'time', 'timeframe', 'source'];

const FEATURES: Table<FeatureRow> = {
  name: 'feature_values',
  columns: [
    { name: 'instrument_id', type: 'int4', value: (_row, id) => id },
    { name: 'feature', type: 'text', value: (row) => row.feature },
    { name: 'time', type: 'micros', value: (row) => toMicros(row.time) },
    { name: 'timeframe', type: 'text', value: (row) => row.timeframe },
    { name: 'source', type: 'text', value: (row) => row.source },
    { name: 'value', type: 'float8', value: (row) => row.value },
    { name: 'reason', type: 'text', value: (row) => row.reason },
    { name: 'confidence', type: 'float8', value: (row) => row.confidence },
    { name: 'provenance', type: 'text', value: (row) => row.provenance },
  ],
  onConflict: `on conflict (${KEY.join(', ')}) do update
    set value = excluded.value, reason = excluded.reason, confidence = excluded.confidence, provenance = excluded.provenance
    where (t.value, t.reason, t.confidence, t.provenance)
      is distinct from (excluded.value, excluded.reason, excluded.confidence, excluded.provenance)`,
  deduplicate: { key: KEY, prefer: [] },
};

type Row = readonly [symbol: string, feature: string, timeframe: Timeframe, time: bigint, value: number | null, reason: string | null, confidence: number, source: string, provenance: Provenance];

export class SqlFeatureRepository implements FeatureRepository {
  readonly #driver: Driver;
  readonly #features: BatchLane<FeatureRow>;

  constructor(driver: Driver, sinks: Sinks) {
    this.#driver = driver;
    this.#features = sinks.ofInstruments(FEATURES);
  }

  append(rows: readonly FeatureRow[]): Promise<void> {
    return this.#features.append(rows);
  }

  async history(symbol: string, feature: string, range: TimeRange, page?: Page): Promise<Paged<FeatureRow>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    return readPage<Row, FeatureRow>(this.#driver, {
      columns: `i.symbol, e.feature, e.timeframe, ${microsOf('e.time')}, e.value, e.reason, e.confidence, e.source, e.provenance`,
      from: 'feature_values e join instruments i on i.id = e.instrument_id',
      where: new Conditions().instrument('e.instrument_id', ids).equal('e.feature', feature).range('e.time', range),
      keys: [
        { column: 'e.time', type: 'micros' }, { column: 'e.timeframe', type: 'text' },
        { column: 'e.source', type: 'text' }, { column: 'e.instrument_id', type: 'int4' },
      ],
      backward: range.from === undefined,
      page,
      read: ([name, what, timeframe, time, value, reason, confidence, source, provenance]) => ({
        symbol: name, feature: what, timeframe, time: fromMicros(time), value, reason, confidence, source, provenance,
      }),
    });
  }
}
